package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// renameSession gives a session, in its spelling, another name, with all that
// it has. The order is what makes a crash harmless:
//
//  1. the accounts: one line, from which on nobody gets in under the old name.
//     It says what is to be done, so that a start after a crash does the rest.
//  2. the history, in one transaction. Until it is done nobody gets in under
//     the new name either, so that no two series of one name meet.
//  3. the roster, the labs and the instructor's desk, files that change as a whole; retained messages,
//     which are copied before the old ones go.
//
// What was acknowledged and is in the journal alone is given to the new name
// when it is read again.
func (s *server) renameSession(ctx context.Context, from, to string) error {
	if session.Key(from) != session.Key(to) {
		switch list, err := s.store.List(ctx, to); {
		case err != nil:
			return err
		case len(list) > 0:
			return series.ErrTaken
		}
	}
	ctx = context.WithoutCancel(ctx)
	err := s.accounts.RenameWith(from, to, func() error {
		return s.pipeline.Rename(from, to, func() error {
			return s.recorder.Load().Rename(from, to, func() error {
				if err := s.store.RenameSession(ctx, from, to); err != nil {
					return err
				}
				s.hub.Rename(from, to)
				return nil
			})
		})
	})
	if err != nil {
		return err
	}
	s.left(ctx, from)
	if err := errors.Join(s.class.Rename(from, to), s.labs.Load().Rename(from, to), s.desk.Rename(from, to)); err != nil {
		return fmt.Errorf("the session is %s now, but not all of it; the next start goes on: %w", to, err)
	}
	s.broker.MoveRetained(from, to)
	if s.gate.Paused(from) {
		s.gate.Pause(to, true)
		s.gate.Pause(from, false)
	}
	s.notices.Rename(from, to)
	s.presence.Drop(from)
	return nil
}

// left waits until the connections of a session that were ended are gone, a
// moment at most: what they still do would bring its name back on the wall.
func (s *server) left(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if p, _ := s.presence.Brief(name); p.Clients == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// finishRenames does what a crash in the middle of renameSession left, in the
// history and the roster. It runs before anybody looks at them.
func (s *server) finishRenames() error {
	var errs []error
	for from, to := range s.accounts.GivenUp() {
		list, err := s.store.List(context.Background(), from)
		var controls []series.Control // a session may have nothing else
		if err == nil {
			controls, err = s.store.Controls(context.Background(), from)
		}
		if err == nil && len(list)+len(controls) > 0 {
			s.log.Info("finishing to rename a session", "from", from, "to", to)
			err = s.store.RenameSession(context.Background(), from, to)
		}
		if err == nil && len(s.class.Of(from)) > 0 {
			err = s.class.Rename(from, to)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("rename %s to %s: %w", from, to, err))
		}
	}
	return errors.Join(errs...)
}

// leaveNames is finishRenames for labs, desk and broker, before anybody can
// connect.
func (s *server) leaveNames() {
	for from, to := range s.accounts.GivenUp() {
		if err := errors.Join(s.labs.Load().Rename(from, to), s.desk.Rename(from, to)); err != nil {
			s.log.Error("labs or desk keep a session's old name", "from", from, "to", to, "error", err)
		}
		s.broker.Disconnect(from)
		s.broker.MoveRetained(from, to)
	}
}

// present is the name that a session has now.
func (s *server) present(name string) string {
	if to, ok := s.accounts.Renamed(name); ok {
		return to
	}
	return name
}
