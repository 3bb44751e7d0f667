package broker

import (
	"errors"
	"time"

	"labbroker/broker/durable"
	"labbroker/broker/wire"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// maxRun is how many messages go one way in one go.
const maxRun = 512

// errTopic ends a connection whose session was told why.
var errTopic = errors.New("the topic is not one to publish on")

// publish takes one PUBLISH on its way. Messages that follow each other on one
// topic are gathered into a run; endRun moves them.
func (c *conn) publish(frame []byte, head int) error {
	p, err := wire.ParsePublish(frame, head)
	if err != nil {
		return err
	}
	t := c.last
	if t == nil || string(p.Topic) != t.name {
		if t, err = c.topic(p.Topic); err != nil {
			return err
		}
	}
	r := &c.run
	if n := len(r.at); n > 0 && (t != c.last || p.QoS != r.qos || p.Head&wire.Retain != 0 || r.retain || n == maxRun || int(r.at[n-1].end) != c.r-c.runAt) {
		c.endRun()
	}
	c.last = t
	switch p.QoS {
	case 1:
		c.acks = wire.AppendAck(c.acks, wire.PUBACK, p.ID)
	case 2:
		c.acks = wire.AppendAck(c.acks, wire.PUBREC, p.ID)
		if !c.cl.receive(c, p.ID) {
			if f := c.feed.Load(); f != nil {
				c.endRun()
				c.came(f, frame, false, "")
			}
			c.b.record = c.b.record || c.kept // perhaps not written yet
			return nil                        // said before
		}
		c.ids = append(c.ids, p.ID)
	}
	if len(r.at) == 0 {
		if !t.fresh(c) {
			c.resolve(t)
		}
		r.topic, r.qos, r.retain = t.name, p.QoS, p.Head&wire.Retain != 0
		c.runAt = c.r
	}
	at := c.r - c.runAt
	r.at = append(r.at, piece{start: int32(at), idAt: int32(at + p.IDAt), end: int32(at + len(frame))})
	r.bytes = c.in[c.runAt : c.r+len(frame)]
	return nil
}

// slow holds the reading of a session up that is over its rate, before the
// message of size bytes at c.r, which stands at c.r afterwards too. TCP makes
// the sender wait; nothing is dropped.
func (c *conn) slow(size int) {
	waiting := c.w - c.r
	if c.slowed && c.raw != nil {
		waiting += c.raw.waiting()
	}
	wait := c.member.Take(1, size, waiting)
	if c.slowed = wait > 0; !c.slowed {
		return
	}
	c.endBatch()
	c.s.count.slowed.Add(1)
	c.pause(wait)
}

// endRun moves the gathered messages: to subscribers, to the retained ones, to
// presence and history.
func (c *conn) endRun() {
	r, t := &c.run, c.last
	n := len(r.at)
	if n == 0 {
		return
	}
	if f := c.feed.Load(); f != nil && t.allowed {
		c.cameRun(f, r, false, "")
	}
	switch {
	case c.mute.Load():
	case t.allowed:
		c.b.accept(r, t, c.member)
	case t.limit != nil:
		c.member.Notice(*t.limit)
		c.refusedRun(r, t.limit.Text)
		c.s.count.refused.Add(int64(n))
	default:
		c.refusedRun(r, c.member.RefusedPublish(t.name, n))
		c.s.count.refused.Add(int64(n))
	}
	ids := c.ids
	if !c.kept {
		ids = nil
	}
	if t.allowed && t.sink != nil && !c.mute.Load() {
		c.tap(r, t.sink)
		if len(ids) > 0 {
			// A message whose identifier is stored is not recorded when it
			// comes again, so its reading has to be safe by then.
			c.settle()
		}
	}
	c.b.write(r, c.cl.handle, ids)
	c.ids = c.ids[:0]
	r.reset()
}

// accept moves a run that the rules allow. t is what the publisher knows of
// the topic, nil = nothing yet; from the publisher, nil = the broker.
func (b *batch) accept(r *run, t *topic, from rules.Member) {
	if !r.retain {
		if t == nil {
			t = &topic{destinations: b.s.route(r.topic)}
		}
		b.send(r, &t.destinations)
		return
	}
	turn := b.s.kept.turn(r.topic)
	turn.Lock()
	defer turn.Unlock()
	b.retain(r, from)
	// Who subscribes from now on finds it; who has done so before is looked up.
	if t == nil || !t.version.Same() {
		t = &topic{destinations: b.s.route(r.topic)}
	}
	b.send(r, &t.destinations)
}

// retain makes the run's message its topic's retained one, or clears it, and
// stores that apart: what else has to be stored may wait for the history. The
// caller holds the topic's turn.
func (b *batch) retain(r *run, from rules.Member) {
	m := r.message(0)
	kept, full := b.s.kept.set(r.topic, m, b.s.opt.MaxRetained)
	if full {
		b.s.count.notRetained.Add(1)
		if from != nil {
			from.Notice(notice.TooManyRetained(r.topic, b.s.opt.MaxRetained))
		}
	}
	if !kept || b.s.store == nil {
		return
	}
	if err := b.s.store.Publish(&durable.Message{Topic: m.topic, Payload: m.payload, QoS: m.qos, Keep: true}); err != nil {
		b.s.unwritten(err)
	}
	b.record = true
}

// tap tells presence and history.
func (c *conn) tap(r *run, to rules.Sink) {
	n := len(r.at)
	to.Heard(n, r.payload(n-1), r.qos, r.retain)
	if !to.Recording() {
		return
	}
	c.b.flush() // the history may make us wait
	for i := range r.at {
		c.ticket = max(c.ticket, to.Record(r.keep(i), r.qos, r.retain))
	}
}

// settle waits until what the history was given is written.
func (c *conn) settle() {
	if c.ticket == 0 {
		return
	}
	if err := c.member.Settle(c.ticket); err != nil {
		c.s.unwritten(err)
	}
	c.ticket = 0
}

// write gives the store what has to survive: messages for clients that are
// kept, and the identifiers of QoS 2 in the same record as their message. from
// is the publisher's, where ids are given.
func (b *batch) write(r *run, from durable.Handle, ids []uint16) {
	if b.s.store == nil || len(r.to) == 0 && len(ids) == 0 {
		return
	}
	for i := range r.at {
		m := &b.out
		*m = durable.Message{}
		if i < len(ids) {
			m.From, m.FromID = from, ids[i]
		}
		if i < len(r.to) {
			m.To = r.to[i]
		}
		if len(m.To) > 0 {
			m.Topic, m.Payload, m.QoS = r.topic, r.payload(i), r.qos
		} else if m.FromID == 0 {
			continue
		}
		if err := b.s.store.Publish(m); err != nil {
			b.s.unwritten(err)
		}
		b.record = true
	}
}

// endBatch sees what was read in one go to its end: deliveries leave, records
// are written, and only then acknowledgements leave.
func (c *conn) endBatch() {
	c.endRun()
	if c.more && !c.b.later {
		c.more = false
		c.advance()
	}
	c.b.finish()
	c.settle()
	if len(c.acks) > 0 {
		c.say(c.acks)
		c.acks = c.acks[:0]
	}
	if c.b.later {
		c.more, c.b.later = false, false
		c.advance()
	}
	c.b.flush()
	if len(c.b.slow) > 0 {
		c.waitForSlow()
	}
}

// advance sends what acknowledgements have made room for.
func (c *conn) advance() {
	cl := c.cl
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.q.waiting() > 0 && cl.conn.Load() == c {
		cl.pump(&c.b, c)
	}
}

// waitForSlow waits, with nothing of its own held back any more, until the
// subscribers that were given too much have read some of it; those that do not
// within SlowTime lose their connection, and nothing else. A client whose own
// publishes wait is not waited for: two that are slow to each other, or one to
// itself, go on.
func (c *conn) waitForSlow() {
	c.cl.block(c)
	limit := time.NewTimer(c.s.opt.SlowTime)
	defer limit.Stop()
	late := false
	for i, cl := range c.b.slow {
		c.b.slow[i] = nil
		for cl != c.cl && !c.closing.Load() {
			other, room := cl.await()
			if room == nil {
				break
			}
			if late {
				c.s.count.cut.Add(1)
				other.close(errSlow)
				break
			}
			select {
			case <-room:
			case <-limit.C:
				late = true
			case <-c.done:
			}
		}
	}
	c.b.slow = c.b.slow[:0]
	c.pausing.Store(false)
}

// block notes that c's publishes will wait, and wakes who waits for c.
func (cl *client) block(c *conn) {
	c.pausing.Store(true)
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.wake()
}

// await returns the connection to wait for, and what is closed when there is
// something new; nil if there is nothing to wait for.
func (cl *client) await() (*conn, <-chan struct{}) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	c := cl.conn.Load()
	if c == nil || c.pausing.Load() || c.closing.Load() || !cl.slow(1) {
		return nil, nil
	}
	if cl.room == nil {
		cl.room = make(chan struct{})
	}
	return c, cl.room
}
