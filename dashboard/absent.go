package dashboard

import (
	"context"
	"net/http"

	"labbroker/internal/series"
)

// absent stands in for a store that keeps no runs, plots and controls.
type absent struct{}

var (
	_ series.Runs     = absent{}
	_ series.Plots    = absent{}
	_ series.Controls = absent{}
)

// AddRun implements series.Runs.
func (absent) AddRun(context.Context, series.Run) (series.Run, error) {
	return series.Run{}, fail(http.StatusNotImplemented, "Runs are not kept on this server.")
}

// SetRun implements series.Runs.
func (absent) SetRun(context.Context, series.Run) error { return series.ErrNotFound }

// DeleteRun implements series.Runs.
func (absent) DeleteRun(context.Context, string, int64) error { return series.ErrNotFound }

// Runs implements series.Runs.
func (absent) Runs(context.Context, string) ([]series.Run, error) { return nil, nil }

// Run implements series.Runs.
func (absent) Run(context.Context, string, int64) (series.Run, error) {
	return series.Run{}, series.ErrNotFound
}

// SharedRuns implements series.Runs.
func (absent) SharedRuns(context.Context) ([]series.Run, error) { return nil, nil }

// PutPlot implements series.Plots.
func (absent) PutPlot(context.Context, series.Plot) (series.Plot, error) {
	return series.Plot{}, fail(http.StatusNotImplemented, "Plots are not kept on this server.")
}

// DeletePlot implements series.Plots.
func (absent) DeletePlot(context.Context, string, int64) error { return series.ErrNotFound }

// Plots implements series.Plots.
func (absent) Plots(context.Context, string) ([]series.Plot, error) { return nil, nil }

// PlotFile implements series.Plots.
func (absent) PlotFile(context.Context, string, string) (series.Plot, error) {
	return series.Plot{}, series.ErrNotFound
}

// Controls implements series.Controls.
func (absent) Controls(context.Context, string) ([]series.Control, error) { return nil, nil }

// PutControl implements series.Controls.
func (absent) PutControl(context.Context, series.Control) (series.Control, error) {
	return series.Control{}, fail(http.StatusNotImplemented, "Controls are not kept on this server.")
}

// DeleteControl implements series.Controls.
func (absent) DeleteControl(context.Context, string, int64) error { return series.ErrNotFound }

// OrderControls implements series.Controls.
func (absent) OrderControls(context.Context, string, []int64) error { return nil }
