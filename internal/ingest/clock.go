package ingest

import (
	"fmt"
	"sync"
	"time"
)

// maxStep is the step of the server's clock that is worth a word, and warn
// how long it is said.
const (
	maxStep = 2 * time.Second
	warn    = time.Hour
)

// clockWatch compares the wall clock with the monotonic one, which no one
// sets. A Raspberry Pi has no clock of its own: its time jumps when the
// network gives it one.
type clockWatch struct {
	mu     sync.Mutex // guards the following
	begun  time.Time  // monotonic
	wall   time.Time  // what the wall clock said then
	step   time.Duration
	at     time.Time // monotonic time of the step
	toWall time.Time
}

func (c *clockWatch) start(wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun, c.wall = time.Now(), wall.Round(0)
}

// look says whether the wall clock has stepped since the last look.
func (c *clockWatch) look(wall time.Time) (step time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall = wall.Round(0)
	now := time.Now()
	step = wall.Sub(c.wall) - now.Sub(c.begun)
	c.begun, c.wall = now, wall
	if step.Abs() <= maxStep {
		return 0, false
	}
	c.step, c.at, c.toWall = step, now, wall
	return step, true
}

// ClockWarning is a sentence for an hour after the server's clock stepped,
// else "".
func (p *Pipeline) ClockWarning() string {
	c := &p.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() || time.Since(c.at) > warn {
		return ""
	}
	way := "forward"
	if c.step < 0 {
		way = "back"
	}
	return fmt.Sprintf("The server's clock stepped %s by %s, to %s: times before that are wrong, the order of rows holds.",
		way, c.step.Abs().Round(time.Second), c.toWall.Format("2006-01-02 15:04:05"))
}
