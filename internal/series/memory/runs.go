package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// note is a kept run, and whether somebody gave it its name.
type note struct {
	series.Run
	named bool
}

// bench is what is kept beside the rows, oldest first; Store.mu guards it.
type bench struct {
	runs     []note
	plots    []series.Plot
	lastRun  int64
	lastPlot int64

	controls    []series.Control // in their order
	lastControl int64
}

var (
	_ series.Runs    = (*Store)(nil)
	_ series.RunEnds = (*Store)(nil)
	_ series.Plots   = (*Store)(nil)
	_ series.Counter = (*Store)(nil)
)

// owns says whether the session has that series; called with mu held.
func (s *Store) owns(sess string, id series.ID) error {
	if s.closed {
		return series.ErrClosed
	}
	if t := s.byID[id]; t == nil || session.Key(t.info.Session) != session.Key(sess) {
		return series.ErrNotFound
	}
	return nil
}

// AddRun implements series.Runs.
func (s *Store) AddRun(_ context.Context, r series.Run) (series.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.owns(r.Session, r.Series); err != nil {
		return series.Run{}, err
	}
	s.lastRun++
	r.ID = s.lastRun
	r.Columns = slices.Clone(r.Columns)
	s.runs = append(s.runs, note{Run: r})
	own := s.ofSession(r.Session)
	if len(own) > s.o.runs {
		own = slices.DeleteFunc(own, func(n note) bool { return n.ID == r.ID })
		plain := func(n note) bool { return n.Kind == series.RunSweep && !n.named && n.Note == "" && !n.Shared }
		at := max(0, slices.IndexFunc(own, plain))
		s.runs = slices.DeleteFunc(s.runs, func(n note) bool { return n.ID == own[at].ID })
	}
	return r, nil
}

func (s *Store) ofSession(sess string) (own []note) {
	for _, n := range s.runs {
		if session.Key(n.Session) == session.Key(sess) {
			own = append(own, n)
		}
	}
	return own
}

// SetRun implements series.Runs.
func (s *Store) SetRun(_ context.Context, r series.Run) error {
	return s.change(r.Session, r.ID, func(n *note) {
		n.named = n.named || n.Name != r.Name
		n.Name, n.Note, n.Shared, n.Area, n.Irradiance = r.Name, r.Note, r.Shared, r.Area, r.Irradiance
	})
}

// EndRun implements series.RunEnds.
func (s *Store) EndRun(_ context.Context, r series.Run) error {
	return s.change(r.Session, r.ID, func(n *note) { n.Last, n.Rows, n.Ended = r.Last, r.Rows, r.Ended })
}

// DeleteRun implements series.Runs.
func (s *Store) DeleteRun(_ context.Context, sess string, id int64) error {
	return s.change(sess, id, func(n *note) { n.ID = 0 })
}

// change lets f change a run; one without ID is removed.
func (s *Store) change(sess string, id int64, f func(*note)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return series.ErrClosed
	}
	for i := range s.runs {
		n := &s.runs[i]
		if n.ID == id && session.Key(n.Session) == session.Key(sess) {
			if f(n); n.ID == 0 {
				s.runs = slices.Delete(s.runs, i, i+1)
			}
			return nil
		}
	}
	return series.ErrNotFound
}

// Runs implements series.Runs.
func (s *Store) Runs(_ context.Context, sess string) ([]series.Run, error) {
	return s.choose(func(r *series.Run) bool { return session.Key(r.Session) == session.Key(sess) }), nil
}

// Run implements series.Runs.
func (s *Store) Run(ctx context.Context, sess string, id int64) (series.Run, error) {
	list, _ := s.Runs(ctx, sess)
	for _, r := range list {
		if r.ID == id {
			return r, nil
		}
	}
	return series.Run{}, series.ErrNotFound
}

// SharedRuns implements series.Runs.
func (s *Store) SharedRuns(context.Context) ([]series.Run, error) {
	return s.choose(func(r *series.Run) bool { return r.Shared }), nil
}

// LatestRuns implements series.RunEnds.
func (s *Store) LatestRuns(context.Context) ([]series.Run, error) {
	latest := map[series.ID]series.Run{}
	for _, r := range s.choose(func(r *series.Run) bool { return r.Kind == series.RunSeries }) {
		if o, ok := latest[r.Series]; !ok || r.First > o.First {
			latest[r.Series] = r
		}
	}
	list := s.choose(func(r *series.Run) bool { return r.Open() || latest[r.Series].ID == r.ID })
	slices.Reverse(list)
	return list, nil
}

// choose returns runs, newest first.
func (s *Store) choose(want func(*series.Run) bool) []series.Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []series.Run{}
	for i := range s.runs {
		if r := s.runs[i].Run; want(&r) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b series.Run) int { return cmp.Compare(b.ID, a.ID) })
	return list
}

// PutPlot implements series.Plots.
func (s *Store) PutPlot(_ context.Context, p series.Plot) (series.Plot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.owns(p.Session, p.Series); err != nil {
		return series.Plot{}, err
	}
	if len(p.Options) == 0 {
		p.Options = json.RawMessage("{}")
	}
	s.lastPlot++
	p.ID = s.lastPlot
	k, n := session.Key(p.Session), 0
	s.plots = slices.DeleteFunc(s.plots, func(o series.Plot) bool { return session.Key(o.Session) == k && o.File == p.File })
	s.plots = append(s.plots, p)
	for i := len(s.plots) - 1; i >= 0; i-- {
		if session.Key(s.plots[i].Session) == k {
			if n++; n > s.o.plots {
				s.plots = slices.Delete(s.plots, i, i+1)
			}
		}
	}
	return p, nil
}

// DeletePlot implements series.Plots.
func (s *Store) DeletePlot(_ context.Context, sess string, id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.plots)
	s.plots = slices.DeleteFunc(s.plots, func(p series.Plot) bool { return p.ID == id && session.Key(p.Session) == session.Key(sess) })
	if len(s.plots) == before {
		return series.ErrNotFound
	}
	return nil
}

// Plots implements series.Plots.
func (s *Store) Plots(_ context.Context, sess string) ([]series.Plot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []series.Plot{}
	for i := len(s.plots) - 1; i >= 0; i-- {
		if session.Key(s.plots[i].Session) == session.Key(sess) {
			list = append(list, s.plots[i])
		}
	}
	return list, nil
}

// PlotFile implements series.Plots.
func (s *Store) PlotFile(ctx context.Context, sess, file string) (series.Plot, error) {
	list, _ := s.Plots(ctx, sess)
	for _, p := range list {
		if p.File == file {
			return p, nil
		}
	}
	return series.Plot{}, series.ErrNotFound
}

// Count implements series.Counter.
func (s *Store) Count(_ context.Context, id series.ID, q series.Query) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.byID[id]
	if t == nil {
		return 0, series.ErrNotFound
	}
	q.Limit = 0
	return int64(len(choose(t.rows, q))), nil
}
