package broker

import (
	"sync"
	"sync/atomic"
	"time"

	"labbroker/broker/durable"
	"labbroker/broker/wire"
	"labbroker/internal/notice"
)

// window is how many messages at QoS 1 and 2 may be under way to one client
// without its acknowledgement. Identifiers allow 65,535.
const window = 4096

// Marks of a live client's queue: above high it slows its publishers, until it
// is below low.
const (
	highCount = 2000
	highBytes = 1 << 20
	lowPart   = 4 // low is a fourth of high
)

// client is what belongs to one client id of one session, over all its
// connections: subscriptions, what waits for it, and identifiers in use.
type client struct {
	s     *Server
	key   string // home and client id
	clean bool   // it ends with its connection

	// conn is who receives, from CONNACK on; nil = it is away.
	conn    atomic.Pointer[conn]
	session atomic.Pointer[string] // spelling of the claim, "" = none yet

	mu     sync.Mutex // guards what follows; taken before an outbox's
	owner  *conn      // whose acknowledgements and publishes count; nil = nobody's
	q      queue
	bytes  int64                   // weight of the queue's messages
	from   map[uint16]struct{}     // QoS 2 messages received, from PUBLISH to PUBREL
	subs   map[string]subscription // by filter as it was sent
	dead   bool
	left   time.Time // when the last connection ended
	room   chan struct{}
	handle durable.Handle
	stored bool // the store knows it by handle
}

func newClient(s *Server, key, session string, clean bool) *client {
	cl := &client{s: s, key: key, clean: clean}
	cl.session.Store(&session)
	return cl
}

// who is the session whose client this is.
func (cl *client) who() string { return *cl.session.Load() }

// receive takes the identifier of a QoS 2 message that c received; false if it
// was received before, or c has no say any more.
func (cl *client) receive(c *conn, id uint16) bool {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if _, twice := cl.from[id]; twice || cl.owner != c {
		return false
	}
	if cl.from == nil {
		cl.from = map[uint16]struct{}{}
	}
	cl.from[id] = struct{}{}
	return true
}

// acked is a PUBACK, PUBREC or PUBCOMP of c's. It returns whether PUBREL is to
// be sent, and whether that has to wait for the store.
func (cl *client) acked(c *conn, kind byte, id uint16) (release, wait bool) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.owner != c {
		return false, false
	}
	seq, ok := cl.q.find(id)
	if !ok {
		// A PUBREC may repeat for what PUBCOMP has ended; its sender waits.
		return kind == wire.PUBREC, false
	}
	e := cl.q.at(seq)
	switch {
	case kind == wire.PUBACK && e.qos == 1 && e.state == sent, kind == wire.PUBCOMP && e.qos == 2 && e.state == released:
		cl.finish(seq)
		cl.q.trim()
		cl.eased()
	case kind == wire.PUBREC && e.qos == 2 && e.state == sent:
		e.state = released
		cl.drop(e)
		if cl.stored {
			cl.s.store.Pubrec(cl.handle, seq)
		}
		return true, cl.stored
	case kind == wire.PUBREC && e.state == released:
		return true, false
	}
	return false, false
}

// finish ends an entry.
func (cl *client) finish(seq uint64) {
	e := cl.q.at(seq)
	cl.drop(e)
	e.state = done
	if cl.stored {
		cl.s.store.Done(cl.handle, seq)
	}
}

// drop lets an entry's message go.
func (cl *client) drop(e *entry) {
	if e.msg != nil {
		w := e.msg.weight()
		cl.bytes -= w
		cl.s.queued.Add(-w)
		e.msg = nil
	}
}

// push puts a message into the queue, at the cost of the oldest when it is
// full. The caller holds mu.
func (cl *client) push(m *message, qos byte, retain bool, state byte) uint64 {
	s := cl.s
	for cl.q.len() > 0 && (cl.q.len() >= s.opt.MaxQueued || s.queued.Load() > s.opt.MaxQueuedBytes) {
		if !cl.dropOldest() {
			break
		}
	}
	w := m.weight()
	cl.bytes += w
	s.queued.Add(w)
	return cl.q.push(entry{msg: m, qos: qos, retain: retain, state: state})
}

// dropOldest makes room by the oldest message that is not under way.
func (cl *client) dropOldest() bool {
	seq := cl.q.next
	for seq < cl.q.tail && cl.q.at(seq).state >= released {
		seq++
	}
	if seq == cl.q.tail {
		return false
	}
	cl.finish(seq)
	cl.q.trim()
	cl.s.count.overflowed.Add(1)
	cl.tell(notice.QueueFull(cl.name(), cl.s.opt.MaxQueued))
	return true
}

// tell gives the client's session a notice.
func (cl *client) tell(d notice.Draft) {
	if who := cl.who(); who != "" {
		cl.s.rules.Notice(who, d)
	}
}

// name is what sentences call an absent client.
func (cl *client) name() string {
	for i := range len(cl.key) {
		if cl.key[i] == '/' && i+1 < len(cl.key) {
			return cl.key[i+1:]
		}
	}
	return cl.key
}

// slow says whether a live client has so much waiting that its publishers
// should wait. The caller holds mu.
func (cl *client) slow(part int) bool {
	return cl.conn.Load() != nil && (cl.q.waiting() > highCount/part || cl.q.waiting() > 0 && cl.bytes > highBytes/int64(part))
}

// eased wakes who waits for room, if there is room now. The caller holds mu.
func (cl *client) eased() {
	if cl.room != nil && !cl.slow(lowPart) {
		cl.wake()
	}
}

// wake wakes who waits for room, to look again. The caller holds mu.
func (cl *client) wake() {
	if cl.room != nil {
		close(cl.room)
		cl.room = nil
	}
}
