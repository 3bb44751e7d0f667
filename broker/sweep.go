package broker

import (
	"context"
	"time"
)

// sweepTime is how often deadlines are looked at: a timer for each of them
// would cost more than the messages.
const sweepTime = 250 * time.Millisecond

// lateTime is how late a look may be to judge anybody. A process that stood
// still (a laptop's lid, a paused virtual machine) finds what boards sent
// meanwhile unread, and reads it first.
const lateTime = int64(time.Second)

// sweep keeps the clock and ends what is overdue, until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepTime)
	defer tick.Stop()
	var looked time.Time
	for {
		now, last := time.Now(), s.clock.get()
		s.clock.set(instant())
		if s.clock.get()-last < int64(sweepTime)+lateTime {
			s.endOverdue()
		}
		if n := s.count.clients.Load(); n > s.count.most.Load() {
			s.count.most.Store(n)
		}
		if s.store != nil {
			if err := s.store.Commit(); err != nil { // acknowledgements, which nobody waits for
				s.unwritten(err)
			}
		}
		if now.Sub(looked) >= min(time.Minute, s.opt.Expiry/4) {
			looked = now
			s.expire(now)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) endOverdue() {
	now := s.clock.get()
	for _, c := range s.door.all() {
		if e := c.overdue(now); e != nil {
			c.close(e)
		}
	}
}

// overdue says what a connection should end for; now is an instant.
func (c *conn) overdue(now int64) *ending {
	if c.closing.Load() {
		return nil
	}
	c.out.mu.Lock()
	stuck := c.out.stuck
	c.out.mu.Unlock()
	if stuck != 0 && c.stalled(now, stuck) {
		return errStalled
	}
	if !c.joined.Load() {
		if !c.asked.Load() && now-c.born > int64(c.s.opt.ConnectTimeout) {
			return errSilent
		}
		return nil
	}
	if !c.listening.Load() {
		return nil // the broker's own doing
	}
	silent := now - c.seen.Load()
	if c.inside.Load() && silent > int64(c.s.opt.partial) {
		return errPartial
	}
	// 3.1.2.10: one and a half times the keepalive; the clock's steps on top.
	if k := int64(c.login.Keepalive) * int64(time.Second); k > 0 && silent > k*3/2+2*int64(sweepTime) {
		return errKeepalive
	}
	return nil
}

// stalled says whether a client has taken nothing for too long, of which
// nothing could be written since stuck. That alone does not say so: the kernel
// holds megabytes for a client, and wants more only when much of them is gone.
// Only the sweep calls it.
func (c *conn) stalled(now, stuck int64) bool {
	limit := int64(c.s.opt.WriteTimeout)
	if now-stuck <= limit/2 || c.raw == nil {
		return now-stuck > limit
	}
	left := c.raw.unsent()
	if c.stuckAt == stuck && left >= 0 && left < c.unsent {
		c.out.mu.Lock()
		if c.out.stuck == stuck {
			c.out.stuck = now
		}
		c.out.mu.Unlock()
		stuck = now
	}
	c.stuckAt, c.unsent = stuck, left
	return now-stuck > limit
}

// expire forgets clients that have been away for too long.
func (s *Server) expire(now time.Time) {
	for _, cl := range s.clients.list(func(cl *client) bool { return cl.over(now) }) {
		s.drop(cl)
		s.count.expired.Add(1)
	}
}
