package broker

import (
	"bytes"

	"labbroker/broker/durable"
	"labbroker/broker/wire"
)

// run is messages of one publisher on one topic, one after another in its
// stream, with one QoS: what goes the same way in one go. The bytes are only
// lent.
type run struct {
	topic  string
	qos    byte
	retain bool
	bytes  []byte  // the frames as they were received, or would have been
	at     []piece // and where each is

	zero  []byte // the frames at QoS 0, made when first needed
	zeros []piece
	owned []byte           // a copy of bytes that stays, likewise
	msgs  []*message       // likewise
	to    [][]durable.Dest // for the store, by message
}

// piece is one frame of a run.
type piece struct {
	start, idAt, end int32 // idAt is where the payload begins, at QoS 0
}

// reset makes the run empty, and lets go what it borrowed.
func (r *run) reset() {
	r.bytes, r.owned = nil, nil
	r.at = r.at[:0]
	r.zero = r.zero[:0]
	r.zeros = r.zeros[:0]
	clear(r.msgs)
	r.msgs = r.msgs[:0]
	clear(r.to)
	r.to = r.to[:0]
	r.retain = false
}

// payload is the i-th message's, lent.
func (r *run) payload(i int) []byte { return r.body(r.bytes, i) }

// keep is the i-th message's payload for good.
func (r *run) keep(i int) []byte {
	if r.owned == nil {
		r.owned = bytes.Clone(r.bytes)
	}
	return r.body(r.owned, i)
}

func (r *run) body(b []byte, i int) []byte {
	p := r.at[i]
	at := p.idAt
	if r.qos > 0 {
		at += 2
	}
	return b[at:p.end:p.end]
}

// message is the i-th, for queues.
func (r *run) message(i int) *message {
	for len(r.msgs) <= i {
		r.msgs = append(r.msgs, nil)
	}
	if r.msgs[i] == nil {
		r.msgs[i] = &message{topic: r.topic, payload: r.keep(i), qos: r.qos, retain: r.retain}
	}
	return r.msgs[i]
}

// plain returns the frames [lo, hi) as they go to subscribers at QoS 0.
func (r *run) plain(lo, hi int) []byte {
	if r.qos == 0 && !r.retain {
		return r.bytes[r.at[lo].start:r.at[hi-1].end]
	}
	if len(r.zeros) == 0 {
		for i, p := range r.at {
			from := int32(len(r.zero))
			r.zero = wire.AppendPublish(r.zero, 0, 0, r.topic, 0, r.payload(i))
			r.zeros = append(r.zeros, piece{start: from, idAt: p.idAt, end: int32(len(r.zero))})
		}
	}
	return r.zero[r.zeros[lo].start:r.zeros[hi-1].end]
}

// batch is what one goroutine has delivered and not yet seen to its end: its
// connections are to be flushed, its records to be written.
type batch struct {
	s      *Server
	self   *conn    // whose publishes these are; nil = nobody's
	later  bool     // self's client has messages that follow its acknowledgements
	dirty  []*conn  // with bytes that this goroutine has to send
	stored []stored // entries that wait for their record
	slow   []*client
	record bool // the store got something that has to be durable before the batch ends
	out    durable.Message
	said   *Said // follows the message; nil = nobody does
}

type stored struct {
	to  *client
	seq uint64
}

// send gives a run to all its destinations.
func (b *batch) send(r *run, t *destinations) {
	n := len(r.at)
	for _, d := range t.to {
		b.deliver(d.To, min(d.QoS, r.qos), r, 0, n)
	}
	for _, g := range t.groups {
		for i := range n {
			if to, ok := pick(g, r.topic); ok {
				b.deliver(to.To, min(to.QoS, r.qos), r, i, i+1)
			}
		}
	}
	b.s.count.received.Add(int64(n))
}

