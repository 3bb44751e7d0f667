package dashboard

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
// while it grows, at most twice a second. bench.mu guards it; run and of are
// of bench.run's goroutine only.
type sweep struct {
	name    string
	wanted  bool      // rows came since the figures were computed
	due     time.Time // not before
	changed bool      // the session's runs changed: look for the run again
	json    []byte    // the event "iv"; nil = none went on yet, null = none goes on

	run *series.Run
	of  *view
}

// liveJSON is the event "iv": the figures of the sweep under way, without fit
// and derived curves.
type liveJSON struct {
	Run     int64        `json:"run"`
	Series  string       `json:"series"`
	Name    string       `json:"name"`
	Rows    int          `json:"rows"`
	V       int          `json:"v"`
	I       int          `json:"i"`
	Sign    float64      `json:"current_sign"`
	VSign   float64      `json:"voltage_sign"`
	Figures *figuresJSON `json:"figures"`
}

// moved says that rows came in a watched session.
func (b *bench) moved(name string) {
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

// changed says that a session's runs are others than before.
func (b *bench) changed(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.sweeps[session.Key(name)]; x != nil {
		x.changed, x.wanted = true, true
		b.signal()
	}
}

// live is the event "iv" as it was computed last.
func (b *bench) live(name string) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.sweeps[session.Key(name)]; x != nil {
		return x.json
	}
	return nil
}

// nextSweep is one whose figures are wanted and due, the longest overdue
// first; else how long to wait for one.
func (b *bench) nextSweep() (*sweep, time.Duration) {
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
func (b *bench) follow(ctx context.Context, x *sweep) {
	b.mu.Lock()
	changed := x.changed
	x.changed = false
	b.mu.Unlock()
	if changed {
		var err error
		if x.run, x.of, err = b.open(ctx, x.name); err != nil && ctx.Err() == nil {
			b.s.complain("find the sweep under way", x.name, err)
		}
	}
	var data []byte
	if x.run != nil {
		var err error
		if data, err = b.quick(ctx, x); err != nil && ctx.Err() == nil {
			b.s.complain("analyse the sweep under way", x.name, err)
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
		b.s.Hub.Mark(x.name, live.MarkIV)
	}
}

// open is the run with an I-V curve that goes on: the sweep, else the newest;
// nil for none.
func (b *bench) open(ctx context.Context, name string) (*series.Run, *view, error) {
	runs, err := b.s.o.Runs.Runs(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	var found *series.Run
	var of *view
	for i := range runs {
		r := &runs[i]
		if !r.Open() || found != nil && (found.Kind == series.RunSweep || r.Kind != series.RunSweep) {
			continue
		}
		v, err := b.s.runView(ctx, r)
		if err != nil {
			continue // removed meanwhile
		}
		if _, ok := pairOf(v.Columns); ok {
			found, of = r, &v
		}
	}
	return found, of, nil
}

func (b *bench) quick(ctx context.Context, x *sweep) ([]byte, error) {
	p, _ := pairOf(x.of.Columns)
	c, err := curve(ctx, b.s.Reader, x.run, x.of, p)
	if err != nil {
		return nil, err
	}
	how := setup(x.run)
	how.Quick = true
	r := iv.Analyse(c, how)
	b.remember(x.run, &r)
	return json.Marshal(liveJSON{
		x.run.ID, x.of.Name, x.run.Name, len(c.V), p.v, p.i, r.CurrentSign, r.VoltageSign, mainFigures(&r),
	})
}
