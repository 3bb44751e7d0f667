package durable

import "strings"

// NewClient stores a client and names it.
func (s *Store) NewClient(c ClientInfo) Handle {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	n := &client{subs: map[string]subscription{}}
	s.clients[s.last] = n
	s.set(s.last, n, c)
	return s.last
}

// SetClient replaces what is stored about a client itself.
func (s *Store) SetClient(h Handle, c ClientInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.clients[h]; old != nil {
		s.set(h, old, c)
	}
}

func (s *Store) set(h Handle, c *client, info ClientInfo) {
	c.info = info
	s.move(&c.item, s.add(func(b []byte) []byte { return appendClient(b, h, c.next, info) }))
	s.check()
}

// DropClient forgets a client with all it has.
func (s *Store) DropClient(h Handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[h]
	if c == nil {
		return
	}
	s.add(func(b []byte) []byte { return appendShort(b, opDrop, h) })
	delete(s.clients, h)
	s.live -= int64(c.size)
	for _, sub := range c.subs {
		s.live -= int64(sub.size)
	}
	for _, b := range c.received {
		s.unref(b)
	}
	s.queued -= c.queue.remove(0, 1<<64-1, s.unref)
	s.check()
}

// Subscribe stores a granted subscription, in place of one to the same filter.
func (s *Store) Subscribe(h Handle, filter string, qos byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[h]
	if c == nil {
		return
	}
	sub, ok := c.subs[filter]
	if ok && sub.qos == qos {
		return
	}
	sub.qos = qos
	s.move(&sub.item, s.addSub(h, filter, qos))
	c.subs[strings.Clone(filter)] = sub
	s.check()
}

func (s *Store) addSub(h Handle, filter string, qos byte) item {
	return s.add(func(b []byte) []byte { return appendFilter(b, opSub|qos<<4, h, filter) })
}

// Unsubscribe forgets a subscription.
func (s *Store) Unsubscribe(h Handle, filter string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[h]
	if c == nil {
		return
	}
	sub, ok := c.subs[filter]
	if !ok {
		return
	}
	s.add(func(b []byte) []byte { return appendFilter(b, opUnsub, h, filter) })
	delete(c.subs, filter)
	s.live -= int64(sub.size)
	s.check()
}
