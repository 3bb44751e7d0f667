package main

import (
	"context"
	"errors"

	"labbroker/dashboard"
)

// control is what the instructor does to sessions, as the dashboard asks for it.
type control server

var _ dashboard.Control = (*control)(nil)

// Dismiss implements dashboard.Control.
func (c *control) Dismiss(session, addr string) bool { return c.broker.Dismiss(session, addr) }

// Pause implements dashboard.Control. It holds over a restart.
func (c *control) Pause(session string, on bool) { (*server)(c).pause(session, on) }

// Paused implements dashboard.Control.
func (c *control) Paused(session string) bool { return c.gate.Paused(session) }

// Say implements dashboard.Control. QoS 1, so that a board that is away and
// keeps its session reads it later.
func (c *control) Say(topic, text string) error {
	return c.broker.Publish(topic, []byte(text), 1, false)
}

// Clear implements dashboard.Control. A board that goes on publishing begins
// anew: its series is made again with its next reading.
func (c *control) Clear(ctx context.Context, name string) error {
	return (*server)(c).clear(ctx, name)
}

// clear removes what a session has sent and what was made of it.
func (s *server) clear(ctx context.Context, name string) error {
	s.broker.DropRetained(name)
	err := s.store.DeleteSession(ctx, name)
	s.pipeline.Forget(name)
	s.recorder.Load().Forget(name)
	s.notices.Drop(name)
	s.presence.Clear(name)
	s.hub.Drop(name)
	return err
}

// deleteSession removes a session with everything it has.
func (s *server) deleteSession(ctx context.Context, name string) error {
	s.broker.Disconnect(name)
	err := errors.Join(s.desk.Drop(name), s.accounts.Remove(name), s.class.Drop(name), s.labs.Load().Drop(name), s.clear(ctx, name))
	s.left(ctx, name)
	err = errors.Join(err, s.labs.Load().Drop(name)) // what its connections did at their end
	s.presence.Drop(name)
	s.gate.Pause(name, false)
	return err
}
