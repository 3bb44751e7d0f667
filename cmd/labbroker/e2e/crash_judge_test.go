package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/mqtttest"
)

// patient is how long the judge waits for what has to come.
const patient = 60 * time.Second

// judge collects what was wrong, and counts.
type judge struct {
	acks, deliveries, again, breaks, halfway, comeback atomic.Int64

	mu    sync.Mutex // guards wrong
	wrong []string
}

// fault notes a broken promise; who was told of it shows its last packets.
func (j *judge) fault(who *trace, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if who != nil {
		text = who.name + ": " + text + "\n" + who.String()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.wrong) < 10 {
		j.wrong = append(j.wrong, text)
	}
}

func (j *judge) faults() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.wrong)
}

func (j *judge) list() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.wrong...)
}

// trace is the end of what one actor did and saw. It is the actor's own.
type trace struct {
	name string
	last [30]string
	n    int
}

func (tr *trace) note(format string, args ...any) {
	tr.last[tr.n%len(tr.last)] = fmt.Sprintf(format, args...)
	tr.n++
}

func (tr *trace) String() string {
	var b strings.Builder
	for i := max(0, tr.n-len(tr.last)); i < tr.n; i++ {
		b.WriteString("    " + tr.last[i%len(tr.last)] + "\n")
	}
	return b.String()
}

// place is where the server listens now.
type place struct {
	mu      sync.Mutex // guards what follows
	addr    string     // "" = nowhere
	turn    int        // how often it moved
	changed chan struct{}
}

func (p *place) set(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addr = addr
	p.turn++
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait returns the address when there is one, and its turn; "" when ctx ends.
func (p *place) wait(ctx context.Context) (addr string, turn int) {
	for {
		p.mu.Lock()
		addr, turn, changed := p.addr, p.turn, p.changed
		p.mu.Unlock()
		if addr != "" {
			return addr, turn
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", 0
		}
	}
}

// now is the turn.
func (p *place) now() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turn
}

// moved waits until the server of that turn is no longer there.
func (p *place) moved(ctx context.Context, turn int) {
	p.mu.Lock()
	now, changed := p.turn, p.changed
	p.mu.Unlock()
	if now != turn {
		return
	}
	select {
	case <-changed:
	case <-ctx.Done():
	}
}

// still says whether the server of that turn has not been killed.
func (p *place) still(turn int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turn == turn
}

// source is one publisher's numbered messages. Payload n is "n" where it is a
// reading, else words with n in them.
type source struct {
	session, id, topic string
	qos                byte
	window             int
	split              bool // header and rest are written apart, as umqtt does
	forgets            bool // clean session, sends nothing again
	reading            bool

	mu    sync.Mutex // guards what follows
	sent  int        // the greatest number that may have reached the broker
	acked int        // messages acknowledged
	maybe map[int]bool
}

func (s *source) payload(n int) string {
	if s.reading {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("message %d of %s", n, s.id)
}

// number is which message a payload is.
func (s *source) number(payload string) (n int, ok bool) {
	format := "message %d of " + s.id
	if s.reading {
		format = "%d"
	}
	_, err := fmt.Sscanf(payload, format, &n)
	return n, err == nil && payload == s.payload(n)
}

// missing says which of the messages between two numbers had to come.
func (s *source) missing(from, to int) (n int, bad bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n = from; n < to; n++ {
		if !s.maybe[n] {
			return n, true
		}
	}
	return 0, false
}

// last is the greatest number whose message has to arrive, once nothing is
// under way.
func (s *source) last() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.sent
	for n > 0 && s.maybe[n] {
		n--
	}
	return n
}

func (s *source) seen() (sent, acked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent, s.acked
}

// dial connects and logs in, as often as the server is killed meanwhile; an
// error means that ctx has ended.
func (x *crash) dial(ctx context.Context, tr *trace, l mqtttest.Login) (c *mqtttest.Client, turn int, present bool, err error) {
	for {
		addr, turn := x.place.wait(ctx)
		if addr == "" {
			return nil, 0, false, ctx.Err()
		}
		c, p, err := x.attempt(tr, l, addr, turn)
		switch {
		case err == nil && p.Type == mqtttest.CONNACK && p.Code == 0:
			return c, turn, p.Present, nil
		case err == nil:
			x.judge.fault(tr, "CONNECT: got %v, want CONNACK 0", p)
		case x.place.still(turn) && ctx.Err() == nil:
			x.judge.fault(tr, "CONNECT: got %v while the server runs", err)
		}
		x.place.moved(ctx, turn)
	}
}

func (x *crash) attempt(tr *trace, l mqtttest.Login, addr string, turn int) (*mqtttest.Client, mqtttest.Packet, error) {
	conn, err := net.DialTimeout("tcp", addr, patient)
	if err != nil {
		return nil, mqtttest.Packet{}, err
	}
	c := mqtttest.Over(x.t, conn)
	tr.note("-> CONNECT clean=%v to server %d", !l.Keep, turn)
	if err := c.Offer(l.Frame()); err != nil {
		return nil, mqtttest.Packet{}, err
	}
	p, err := x.next(c, turn, tr)
	return c, p, err
}

// next returns the next packet, which has to come soon.
func (x *crash) next(c *mqtttest.Client, turn int, tr *trace) (mqtttest.Packet, error) {
	p, err := c.Next(patient)
	if err != nil {
		tr.note("<- %v", err)
		if errors.Is(err, os.ErrDeadlineExceeded) && x.place.still(turn) {
			x.judge.fault(tr, "nothing came for %v", patient)
		}
		return p, err
	}
	tr.note("<- %v", p)
	return p, nil
}

// pause waits for d, ctx or the server's end.
func (x *crash) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
