package dashboard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"labbroker/dashboard/bench"
	"labbroker/internal/live"
	"labbroker/internal/series"
)

// runJSON is a run as GET .../runs and the event "runs" have it.
type runJSON struct {
	ID         int64          `json:"id"`
	Series     string         `json:"series"`
	Kind       string         `json:"kind"` // "series", "sweep" or "marked"
	Name       string         `json:"name"`
	Note       string         `json:"note"`
	Started    instant        `json:"started"`
	Ended      *instant       `json:"ended"` // null = goes on
	Rows       int64          `json:"rows"`
	First      int64          `json:"first"`
	Last       int64          `json:"last"` // 0 = goes on
	Shared     bool           `json:"shared"`
	Area       float64        `json:"area"`       // cm2, 0 = not entered
	Irradiance float64        `json:"irradiance"` // W/m2, 0 = not entered
	Columns    []columnJSON   `json:"columns"`
	IV         bool           `json:"iv"`      // it has a voltage and a current
	Figures    *bench.Figures `json:"figures"` // null = no I-V curve, or not yet computed: the event "runs" brings them
}

// sharedJSON is a classmate's run.
type sharedJSON struct {
	Session string  `json:"session"`
	ID      int64   `json:"id"`
	Name    string  `json:"name"`
	Series  string  `json:"series"`
	Kind    string  `json:"kind"`
	Started instant `json:"started"`
	Rows    int64   `json:"rows"`
	IV      bool    `json:"iv"`
}

// Bounds of what a person may enter.
const (
	maxRunName    = 100  // characters
	maxRunNote    = 2000 // characters
	maxArea       = 1e7  // cm2: a thousand square metres
	maxIrradiance = 1e6  // W/m2: a thousand suns
	maxShared     = 1000 // runs in GET /api/shared
)

func (s *Server) getRuns(w http.ResponseWriter, r *http.Request, c call) error {
	list, err := s.runs(r.Context(), c.name)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, list)
}

// runs are a session's runs as the page sees them, newest first. Figures that
// are not known yet are computed in the background, never here: a page with
// many runs opens at once.
func (s *Server) runs(ctx context.Context, name string) ([]runJSON, error) {
	runs, err := s.o.Runs.Runs(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	infos, err := s.Reader.List(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("list the series of runs: %w", err)
	}
	byID := make(map[series.ID]*series.Info, len(infos))
	for i := range infos {
		byID[infos[i].ID] = &infos[i]
	}
	out := make([]runJSON, 0, len(runs))
	for i := range runs {
		if info := byID[runs[i].Series]; info != nil { // else its series was removed
			v := series.ViewOf(*info, runs[i].Columns)
			out = append(out, s.runJSON(ctx, &runs[i], &v))
		}
	}
	return out, nil
}

func (s *Server) runJSON(ctx context.Context, r *series.Run, v *series.View) runJSON {
	out := runJSON{
		ID: r.ID, Series: v.Name, Kind: string(r.Kind), Name: r.Name, Note: r.Note,
		Started: milli(r.Started), Ended: moment(r.Ended), Rows: r.Rows, First: r.First, Last: r.Last,
		Shared: r.Shared, Area: r.Area, Irradiance: r.Irradiance, Columns: columnsJSON(v.Columns, nil),
	}
	if r.Open() {
		out.Rows = s.count(ctx, r.Series, r.Query(), r.Rows)
	}
	if p, ok := bench.PairOf(v.Columns); ok {
		out.IV = true
		out.Figures = s.bench.Figures(r, v, p)
	}
	return out
}

// runItems are the newest runs for the live stream.
func (s *Server) runItems(ctx context.Context, name string) ([]live.Item, error) {
	list, err := s.runs(ctx, name)
	if err != nil {
		return nil, err
	}
	list = newest(list, func(r runJSON) int64 { return r.ID })
	items := make([]live.Item, len(list))
	for i := range list {
		b, err := json.Marshal(list[i])
		if err != nil {
			return nil, fmt.Errorf("encode run %d: %w", list[i].ID, err)
		}
		items[i] = live.Item{ID: list[i].ID, JSON: b}
	}
	return items, nil
}

// newest are the items of the greatest numbers, as many as a page is told of,
// in their order.
func newest[T any](list []T, id func(T) int64) []T {
	if len(list) <= live.MaxItems {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(id(b), id(a)) })
	return list[:live.MaxItems]
}

// run finds the run in the request's path; a guest only a shared one, and is
// not told which others there are.
func (s *Server) run(r *http.Request, c call) (series.Run, error) {
	id, err := strconv.ParseInt(r.PathValue("run"), 10, 64)
	if err != nil || id <= 0 {
		return series.Run{}, fail(http.StatusBadRequest, "A run is named by its number, as in the list of runs.")
	}
	run, err := s.o.Runs.Run(r.Context(), c.name, id)
	found := !errors.Is(err, series.ErrNotFound)
	switch {
	case err != nil && found:
		return run, fmt.Errorf("find run %d: %w", id, err)
	case c.guest && (!found || !run.Shared):
		return run, fail(http.StatusForbidden, "You are signed in as %s; %s shares no such run.", c.session, c.name)
	case !found:
		return run, fail(http.StatusNotFound, "There is no such run.")
	}
	return run, nil
}

// getShared lists what classmates share.
func (s *Server) getShared(w http.ResponseWriter, r *http.Request, c call) error {
	runs, err := s.o.Runs.SharedRuns(r.Context())
	if err != nil {
		return fmt.Errorf("list shared runs: %w", err)
	}
	columns := map[string]map[series.ID]*series.Info{} // by session
	out := []sharedJSON{}
	for i := range runs {
		x := &runs[i]
		if x.Session == c.name || len(out) == maxShared {
			continue
		}
		if columns[x.Session] == nil {
			infos, err := s.Reader.List(r.Context(), x.Session)
			if err != nil {
				return fmt.Errorf("list the series of shared runs: %w", err)
			}
			columns[x.Session] = make(map[series.ID]*series.Info, len(infos))
			for k := range infos {
				columns[x.Session][infos[k].ID] = &infos[k]
			}
		}
		info := columns[x.Session][x.Series]
		if info == nil {
			continue
		}
		v := series.ViewOf(*info, x.Columns)
		_, pair := bench.PairOf(v.Columns)
		out = append(out, sharedJSON{
			x.Session, x.ID, x.Name, info.Name, string(x.Kind), milli(x.Started), x.Rows, pair,
		})
	}
	return sendJSON(w, http.StatusOK, out)
}

// Changed says that a session's "runs" or "plots" are others than before: the
// recorder's callback. It never blocks.
func (s *Server) Changed(name, what string) {
	switch what {
	case "runs":
		s.bench.RunsChanged(name)
		if s.o.Labs != nil {
			s.o.Labs.Changed(name)
		}
		s.Hub.Mark(name, live.MarkRuns)
	case "plots":
		s.bench.PlotsChanged(name)
		s.Hub.Mark(name, live.MarkPlots)
	}
}
