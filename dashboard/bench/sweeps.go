package bench

import (
	"context"
	"encoding/json"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor/iv"
)

// sweep is the run that goes on in a watched session: its figures are computed
// while it grows, at most twice a second. Bench.mu guards it; run and of are
// of Run's goroutine only.
type sweep struct {
	name    string
	wanted  bool      // rows came since the figures were computed
	due     time.Time // not before
	changed bool      // the session's runs changed: look for the run again
	json    []byte    // the event "iv"; nil = none went on yet, null = none goes on

	run *series.Run
	of  *series.View
}

// liveJSON is the event "iv": the figures of the sweep under way, without fit
// and derived curves.
type liveJSON struct {
	Run     int64    `json:"run"`
	Series  string   `json:"series"`
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	V       int      `json:"v"`
	I       int      `json:"i"`
	Sign    float64  `json:"current_sign"`
	VSign   float64  `json:"voltage_sign"`
	Figures *Figures `json:"figures"`
}

// Moved says that rows came in a watched session.
func (b *Bench) Moved(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.sweeps[session.Key(name)]
	if x == nil {
		if len(b.sweeps) >= maxSweeps {
			clear(b.sweeps) // watched ones come back with their next row
		}
		x = &sweep{name: name, changed: true}
		b.sweeps[session.Key(name)] = x
	}
	if !x.wanted {
		x.wanted = true
		b.signal()
	}
}

// maxSweeps bounds how many sessions are followed at once.
const maxSweeps = 2000

// RunsChanged says that a session's runs are others than before.
func (b *Bench) RunsChanged(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wallFigures(name).looked = false
	if x := b.sweeps[session.Key(name)]; x != nil {
		x.changed, x.wanted = true, true
		b.signal()
	}
}

// Live is the event "iv" as it was computed last; nil = none.
func (b *Bench) Live(name string) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.sweeps[session.Key(name)]; x != nil {
		return x.json
	}
	return nil
}

// nextSweep is one whose figures are wanted and due, the longest overdue
// first; else how long to wait for one.
func (b *Bench) nextSweep() (*sweep, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, wait := time.Now(), time.Hour
	var best *sweep
	for _, x := range b.sweeps {
		switch {
		case !x.wanted:
		case x.due.After(now):
			wait = min(wait, x.due.Sub(now))
		case best == nil || x.due.Before(best.due):
			best = x
		}
	}
	if best != nil {
		best.wanted, best.due = false, now.Add(figuresEvery)
	}
	return best, wait
}

// follow computes the figures of a session's open run and tells its pages.
func (b *Bench) follow(ctx context.Context, x *sweep) {
	b.mu.Lock()
	changed := x.changed
	x.changed = false
	b.mu.Unlock()
	if changed {
		var err error
		if x.run, x.of, err = b.open(ctx, x.name); err != nil && ctx.Err() == nil {
			b.complain("find the sweep under way", x.name, err)
		}
	}
	var data []byte
	if x.run != nil {
		var err error
		if data, err = b.quick(ctx, x); err != nil && ctx.Err() == nil {
			b.complain("analyse the sweep under way", x.name, err)
		}
	}
	b.mu.Lock()
	if data == nil && x.json != nil {
		data = []byte("null")
	}
	told := string(x.json) != string(data)
	x.json = data
	b.mu.Unlock()
	if told {
		b.o.Mark(x.name, live.MarkIV)
	}
}

// open is the run with an I-V curve that goes on: the sweep, else the newest;
// nil for none.
func (b *Bench) open(ctx context.Context, name string) (*series.Run, *series.View, error) {
	runs, err := b.o.Runs.Runs(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	var found *series.Run
	var of *series.View
	for i := range runs {
		r := &runs[i]
		if !r.Open() || found != nil && (found.Kind == series.RunSweep || r.Kind != series.RunSweep) {
			continue
		}
		v, err := series.RunView(ctx, b.o.Reader, r)
		if err != nil {
			continue // removed meanwhile
		}
		if _, ok := PairOf(v.Columns); ok {
			found, of = r, &v
		}
	}
	return found, of, nil
}

func (b *Bench) quick(ctx context.Context, x *sweep) ([]byte, error) {
	p, _ := PairOf(x.of.Columns)
	c, err := curve(ctx, b.o.Reader, x.run, x.of, p)
	if err != nil {
		return nil, err
	}
	how := setup(x.run)
	how.Quick = true
	r := iv.Analyse(c, how)
	b.remember(x.run, &r)
	return json.Marshal(liveJSON{
		x.run.ID, x.of.Name, x.run.Name, len(c.V), p.V, p.I, r.CurrentSign, r.VoltageSign, Main(&r),
	})
}

// complain logs what nobody waits for.
func (b *Bench) complain(what, name string, err error) {
	if err != nil {
		b.o.Log.Error(what, "session", name, "err", err)
	}
}
