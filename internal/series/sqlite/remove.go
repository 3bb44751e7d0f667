package sqlite

import (
	"context"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// DeleteSession implements series.Keeper. The series are out of sight at once,
// and gone, with their runs and plots, for good when it returns; the space of their rows is taken back in
// the background, over a restart if need be. Where ctx ends first the session
// is deleted all the same.
func (s *Store) DeleteSession(ctx context.Context, sess string) error {
	k := session.Key(sess)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return series.ErrClosed
	}
	var gone []*entry
	for id, e := range s.byID {
		if e.key.session == k {
			e.gone.Store(true)
			delete(s.byID, id)
			delete(s.byKey, e.key)
			gone = append(gone, e)
		}
	}
	s.doomed = append(s.doomed, gone...)
	return s.change(ctx, func(d *db) error { // unlocks
		if err := d.exec("DELETE FROM runs WHERE key = ?", k); err != nil {
			return err
		}
		if err := d.exec("DELETE FROM controls WHERE key = ?", k); err != nil {
			return err
		}
		return d.exec("DELETE FROM plots WHERE key = ?", k)
	})
}

// doom takes a series out of the file's directory, in a commit.
func (w *writer) doom(e *entry) error {
	for _, q := range []string{
		"DELETE FROM series WHERE id = ?",
		"DELETE FROM columns WHERE series = ?",
		"INSERT OR IGNORE INTO deleted(series) VALUES (?)",
	} {
		if err := w.d.exec(q, int64(e.id)); err != nil {
			return err
		}
	}
	return nil
}

// clearStep removes some thousand rows of a deleted series. Rows in a tail go
// with the tail.
func (w *writer) clearStep() error {
	id := int64(w.clearing[0])
	if err := w.d.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	done, err := w.clearSome(id)
	if err == nil {
		err = w.d.exec("COMMIT")
	}
	if err != nil {
		_ = w.d.exec("ROLLBACK") // fails where SQLite rolled back by itself
		return err
	}
	if done {
		w.clearing = w.clearing[1:]
	}
	return nil
}

func (w *writer) clearSome(id int64) (done bool, err error) {
	type stretch struct{ first, head, tail int64 }
	var some []stretch
	err = w.d.query("SELECT first, head, tail FROM blocks WHERE level = 0 AND series = ? LIMIT 64", func(v row) error {
		some = append(some, stretch{v.int(0), v.int(1), v.int(2)})
		return nil
	}, id)
	if err != nil {
		return false, err
	}
	for _, b := range some {
		if err := w.d.exec("DELETE FROM rows WHERE n BETWEEN ? AND ?", b.head, b.tail); err != nil {
			return false, err
		}
		if err := w.d.exec("DELETE FROM blocks WHERE level = 0 AND series = ? AND first = ?", id, b.first); err != nil {
			return false, err
		}
	}
	if len(some) > 0 {
		return false, nil
	}
	for l := 1; l < levels; l++ {
		if err := w.d.exec("DELETE FROM blocks WHERE level = ? AND series = ?", int64(l), id); err != nil {
			return false, err
		}
	}
	return true, w.d.exec("DELETE FROM deleted WHERE series = ?", id)
}
