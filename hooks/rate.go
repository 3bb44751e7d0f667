package hooks

import (
	"fmt"
	"math"
	"time"

	"golang.org/x/time/rate"

	"labbroker/internal/notice"
)

// burstSeconds is how many seconds' worth of messages may come at once.
const burstSeconds = 5

// limiter makes a session's, nil = none.
func (g *Gate) limiter() *rate.Limiter {
	if g.opt.SessionRate <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(g.opt.SessionRate), max(1, int(math.Ceil(burstSeconds*g.opt.SessionRate))))
}

// slow holds the client's own reading up while its session is over the rate.
// Nothing is dropped: TCP makes the sender wait. mochi sets the keepalive's
// deadline when it reads on, so waiting here does not count.
func (m *member) slow(r *room, size int) {
	if r.limit == nil {
		return
	}
	wait := r.limit.Reserve().Delay()
	if wait <= 0 {
		return
	}
	m.tellSlowed(r, wait, size)
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-m.conn.Done():
	}
}

// tellSlowed says so on the page and on <session>/throttle, every few seconds
// while it lasts.
func (m *member) tellSlowed(r *room, wait time.Duration, size int) {
	now := m.gate.opt.Now()
	r.mu.Lock()
	due := now.Sub(r.throttled) >= throttleTime
	if due {
		r.throttled = now
	}
	r.mu.Unlock()
	if !due {
		return
	}
	limit := m.gate.opt.SessionRate
	// What was sent and not read yet, at this message's size.
	age := wait + time.Duration(float64(m.conn.Waiting())/float64(size+4)/limit*float64(time.Second))
	m.tell(notice.RateSlowed(0, limit, age))
	if s := m.Session(); s != "" && m.gate.opt.Publish != nil {
		text := fmt.Sprintf("slowed, %d s behind: is a sleep missing?", int(math.Ceil(age.Seconds())))
		if err := m.gate.opt.Publish(s+"/throttle", []byte(text), 0, false); err != nil {
			m.gate.log.Debug("throttle not told", "session", s, "error", err)
		}
	}
}
