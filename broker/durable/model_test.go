package durable_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"labbroker/broker/durable"
)

// model is what a store must restore, kept the simple way.
type model struct {
	clients  map[durable.Handle]*modelClient
	retained map[string]durable.Retained
}

type modelClient struct {
	info     durable.ClientInfo
	next     uint64
	subs     map[string]byte
	queue    map[uint64]durable.Queued
	received map[uint16]bool
}

func newModel() *model {
	return &model{map[durable.Handle]*modelClient{}, map[string]durable.Retained{}}
}

// op does the same to a store and to a model.
type op struct {
	name  string
	store func(*durable.Store)
	model func(*model)
}

// String is all that a model holds.
func (m *model) String() string {
	var b strings.Builder
	for _, h := range slices.Sorted(maps.Keys(m.clients)) {
		c := m.clients[h]
		fmt.Fprintf(&b, "client %d %q %q %d next %d received %v\n", h, c.info.Key, c.info.Session, ms(c.info.Left), c.next, slices.Sorted(maps.Keys(c.received)))
		for _, f := range slices.Sorted(maps.Keys(c.subs)) {
			fmt.Fprintf(&b, " sub %q %d\n", f, c.subs[f])
		}
		for _, seq := range slices.Sorted(maps.Keys(c.queue)) {
			b.WriteString(queued(c.queue[seq]))
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(m.retained)) {
		fmt.Fprintf(&b, "retained %q\n", m.retained[topic])
	}
	return b.String()
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func queued(q durable.Queued) string {
	if q.Released {
		return fmt.Sprintf(" queued %d qos %d released\n", q.Seq, q.QoS)
	}
	return fmt.Sprintf(" queued %d qos %d retain %v %q %q\n", q.Seq, q.QoS, q.Retain, q.Topic, q.Payload)
}

// restored is the same of what a store restored; it must be in order.
func restored(r *durable.Restored) string {
	var b strings.Builder
	for _, c := range r.Clients {
		if !slices.IsSortedFunc(c.Queue, func(a, b durable.Queued) int { return cmp.Compare(a.Seq, b.Seq) }) {
			fmt.Fprintf(&b, "out of order: ")
		}
		fmt.Fprintf(&b, "client %d %q %q %d next %d received %v\n", c.Handle, c.Key, c.Session, ms(c.Left), c.Next, c.Received)
		for _, s := range c.Subs {
			fmt.Fprintf(&b, " sub %q %d\n", s.Filter, s.QoS)
		}
		for _, q := range c.Queue {
			b.WriteString(queued(q))
		}
	}
	for _, k := range r.Retained {
		fmt.Fprintf(&b, "retained %q\n", k)
	}
	return b.String()
}

func (m *model) publish(p durable.Message) {
	for _, d := range p.To {
		if c := m.clients[d.To]; c != nil {
			c.queue[d.Seq] = durable.Queued{Seq: d.Seq, QoS: d.QoS, Retain: d.Retain, Topic: p.Topic, Payload: p.Payload}
			c.next = max(c.next, d.Seq+1)
		}
	}
	if c := m.clients[p.From]; c != nil && p.FromID != 0 {
		c.received[p.FromID] = true
	}
	if p.Keep && len(p.Payload) == 0 {
		delete(m.retained, p.Topic)
	} else if p.Keep {
		m.retained[p.Topic] = durable.Retained{Topic: p.Topic, QoS: p.QoS, Payload: p.Payload}
	}
}

// player makes random ops that a broker could call now.
type player struct {
	*rand.Rand
	m      *model
	fresh  func(durable.ClientInfo) durable.Handle
	unused map[durable.Handle]uint64 // a Seq given out, whose message is still on its way
}

func (p *player) client() durable.Handle {
	all := slices.Sorted(maps.Keys(p.m.clients))
	if len(all) == 0 || p.IntN(40) == 0 {
		return durable.Handle(1000 + p.IntN(3)) // nobody
	}
	return all[p.IntN(len(all))]
}

func (p *player) info() durable.ClientInfo {
	i := durable.ClientInfo{Key: fmt.Sprintf("home%d/c%d", p.IntN(5), p.IntN(5)), Session: strings.Repeat("s", p.IntN(4))}
	if p.IntN(2) == 0 {
		i.Left = time.UnixMilli(1_700_000_000_000 + p.Int64N(1e6))
	}
	return i
}

// seq is one that h has not used; sometimes the next one comes first.
func (p *player) seq(h durable.Handle) uint64 {
	if n, ok := p.unused[h]; ok {
		delete(p.unused, h)
		return n
	}
	n := uint64(0)
	if c := p.m.clients[h]; c != nil {
		n = c.next + uint64(p.IntN(2)*p.IntN(3))
	}
	if p.IntN(8) == 0 {
		p.unused[h] = n
		n++
	}
	return n
}

// waiting is mostly the first of h's queue.
func (p *player) waiting(h durable.Handle) uint64 {
	c := p.m.clients[h]
	if c == nil || len(c.queue) == 0 || p.IntN(20) == 0 {
		return uint64(p.IntN(50))
	}
	all := slices.Sorted(maps.Keys(c.queue))
	if p.IntN(4) == 0 {
		return all[p.IntN(len(all))]
	}
	return all[0]
}

func (p *player) message() durable.Message {
	m := durable.Message{
		Topic: fmt.Sprintf("home%d/t", p.IntN(4)), Payload: []byte(strings.Repeat(string(rune('a'+p.IntN(26))), p.IntN(60))),
		QoS: byte(p.IntN(3)), Keep: p.IntN(3) == 0,
	}
	switch p.IntN(8) {
	case 0:
		m.Payload = []byte{}
	case 1:
		m.Payload = []byte(strings.Repeat("long", 200))
	}
	if p.IntN(3) == 0 {
		m.From, m.FromID = p.client(), uint16(1+p.IntN(6))
	}
	for range p.IntN(4) {
		h := p.client()
		if !slices.ContainsFunc(m.To, func(d durable.Dest) bool { return d.To == h }) {
			m.To = append(m.To, durable.Dest{To: h, Seq: p.seq(h), QoS: byte(1 + p.IntN(2)), Retain: p.IntN(5) == 0})
		}
	}
	return m
}

func (p *player) op(t *testing.T) op {
	h := p.client()
	change := func(f func(*modelClient)) func(*model) {
		return func(m *model) {
			if c := m.clients[h]; c != nil {
				f(c)
			}
		}
	}
	switch n := p.IntN(100); {
	case n < 4 && len(p.m.clients) < 6 || len(p.m.clients) == 0:
		i := p.info()
		h := p.fresh(i)
		if p.m.clients[h] != nil || h == 0 {
			t.Errorf("new client: got handle %d, want one that is free", h)
		}
		return op{"new", nil, func(m *model) {
			m.clients[h] = &modelClient{info: i, subs: map[string]byte{}, queue: map[uint64]durable.Queued{}, received: map[uint16]bool{}}
		}}
	case n < 9:
		i := p.info()
		return op{"set", func(s *durable.Store) { s.SetClient(h, i) }, change(func(c *modelClient) { c.info = i })}
	case n < 11:
		delete(p.unused, h)
		return op{"drop", func(s *durable.Store) { s.DropClient(h) }, func(m *model) { delete(m.clients, h) }}
	case n < 16:
		f, q := fmt.Sprintf("home/%d/#", p.IntN(5)), byte(p.IntN(3))
		return op{"sub", func(s *durable.Store) { s.Subscribe(h, f, q) }, change(func(c *modelClient) { c.subs[f] = q })}
	case n < 19:
		f := fmt.Sprintf("home/%d/#", p.IntN(5))
		return op{"unsub", func(s *durable.Store) { s.Unsubscribe(h, f) }, change(func(c *modelClient) { delete(c.subs, f) })}
	case n < 55:
		msg := p.message()
		return op{"publish", func(s *durable.Store) {
			if err := s.Publish(&msg); err != nil {
				t.Errorf("publish: got %v, want no error", err)
			}
		}, func(m *model) { m.publish(msg) }}
	case n < 65:
		id := uint16(1 + p.IntN(6))
		return op{"release", func(s *durable.Store) { s.Release(h, id) }, change(func(c *modelClient) { delete(c.received, id) })}
	case n < 73:
		seq := p.waiting(h)
		return op{"pubrec", func(s *durable.Store) { s.Pubrec(h, seq) }, change(func(c *modelClient) {
			if _, ok := c.queue[seq]; ok {
				c.queue[seq] = durable.Queued{Seq: seq, QoS: 2, Released: true}
			}
		})}
	case n < 77:
		from := p.waiting(h)
		to := from + uint64(p.IntN(10))
		if p.IntN(2) == 0 {
			from, to = 0, 1<<64-1
		}
		return op{"done range", func(s *durable.Store) { s.DoneRange(h, from, to) }, change(func(c *modelClient) {
			maps.DeleteFunc(c.queue, func(seq uint64, _ durable.Queued) bool { return seq >= from && seq <= to })
		})}
	default:
		seq := p.waiting(h)
		return op{"done", func(s *durable.Store) { s.Done(h, seq) }, change(func(c *modelClient) { delete(c.queue, seq) })}
	}
}
