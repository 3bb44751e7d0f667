package dashboard

import (
	"context"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor/iv"
)

// wallFigures is what the wall shows of a session's bench. bench.mu guards it.
type wallFigures struct {
	run     time.Time // when the run of pmpp began
	pmpp    *number
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

func (b *bench) wallFigures(name string) *wallFigures {
	key := session.Key(name)
	if b.wall[key] == nil {
		b.wall[key] = &wallFigures{}
	}
	return b.wall[key]
}

// remember takes the maximum power of the newest analysed run.
func (b *bench) remember(run *series.Run, r *iv.Result) {
	if r.Kind != iv.Solar || !r.Pmpp.Measured() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.wallFigures(run.Session); !run.Started.Before(x.run) {
		watt := number(live.Round(r.Pmpp.Value, sparkDigits))
		x.run, x.pmpp = run.Started, &watt
	}
}

// recount says that a session's plots are others than before.
func (b *bench) recount(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wallFigures(name).counted = false
}

// rerun says that a session's runs are others than before.
func (b *bench) rerun(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wallFigures(name).looked = false
}

// look has the newest curve analysed, for its Pmpp: the wall shows it of those
// too whose page nobody has open. reading is the session's last.
func (b *bench) look(name string, reading time.Time) {
	now := b.s.now()
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
	runs, err := b.s.o.Runs.Runs(ctx, name)
	b.s.complain("list the runs of a tile", name, err)
	for i := range runs[:min(len(runs), lookBack)] {
		run := &runs[i]
		if of, err := b.s.runView(ctx, run); err != nil {
			continue
		} else if _, ok := pairOf(of.Columns); !ok {
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

// tile is what the wall shows of a session; plots are counted where their
// number is not known.
func (b *bench) tile(name string) (pmpp *number, plots int) {
	b.mu.Lock()
	x := b.wallFigures(name)
	pmpp, plots = x.pmpp, x.plots
	known := x.counted
	x.counted = true
	b.mu.Unlock()
	if known {
		return pmpp, plots
	}
	list, err := b.s.o.Plots.Plots(context.Background(), name)
	b.mu.Lock()
	defer b.mu.Unlock()
	if x.plots = len(list); err != nil {
		x.counted = false
	}
	return pmpp, x.plots
}
