package hooks

import (
	"fmt"
	"math"
	"time"

	"labbroker/internal/notice"
)

// burstSeconds is how many seconds' worth of messages may come at once, unless
// the options say so.
const burstSeconds = 5

// throttleTime is how often a session is told that it is slowed.
const throttleTime = 5 * time.Second

// bucket fills with time. The caller locks.
type bucket struct {
	tokens float64
	filled time.Time // zero = it is full
}

func (b *bucket) fill(now time.Time, rate, burst float64) {
	if b.filled.IsZero() {
		b.tokens = burst
	} else if d := now.Sub(b.filled); d > 0 {
		b.tokens = min(burst, b.tokens+rate*d.Seconds())
	}
	b.filled = now
}

// take takes n, on credit too, and returns how long that will take to fill.
func (b *bucket) take(n float64, now time.Time, rate, burst float64) time.Duration {
	b.fill(now, rate, burst)
	if b.tokens -= n; b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / rate * float64(time.Second))
}

// allow takes one if it is there.
func (b *bucket) allow(now time.Time, rate, burst float64) bool {
	b.fill(now, rate, burst)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func ceil(x float64) int { return int(math.Ceil(x)) }

// Unlimited holds for the instructor, and for all without a limit.
func (m *member) Unlimited() bool {
	return m.gate.opt.SessionRate <= 0 || m.who().Instructor
}

// Take counts n messages against the session's rate, all its clients together.
// Nothing is dropped: who waits before reading on makes TCP hold the sender up.
func (m *member) Take(n, size, waiting int) time.Duration {
	if m.Unlimited() {
		return 0
	}
	o := &m.gate.opt
	r := m.room.Load()
	now := o.Now()
	r.mu.Lock()
	wait := r.spent.take(float64(n), now, o.SessionRate, float64(o.SessionBurst))
	due := wait > 0 && now.Sub(r.throttled) >= throttleTime
	if due {
		r.throttled = now
	}
	r.mu.Unlock()
	if wait > 0 {
		m.gate.counts.slowed.Add(1)
	}
	if due {
		m.tellSlowed(wait, size, waiting)
	}
	return wait
}

// tellSlowed says so on the page and on <session>/throttle.
func (m *member) tellSlowed(wait time.Duration, size, waiting int) {
	limit := m.gate.opt.SessionRate
	// What was sent and not read yet, at this message's size.
	age := wait + time.Duration(float64(waiting)/float64(size+4)/limit*float64(time.Second))
	m.Notice(notice.RateSlowed(0, limit, age))
	m.gate.presence.Slowed(m.Session())
	if s := m.Session(); s != "" && m.gate.opt.Publish != nil {
		text := fmt.Sprintf("slowed, %d s behind: is a sleep missing?", ceil(age.Seconds()))
		if err := m.gate.opt.Publish(s+"/throttle", []byte(text), 0, false); err != nil {
			m.gate.log.Debug("throttle not told", "session", s, "error", err)
		}
	}
}
