package broker

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// States of a receiver.
const (
	ReceiverSent    = "sent"    // QoS 0: given to its connection; nobody acknowledges that
	ReceiverStuck   = "stuck"   // QoS 0: given to a connection that takes nothing at the moment
	ReceiverDropped = "dropped" // QoS 0: it does not read, so it does not get it; else its queue was full
	ReceiverMissed  = "missed"  // QoS 0: it is away, so it does not get it
	ReceiverQueued  = "queued"  // it is away, and gets it when it comes back
	ReceiverWaiting = "waiting" // sent, or about to be, and not acknowledged
	ReceiverAcked   = "acknowledged"
	ReceiverLost    = "lost" // it ended before it acknowledged, and nothing waits for it
)

// Receiver is one client that a message went to.
type Receiver struct {
	Session string // spelling of the claim, "" = it has none yet
	Client  string // its name: client id, or address where it has none
	QoS     byte   // of the delivery
	State   string
	After   time.Duration // from Say to its acknowledgement, where State is ReceiverAcked
}

// Said is a message that Say has published, and who receives it. It is safe
// for concurrent use.
type Said struct {
	at time.Time

	mu      sync.Mutex // guards what follows; taken after a client's
	list    []*hearing
	changed chan struct{} // closed at the next acknowledgement
}

// hearing is one receiver's.
type hearing struct {
	said *Said
	cl   *client
	one  Receiver
	seq  uint64 // in the client's queue, at QoS 1 and 2
	over bool   // State is final
}

// maxHeard is how many messages of one client are followed at a time.
const maxHeard = 256

func newSaid() *Said { return &Said{at: time.Now(), changed: make(chan struct{})} }

// plain notes a delivery at QoS 0.
func (x *Said) plain(cl *client, c *conn, put bool) {
	state := ReceiverSent
	switch {
	case c == nil:
		state = ReceiverMissed
	case !put:
		state = ReceiverDropped
	default:
		c.out.mu.Lock()
		if c.out.stuck != 0 {
			state = ReceiverStuck
		}
		c.out.mu.Unlock()
	}
	x.add(&hearing{said: x, cl: cl, one: Receiver{Session: cl.who(), Client: cl.called(c), State: state}, over: true})
}

// follow notes that the client's next number is this message. The caller holds
// cl.mu.
func (x *Said) follow(cl *client, qos byte, seq uint64) {
	h := &hearing{said: x, cl: cl, seq: seq, one: Receiver{
		Session: cl.who(), Client: cl.called(cl.conn.Load()), QoS: qos, State: ReceiverQueued,
	}}
	if len(cl.heard) >= maxHeard {
		cl.heard = slices.Delete(cl.heard, 0, 1)
	}
	cl.heard = append(cl.heard, h)
	x.add(h)
}

func (x *Said) add(h *hearing) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, h)
}

// answered notes that a message was acknowledged. The caller holds mu.
func (cl *client) answered(seq uint64) {
	i := slices.IndexFunc(cl.heard, func(h *hearing) bool { return h.seq == seq })
	if i < 0 {
		return
	}
	h := cl.heard[i]
	cl.heard = slices.Delete(cl.heard, i, i+1)
	x := h.said
	x.mu.Lock()
	defer x.mu.Unlock()
	h.one.State, h.one.After, h.over = ReceiverAcked, time.Since(x.at), true
	close(x.changed)
	x.changed = make(chan struct{})
}

// Receivers are who the message went to, as they are now. Listeners of pages
// are not among them.
func (x *Said) Receivers() []Receiver {
	x.mu.Lock()
	list := slices.Clone(x.list)
	x.mu.Unlock()
	out := make([]Receiver, 0, len(list))
	for _, h := range list {
		out = append(out, h.now())
	}
	return out
}

// now is the receiver with its state of the moment.
func (h *hearing) now() Receiver {
	h.cl.mu.Lock()
	defer h.cl.mu.Unlock()
	h.said.mu.Lock()
	defer h.said.mu.Unlock()
	r := h.one
	if h.over {
		return r
	}
	q, c := &h.cl.q, h.cl.conn.Load()
	switch {
	case h.cl.dead:
		r.State = ReceiverLost
	case h.seq < q.head || h.seq >= q.tail || q.at(h.seq).state == done:
		r.State = ReceiverDropped
	case c == nil:
		r.State = ReceiverQueued
	default:
		r.State = ReceiverWaiting
	}
	return r
}

// Wait returns when somebody acknowledges who had not, when nobody is left to
// wait for, or when ctx ends.
func (x *Said) Wait(ctx context.Context) {
	x.mu.Lock()
	changed := x.changed
	waiting := slices.ContainsFunc(x.list, func(h *hearing) bool { return !h.over })
	x.mu.Unlock()
	if !waiting {
		return
	}
	select {
	case <-changed:
	case <-ctx.Done():
	}
}

// Forget follows the message no further.
func (x *Said) Forget() {
	x.mu.Lock()
	list := slices.Clone(x.list)
	x.mu.Unlock()
	for _, h := range list {
		h.cl.mu.Lock()
		h.cl.heard = slices.DeleteFunc(h.cl.heard, func(o *hearing) bool { return o == h })
		h.cl.mu.Unlock()
	}
}

// called is what receivers call the client.
func (cl *client) called(c *conn) string {
	name := cl.name()
	if !strings.HasPrefix(name, "\x00") {
		return name
	}
	if c != nil {
		return c.name()
	}
	return ""
}
