package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/plot"
	"labbroker/internal/series"
	"labbroker/internal/series/memory"
	"labbroker/sensor"
)

var (
	volts = series.Column{Name: "voltage", Quantity: sensor.Voltage, Unit: "V", Sent: "V"}
	amps  = series.Column{Name: "current", Quantity: sensor.Current, Unit: "mA", Sent: "A", Factor: 1000}
)

// start is when the rows begin.
var start = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

// at is a row n seconds after start.
func at(n int, values ...float64) series.Row {
	return series.Row{Time: start.Add(time.Duration(n) * time.Second).UnixNano(), Values: values}
}

// cell is the current of a solar cell in ampere: 0.0925 A, about 0.56 V.
func cell(v float64) float64 { return 0.0925 - 1e-9*(math.Exp(v/0.0305)-1) }

// curves are an I-V curve of n rows in a store, in the session ada.
func curves(t *testing.T, n int) (store *memory.Store, id series.ID) {
	t.Helper()
	store = memory.New(memory.Options{})
	id, err := store.Define("ada", "IV", []series.Column{volts, amps})
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]series.Row, n)
	for i := range rows {
		v := 0.58 * float64(i) / float64(n-1)
		rows[i] = at(i, v, cell(v))
	}
	if err := store.Append(series.Batch{Series: id, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	return store, id
}

func newBench(store *memory.Store, now func() time.Time) *Bench {
	return New(Options{
		Reader: store, Runs: store, Plots: store, Mark: func(string, live.Mark) {}, Now: now, Log: slog.New(slog.DiscardHandler),
	})
}

// TestWhoLeavesWaitsNoLonger: all processors are busy, and the browser goes.
func TestWhoLeavesWaitsNoLonger(t *testing.T) {
	t.Parallel()
	store, id := curves(t, 200)
	b := newBench(store, time.Now)
	for range cap(b.cpu) {
		if err := b.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p, err := store.PutPlot(t.Context(), series.Plot{
		Session: "ada", Series: id, SeriesName: "IV", Kind: series.PlotDrawn, File: "x.svg", Options: json.RawMessage(`{}`), First: 1, Last: 200, Time: start,
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := series.PlotView(t.Context(), store, &p)
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := plot.ParseOptions(p.Options)
	if err != nil {
		t.Fatal(err)
	}
	key := DrawingOf(&p, &v, "svg")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := b.Draw(ctx, &p, &v, o, key); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v for a picture, want that the browser left", err)
	}
	run := series.Run{ID: 1, Session: "ada", Series: p.Series, SeriesName: "IV", First: 1, Last: 200}
	if _, err := b.IV(ctx, &run, &v, Pair{0, 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v for figures, want that the browser left", err)
	}
	b.leave()
	if _, err := b.Draw(t.Context(), &p, &v, o, key); err != nil {
		t.Errorf("got %v with a processor free, want the picture", err)
	}
	if err := b.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Draw(ctx, &p, &v, o, key); err != nil {
		t.Errorf("got %v for a picture that is remembered, want it without waiting", err)
	}
}

// TestOpenRunsAreComputedTwiceASecond, not with every request.
func TestOpenRunsAreComputedTwiceASecond(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(start.UnixNano())
	store, id := curves(t, 50)
	b := newBench(store, func() time.Time { return time.Unix(0, now.Load()) })
	run := series.Run{ID: 1, Session: "ada", Series: id, SeriesName: "IV", First: 1}
	ask := func() int {
		t.Helper()
		v, err := series.RunView(t.Context(), store, &run)
		if err != nil {
			t.Fatal(err)
		}
		x, err := b.IV(t.Context(), &run, &v, Pair{0, 1})
		if err != nil {
			t.Fatal(err)
		}
		return x.Rows
	}
	if got := ask(); got != 50 {
		t.Errorf("got %d rows, want 50", got)
	}
	if err := store.Append(series.Batch{Series: id, Rows: []series.Row{at(50, 0.581, cell(0.581))}}); err != nil {
		t.Fatal(err)
	}
	now.Add(int64(figuresEvery) - 1)
	if got := ask(); got != 50 {
		t.Errorf("got %d rows at once, want the 50 of before", got)
	}
	now.Add(1)
	if got := ask(); got != 51 {
		t.Errorf("got %d rows half a second later, want 51", got)
	}
}

// many is a store of n rows with 5 to 5.999 in the first column.
type many struct{ n int }

func (many) List(context.Context, string) ([]series.Info, error) { return nil, nil }

func (many) Get(context.Context, string, string) (series.Info, error) { return series.Info{}, nil }

func (m many) Rows(_ context.Context, _ series.ID, _ series.Query, f func(series.Row) error) error {
	for i := range m.n {
		if err := f(at(i, 5+float64(i%1000)/1000, float64(i%813)/10, float64(i%4075)/10)); err != nil {
			return err
		}
	}
	return nil
}

// TestLongPlotsAreThinned is a picture of many rows: few are held.
func TestLongPlotsAreThinned(t *testing.T) {
	t.Parallel()
	reader := many{300_000}
	v := series.ViewOf(series.Info{ID: 1, Columns: []series.Column{volts, {Name: "y"}, {Name: "z"}}}, nil)
	p := series.Plot{Session: "ada", Series: 1, SeriesName: "x"}
	for _, hist := range []bool{true, false} {
		columns, err := Columns(t.Context(), reader, &p, &v, hist, 3000)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(columns[0].Values); n < 400 || n > 1000 || len(columns) != 3 {
			t.Errorf("got %d rows of %d columns, want at most 1000 of 3", n, len(columns))
		}
		if !bytes.Equal(fmt.Append(nil, columns[0].Values[:2]), fmt.Append(nil, []float64{5, 5 + float64(every(columns[0].Values, reader.n)%1000)/1000})) {
			t.Errorf("got %v first, want every %d-th row", columns[0].Values[:2], every(columns[0].Values, reader.n))
		}
	}
}

// every is how many rows stand behind one of the values.
func every(values []float64, of int) int {
	n := 1
	for of/n > len(values) {
		n *= 2
	}
	return n
}
