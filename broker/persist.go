package broker

import (
	"fmt"
	"time"

	"labbroker/broker/durable"
	"labbroker/broker/route"
)

// restore opens the durable state and makes of it the clients that were there.
func (s *Server) restore() error {
	if s.opt.State == "" {
		return nil
	}
	store, was, err := durable.Open(s.opt.State, durable.Options{Log: s.log, Power: s.opt.Power, Progress: s.opt.Progress})
	if err != nil {
		return fmt.Errorf("open the broker's state: %w", err)
	}
	s.store = store
	for i := range was.Clients {
		s.revive(&was.Clients[i])
	}
	for _, r := range was.Retained {
		s.kept.set(r.Topic, &message{topic: r.Topic, payload: r.Payload, qos: r.QoS, retain: true}, 0)
	}
	return nil
}

// revive makes a client of what was stored of it.
func (s *Server) revive(was *durable.Client) {
	cl := newClient(s, was.Key, was.Session, false)
	cl.handle, cl.stored = was.Handle, true
	if cl.left = was.Left; cl.left.IsZero() {
		cl.left = time.Now() // it was here when the process ended
	}
	cl.subs = make(map[string]subscription, len(was.Subs))
	for _, sub := range was.Subs {
		name, rest, shared := route.CutShare(sub.Filter)
		one := subscription{qos: sub.QoS}
		if shared {
			one.scope = cl.scope()
			s.subs.Share(cl, one.scope, name, rest, sub.QoS)
		} else {
			s.subs.Subscribe(cl, sub.Filter, sub.QoS)
		}
		cl.subs[sub.Filter] = one
	}
	cl.fillQueue(was)
	for _, id := range was.Received {
		if cl.from == nil {
			cl.from = map[uint16]struct{}{}
		}
		cl.from[id] = struct{}{}
	}
	s.clients.put(cl)
}

// fillQueue puts what waited back under its numbers, which identifiers follow
// from.
func (cl *client) fillQueue(was *durable.Client) {
	here := was.Left.IsZero()
	q := &cl.q
	q.head, q.next, q.tail = was.Next, was.Next, was.Next
	if len(was.Queue) > 0 {
		first := was.Queue[0].Seq
		q.head, q.next, q.tail = first, first, first
	}
	for _, e := range was.Queue {
		for q.tail < e.Seq {
			q.push(entry{state: done})
		}
		m := &message{topic: e.Topic, payload: e.Payload, qos: e.QoS}
		switch {
		case e.Released:
			q.push(entry{qos: e.QoS, state: released})
		case here && q.len() < window:
			cl.push(m, e.QoS, e.Retain, sent) // it may have been
		default:
			cl.push(m, e.QoS, e.Retain, ready)
		}
	}
	for q.tail < was.Next {
		q.push(entry{state: done})
	}
}

// store makes the client known to the store, if it outlives its connection.
func (cl *client) store() {
	if cl.clean || cl.s.store == nil {
		return
	}
	cl.handle = cl.s.store.NewClient(durable.ClientInfo{Key: cl.key, Session: cl.who()})
	cl.stored = true
}

// save tells the store who the client is, and since when it is away.
func (cl *client) save() {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.stored {
		cl.s.store.SetClient(cl.handle, durable.ClientInfo{Key: cl.key, Session: cl.who(), Left: cl.left})
	}
}

// keep notes a message for one stored client.
func (b *batch) keep(m *message, cl *client, seq uint64, qos byte) {
	err := b.s.store.Publish(&durable.Message{
		Topic: m.topic, Payload: m.payload, QoS: m.qos,
		To: []durable.Dest{{To: cl.handle, Seq: seq, QoS: qos, Retain: true}},
	})
	if err != nil {
		b.s.unwritten(err)
	}
	b.record = true
}

// unwritten notes that the state could not be written: messages go on, from
// memory, and the log says so, not more often than every ten seconds.
func (s *Server) unwritten(err error) {
	s.count.unwritten.Add(1)
	now := time.Now().Unix()
	if last := s.count.unwrittenTold.Load(); now-last >= 10 && s.count.unwrittenTold.CompareAndSwap(last, now) {
		s.log.Error("what clients would find after a restart is not written", "error", err)
	}
}

func (s *Server) closeStore() error {
	if s.store == nil {
		return nil
	}
	return s.store.Close()
}
