package runs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"labbroker/internal/plot"
	"labbroker/internal/series"
)

// write writes what waits. At the end it gives the rows of orders a moment to
// be committed.
func (r *Recorder) write(ctx context.Context, ending bool) {
	late := time.NewTimer(2 * time.Second)
	defer late.Stop()
	for {
		some, left := r.writeSome(ctx)
		if some {
			continue
		}
		if !ending || left == 0 {
			return
		}
		select {
		case <-r.wake:
		case <-late.C:
			return
		}
	}
}

// writeSome writes what is ready and says whether there was something, and how
// many orders have to wait.
func (r *Recorder) writeSome(ctx context.Context) (some bool, left int) {
	r.writing.Lock()
	defer r.writing.Unlock()
	runs, orders, left := r.take()
	if len(runs)+len(orders) == 0 {
		return false, left
	}
	// All wait for one commit, but that a session's new runs are numbered in
	// the order in which they began.
	var wg sync.WaitGroup
	begun := map[string][]*stretch{}
	for _, s := range runs {
		if name, isNew := r.baptise(ctx, s); isNew {
			begun[name] = append(begun[name], s)
			continue
		}
		wg.Go(func() { r.keep(ctx, s) })
	}
	for _, list := range begun {
		wg.Go(func() {
			for _, s := range list {
				r.keep(ctx, s)
			}
		})
	}
	wg.Wait()
	r.fulfil(ctx, orders)
	return true, left
}

// take takes runs to be written and orders whose rows are committed; left is
// how many orders have to wait.
func (r *Recorder) take() (runs []*stretch, ready []*order, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.unkept), together)
	runs, r.unkept = r.unkept[:n:n], r.unkept[n:]
	if len(r.unkept) == 0 {
		r.unkept = nil
	}
	for _, s := range runs {
		s.waiting = false
	}
	now := r.o.Now()
	rest := r.orders[:0]
	for _, o := range r.orders {
		if len(ready) < together && (o.Last <= r.upTo || now.Sub(o.began) > patience) {
			ready = append(ready, o)
			if r.asked[o.key]--; r.asked[o.key] == 0 {
				delete(r.asked, o.key)
			}
		} else {
			rest = append(rest, o)
		}
	}
	clear(r.orders[len(rest):])
	r.orders = rest
	return runs, ready, len(rest)
}

// baptise gives a run that was begun its name: "IV 3". It returns the run's
// session, and whether the store does not know the run yet.
func (r *Recorder) baptise(ctx context.Context, s *stretch) (name string, isNew bool) {
	r.mu.Lock()
	t, run := s.t, s.run
	count, named := t.count, run.Name != ""
	r.mu.Unlock()
	if named {
		return run.Session, run.ID == 0
	}
	if count == 0 {
		list, err := r.store.Runs(ctx, run.Session)
		if err != nil {
			r.o.Log.Warn("cannot count a series' runs", "session", run.Session, "series", run.SeriesName, "error", err)
		}
		for _, o := range list {
			if o.Kind != series.RunSeries || o.SeriesName != run.SeriesName {
				continue
			}
			if n, err := strconv.Atoi(strings.TrimPrefix(o.Name, run.SeriesName+" ")); err == nil {
				count = max(count, n)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t.count = max(count, t.count) + 1
	s.run.Name = fmt.Sprintf("%s %d", run.SeriesName, t.count)
	return run.Session, run.ID == 0
}

// keep gives a run to the store, or its new end.
func (r *Recorder) keep(ctx context.Context, s *stretch) {
	r.mu.Lock()
	run, chart := s.run, s.chart
	s.chart = nil
	r.mu.Unlock()
	var err error
	if run.ID == 0 {
		run, err = r.store.AddRun(ctx, run)
	} else {
		err = r.store.EndRun(ctx, run)
	}
	r.mu.Lock()
	s.run.ID = run.ID
	if again := err == nil && s.run.Last != run.Last; again {
		s.changed()
	}
	r.mu.Unlock()
	switch {
	case errors.Is(err, series.ErrNotFound), errors.Is(err, series.ErrClosed):
		return // its session or the run was removed; the end
	case err != nil:
		r.o.Log.Error("a run is not kept", "session", run.Session, "run", run.Name, "error", err)
		return
	}
	r.o.Changed(run.Session, Runs)
	if chart != nil {
		r.chart(ctx, run, chart, s.rollover, s.page)
	}
}

// chart keeps the record of MQTT Plot's new.
func (r *Recorder) chart(ctx context.Context, run series.Run, payload []byte, rollover int, page bool) {
	_, notes, err := plot.ParseOptions(payload)
	if err != nil {
		payload, notes = nil, []string{err.Error()}
	}
	var p series.Plot
	file, err := plot.CleanFile("", run.SeriesName)
	if err == nil {
		p, err = r.store.PutPlot(ctx, series.Plot{
			Session: run.Session, Series: run.Series, SeriesName: run.SeriesName, Kind: series.PlotLive, File: file, Options: payload,
			First: run.First, Time: run.Started, Columns: run.Columns, Rollover: rollover, Message: strings.Join(notes, "; "),
		})
	}
	if err != nil {
		r.o.Log.Error("a chart is not kept", "session", run.Session, "series", run.SeriesName, "error", err)
		return
	}
	r.o.Changed(run.Session, Plots)
	r.o.Kept(p, page)
}
