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
	m := &member{
		gate: g, addr: c.Addr, host: host(c.Addr), via: c.Via, id: c.ClientID, user: c.User, keepalive: c.Keepalive,
	}
	done, r := m.checkGuess(c)
	if r != nil {
		return nil, r
	}
	// Who is told to wait for guessing pays with that: what the class has in
	// common, its address, is not used up.
	if r := g.admitAddress(c.Addr); r != nil {
		done(account.ErrUnavailable)
		return nil, r
	}
	r, err := m.logIn(c)
	done(err)
	if r != nil {
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

// checkGuess looks whether this is a guess too many; done ends what is not.
func (m *member) checkGuess(c *rules.Connect) (done func(error), _ *rules.Refusal) {
	if c.User == "" {
		return func(error) {}, nil
	}
	done, wait := m.gate.guard.Begin(account.Try{Remote: c.Addr, User: c.User, Password: c.Password, Device: c.ClientID})
	if done != nil {
		return done, nil
	}
	d := notice.Guessing(c.User, wait)
	if name, ok := m.gate.accounts.Find(c.User); ok {
		m.gate.notices.Notice(name, d)
	}
	return nil, &rules.Refusal{Code: rules.Unavailable, Draft: d}
}

// logIn finds the member's session, or leaves it without one in open access. err
// is Login's.
func (m *member) logIn(c *rules.Connect) (_ *rules.Refusal, err error) {
	g := m.gate
	if c.User == "" {
		// 3.1.1 knows no password without a user name.
		if g.policy().Mode() != policy.Open || c.HasPassword && !c.HasUser {
			return &rules.Refusal{Code: rules.BadCredentials, Draft: notice.NoUser()}, nil
		}
		m.home = "~" + m.host
		m.room.Store(newRoom(policy.Who{}))
		return nil, nil
	}
	name, err := g.accounts.Login(c.User, c.Password)
	if err != nil {
		return m.explain(err), err
	}
	m.home = name
	m.room.Store(g.rooms.get(name))
	return nil, nil
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
	case errors.Is(err, account.ErrRenamed):
		return m.renamed(err)
	case errors.Is(err, account.ErrArchived):
		return &rules.Refusal{Code: rules.NotAuthorized, Draft: notice.Archived(user)}
	case errors.Is(err, account.ErrName):
		return &rules.Refusal{Code: rules.NotAuthorized, Draft: notice.BadName(user, err)}
	}
	m.gate.log.Warn("cannot log in", "user", short(user), "remote", m.addr, "error", err)
	return &rules.Refusal{Code: rules.Unavailable, Draft: notice.Unavailable(user)}
}

// renamed tells the session too, which is watched under its new name.
func (m *member) renamed(err error) *rules.Refusal {
	var r *account.Renamed
	if !errors.As(err, &r) {
		return &rules.Refusal{Code: rules.NotAuthorized, Draft: notice.NotInRoster(m.user)}
	}
	d := notice.Renamed(m.user, r.To)
	m.gate.notices.Notice(r.To, d)
	return &rules.Refusal{Code: rules.NotAuthorized, Draft: d}
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
