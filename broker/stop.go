package broker

import (
	"fmt"
	"net"
	"time"
)

// Parts of the two seconds that Run has after its context ends.
const (
	willTime  = 500 * time.Millisecond  // for the wills to go out
	tellTime  = 900 * time.Millisecond  // for connections to close by themselves
	forceTime = 1600 * time.Millisecond // for mochi to notice that they are closed
)

// stop ends everything. Clients with a will go first, while the others can
// still be told.
func (s *Server) stop(l net.Listener) error {
	start := time.Now()
	_ = l.Close()
	s.door.lock()

	var willing []*conn
	for _, c := range s.door.all() {
		if g := c.guest(); g != nil && g.HasWill() {
			c.end(errShutdown)
			willing = append(willing, c)
		}
	}
	s.await(willing, start.Add(willTime))

	for _, c := range s.door.all() {
		c.end(errShutdown)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = s.mochi.Close()
		s.door.work.Wait()
	}()
	if waited(closed, start.Add(tellTime)) {
		return nil
	}
	for _, c := range s.door.all() {
		_ = c.Conn.Close()
	}
	if waited(closed, start.Add(forceTime)) {
		return nil
	}
	return fmt.Errorf("broker: %d connections did not end in time", len(s.door.all()))
}

func waited(done <-chan struct{}, until time.Time) bool {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}

// await waits until these connections are gone, and what they said last is
// published.
func (s *Server) await(list []*conn, until time.Time) {
	if len(list) == 0 {
		return
	}
	for _, c := range list {
		if !waited(c.gone, until) {
			return
		}
	}
	said := make(chan struct{})
	select {
	case s.own <- message{said: said}:
		waited(said, until)
	default:
	}
}
