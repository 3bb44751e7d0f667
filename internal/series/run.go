package series

import (
	"context"
	"encoding/json"
	"time"
)

// Bounds of what a session keeps beside its rows.
const (
	MaxRuns  = 10_000
	MaxPlots = 1_000
)

// RunKind says how a run came about.
type RunKind string

// The three kinds of runs.
const (
	RunSeries RunKind = "series" // new_series, or MQTT Plot's new
	RunSweep  RunKind = "sweep"  // a detected sweep of the voltage
	RunMarked RunKind = "marked" // marked by the student
)

// Run is a stretch of a series. Its rows are in the history already; a run is
// only its ends and what people say about it.
type Run struct {
	ID         int64 // given by the store, never used again
	Session    string
	Series     ID
	SeriesName string
	Kind       RunKind
	First      int64     // Seq of the first row
	Last       int64     // Seq of the last row, inclusive; 0 = the run goes on
	Rows       int64     // as far as known; readers count
	Started    time.Time // arrival of the first row
	Ended      time.Time // arrival of the last row; zero = the run goes on
	Name       string    // never empty: "IV 3", "sweep 14:03:22"
	Note       string
	Shared     bool    // classmates may overlay it
	Area       float64 // cm2, 0 = not entered
	Irradiance float64 // W/m2, 0 = not entered
	// Columns are the places of the columns that new_series declared for the
	// run, in its order; nil = all, in the series' order. A series that is
	// begun again with other columns keeps the old ones beside the new.
	Columns []int
}

// Open says whether the run goes on.
func (r *Run) Open() bool { return r.Last == 0 }

// Query chooses the run's rows.
func (r *Run) Query() Query { return Query{First: r.First, Last: r.Last} }

// PlotKind says what a plot record is.
type PlotKind string

// The three kinds of plots.
const (
	PlotDrawn PlotKind = "plot"  // plot_series: a picture
	PlotSaved PlotKind = "saved" // save_series: a pickle
	PlotLive  PlotKind = "chart" // MQTT Plot's new: a chart of the growing series
)

// Plot is a record of what was asked to be drawn or saved. The picture itself
// is drawn from the kept rows when somebody asks for it.
type Plot struct {
	ID         int64 // given by the store, never used again
	Session    string
	Series     ID
	SeriesName string
	Kind       PlotKind
	File       string          // cleaned relative path: "a/b/x.pdf"; unique in a session
	Options    json.RawMessage // plot_series options as sent, checked; {} for saved
	First      int64           // Seq of the first row drawn
	Last       int64           // Seq of the last row drawn; 0 = the series goes on (charts)
	Time       time.Time       // when it was asked for
	Message    string          // "", or what was left out or replaced when drawing
	Columns    []int           // places of the columns drawn, x first; nil = all, in the series' order
	Rollover   int             // >0: only the last so many rows (charts)
}

// Query chooses the plot's rows, values as sent. They have the length of the
// series' columns: draw those of Columns.
func (p *Plot) Query() Query {
	return Query{First: p.First, Last: p.Last, Limit: p.Rollover, Sent: true}
}

// Runs is the view of a store that keeps runs. What returned without an error
// is durable. Sessions are found in any case; series.DeleteSession removes
// theirs.
type Runs interface {
	// AddRun keeps a new run and gives it its ID. Beyond MaxRuns the oldest
	// sweep goes that nobody named, noted or shared, else the oldest run.
	// ErrNotFound where the session has no such series (any more).
	AddRun(ctx context.Context, r Run) (Run, error)
	// SetRun replaces what people say about the run of that session and ID:
	// Name, Note, Shared, Area, Irradiance. The rest stays. ErrNotFound.
	SetRun(ctx context.Context, r Run) error
	// DeleteRun removes it; ErrNotFound.
	DeleteRun(ctx context.Context, session string, id int64) error
	// Runs returns the session's runs, newest first.
	Runs(ctx context.Context, session string) ([]Run, error)
	// Run finds one; ErrNotFound.
	Run(ctx context.Context, session string, id int64) (Run, error)
	// SharedRuns returns the runs that all sessions share, newest first.
	SharedRuns(ctx context.Context) ([]Run, error)
}

// RunEnds is the recorder's view of a store's runs.
type RunEnds interface {
	// EndRun replaces what the recorder knows of it: Last, Rows, Ended. Last 0
	// lets it go on. ErrNotFound.
	EndRun(ctx context.Context, r Run) error
	// LatestRuns returns of all sessions the runs that go on, and of each
	// series the one of kind RunSeries with the greatest First; by ID.
	LatestRuns(ctx context.Context) ([]Run, error)
}

// Counter says how many rows a query chooses, faster than reading them. Points
// and Limit are not looked at.
type Counter interface {
	Count(ctx context.Context, id ID, q Query) (int64, error)
}

// Plots is the view of a store that keeps plots, as Runs.
type Plots interface {
	// PutPlot keeps a plot, in place of the session's one with the same File,
	// and gives it an ID that was never used. Beyond MaxPlots the oldest goes.
	PutPlot(ctx context.Context, p Plot) (Plot, error)
	// DeletePlot removes it; ErrNotFound.
	DeletePlot(ctx context.Context, session string, id int64) error
	// Plots returns the session's plots, newest first.
	Plots(ctx context.Context, session string) ([]Plot, error)
	// PlotFile finds the plot with that File; ErrNotFound.
	PlotFile(ctx context.Context, session, file string) (Plot, error)
}
