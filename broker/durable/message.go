package durable

import (
	"slices"
	"strings"
)

// Publish stores a message for all its destinations in one record; what is
// there for none of its clients and for no topic is not stored. The error says
// that the disk has taken nothing for so long that no more fits into memory:
// then nothing of m is stored. m and what it points to, its strings too, are
// free when Publish returns.
func (s *Store) Publish(m *Message) error {
	if err := s.log.Stuck(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.clients[m.From]
	if m.FromID == 0 {
		from = nil
	}
	known := 0
	for i := range m.To {
		if s.clients[m.To[i].To] != nil {
			known++
		}
	}
	old := (*kept)(nil)
	if m.Keep {
		old = s.retained[m.Topic]
	}
	clears := m.Keep && len(m.Payload) == 0
	if known == 0 && from == nil && (!m.Keep || clears && old == nil) {
		return nil
	}
	p := m
	if known < len(m.To) || from == nil && m.FromID != 0 {
		p = s.known(m, from == nil)
	}
	at := s.add(func(b []byte) []byte { return appendPublish(b, p, p.Topic, p.Payload) })
	b := &body{at: at.at, size: at.size}
	s.live += int64(b.size)

	for i := range p.To {
		d := &p.To[i]
		c := s.clients[d.To]
		b.refs++
		if was := c.queue.put(d.Seq, b); was != nil {
			s.unref(was)
		} else {
			s.queued++
		}
		c.next = max(c.next, d.Seq+1)
	}
	if from != nil {
		b.refs++
		from.receive(m.FromID, b, s)
	}
	switch {
	case clears && old != nil:
		delete(s.retained, m.Topic)
		s.unref(old.body)
	case m.Keep && !clears && old != nil:
		b.refs++
		s.unref(old.body)
		old.body = b
	case m.Keep && !clears:
		b.refs++
		s.retained[strings.Clone(m.Topic)] = &kept{b}
	}
	if b.refs == 0 { // it only cleared a retained message
		s.live -= int64(b.size)
	}
	s.check()
	return nil
}

// known is m for those who are there.
func (s *Store) known(m *Message, noFrom bool) *Message {
	p := *m
	p.To = slices.DeleteFunc(slices.Clone(m.To), func(d Dest) bool { return s.clients[d.To] == nil })
	if noFrom {
		p.From, p.FromID = 0, 0
	}
	return &p
}

func (c *client) receive(id uint16, b *body, s *Store) {
	if c.received == nil {
		c.received = map[uint16]*body{}
	}
	if was := c.received[id]; was != nil {
		s.unref(was)
	}
	c.received[id] = b
}

// Release forgets a received QoS 2 identifier: its PUBREL came.
func (s *Store) Release(h Handle, id uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[h]
	if c == nil || c.received[id] == nil {
		return
	}
	s.add(func(b []byte) []byte { return appendShort(b, opRelease, h, uint64(id)) })
	s.unref(c.received[id])
	delete(c.received, id)
	s.check()
}

// Pubrec notes that a subscriber has the message: what was published is no
// longer needed, that Seq waits for its PUBCOMP is.
func (s *Store) Pubrec(h Handle, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[h]
	if c == nil {
		return
	}
	was := c.queue.find(seq)
	if was == nil || was.released() {
		return
	}
	c.queue.put(seq, s.pubrec(h, seq))
	s.unref(was)
	s.check()
}

func (s *Store) pubrec(h Handle, seq uint64) *body {
	at := s.add(func(b []byte) []byte { return appendShort(b, opPubrec, h, seq) })
	s.live += int64(at.size)
	return &body{at: at.at, size: at.size}
}

// Done forgets a queued message: acknowledged to the end, or dropped.
func (s *Store) Done(h Handle, seq uint64) { s.DoneRange(h, seq, seq) }

// DoneRange forgets all queued messages with from <= Seq <= to, in one record.
func (s *Store) DoneRange(h Handle, from, to uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[h]
	if c == nil || from > to {
		return
	}
	n := c.queue.remove(from, to, s.unref)
	if n == 0 {
		return
	}
	s.queued -= n
	s.add(func(b []byte) []byte {
		if from == to {
			return appendShort(b, opDone, h, from)
		}
		return appendShort(b, opDone|flagRange, h, from, to-from)
	})
	s.check()
}
