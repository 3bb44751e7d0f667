package durable

import (
	"errors"
	"time"

	"labbroker/internal/wal"
)

// slack is how many segments may be dead whatever lives.
const slack = 4

// step is how many bytes the cleaner reads between two pauses.
const step = 256 << 10

var errQuit = errors.New("the store is closing")

// dead says whether the log is to be cleaned. mu is held.
func (s *Store) dead() bool { return s.total > 2*s.live+slack*s.segment }

// check calls the cleaner when it has something to do. mu is held.
func (s *Store) check() {
	if s.dirty || !s.dead() {
		return
	}
	s.dirty = true
	select {
	case s.clean <- struct{}{}:
	default:
	}
}

// cleaner cleans when it is called. A disk that takes nothing is asked again
// after a while.
func (s *Store) cleaner() {
	defer close(s.gone)
	failed := false
	for {
		select {
		case <-s.clean:
		case <-s.quit:
			return
		}
		for s.again() {
			done, err := s.cleanOldest()
			if errors.Is(err, errQuit) {
				return
			}
			if err != nil && !failed {
				s.text.Warn("the broker's log cannot be cleaned and grows; it is tried again", "err", err)
			}
			failed = err != nil
			if (failed || !done) && !s.pause(time.Second) {
				return
			}
		}
	}
}

// again says whether there is something to do, and if not, that check may
// call again.
func (s *Store) again() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total = s.log.Size()
	s.dirty = s.dead()
	return s.dirty
}

// pause returns false when the store closes.
func (s *Store) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.quit:
		return false
	}
}

// cleanOldest appends again what lives in the oldest segment, and deletes it.
// It works as long as it rests, unless the log grows faster than that. Done is
// false when the oldest segment is still being written.
func (s *Store) cleanOldest() (done bool, err error) {
	seg, _, ok := s.log.Oldest()
	if !ok { // what comes after it is perhaps only in memory yet
		if err := s.log.Flush(); err != nil {
			return false, err
		}
		if seg, _, ok = s.log.Oldest(); !ok {
			return false, nil
		}
	}
	var r record
	read, start := 0, time.Now()
	err = s.log.ReadSegment(seg, func(at wal.Span, rec []byte) error {
		if err := r.decode(rec); err != nil {
			return err
		}
		s.mu.Lock()
		s.renew(at.At, &r)
		behind := s.total > 4*s.live+2*slack*s.segment
		s.mu.Unlock()
		if read += int(at.Size); read < step {
			return nil
		}
		if err := s.log.Flush(); err != nil {
			return err
		}
		if !behind && !s.pause(time.Since(start)) {
			return errQuit
		}
		read, start = 0, time.Now()
		return nil
	})
	if err != nil {
		return false, err
	}
	// Everything, the copies among it, must be safe before the originals go.
	if err := s.log.Sync(); err != nil {
		return false, err
	}
	return true, s.log.Drop(wal.Pos(seg+1) << 32)
}

// renew appends again what still lives in the record at. mu is held.
func (s *Store) renew(at wal.Pos, r *record) {
	if r.op == opPublish {
		s.renewPublish(at, r)
		return
	}
	c := s.clients[r.handle]
	if c == nil {
		return
	}
	switch r.op {
	case opClient:
		if c.at == at {
			s.move(&c.item, s.add(func(b []byte) []byte { return appendClient(b, r.handle, c.next, c.info) }))
		}
	case opSub:
		if sub, ok := c.subs[string(r.text)]; ok && sub.at == at {
			filter := string(r.text)
			s.move(&sub.item, s.addSub(r.handle, filter, sub.qos))
			c.subs[filter] = sub
		}
	case opReceived:
		if b := c.received[r.id]; b != nil && b.at == at {
			s.moveBody(b, func(b []byte) []byte { return appendShort(b, opReceived, r.handle, uint64(r.id)) })
		}
	case opPubrec:
		if b := c.queue.find(r.seq); b != nil && b.at == at {
			s.moveBody(b, func(b []byte) []byte { return appendShort(b, opPubrec, r.handle, r.seq) })
		}
	}
}

func (s *Store) renewPublish(at wal.Pos, r *record) {
	var b *body
	lives := func(other *body) bool {
		if other == nil || other.at != at {
			return false
		}
		b = other
		return true
	}
	m := Message{QoS: r.qos}
	if r.keep {
		k := s.retained[string(r.text)]
		m.Keep = k != nil && lives(k.body)
	}
	m.To = r.dests[:0]
	for _, d := range r.dests {
		if c := s.clients[d.To]; c != nil && lives(c.queue.find(d.Seq)) {
			m.To = append(m.To, d)
		}
	}
	if c := s.clients[r.handle]; r.id != 0 && c != nil && lives(c.received[r.id]) {
		m.From, m.FromID = r.handle, r.id
	}
	switch {
	case m.Keep || len(m.To) > 0:
		s.moveBody(b, func(b []byte) []byte { return appendPublish(b, &m, r.text, r.more) })
	case m.FromID != 0:
		s.moveBody(b, func(b []byte) []byte { return appendShort(b, opReceived, m.From, uint64(m.FromID)) })
	}
}

func (s *Store) moveBody(b *body, encode func([]byte) []byte) {
	now := s.add(encode)
	s.live += int64(now.size) - int64(b.size)
	b.at, b.size = now.at, now.size
}
