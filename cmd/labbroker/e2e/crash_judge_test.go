package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
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
