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
	ear   *Ear   // it is a page's, without connections; nil = it is none

	// conn is who receives, from CONNACK on; nil = it is away.
	conn    atomic.Pointer[conn]
	session atomic.Pointer[string] // spelling of the claim, "" = none yet

	mu     sync.Mutex // guards what follows; taken before an outbox's
	owner  *conn      // whose acknowledgements and publishes count; nil = nobody's
	q      queue
	bytes  int64                   // weight of the queue's messages
	base   backlog                 // the least that waited since conn came
	lost   int                     // messages dropped since its session was told of it
	told   int64                   // when that was, Unix ns
	from   map[uint16]struct{}     // QoS 2 messages received, from PUBLISH to PUBREL
	subs   map[string]subscription // by filter as it was sent
	ending bool                    // nobody may take it any more
	dead   bool                    // and it has nothing any more
	left   time.Time               // when the last connection ended
	room   chan struct{}
	heard  []*hearing // messages whose acknowledgement somebody waits for
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

// forget takes identifiers back that receive has taken.
func (cl *client) forget(c *conn, ids []uint16) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	for _, id := range ids {
		if cl.owner == c {
			delete(cl.from, id)
		}
	}
}

// acked is a PUBACK, PUBREC or PUBCOMP of c's. It returns whether PUBREL is to
// be sent, and whether that has to wait for the store.
func (cl *client) acked(c *conn, kind byte, id uint16) (release, wait bool, err error) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.owner != c {
		return false, false, nil
	}
	seq, ok := cl.q.find(id)
	if !ok {
		// A PUBREC may repeat for what PUBCOMP has ended; its sender waits.
		return kind == wire.PUBREC, false, nil
	}
	// The states say what was sent, on this connection or an earlier one.
	e := cl.q.at(seq)
	switch {
	case kind == wire.PUBACK && e.qos == 1 && e.state == sent, kind == wire.PUBCOMP && e.qos == 2 && e.state == released:
		if len(cl.heard) > 0 {
			cl.answered(seq)
		}
		cl.finish(seq)
		cl.q.trim()
		cl.eased()
	case kind == wire.PUBREC && e.qos == 2 && e.state == sent:
		e.state = released
		cl.drop(e)
		if cl.stored {
			cl.s.store.Pubrec(cl.handle, seq)
		}
		return true, cl.stored, nil
	case kind == wire.PUBREC && e.qos == 2: // again
		return true, false, nil
	case e.state == sent, e.state == released:
		return false, false, errWrongAck
	}
	return false, false, nil
}

// finish ends an entry.
func (cl *client) finish(seq uint64) {
	cl.drop(cl.q.at(seq))
	cl.q.end(seq)
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
	for cl.full() && cl.dropOldest() {
	}
	for cl.q.span() >= cl.s.opt.MaxQueued+65535 && cl.giveUp() {
	}
	w := m.weight()
	cl.bytes += w
	cl.s.queued.Add(w)
	return cl.q.push(entry{msg: m, qos: qos, retain: retain, state: state})
}

// share is the part of the memory for all that waits which nobody loses to
// others: over the limit, those lose who hold more.
const share = 64

func (cl *client) full() bool {
	o, all := &cl.s.opt, cl.s.queued.Load()
	return cl.q.held >= o.MaxQueued || all > o.MaxQueuedBytes && cl.bytes > o.MaxQueuedBytes/share || all > 2*o.MaxQueuedBytes
}

// dropOldest makes room by the oldest message that is not under way.
func (cl *client) dropOldest() bool {
	seq, ok := cl.q.oldest(cl.conn.Load() != nil)
	if !ok {
		return false
	}
	held := cl.q.held
	cl.finish(seq)
	cl.q.trim()
	cl.s.count.overflowed.Add(1)
	cl.lost++
	if now := cl.s.clock.get(); now-cl.told > int64(time.Second) { // a sentence for each would cost more than the messages
		d := notice.QueueFull(cl.name(), held)
		d.Times = cl.lost
		cl.tell(d)
		cl.lost, cl.told = 0, now
	}
	return true
}

// giveUp ends what keeps the numbers of dropped messages in the queue: a client
// that has not acknowledged its oldest one since. If it is away, that one goes.
func (cl *client) giveUp() bool {
	if c := cl.conn.Load(); c != nil {
		if !c.closing.Load() {
			cl.s.count.cut.Add(1)
			c.close(errSlow)
		}
		return false
	}
	cl.finish(cl.q.head)
	cl.q.trim()
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

// backlog is how much waits: messages, and their weight.
type backlog struct {
	n     int
	bytes int64
}

func (cl *client) waits() backlog { return backlog{cl.q.waiting(), cl.bytes} }

func (a backlog) min(b backlog) backlog { return backlog{min(a.n, b.n), min(a.bytes, b.bytes)} }

// slow says whether so much came for a live client, over what waited when it
// came and is not worked off yet, that its publishers should wait. The caller
// holds mu.
func (cl *client) slow(part int) bool {
	if cl.conn.Load() == nil {
		return false
	}
	now := cl.waits()
	n, bytes := now.n-cl.base.n, now.bytes-cl.base.bytes
	return n > highCount/part || n > 0 && bytes > highBytes/int64(part)
}

// eased wakes who waits for room, if there is room now. The caller holds mu.
func (cl *client) eased() {
	cl.base = cl.base.min(cl.waits())
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
