package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"labbroker/broker/wire"
	"labbroker/internal/rules"
)

// Errors of Say and Hear.
var (
	// ErrRefused: the rules do not allow it; the member was told why.
	ErrRefused = errors.New("broker: refused")
	// ErrTooLarge: the message is larger than MaxPacket.
	ErrTooLarge = errors.New("broker: larger than a packet may be")
)

// TooFastError is Say's answer to a member over its rate: nothing was said.
type TooFastError struct{ Wait time.Duration }

func (e *TooFastError) Error() string { return fmt.Sprintf("broker: too fast, wait %v", e.Wait) }

// sayWait is the longest that Say waits for its member's rate.
const sayWait = time.Second

// Say publishes for a member that has no connection, who sits before a page,
// by the rules that a client's PUBLISH meets, and on the same way: subscribers,
// the retained ones, presence and history. It returns when what QoS 1 and 2
// promise is written, and may wait up to a second for the member's rate. The
// caller must not change payload any more. Errors: ErrRefused, ErrTooLarge,
// *TooFastError, ErrClosed, ctx's.
func (s *Server) Say(ctx context.Context, m rules.Member, topic string, payload []byte, qos byte, retain bool) (*Said, error) {
	s.saying.RLock()
	defer s.saying.RUnlock()
	if s.ended.Load() {
		return nil, ErrClosed
	}
	to, err := s.mayPublish(m, topic, len(payload))
	if err != nil {
		return nil, err
	}
	if wait := m.Take(1, len(payload), 0); wait > sayWait {
		return nil, &TooFastError{wait}
	} else if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	said := newSaid()
	if err := s.sayTo(m, to.Sink, said, topic, payload, qos, retain); err != nil {
		return nil, err
	}
	return said, nil
}

// mayPublish asks the limits and the rules.
func (s *Server) mayPublish(m rules.Member, topic string, size int) (rules.Topic, error) {
	refused := func() (rules.Topic, error) {
		s.count.refused.Add(1)
		return rules.Topic{}, ErrRefused
	}
	if topic == "" || strings.ContainsAny(topic, "+#") || !wire.ValidTopic([]byte(topic)) {
		m.RefusedPublish(topic, 1)
		return refused()
	}
	if d, bad := s.tooLong(m.Session(), topic); bad {
		m.Notice(d)
		return refused()
	}
	if s.opt.MaxPacket > 0 && size+len(topic)+9 > s.opt.MaxPacket || len(topic) > 65535 {
		s.count.refused.Add(1)
		return rules.Topic{}, ErrTooLarge
	}
	t := m.Publish(topic)
	if !t.Allowed {
		m.RefusedPublish(topic, 1)
		return refused()
	}
	return t, nil
}

// sayTo moves the message, as a connection's batch does.
func (s *Server) sayTo(m rules.Member, to rules.Sink, said *Said, topic string, payload []byte, qos byte, retain bool) error {
	b := batch{s: s, said: said}
	var r run
	r.utter(topic, payload, qos, retain)
	b.accept(&r, nil, m)
	var ticket uint64
	if to != nil {
		to.Heard(1, payload, qos, retain)
		if to.Recording() {
			b.flush() // the history may make us wait
			ticket = to.Record(payload, qos, retain)
		}
	}
	b.write(&r, 0, nil)
	b.finish()
	if ticket == 0 {
		return nil
	}
	if err := m.Settle(ticket); err != nil {
		s.unwritten(err)
	}
	return nil
}

// end lets nobody say anything any more, and waits for who does.
func (s *Server) end() {
	s.ended.Store(true)
	s.ears.close("", true)
	s.saying.Lock()
	defer s.saying.Unlock()
}
