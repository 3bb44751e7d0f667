package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/mqtttest"
)

// subscriber is a client with a persistent session. It goes away in the middle
// of things and comes back, with the memory that a correct client keeps: which
// QoS 2 identifiers it has received and not released.
type subscriber struct {
	x            *crash
	session, id  string
	filters      []string
	qos          byte
	restless     int // one packet in so many is the last for a while; 0 = it stays
	tr           *trace
	r            *rand.Rand
	granted      chan struct{} // closed when SUBACK came
	subscribed   bool
	wasConnected bool
	received     map[uint16]string
	turn         int
	answered     atomic.Int64 // the turn of the last PINGRESP

	mu   sync.Mutex // guards got
	got  map[*source]int
	once map[string]*source // by topic
}

// password is a session's; the instructor has another one.
func password(session string) string {
	if session == "instructor" {
		return teacher
	}
	return "pw-" + session
}

func (x *crash) subscribe(ctx context.Context, s *subscriber) {
	s.x, s.tr = x, &trace{name: "subscriber " + s.session + "/" + s.id}
	var old *mqtttest.Client
	for ctx.Err() == nil {
		c, turn, present, err := x.dial(ctx, s.tr, mqtttest.Login{
			ID: s.id, User: s.session, Password: password(s.session), Keep: true, Keepalive: 60,
		})
		if old != nil {
			old.Vanish()
			old = nil
		}
		if err != nil {
			return
		}
		if s.wasConnected && !present {
			x.judge.fault(s.tr, "its session is gone: got session present 0, want 1")
		}
		s.wasConnected, s.turn = true, turn
		if len(s.received) > 0 {
			x.judge.halfway.Add(1)
		}
		err = s.listen(ctx, c)
		switch {
		case errors.Is(err, errTakeOver):
			old = c
			continue
		case err == nil:
			x.judge.breaks.Add(1)
			c.Vanish()
			if away := s.r.IntN(3); away > 0 {
				x.pause(ctx, time.Duration(s.r.Int64N(int64(100*time.Millisecond))))
			}
		default:
			c.Vanish()
			if x.place.still(turn) && ctx.Err() == nil {
				// A subscriber that is too slow may lose its connection, and
				// nothing else.
				x.judge.breaks.Add(1)
			}
		}
	}
}

// errTakeOver says that the connection stays open until the next one is there.
var errTakeOver = errors.New("to be taken over")

// listen returns nil when the subscriber goes away.
func (s *subscriber) listen(ctx context.Context, c *mqtttest.Client) error {
	if !s.subscribed {
		if err := c.Offer(mqtttest.Subscribe(1, s.qos, s.filters...)); err != nil {
			return err
		}
	}
	// Its answer comes behind what waits at once.
	if err := c.Offer(mqtttest.Frame(mqtttest.PINGREQ << 4)); err != nil {
		return err
	}
	for ctx.Err() == nil {
		p, err := c.Next(time.Second)
		if errors.Is(err, os.ErrDeadlineExceeded) && s.x.place.still(s.turn) {
			continue
		}
		if err != nil {
			s.tr.note("<- %v", err)
			return err
		}
		s.tr.note("<- %v", p)
		how := stay
		if s.restless > 0 && !s.x.calm.Load() && s.r.IntN(s.restless) == 0 {
			how = leaving(1 + s.r.IntN(4))
			s.tr.note("it goes away: %d", how)
		}
		if how == goBefore {
			return nil // it has seen nothing
		}
		answer := s.take(p)
		if how == goSilently { // it has seen it, its answer is lost
			return nil
		}
		if answer != nil {
			s.tr.note("-> % x", answer)
			if err := c.Offer(answer); err != nil {
				return err
			}
		}
		switch how {
		case goPolitely:
			_ = c.Offer(mqtttest.Frame(mqtttest.DISCONNECT << 4))
			return nil
		case goTwice:
			return errTakeOver
		}
	}
	return ctx.Err()
}

// leaving is how a subscriber goes away.
type leaving int

const (
	stay leaving = iota
	goBefore
	goSilently
	goPolitely
	goTwice
)

// take handles a packet and returns its answer.
func (s *subscriber) take(p mqtttest.Packet) []byte {
	switch p.Type {
	case mqtttest.SUBACK:
		for i, code := range p.Codes {
			if code != s.qos {
				s.x.judge.fault(s.tr, "SUBACK of %s: got %d, want %d", s.filters[i], code, s.qos)
			}
		}
		if !s.subscribed {
			s.subscribed = true
			close(s.granted)
		}
	case mqtttest.PINGRESP:
		s.answered.Store(int64(s.turn))
	case mqtttest.PUBLISH:
		return s.message(p)
	case mqtttest.PUBREL:
		delete(s.received, p.ID)
		return mqtttest.Ack(mqtttest.PUBCOMP, p.ID)
	default:
		s.x.judge.fault(s.tr, "got %v, which nothing asked for", p)
	}
	return nil
}

func (s *subscriber) message(p mqtttest.Packet) []byte {
	src := s.once[p.Topic]
	if src == nil && strings.HasSuffix(p.Topic, "/errors") {
		return nil // the server speaks to the session: it finds two boards with one id
	}
	if src == nil {
		s.x.judge.fault(s.tr, "got %v, to which it has no subscription", p)
		return nil
	}
	if want := min(s.qos, src.qos); p.QoS != want {
		s.x.judge.fault(s.tr, "got %v, want QoS %d", p, want)
	}
	if p.QoS < 2 {
		s.deliver(src, p)
		return mqtttest.Ack(mqtttest.PUBACK, p.ID)
	}
	text := p.Topic + " " + p.Payload
	if before, open := s.received[p.ID]; open {
		if before != text {
			s.x.judge.fault(s.tr, "got %v while identifier %d is that of %q", p, p.ID, before)
		}
		if !p.Dup {
			s.x.judge.fault(s.tr, "got %v again, want DUP", p)
		}
	} else {
		s.received[p.ID] = text
		s.deliver(src, p)
	}
	return mqtttest.Ack(mqtttest.PUBREC, p.ID)
}

// deliver compares a message with those before it.
func (s *subscriber) deliver(src *source, p mqtttest.Packet) {
	s.x.judge.deliveries.Add(1)
	n, ok := src.number(p.Payload)
	sent, _ := src.seen()
	last := s.last(src)
	switch {
	case !ok || n < 1 || n > sent:
		s.x.judge.fault(s.tr, "got %v, which was never sent (%d were)", p, sent)
		return
	case n <= last && src.qos == 2 && s.qos == 2:
		s.x.judge.fault(s.tr, "got message %d of %s twice, at QoS 2 all the way (the last was %d)", n, src.id, last)
		return
	case n <= last:
		s.x.judge.again.Add(1)
		return
	}
	if lost, bad := src.missing(last+1, n); bad {
		s.x.judge.fault(s.tr, "got message %d of %s behind %d: %d is missing, or comes later", n, src.id, last, lost)
	}
	s.mu.Lock()
	s.got[src] = n
	s.mu.Unlock()
}

func (s *subscriber) last(src *source) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[src]
}

// behind is what has reached all subscribers of a source.
func (x *crash) behind(src *source) int {
	least := -1
	for _, s := range x.subs {
		if s.once[src.topic] == src {
			if n := s.last(src); least < 0 || n < least {
				least = n
			}
		}
	}
	return least
}
