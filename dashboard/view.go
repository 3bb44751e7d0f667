package dashboard

import (
	"context"
	"errors"
	"net/http"

	"labbroker/internal/series"
)

// view is a series as a run or plot has it: with the columns that were
// declared for it, in that order.
type view struct {
	series.Info       // Columns are the chosen ones
	places      []int // of the columns in the series' rows; nil = all
}

func viewOf(info series.Info, places []int) view {
	if places == nil {
		return view{Info: info}
	}
	v := view{Info: info, places: make([]int, 0, len(places))}
	v.Columns = make([]series.Column, 0, len(places))
	for _, n := range places {
		if n >= 0 && n < len(info.Columns) {
			v.places = append(v.places, n)
			v.Columns = append(v.Columns, info.Columns[n])
		}
	}
	return v
}

// rows are the reader's, with the values of the view's columns.
func (v *view) rows(ctx context.Context, from series.Reader, q series.Query, f func(series.Row) error) error {
	if v.places == nil {
		return from.Rows(ctx, v.ID, q, f)
	}
	values := make([]float64, len(v.places))
	return from.Rows(ctx, v.ID, q, func(row series.Row) error {
		for i, n := range v.places {
			values[i] = row.Values[n]
		}
		row.Values = values
		return f(row)
	})
}

// runView is what a run shows of its series.
func (s *Server) runView(ctx context.Context, run *series.Run) (view, error) {
	info, err := s.Reader.Get(ctx, run.Session, run.SeriesName)
	if errors.Is(err, series.ErrNotFound) || err == nil && info.ID != run.Series {
		return view{}, fail(http.StatusNotFound, "The run's series is no longer there.")
	}
	return viewOf(info, run.Columns), err
}

// plotView is what a plot shows of its series.
func (s *Server) plotView(ctx context.Context, p *series.Plot) (view, error) {
	info, err := s.Reader.Get(ctx, p.Session, p.SeriesName)
	if errors.Is(err, series.ErrNotFound) || err == nil && info.ID != p.Series {
		return view{}, fail(http.StatusNotFound, "The plot's series is no longer there.")
	}
	return viewOf(info, p.Columns), err
}

// count is how many rows a query chooses; known where the store cannot say.
func (s *Server) count(ctx context.Context, id series.ID, q series.Query, known int64) int64 {
	if c, ok := s.Reader.(series.Counter); ok {
		if n, err := c.Count(ctx, id, q); err == nil {
			return n
		}
	}
	return known
}
