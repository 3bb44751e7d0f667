// Package memory is a store of series that forgets everything at the end: for
// tests of packages that need a store but not its file, and as the plainest
// statement of what a store does. It passes the contract in seriestest.
//
// It keeps all rows and answers by walking them; it knows no limit and never
// blocks. What is kept for longer stands in series/sqlite.
package memory

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
	"labbroker/internal/session"
)

// Options are optional settings of a Store.
type Options struct {
	// Committed is told of rows and changed columns before Append, Define or
	// SetColumn return, in order of Seq. It must not call the store.
	Committed func([]series.Committed)
	// Off makes Append return series.ErrOff.
	Off bool

	runs  int // of a session; 0 = series.MaxRuns
	plots int // of a session; 0 = series.MaxPlots
}

type table struct {
	info *series.Info // replaced, never changed
	told bool         // Committed knows these columns
	rows []series.Row
}

type name struct{ session, series string }

// Store keeps series in memory. Its methods may be called at any time from
// any goroutine.
type Store struct {
	o Options

	mu     sync.Mutex // guards all below, and the order of Committed
	byName map[name]*table
	byID   map[series.ID]*table
	seq    int64
	lastID series.ID
	closed bool
	bench
}

var (
	_ series.Appender = (*Store)(nil)
	_ series.Reader   = (*Store)(nil)
	_ series.Keeper   = (*Store)(nil)
)

// New returns an empty store.
func New(o Options) *Store {
	if o.runs == 0 {
		o.runs = series.MaxRuns
	}
	if o.plots == 0 {
		o.plots = series.MaxPlots
	}
	return &Store{o: o, byName: map[name]*table{}, byID: map[series.ID]*table{}}
}

// Close makes Define, Append and SetColumn return series.ErrClosed.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// Define implements series.Appender.
func (s *Store) Define(sess, nam string, columns []series.Column) (series.ID, error) {
	if len(columns) > series.MaxColumns {
		return 0, fmt.Errorf("define %q: %d columns, at most %d", nam, len(columns), series.MaxColumns)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, series.ErrClosed
	}
	key := name{session.Key(sess), nam}
	t := s.byName[key]
	if t == nil {
		s.lastID++
		t = &table{info: &series.Info{ID: s.lastID, Session: sess, Name: nam}}
		s.byName[key], s.byID[s.lastID] = t, t
	} else if len(columns) <= len(t.info.Columns) && slices.Equal(columns, t.info.Columns[:len(columns)]) {
		return t.info.ID, nil
	}
	merged := slices.Clone(columns)
	if len(t.info.Columns) > len(columns) {
		merged = append(merged, t.info.Columns[len(columns):]...)
	}
	t.columns(merged)
	s.tell(t, nil)
	return t.info.ID, nil
}

func (t *table) columns(c []series.Column) {
	next := *t.info
	next.Columns = c
	t.info, t.told = &next, false
}

// tell is called with mu held.
func (s *Store) tell(t *table, rows []series.Row) {
	if s.o.Committed != nil {
		s.o.Committed([]series.Committed{{Info: t.info, Rows: rows, Changed: !t.told}})
	}
	t.told = true
}

// Append implements series.Appender.
func (s *Store) Append(b series.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.byID[b.Series]
	switch {
	case s.closed:
		return series.ErrClosed
	case s.o.Off:
		return series.ErrOff
	case t == nil:
		return series.ErrNotFound
	case len(b.Rows) == 0:
		return nil
	}
	for i := range b.Rows {
		s.seq++
		b.Rows[i].Seq = s.seq
		b.Rows[i].Values = series.Clean(b.Rows[i].Values)
	}
	t.rows = append(t.rows, b.Rows...)
	next := *t.info
	next.Rows = int64(len(t.rows))
	next.First = time.Unix(0, t.rows[0].Time)
	next.Last = time.Unix(0, t.rows[len(t.rows)-1].Time)
	t.info = &next
	s.tell(t, slices.Clone(b.Rows))
	return nil
}

