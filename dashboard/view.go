package dashboard

import (
	"context"
	"errors"
	"net/http"

	"labbroker/internal/series"
)

// runView is what a run shows of its series.
func (s *Server) runView(ctx context.Context, run *series.Run) (series.View, error) {
	v, err := series.RunView(ctx, s.Reader, run)
	if errors.Is(err, series.ErrNotFound) {
		err = fail(http.StatusNotFound, "The run's series is no longer there.")
	}
	return v, err
}

// plotView is what a plot shows of its series.
func (s *Server) plotView(ctx context.Context, p *series.Plot) (series.View, error) {
	v, err := series.PlotView(ctx, s.Reader, p)
	if errors.Is(err, series.ErrNotFound) {
		err = fail(http.StatusNotFound, "The plot's series is no longer there.")
	}
	return v, err
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
