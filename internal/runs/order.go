package runs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"labbroker/internal/ingest"
	"labbroker/internal/notice"
	"labbroker/internal/plot"
	"labbroker/internal/series"
	"labbroker/internal/session"
)

// order is a plot or a saved file that a device waits for.
type order struct {
	ingest.Order
	key   string
	began time.Time
	run   *stretch // of which it is; nil = of the whole series

	plot   series.Plot
	failed bool // nothing is made; it was told why, or logged
}

// Order implements ingest.Bench.
func (r *Recorder) Order(o ingest.Order) {
	x := &order{Order: o, key: session.Key(o.Session), began: r.o.Now()}
	if !r.enqueue(x) {
		r.notices.Notice(o.Session, notice.PlotsWaiting(o.Topic, maxOrders))
	}
}

func (r *Recorder) enqueue(x *order) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked[x.key] >= maxOrders || len(r.orders) >= allOrders {
		return false
	}
	if t := r.byName[name{x.key, x.Series}]; t != nil {
		x.run = t.run
		if n := len(t.next); n > 0 {
			x.run = t.next[n-1]
		}
	}
	r.asked[x.key]++
	r.orders = append(r.orders, x)
	r.signal()
	return true
}

// fulfil keeps the records of orders, all in one commit, and answers them in
// the order in which they came. Of several with one file name the last one
// stays.
func (r *Recorder) fulfil(ctx context.Context, orders []*order) {
	type place struct{ session, file string }
	newest := map[place]*order{}
	for _, o := range orders {
		if r.prepare(ctx, o); !o.failed {
			newest[place{o.key, o.plot.File}] = o
		}
	}
	var wg sync.WaitGroup
	for _, o := range newest {
		wg.Go(func() {
			p, err := r.store.PutPlot(ctx, o.plot)
			if err != nil {
				o.failed = true
				if !errors.Is(err, series.ErrNotFound) {
					r.o.Log.Error("a plot is not kept", "session", o.Session, "file", o.plot.File, "error", err)
				}
				return
			}
			o.plot = p
			r.o.Changed(o.Session, Plots)
			r.o.Kept(p, o.Page)
		})
	}
	wg.Wait()
	for _, o := range orders {
		if !o.failed && !newest[place{o.key, o.plot.File}].failed {
			r.answer(o)
		}
	}
}

// prepare makes the record of an order, or says why there is none.
func (r *Recorder) prepare(ctx context.Context, o *order) {
	o.failed = true
	info, err := r.store.Get(ctx, o.Session, o.Series)
	if errors.Is(err, series.ErrNotFound) {
		r.notices.Notice(o.Session, notice.NothingToPlot(o.Topic, o.Name))
		return
	}
	p := series.Plot{
		Session: info.Session, Series: info.ID, SeriesName: info.Name, Kind: o.Kind, Options: o.Options, Time: o.At.UTC(),
	}
	if o.run != nil {
		r.mu.Lock()
		p.First, p.Columns = o.run.run.First, o.run.run.Columns
		r.mu.Unlock()
	}
	if err == nil && (o.run == nil || p.First > 0) {
		err = r.store.Rows(ctx, info.ID, series.Query{First: p.First, Last: o.Last, Limit: 1, Sent: true}, func(row series.Row) error {
			p.Last = row.Seq
			return nil
		})
	}
	if err != nil {
		r.o.Log.Error("a plot's rows cannot be read", "session", o.Session, "series", o.Series, "error", err)
		return
	}
	if p.Last == 0 {
		r.notices.Notice(o.Session, notice.NothingToPlot(o.Topic, o.Name))
		return
	}
	var notes []string
	var options plot.Options
	if o.Kind == series.PlotSaved {
		p.File, err = plot.CleanSaved(o.File, o.Name)
	} else {
		if options, notes, err = plot.ParseOptions(o.Options); err == nil {
			p.File, err = plot.CleanFile(options.File, o.Name)
		}
	}
	if err != nil {
		r.notices.Notice(o.Session, notice.PlotRefused(o.Topic, err.Error()))
		return
	}
	if o.Kind == series.PlotDrawn {
		left, err := r.notes(ctx, &info, &p, options)
		if err != nil {
			r.o.Log.Error("a plot's rows cannot be read", "session", o.Session, "series", o.Series, "error", err)
		}
		notes = append(notes, left...)
	}
	if p.Message = strings.Join(notes, "; "); p.Message != "" {
		r.notices.Notice(o.Session, notice.PlotOptions(o.Topic, p.File, p.Message))
	}
	o.plot, o.failed = p, false
}

// answer tells the device where its picture is: iot-plot never did.
func (r *Recorder) answer(o *order) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Series string `json:"series"`
		File   string `json:"file"`
		URL    string `json:"url,omitempty"`
	}{o.Name, o.plot.File, r.o.URL(o.plot.Session, o.plot.File)})
	if err == nil {
		err = r.o.Answer(o.Session+"/plot/done", bytes.TrimSpace(b.Bytes()))
	}
	if err != nil {
		r.o.Log.Warn("a plot was not announced", "session", o.Session, "file", o.plot.File, "error", err)
	}
}
