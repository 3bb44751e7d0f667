package hooks

import (
	"net"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/session"
)

// link is what the gate needs of a connection beyond net.Conn; the broker's
// own connections have it.
type link interface {
	net.Conn
	Via() string           // "tcp" or "websocket"
	Done() <-chan struct{} // closed when the connection begins to close
	Attach(any)
	Attached() any
	Waiting() int // bytes received and not read yet, as far as is known
	Head() []byte // the first bytes it received
	Level() byte  // protocol level of its CONNECT, 0 = not known
}

// member is a connection from its CONNECT on. What has no comment of its own
// is written on the connection's goroutine before the client is known to
// mochi, and only read afterwards.
type member struct {
	gate *Gate
	conn link
	addr string // host:port
	cl   *mqtt.Client

	connect connect    // what was sent
	refusal *refusal   // why it does not get in; nil = it does
	home    string     // first part of its id in mochi, which no session shares unless it logged in
	ids     *exchanges // from OnSessionEstablish on
	key     uint64     // presence's

	who  atomic.Pointer[policy.Who]
	room atomic.Pointer[room]
	will atomic.Uint32 // willNone...
	mute atomic.Bool

	// The connection's goroutine's own.
	establishing bool // holds its id's lock
	established  bool
	leaving      bool   // sent DISCONNECT
	sysTopic     string // the present publish's real topic, below $SYS
	err          error  // of mochi's reading
}

// States of a will.
const (
	willNone  uint32 = iota
	willWaits        // to be sent unless DISCONNECT comes
	willMuted        // not to be sent
	willSent
)

// member returns a client's, nil for the broker's own.
func (g *Gate) member(cl *mqtt.Client) *member {
	l, ok := cl.Net.Conn.(link)
	if !ok {
		return nil
	}
	m, _ := l.Attached().(*member)
	return m
}

// Client is mochi's, nil before CONNECT was read.
func (m *member) Client() *mqtt.Client { return m.cl }

// Session is the spelling of the claim, "" while there is none.
func (m *member) Session() string {
	if w := m.who.Load(); w != nil {
		return w.Session
	}
	return ""
}

// HasWill says whether a will waits.
func (m *member) HasWill() bool { return m.will.Load() == willWaits }

// Mute takes the will away, and whatever the client still says.
func (m *member) Mute() {
	m.mute.Store(true)
	m.will.CompareAndSwap(willWaits, willMuted)
}

// Dropped tells the session that messages did not reach this client.
func (m *member) Dropped(int) { m.tell(notice.Dropped(m.name())) }

// name is what the client is called in sentences.
func (m *member) name() string {
	if m.connect.id == "" {
		return host(m.addr)
	}
	return m.connect.id
}

// tell gives a notice to the session; what an unbound client did is listed
// with the refused connections, where its student can see it.
func (m *member) tell(d notice.Draft) {
	if s := m.Session(); s != "" {
		m.gate.notices.Notice(s, d)
		return
	}
	m.list(d)
}

func (m *member) list(d notice.Draft) {
	m.gate.presence.Refused(presence.Refusal{
		Addr: host(m.addr), Client: m.connect.id, User: m.connect.user,
		Code: string(d.Code), Text: d.Text,
	})
}

// become gives the member its session.
func (m *member) become(name string) {
	m.who.Store(&policy.Who{Session: name, Instructor: name == session.Instructor})
	m.room.Store(m.gate.rooms.get(name, m.gate.limiter))
}

// bind gives an unbound client in open access the session that a topic, will
// or filter names, if it names one.
func (m *member) bind(first string, ok bool) {
	if !ok || m.Session() != "" {
		return
	}
	name, err := m.gate.accounts.Bind(first)
	if err != nil {
		m.gate.log.Debug("not bound", "name", first, "remote", m.addr, "error", err)
		return
	}
	m.become(name)
	if m.key != 0 {
		m.gate.presence.Bound(m.key, name)
		m.room.Load().enter(host(m.addr))
	}
	if !m.connect.clean {
		m.gate.bound.set(m.cl.ID, name)
	}
}
