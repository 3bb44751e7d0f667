package dashboard

import (
	"context"
	"time"

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
}

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
		watt := number(digits(r.Pmpp.Value, sparkDigits))
		x.run, x.pmpp = run.Started, &watt
	}
}

// recount says that a session's plots are others than before.
func (b *bench) recount(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wallFigures(name).counted = false
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
