package broker

import (
	"fmt"
	"net"
	"time"
)

// Parts of the three seconds that Run has after its context ends.
const (
	willTime  = 700 * time.Millisecond  // for the wills to go out
	tellTime  = 1500 * time.Millisecond // for connections to close by themselves
	forceTime = 2500 * time.Millisecond // for the rest to notice that they are closed
)

// stop ends everything. Clients with a will go first, while the others can
// still be told.
func (s *Server) stop(l net.Listener) error {
	start := time.Now()
	_ = l.Close()
	s.door.lock()

	var willing []*conn
	for _, c := range s.door.all() {
		if c.joined.Load() && c.login.Will != nil {
			c.close(errShutdown)
			willing = append(willing, c)
		}
	}
	s.await(willing, start.Add(willTime))

	for _, c := range s.door.all() {
		c.close(errShutdown)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.door.work.Wait() // mochi may not be closed while a connection comes to it
		_ = s.mochi.Close()
	}()
	if waited(closed, start.Add(tellTime)) {
		return nil
	}
	for _, c := range s.door.all() {
		_ = c.inner.Close()
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

// await waits until these connections have said their last words, and what the
// broker itself had to say is published.
func (s *Server) await(list []*conn, until time.Time) {
	for _, c := range list {
		if !waited(c.quiet, until) {
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
