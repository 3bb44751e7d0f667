package durable

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"labbroker/internal/wal"
)

// replay is the state while the log is read.
type replay struct {
	record
	clients  map[Handle]*found
	retained map[string]*load
	topics   map[string]string // one string for a topic of many messages
	last     Handle            // the greatest one that was ever named
}

// found is a client of which at least something was read. What belongs to it
// may come before itself, when it was cleaned.
type found struct {
	item
	known    bool
	info     ClientInfo
	next     uint64
	subs     map[string]subscription
	queue    map[uint64]waiting
	received map[uint16]*load
}

// load is a record and what it carries.
type load struct {
	item
	body    *body // once it is known to be needed
	qos     byte
	topic   string
	payload []byte
}

type waiting struct {
	*load
	qos              byte
	retain, released bool
}

func newReplay() *replay {
	return &replay{clients: map[Handle]*found{}, retained: map[string]*load{}, topics: map[string]string{}}
}

func (r *replay) client(h Handle) *found {
	r.last = max(r.last, h)
	c := r.clients[h]
	if c == nil {
		c = &found{subs: map[string]subscription{}, queue: map[uint64]waiting{}, received: map[uint16]*load{}}
		r.clients[h] = c
	}
	return c
}

func (r *replay) read(s wal.Span, rec []byte) error {
	if err := r.decode(rec); err != nil {
		return fmt.Errorf("%w: start the newer labbroker that wrote it", err)
	}
	at := item{s.At, s.Size}
	switch r.op {
	case opClient:
		c := r.client(r.handle)
		c.item, c.known, c.next = at, true, max(c.next, r.next)
		c.info = ClientInfo{Key: string(r.text), Session: string(r.more), Left: r.left}
	case opDrop:
		r.last = max(r.last, r.handle)
		delete(r.clients, r.handle)
	case opSub:
		r.client(r.handle).subs[string(r.text)] = subscription{at, r.qos}
	case opUnsub:
		delete(r.client(r.handle).subs, string(r.text))
	case opPublish:
		r.publish(at)
	case opReceived:
		r.client(r.handle).received[r.id] = &load{item: at}
	case opRelease:
		delete(r.client(r.handle).received, r.id)
	case opPubrec:
		r.client(r.handle).wait(r.seq, waiting{load: &load{item: at}, qos: 2, released: true})
	case opDone:
		q := r.client(r.handle).queue
		if r.to-r.seq < uint64(len(q)) {
			for seq := r.seq; seq <= r.to && seq >= r.seq; seq++ {
				delete(q, seq)
			}
		} else {
			maps.DeleteFunc(q, func(seq uint64, _ waiting) bool { return seq >= r.seq && seq <= r.to })
		}
	}
	return nil
}

func (r *replay) publish(at item) {
	topic, ok := r.topics[string(r.text)]
	if !ok {
		topic = string(r.text)
		r.topics[topic] = topic
	}
	l := &load{item: at, qos: r.qos, topic: topic, payload: slices.Clone(r.more)}
	for _, d := range r.dests {
		r.client(d.To).wait(d.Seq, waiting{load: l, qos: d.QoS, retain: d.Retain})
	}
	if r.id != 0 {
		r.client(r.handle).received[r.id] = l
	}
	if r.keep && len(l.payload) == 0 {
		delete(r.retained, topic)
	} else if r.keep {
		r.retained[topic] = l
	}
}

func (c *found) wait(seq uint64, w waiting) {
	c.queue[seq] = w
	c.next = max(c.next, seq+1)
}

// fill makes the store's index of what was read, and returns it for the broker.
func (r *replay) fill(s *Store) *Restored {
	s.last = r.last
	out := &Restored{}
	for _, h := range slices.Sorted(maps.Keys(r.clients)) {
		f := r.clients[h]
		if !f.known {
			continue
		}
		c := &client{info: f.info, item: f.item, next: f.next, subs: f.subs}
		s.clients[h] = c
		s.live += int64(f.size)
		o := Client{Handle: h, ClientInfo: f.info, Next: f.next}
		for _, filter := range slices.Sorted(maps.Keys(f.subs)) {
			o.Subs = append(o.Subs, Sub{filter, f.subs[filter].qos})
			s.live += int64(f.subs[filter].size)
		}
		if len(f.received) > 0 {
			c.received = make(map[uint16]*body, len(f.received))
			o.Received = slices.Sorted(maps.Keys(f.received))
			for id, l := range f.received {
				c.received[id] = s.need(l)
			}
		}
		if len(f.queue) > 0 {
			s.fillQueue(c, &o, f.queue)
		}
		out.Clients = append(out.Clients, o)
	}
	for _, topic := range slices.Sorted(maps.Keys(r.retained)) {
		l := r.retained[topic]
		s.retained[topic] = &kept{s.need(l)}
		out.Retained = append(out.Retained, Retained{l.topic, l.qos, l.payload})
	}
	return out
}

func (s *Store) fillQueue(c *client, o *Client, all map[uint64]waiting) {
	o.Queue = make([]Queued, 0, len(all))
	c.queue.all = make([]entry, 0, len(all))
	for seq, w := range all {
		o.Queue = append(o.Queue, Queued{seq, w.qos, w.retain, w.released, w.topic, w.payload})
		b := s.need(w.load)
		if w.released {
			b.refs = 0
		}
		c.queue.all = append(c.queue.all, entry{seq, b})
	}
	c.queue.n = len(all)
	s.queued += len(all)
	slices.SortFunc(o.Queue, func(a, b Queued) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(c.queue.all, func(a, b entry) int { return cmp.Compare(a.seq, b.seq) })
}

// need returns the body of a record that somebody more needs.
func (s *Store) need(l *load) *body {
	if l.body == nil {
		l.body = &body{at: l.at, size: l.size}
		s.live += int64(l.size)
	}
	l.body.refs++
	return l.body
}
