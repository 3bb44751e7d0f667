package sqlite

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
	"labbroker/internal/session"
)

// key is what makes a series unique: its session without regard to case, its
// name as it is.
type key struct{ session, name string }

// entry is what the store holds of one series in memory.
type entry struct {
	id   series.ID
	gone atomic.Bool // deleted; its rows go nowhere

	// Guarded by Store.mu.
	key    key
	info   *series.Info // ID, Session, Name, Columns; replaced, never changed
	dirty  bool         // info is to be written
	listed bool         // stands in Store.dirty

	// Guarded by Store.cut.
	rows        []series.Row // committed, not folded yet
	count       int64        // of committed rows
	first, last int64        // arrival of the first and last of them

	// The writer's own.
	mark int64                   // the commit that touched it last
	from int                     // where that commit's rows begin
	open [levels - 1]rollup.Unit // the last unit of each level above 0
	read bool                    // open was read from the file
}

// Define implements series.Appender. It does not wait for the commit; while
// recording is off the series stands in memory only.
func (s *Store) Define(sess, name string, columns []series.Column) (series.ID, error) {
	if len(columns) > series.MaxColumns {
		return 0, fmt.Errorf("define %q: %d columns, at most %d", name, len(columns), series.MaxColumns)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, series.ErrClosed
	}
	k := key{session.Key(sess), name}
	e := s.byKey[k]
	if e == nil {
		s.lastID++
		e = &entry{id: s.lastID, key: k, info: &series.Info{ID: s.lastID, Session: sess, Name: name}}
		s.byKey[k], s.byID[e.id] = e, e
	} else if old := e.info.Columns; len(columns) <= len(old) && slices.Equal(columns, old[:len(columns)]) {
		return e.id, nil
	}
	merged := slices.Clone(columns)
	if old := e.info.Columns; len(old) > len(columns) {
		merged = append(merged, old[len(columns):]...)
	}
	s.setColumns(e, merged)
	return e.id, nil
}

// setColumns is called with mu held.
func (s *Store) setColumns(e *entry, columns []series.Column) {
	next := *e.info
	next.Columns = columns
	e.info, e.dirty = &next, true
	if !e.listed {
		e.listed = true
		s.dirty = append(s.dirty, e)
	}
	s.wake()
}

// SetColumn implements series.Keeper. It returns when the change is durable.
func (s *Store) SetColumn(id series.ID, index int, c series.Column) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return series.ErrClosed
	}
	e := s.byID[id]
	if e == nil || index < 0 || index >= len(e.info.Columns) {
		s.mu.Unlock()
		return series.ErrNotFound
	}
	columns := slices.Clone(e.info.Columns)
	columns[index] = c
	s.setColumns(e, columns)
	done := make(chan error, 1)
	s.waiters = append(s.waiters, done)
	s.mu.Unlock()
	return <-done
}

// joined joins the entry's columns and counts; called without locks.
func (s *Store) joined(e *entry, info *series.Info) series.Info {
	s.cut.RLock()
	defer s.cut.RUnlock()
	i := *info
	i.Rows = e.count
	if e.count > 0 {
		i.First, i.Last = time.Unix(0, e.first).UTC(), time.Unix(0, e.last).UTC()
	}
	return i
}
