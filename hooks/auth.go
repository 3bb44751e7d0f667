package hooks

import (
	"errors"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"labbroker/hooks/policy"
	"labbroker/internal/account"
	"labbroker/internal/notice"
	"labbroker/internal/session"
)

// OnConnect decides who the client is. It never returns an error, for which
// mochi would close without a CONNACK.
func (g *Gate) OnConnect(cl *mqtt.Client, _ packets.Packet) error {
	m := g.member(cl)
	if m == nil {
		return nil
	}
	if m.refusal == nil {
		m.refusal = m.logIn()
	}
	m.connect.password = ""
	if m.refusal == nil {
		m.refusal = m.checkWill()
	}
	if m.refusal != nil {
		m.refuse(m.refusal)
		return nil
	}
	// Two sessions never share an id in mochi; "/" is in no session's name.
	cl.ID = m.home + "/" + cl.ID
	if w := m.connect.will; w != nil {
		cl.Properties.Will.Payload = w.payload
		m.will.Store(willWaits)
	}
	if m.Session() == "" {
		if name := g.bound.get(cl.ID, m.connect.clean); name != "" {
			m.bind(name, true) // which may have been removed meanwhile
		}
	} else if !m.connect.hasUser && !m.connect.clean {
		g.bound.set(cl.ID, m.Session()) // the will bound it
	}
	return nil
}

// OnConnectAuthenticate tells mochi what OnConnect found.
func (g *Gate) OnConnectAuthenticate(cl *mqtt.Client, _ packets.Packet) bool {
	m := g.member(cl)
	return m != nil && m.refusal == nil
}

// logIn finds the member's session, or stays without one in open access.
func (m *member) logIn() *refusal {
	c := &m.connect
	if c.user == "" {
		// 3.1.1 knows no password without a user name.
		if m.gate.rules().Mode() != policy.Open || c.hasPassword && !c.hasUser {
			return &refusal{badCredentials, notice.NoUser()}
		}
		m.home = "~" + host(m.addr)
		m.room.Store(m.gate.rooms.lone(m.gate.limiter))
		return nil
	}
	name, err := m.gate.accounts.Login(c.user, c.password)
	if err != nil {
		return m.explain(err)
	}
	m.home = name
	m.become(name)
	return nil
}

// explain finds the code and the sentence for Login's error.
func (m *member) explain(err error) *refusal {
	user := m.connect.user
	switch {
	case errors.Is(err, account.ErrNoUser):
		return &refusal{badCredentials, notice.NoUser()}
	case errors.Is(err, account.ErrNoPassword):
		return &refusal{badCredentials, notice.NoPassword(user)}
	case errors.Is(err, account.ErrPassword):
		d := notice.WrongPassword(user)
		if name, ok := m.gate.accounts.Find(user); ok {
			m.gate.notices.Notice(name, d)
		}
		return &refusal{badCredentials, d}
	case errors.Is(err, account.ErrNotInRoster):
		return &refusal{notAuthorized, notice.NotInRoster(user)}
	case errors.Is(err, account.ErrName):
		return &refusal{notAuthorized, notice.BadName(user, err)}
	}
	m.gate.log.Warn("cannot log in", "user", user, "remote", m.addr, "error", err)
	return &refusal{unavailable, notice.Unavailable(user)}
}

// checkWill asks the policy about the will, which mochi does not.
func (m *member) checkWill() *refusal {
	w := m.connect.will
	if w == nil {
		return nil
	}
	rules := m.gate.rules()
	m.bind(rules.Binds(w.topic))
	who := m.now()
	v := m.gate.rules().Publish(who, w.topic)
	if v == policy.Allow {
		return nil
	}
	d := policy.ExplainWill(v, who, w.topic)
	if s := m.Session(); s != "" {
		m.gate.notices.Notice(s, d)
	}
	return &refusal{notAuthorized, d}
}

// now is who the member is at the moment.
func (m *member) now() policy.Who {
	if w := m.who.Load(); w != nil {
		return *w
	}
	return policy.Who{}
}

// refuse lists the refused connection.
func (m *member) refuse(r *refusal) {
	m.refusal = r
	m.list(r.draft)
	m.gate.log.Info("connection refused", "remote", m.addr, "user", short(m.connect.user),
		"code", r.code, "why", string(r.draft.Code))
}

func short(s string) string {
	if len(s) > session.MaxLen {
		s = s[:session.MaxLen] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}
