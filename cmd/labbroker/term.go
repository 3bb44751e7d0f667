package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"labbroker/dashboard"
	"labbroker/internal/session"
)

// emptyingPath is a file that is there while the class is emptied. A server
// that finds it at its start goes on where an earlier one was killed.
func emptyingPath(data string) string { return filepath.Join(data, "emptying") }

// empty removes all sessions with all they have, then people, labs and what is
// retained; settings and the instructor's password stay. In this order, after
// the mark: each session's connections and account, its person in the roster,
// its ticks, its retained messages, readings, runs and plots; the people that
// are left, the labs, the instructor's desk, the other retained messages; the
// mark. Where ctx ends because the instructor stopped it the mark goes and what is
// left stays; where the server ends it is gone on with at the next start.
func (s *server) empty(ctx context.Context, progress func(done, of int)) error {
	if err := mark(emptyingPath(s.c.Data)); err != nil {
		return fmt.Errorf("begin to empty the class: %w", err)
	}
	names, err := s.everybody(ctx)
	if err != nil {
		return err
	}
	for i, name := range names {
		progress(i, len(names))
		if ctx.Err() != nil {
			if cause := context.Cause(ctx); errors.Is(cause, dashboard.ErrCancelled) {
				return errors.Join(cause, unmark(emptyingPath(s.c.Data)))
			}
			return ctx.Err()
		}
		// What has begun is ended: half a session would be none.
		if err := s.deleteSession(context.WithoutCancel(ctx), name); err != nil {
			return fmt.Errorf("remove session %s: %w", name, err)
		}
		s.pages.Forget(name)
	}
	progress(len(names), len(names))
	s.broker.DropRetained("+") // of class/ and of no session
	err = errors.Join(s.class.SetPeople(nil), s.labs.Load().Clear(), s.clearDesk())
	if err != nil {
		return err
	}
	s.log.Info("the class was emptied", "sessions", len(names))
	return unmark(emptyingPath(s.c.Data))
}

// everybody lists all sessions that there is anything of, but simulated ones,
// which their own end removes.
func (s *server) everybody(ctx context.Context) ([]string, error) {
	all := map[string]string{}
	infos, err := s.store.List(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list series: %w", err)
	}
	for i := range infos {
		all[session.Key(infos[i].Session)] = infos[i].Session
	}
	for _, p := range s.class.People() {
		all[session.Key(p.Session)] = p.Session
	}
	for _, p := range s.presence.Sessions() {
		all[session.Key(p.Session)] = p.Session
	}
	for _, name := range s.accounts.Names() {
		all[session.Key(name)] = name
	}
	var names []string
	for _, name := range all {
		if session.Check(name) == nil && !session.Simulated(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// finishEmptying goes on where an earlier server was killed while it emptied
// the class.
func (s *server) finishEmptying() error {
	if _, err := os.Stat(emptyingPath(s.c.Data)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.log.Warn("the last server ended while the class was being emptied: that is gone on with")
	if err := s.empty(context.Background(), func(int, int) {}); err != nil {
		return fmt.Errorf("empty the class: %w", err)
	}
	return nil
}

// mark makes a file that is on the disk when it returns.
func mark(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(f.Sync(), f.Close())
	syncFolder(path)
	return err
}

func unmark(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	syncFolder(path)
	return nil
}

// syncFolder brings a name to the disk, where the system can.
func syncFolder(path string) {
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