// List implements series.Reader.
func (s *Store) List(_ context.Context, sess string) ([]series.Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []series.Info{}
	for k, t := range s.byName {
		if sess == "" || k.session == session.Key(sess) {
			list = append(list, *t.info)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list, nil
}

// Get implements series.Reader.
func (s *Store) Get(_ context.Context, sess, nam string) (series.Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.byName[name{session.Key(sess), nam}]
	if t == nil {
		return series.Info{}, series.ErrNotFound
	}
	return *t.info, nil
}

// Rows implements series.Reader.
func (s *Store) Rows(ctx context.Context, id series.ID, q series.Query, f func(series.Row) error) error {
	s.mu.Lock()
	t := s.byID[id]
	if t == nil {
		s.mu.Unlock()
		return series.ErrNotFound
	}
	info, all := t.info, t.rows
	s.mu.Unlock()

	rows := choose(all, q)
	if q.Points > 0 && len(rows) > q.Points {
		rows = thin(rows, q)
	}
	values := make([]float64, len(info.Columns))
	for _, r := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if q.Sent {
			series.Fill(values, r.Values)
		} else {
			series.Scale(values, r.Values, info.Columns)
		}
		r.Values = values
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

func choose(all []series.Row, q series.Query) []series.Row {
	from, to := q.Span()
	after, last := q.Seqs()
	var rows []series.Row
	for _, r := range all {
		if t := r.At(q.Clock); r.Seq > after && r.Seq <= last && t >= from && t < to {
			rows = append(rows, r)
		}
	}
	if q.Limit > 0 && len(rows) > q.Limit {
		rows = rows[len(rows)-q.Limit:]
	}
	return rows
}

func thin(rows []series.Row, q series.Query) []series.Row {
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for _, r := range rows {
		lo, hi = min(lo, r.At(q.Clock)), max(hi, r.At(q.Clock))
	}
	b := rollup.NewBuckets(rollup.Choice{Clock: q.Clock, Lo: lo, Hi: hi, Rows: int64(len(rows)), Points: q.Points})
	for i := range rows {
		b.Row(&rows[i], rows[i].Seq)
	}
	seqs := b.Pick()
	return slices.DeleteFunc(rows, func(r series.Row) bool {
		_, ok := slices.BinarySearch(seqs, r.Seq)
		return !ok
	})
}

// SetColumn implements series.Keeper.
func (s *Store) SetColumn(id series.ID, index int, c series.Column) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.byID[id]
	if s.closed {
		return series.ErrClosed
	}
	if t == nil || index < 0 || index >= len(t.info.Columns) {
		return series.ErrNotFound
	}
	columns := slices.Clone(t.info.Columns)
	columns[index] = c
	t.columns(columns)
	s.tell(t, nil)
	return nil
}

// DeleteSession implements series.Keeper.
func (s *Store) DeleteSession(_ context.Context, sess string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, t := range s.byName {
		if k.session == session.Key(sess) {
			delete(s.byName, k)
			delete(s.byID, t.info.ID)
		}
	}
	s.runs = slices.DeleteFunc(s.runs, func(n note) bool { return session.Key(n.Session) == session.Key(sess) })
	s.plots = slices.DeleteFunc(s.plots, func(p series.Plot) bool { return session.Key(p.Session) == session.Key(sess) })
	s.controls = slices.DeleteFunc(s.controls, func(c series.Control) bool { return session.Key(c.Session) == session.Key(sess) })
	return nil
}

// RenameSession implements series.Keeper.
func (s *Store) RenameSession(_ context.Context, from, to string) error {
	if err := session.Check(to); err != nil {
		return fmt.Errorf("rename %q to %q: %w", from, to, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, key := session.Key(from), session.Key(to)
	var own []*table
	for k, t := range s.byName {
		if k.session == key && key != old {
			return series.ErrTaken
		} else if k.session == old {
			own = append(own, t)
		}
	}
	for _, t := range own {
		delete(s.byName, name{old, t.info.Name})
		next := *t.info
		next.Session = to
		t.info = &next
		s.byName[name{key, next.Name}] = t
	}
	for i := range s.runs {
		if session.Key(s.runs[i].Session) == old {
			s.runs[i].Session = to
		}
	}
	for i := range s.controls {
		if session.Key(s.controls[i].Session) == old {
			s.controls[i].Session = to
		}
	}
	for i := range s.plots {
		if session.Key(s.plots[i].Session) == old {
			s.plots[i].Session = to
		}
	}
	return nil
}
