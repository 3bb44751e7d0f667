package broker

import (
	"strings"
	"time"

	"labbroker/broker/route"
	"labbroker/broker/wire"
	"labbroker/internal/notice"
)

// subscribe grants one filter of a SUBSCRIBE, or explains why not; told is what
// the session was told of it.
func (c *conn) subscribe(filter string, qos byte) (granted bool, told string) {
	s, cl := c.s, c.cl
	name, rest, shared := route.CutShare(filter)
	if qos > 2 || !route.Valid(rest) || !wire.ValidTopic([]byte(filter)) {
		d := notice.FilterMalformed(c.member.Session(), filter)
		c.member.Notice(d)
		return false, d.Text
	}
	if d, bad := s.tooLong(c.member.Session(), filter); bad {
		c.member.Notice(d)
		return false, d.Text
	}
	before := c.member.Session()
	granted, told = c.member.Filter(filter)
	if now := c.member.Session(); now != before {
		c.bound(now)
	}
	if !granted {
		return false, told
	}
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.owner != c {
		return false, told
	}
	_, had := cl.subs[filter]
	if limit := s.opt.MaxSubscriptions; !had && limit > 0 && len(cl.subs) >= limit {
		s.count.tooManySubs.Add(1)
		d := notice.TooManySubscriptions(c.name(), limit)
		c.member.Notice(d)
		return false, d.Text
	}
	if cl.subs == nil {
		cl.subs = make(map[string]subscription, 1)
	}
	filter = strings.Clone(filter)
	sub := subscription{qos: qos}
	if shared {
		sub.scope = cl.scope()
	}
	cl.subs[filter] = sub
	if cl.stored {
		s.store.Subscribe(cl.handle, filter, qos)
	}
	if shared {
		s.subs.Share(cl, sub.scope, name, rest, qos)
		return true, told // shared subscriptions get no retained messages
	}
	s.subs.Subscribe(cl, filter, qos)
	c.retain = append(c.retain, wanted{filter, qos})
	return true, told
}

// unsubscribe takes back a filter, if it was granted.
func (c *conn) unsubscribe(filter string) {
	cl := c.cl
	cl.mu.Lock()
	defer cl.mu.Unlock()
	sub, had := cl.subs[filter]
	if !had || cl.owner != c {
		return
	}
	c.s.off(cl, filter, sub)
	delete(cl.subs, filter)
	if cl.stored {
		c.s.store.Unsubscribe(cl.handle, filter)
	}
}

// subscription is one granted filter of a client.
type subscription struct {
	qos   byte
	scope string // of the group, where it is shared
}

// scope keeps the groups of one session apart from another's: the session, or
// for a client without one the first part of its key.
func (cl *client) scope() string {
	if who := cl.who(); who != "" {
		return who
	}
	home, _, _ := strings.Cut(cl.key, "/")
	return home
}

// commit waits until what this connection gave the store is written.
func (c *conn) commit() {
	if !c.kept {
		return
	}
	if err := c.s.store.Commit(); err != nil {
		c.s.unwritten(err)
	}
}

// wanted is a filter whose retained messages follow its SUBACK.
type wanted struct {
	filter string
	qos    byte
}

// sendRetained sends them. They may be many: it waits for the client to read,
// which holds up nobody but the client itself.
func (c *conn) sendRetained() {
	list := c.retain
	c.retain = nil
	for _, w := range list {
		for _, m := range c.s.kept.match(w.filter) {
			if !c.s.rules.Deliver(c.cl.who(), m.topic) {
				continue
			}
			c.room()
			c.sendKept(m.topic, w.qos)
		}
	}
	if c.b.record {
		c.b.finish()
	}
}

// room waits, with everything sent, until the outbox has room.
func (c *conn) room() {
	o := &c.out
	full := func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.size() > c.s.opt.WriteBuffer/2 && !o.shut
	}
	if !full() {
		return
	}
	c.b.finish()
	c.pausing.Store(true)
	defer c.pausing.Store(false)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for full() {
		select {
		case <-tick.C:
		case <-c.done:
			return
		}
	}
}

// sendKept sends a topic's retained message, if it still has one.
func (c *conn) sendKept(topic string, qos byte) {
	cl := c.cl
	turn := c.s.kept.turn(topic)
	turn.Lock()
	defer turn.Unlock()
	m := c.s.kept.get(topic)
	if m == nil {
		return
	}
	qos = min(qos, m.qos)
	if qos == 0 {
		c.put(&c.b, wire.AppendPublish(nil, wire.Retain, 0, m.topic, 0, m.payload), 1)
		return
	}
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.dead || cl.owner != c {
		return
	}
	before := cl.waits()
	if cl.stored {
		seq := cl.push(m, qos, true, written)
		c.b.stored = append(c.b.stored, stored{cl, seq})
		c.b.keep(m, cl, seq, qos)
	} else {
		cl.push(m, qos, true, ready)
		cl.pump(&c.b, c)
	}
	// It asked for them: that they wait does not make it slow.
	now := cl.waits()
	cl.base.n += max(0, now.n-before.n)
	cl.base.bytes += max(0, now.bytes-before.bytes)
}
