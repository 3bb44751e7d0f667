package hooks

import (
	"errors"
	"strings"

	"labbroker/hooks/policy"
	"labbroker/internal/account"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
	"labbroker/internal/session"
)

// Admit decides who a client is and whether it gets in. The refusal is told to
// a session that it concerns; listing it is Refused's part.
func (g *Gate) Admit(c *rules.Connect) (rules.Member, *rules.Refusal) {
	if g.opt.Arrived != nil {
		g.opt.Arrived(c.Addr)
	}
	if r := g.admitAddress(c.Addr); r != nil {
		return nil, r
	}
	m := &member{
		gate: g, addr: c.Addr, host: host(c.Addr), via: c.Via, id: c.ClientID, user: c.User, keepalive: c.Keepalive,
	}
	if r := m.logIn(c); r != nil {
		return nil, r
	}
	if r := m.checkWill(c.Will); r != nil {
		return nil, r
	}
	if r := m.checkCrowd(); r != nil {
		return nil, r
	}
	return m, nil
}

// logIn finds the member's session, or leaves it without one in open access.
func (m *member) logIn(c *rules.Connect) *rules.Refusal {
	g := m.gate
	if c.User == "" {
		// 3.1.1 knows no password without a user name.
		if g.policy().Mode() != policy.Open || c.HasPassword && !c.HasUser {
			return &rules.Refusal{Code: rules.BadCredentials, Draft: notice.NoUser()}
		}
		m.home = "~" + m.host
		m.room.Store(newRoom(policy.Who{}))
		return nil
	}
	name, err := g.accounts.Login(c.User, c.Password)
	if err != nil {
		return m.explain(err)
	}
	m.home = name
	m.room.Store(g.rooms.get(name))
	return nil
}

// explain finds the code and the sentence for Login's error.
func (m *member) explain(err error) *rules.Refusal {
	user := m.user
	switch {
	case errors.Is(err, account.ErrNoUser):
		return &rules.Refusal{Code: rules.BadCredentials, Draft: notice.NoUser()}
	case errors.Is(err, account.ErrNoPassword):
		return &rules.Refusal{Code: rules.BadCredentials, Draft: notice.NoPassword(user)}
	case errors.Is(err, account.ErrPassword):
		d := notice.WrongPassword(user)
		if name, ok := m.gate.accounts.Find(user); ok {
			m.gate.notices.Notice(name, d)
		}
		return &rules.Refusal{Code: rules.BadCredentials, Draft: d}
	case errors.Is(err, account.ErrNotInRoster):
		return &rules.Refusal{Code: rules.NotAuthorized, Draft: notice.NotInRoster(user)}
	case errors.Is(err, account.ErrArchived):
		return &rules.Refusal{Code: rules.NotAuthorized, Draft: notice.Archived(user)}
	case errors.Is(err, account.ErrName):
		return &rules.Refusal{Code: rules.NotAuthorized, Draft: notice.BadName(user, err)}
	}
	m.gate.log.Warn("cannot log in", "user", short(user), "remote", m.addr, "error", err)
	return &rules.Refusal{Code: rules.Unavailable, Draft: notice.Unavailable(user)}
}

// checkWill asks the policy about the will, which may bind the client.
func (m *member) checkWill(w *rules.Will) *rules.Refusal {
	if w == nil {
		return nil
	}
	m.bind(m.gate.policy().Binds(w.Topic))
	who := m.who()
	v := m.gate.policy().Publish(who, w.Topic)
	if v == policy.Allow {
		return nil
	}
	d := policy.ExplainWill(v, who, w.Topic)
	if who.Session != "" {
		m.gate.notices.Notice(who.Session, d)
	}
	return &rules.Refusal{Code: rules.NotAuthorized, Draft: d}
}

func short(s string) string {
	if len(s) > session.MaxLen {
		s = s[:session.MaxLen] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}
