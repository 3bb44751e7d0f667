package bench

import (
	"context"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor/iv"
)

// wallFigures is what the wall shows of a session. Bench.mu guards it.
type wallFigures struct {
	run     time.Time // when the run of pmpp began
	pmpp    *float64  // W
	plots   int
	counted bool
	looked  bool // at the newest run, since the runs were others
	at      time.Time
}

const (
	// lookEvery is how often a session's newest run is analysed for the wall.
	lookEvery = 10 * time.Second
	// sweepOver is how long after its last reading a run that is still open
	// counts as a sweep that is done.
	sweepOver = 3 * time.Second
	// lookBack is how many of the newest runs may be of other things.
	lookBack = 5
)

func (b *Bench) wallFigures(name string) *wallFigures {
	key := session.Key(name)
	if b.wall[key] == nil {
		b.wall[key] = &wallFigures{}
	}
	return b.wall[key]
}

// remember takes the maximum power of the newest analysed run.
func (b *Bench) remember(run *series.Run, r *iv.Result) {
	if r.Kind != iv.Solar || !r.Pmpp.Measured() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.wallFigures(run.Session); !run.Started.Before(x.run) {
		watt := r.Pmpp.Value
		x.run, x.pmpp = run.Started, &watt
	}
}

// PlotsChanged says that a session's plots are others than before.
func (b *Bench) PlotsChanged(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wallFigures(name).counted = false
}

// Look has the newest curve analysed, for its Pmpp: the wall shows it of those
// too whose page nobody has open. reading is the session's last.
func (b *Bench) Look(name string, reading time.Time) {
	now := b.o.Now()
	b.mu.Lock()
	x := b.wallFigures(name)
	due := !x.looked && now.Sub(x.at) >= lookEvery
	if due {
		x.looked, x.at = true, now
	}
	b.mu.Unlock()
	if !due {
		return
	}
	ctx := context.Background()
	runs, err := b.o.Runs.Runs(ctx, name)
	b.complain("list the runs of a tile", name, err)
	for i := range runs[:min(len(runs), lookBack)] {
		run := &runs[i]
		if of, err := series.RunView(ctx, b.o.Reader, run); err != nil {
			continue
		} else if _, ok := PairOf(of.Columns); !ok {
			continue
		}
		if run.Open() && now.Sub(reading) < sweepOver { // under way
			b.mu.Lock()
			x.looked, x.at = false, now.Add(sweepOver-lookEvery)
			b.mu.Unlock()
			continue
		}
		b.want(task{name, run.ID})
		return
	}
}

// Tile is what the wall shows of a session: the maximum power in watt of its
// newest curve that was analysed, nil for none, and how many plots it has.
// These are counted where their number is not known.
func (b *Bench) Tile(name string) (pmpp *float64, plots int) {
	b.mu.Lock()
	x := b.wallFigures(name)
	pmpp, plots = x.pmpp, x.plots
	known := x.counted
	x.counted = true
	b.mu.Unlock()
	if known {
		return pmpp, plots
	}
	list, err := b.o.Plots.Plots(context.Background(), name)
	b.mu.Lock()
	defer b.mu.Unlock()
	if x.plots = len(list); err != nil {
		x.counted = false
	}
	return pmpp, x.plots
}
