package sqlite

import (
	"context"
	"errors"

	sqlite "modernc.org/sqlite/lib"

	"labbroker/internal/series"
)

// task is a change of runs or plots on its way into the next commit.
type task struct {
	// do runs in the commit's transaction, and again where that fails; its
	// error is SQLite's. What it finds out stands in its closure.
	do   func(*db) error
	err  error      // what is wrong with the task itself
	done chan error // capacity 1: nil when it is durable
}

// try does it. An error that is the task's own, such as a value that the file
// refuses, must not keep rows from being committed.
func (t *task) try(d *db) error {
	t.err = t.do(d)
	var e *sqlError
	if errors.As(t.err, &e) {
		switch e.code & 0xff {
		case sqlite.SQLITE_CONSTRAINT, sqlite.SQLITE_TOOBIG, sqlite.SQLITE_MISMATCH:
			return nil
		}
	}
	return t.err
}

// change has the writer do it in the next commit and waits; called with mu
// held, which it releases. Where ctx ends first it is done all the same.
func (s *Store) change(ctx context.Context, do func(*db) error) error {
	t := &task{do: do, done: make(chan error, 1)}
	s.changes = append(s.changes, t)
	s.wake()
	s.mu.Unlock()
	select {
	case err := <-t.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter locks mu for change; ErrClosed leaves it unlocked.
func (s *Store) enter() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return series.ErrClosed
	}
	return nil
}

// lookUp runs a query on a reader's connection.
func (s *Store) lookUp(ctx context.Context, query string, f func(row) error, args ...any) error {
	d, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { s.pool <- d }()
	return d.query(query, f, args...)
}
