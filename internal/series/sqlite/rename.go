package sqlite

import (
	"context"
	"errors"
	"fmt"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// RenameSession implements series.Keeper. Rows know their series alone, so
// four tables change, in one transaction with what the journal has to know:
// after a crash all of it has the old name or all of it the new one.
func (s *Store) RenameSession(ctx context.Context, from, to string) error {
	if err := session.Check(to); err != nil {
		return fmt.Errorf("rename %q to %q: %w", from, to, err)
	}
	old, k := session.Key(from), session.Key(to)
	// What was defined before is in the file, and told, under the old name: or a
	// series of the new name alone could be there first.
	if err := s.enter(); err != nil {
		return err
	}
	if err := s.change(context.WithoutCancel(ctx), func(*db) error { return nil }); err != nil { // unlocks
		return fmt.Errorf("rename %s to %s: %w", from, to, err)
	}
	if err := s.enter(); err != nil {
		return err
	}
	if k != old && s.has(k) {
		s.mu.Unlock()
		return series.ErrTaken
	}
	before := s.renameLocked(old, to)
	err := s.change(context.WithoutCancel(ctx), func(d *db) error { // unlocks
		return d.whole(func() error { return s.renameIn(d, old, k, to) })
	})
	if err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for e, name := range before {
		if !e.gone.Load() {
			s.call(e, name)
		}
	}
	return fmt.Errorf("rename %s to %s: %w", from, to, err)
}

// has says whether a session has series; called with mu held. Runs and plots
// are never without.
func (s *Store) has(k string) bool {
	for x := range s.byKey {
		if x.session == k {
			return true
		}
	}
	return false
}

// renameLocked gives a session's series their new name in memory, and returns
// what they were called. What is described from now on has it too, so that no
// series is left behind.
func (s *Store) renameLocked(old, to string) map[*entry]string {
	before := map[*entry]string{}
	for _, e := range s.byID {
		if e.key.session == old {
			before[e] = e.info.Session
		}
	}
	for e := range before {
		s.call(e, to)
	}
	return before
}

// call is called with mu held.
func (s *Store) call(e *entry, name string) {
	delete(s.byKey, e.key)
	next := *e.info
	next.Session = name
	e.key.session, e.info = session.Key(name), &next
	s.byKey[e.key] = e
}

func (s *Store) renameIn(d *db, old, k, to string) error {
	for _, table := range []string{"series", "runs", "plots", "controls"} {
		if err := d.exec("UPDATE "+table+" SET key = ?, session = ? WHERE key = ?", k, to, old); err != nil {
			return err
		}
	}
	// Messages of the old name that came before are in the history: the journal
	// must not bring them once more, under whatever name.
	marks := s.Marks()
	return d.exec("UPDATE state SET journal = ?", marks.Append(nil))
}

// whole does all of f or nothing of it, inside a transaction.
func (d *db) whole(f func() error) error {
	if err := d.exec("SAVEPOINT whole"); err != nil {
		return err
	}
	err := f()
	if err != nil {
		err = errors.Join(err, d.exec("ROLLBACK TO whole"))
	}
	return errors.Join(err, d.exec("RELEASE whole"))
}
