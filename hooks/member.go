package hooks

import (
	"sync/atomic"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/rules"
)

// member is one connection that got in. What has no comment of its own is set
// by Admit and only read afterwards.
type member struct {
	gate      *Gate
	addr      string // host:port
	host      string
	via       string
	id        string // client id as it was sent
	user      string // user name, as it was sent
	home      string
	keepalive uint16
	page      bool // no connection: who sits before a page (page.go)

	room atomic.Pointer[room] // its session's, or one of its own while it has none

	// The connection's goroutine's own.
	key    uint64 // presence's, from Joined on
	joined bool
	place  *place // in its session's room, nil before it is there
}

var _ rules.Member = (*member)(nil)

// Session is the spelling of the claim, "" while there is none.
func (m *member) Session() string { return m.room.Load().who.Session }

// Home is the session that the client logged in to, or its address behind "~",
// also after it was bound: its stored state was found there.
func (m *member) Home() string { return m.home }

// Name is what the client is called in sentences.
func (m *member) Name() string {
	if m.id == "" {
		return m.host
	}
	return m.id
}

// Notice tells the session; what an unbound client did is listed with the
// refused connections, where its student can see it.
func (m *member) Notice(d notice.Draft) {
	if s := m.Session(); s != "" {
		m.gate.notices.Notice(s, d)
		return
	}
	m.gate.list(m.addr, m.user, m.id, d)
}

// Rebind makes the session anew if it was removed meanwhile.
func (m *member) Rebind(session string) { m.bind(session, session != "") }

// bind gives an unbound client in open access the session that a topic, will
// or filter names, if it names one. With another access mode, which may have come
// after it, a name alone opens nothing.
func (m *member) bind(first string, ok bool) {
	if !ok || m.Session() != "" || m.gate.policy().Mode() != policy.Open {
		return
	}
	name, err := m.gate.accounts.Bind(first)
	if err != nil {
		m.gate.log.Debug("not bound", "name", first, "remote", m.addr, "error", err)
		return
	}
	r := m.gate.rooms.get(name)
	m.room.Store(r)
	if m.joined {
		m.gate.presence.Bound(m.key, name)
		m.place = r.enter(m.host)
	}
}

// Joined comes when the client has its id.
func (m *member) Joined(evicted string) {
	g := m.gate
	if d, clash := g.ids.arrive(m, evicted, g.opt.Now()); clash {
		m.Notice(d)
	}
	s := m.Session()
	m.key = g.presence.Connected(presence.Client{
		Session: s, ID: m.id, Addr: m.addr, Via: m.via, Since: g.opt.Now(), Keepalive: m.keepalive,
	})
	m.joined = true
	if s != "" {
		m.place = m.room.Load().enter(m.host)
	}
}

// Ended gives back what Joined took.
func (m *member) Ended(reason string) {
	if !m.joined {
		return
	}
	m.joined = false
	g := m.gate
	g.ids.leave(m, g.opt.Now())
	if m.place != nil {
		m.room.Load().leave(m.place)
		m.place = nil
	}
	g.presence.Disconnected(m.key, reason)
}

// Settle waits for what Record returned.
func (m *member) Settle(ticket uint64) error {
	if ticket == 0 || m.gate.opt.Settle == nil {
		return nil
	}
	return m.gate.opt.Settle(ticket)
}

// who is who the member is at the moment.
func (m *member) who() policy.Who { return m.room.Load().who }