// deliver gives a client the messages [lo, hi) of a run.
func (b *batch) deliver(cl *client, qos byte, r *run, lo, hi int) {
	if qos == 0 {
		c := cl.conn.Load()
		if c == nil && cl.ear != nil {
			cl.ear.hear(r, lo, hi)
			return
		}
		put := c != nil && c.put(b, r.plain(lo, hi), hi-lo)
		if b.said != nil {
			b.said.plain(cl, c, put)
		}
		return
	}
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.dead {
		return
	}
	if b.said != nil {
		b.said.follow(cl, qos, cl.q.tail)
	}
	c := cl.conn.Load()
	own := c != nil && c == b.self
	if c != nil && !own && cl.clean && cl.q.waiting() == 0 && cl.q.flying()+hi-lo <= window && c.putRun(b, cl, qos, r, lo, hi) {
		return
	}
	state := ready
	if cl.stored {
		state = written
	}
	for i := lo; i < hi; i++ {
		seq := cl.push(r.message(i), qos, false, state)
		if cl.stored {
			b.stored = append(b.stored, stored{cl, seq})
			r.addTo(i, durable.Dest{To: cl.handle, Seq: seq, QoS: qos})
		}
	}
	if c == nil {
		return
	}
	switch {
	case own:
		b.later = true // a publisher hears first that it was heard
	case !cl.stored:
		cl.pump(b, c)
	}
	if cl.slow(1) && (len(b.slow) == 0 || b.slow[len(b.slow)-1] != cl) {
		b.slow = append(b.slow, cl)
	}
}

func (r *run) addTo(i int, d durable.Dest) {
	for len(r.to) <= i {
		r.to = append(r.to, nil)
	}
	r.to[i] = append(r.to[i], d)
}

// putRun sends the frames as they came, with identifiers of this client's. A
// clean client needs no message once it is sent: there is no second
// connection to send it again.
func (c *conn) putRun(b *batch, cl *client, qos byte, r *run, lo, hi int) bool {
	from, to := r.at[lo].start, r.at[hi-1].end
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.open || o.shut || o.size()+int(to-from) > c.s.opt.WriteBuffer/2 {
		return false
	}
	base := len(o.buf)
	o.grow(int(to - from))
	o.buf = append(o.buf, r.bytes[from:to]...)
	for i := lo; i < hi; i++ {
		p := &r.at[i]
		id := packetID(cl.q.push(entry{qos: qos, state: sent}))
		at := base + int(p.start-from)
		o.buf[at] = wire.PUBLISH<<4 | qos<<1
		at = base + int(p.idAt-from)
		o.buf[at], o.buf[at+1] = byte(id>>8), byte(id)
	}
	cl.q.next = cl.q.tail
	c.s.count.sent.Add(int64(hi - lo))
	c.claim(b)
	if f := c.feed.Load(); f != nil {
		c.goes(f, o.buf[base:])
	}
	return true
}

// pump sends from the queue what may be sent now. The caller holds cl.mu.
func (cl *client) pump(b *batch, c *conn) {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.open || o.shut {
		return
	}
	q, n, from := &cl.q, 0, len(o.buf)
	for q.next < q.tail && q.flying() < window && o.size() < c.s.opt.WriteBuffer/2 {
		e := q.at(q.next)
		switch e.state {
		case written:
			goto out
		case ready, sent:
			flags := byte(0)
			if e.state == sent {
				flags = wire.Dup
			}
			if e.retain {
				flags |= wire.Retain
			}
			o.buf = wire.AppendPublish(o.buf, flags, e.qos, e.msg.topic, packetID(q.next), e.msg.payload)
			e.state = sent
			if cl.clean {
				cl.drop(e)
			}
			n++
		case released:
			o.buf = wire.AppendAck(o.buf, wire.PUBREL, packetID(q.next))
		}
		q.next++
	}
out:
	q.trim()
	if n > 0 {
		c.s.count.sent.Add(int64(n))
	}
	if len(o.buf) > 0 {
		c.claim(b)
	}
	if f := c.feed.Load(); f != nil {
		c.goes(f, o.buf[from:])
	}
	cl.eased()
}

// finish sees a batch to its end but for acknowledgements: what needs no
// record is sent first, then, when the records are written, the rest.
func (b *batch) finish() {
	b.flush()
	if !b.record {
		return
	}
	b.record = false
	if err := b.s.store.Commit(); err != nil {
		b.s.unwritten(err)
	}
	for i := 0; i < len(b.stored); {
		cl := b.stored[i].to
		cl.mu.Lock()
		for ; i < len(b.stored) && b.stored[i].to == cl; i++ {
			if seq := b.stored[i].seq; seq >= cl.q.head && seq < cl.q.tail {
				if e := cl.q.at(seq); e.state == written {
					e.state = ready
				}
			}
		}
		if c := cl.conn.Load(); c != nil && c == b.self && len(c.acks) > 0 {
			b.later = true
		} else if c != nil {
			cl.pump(b, c)
		}
		cl.mu.Unlock()
	}
	clear(b.stored)
	b.stored = b.stored[:0]
	b.flush()
}

// flush sends what this goroutine has put into connections.
func (b *batch) flush() {
	for i, c := range b.dirty {
		b.dirty[i] = nil
		c.flush()
	}
	b.dirty = b.dirty[:0]
}
