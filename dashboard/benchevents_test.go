package dashboard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"labbroker/dashboard/bench"
	"labbroker/internal/live"
	"labbroker/internal/series"
)

// TestStreamOfTheBench is what a page hears while a sweep goes on, a plot is
// made, and a run is named and removed.
func TestStreamOfTheBench(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "IV", volts, amps)
	old := l.sweep(id, "IV 1", 50, nil)
	events := watch(t, l.url+"/api/sessions/ada/stream", ada)
	next(t, events, "runs", fmt.Sprintf(`[{"id":%d,"series":"IV"`, old.ID))
	next(t, events, "plots", `[]`)
	next(t, events, "runs", `"figures":{"kind":"solar"`)

	open := l.sweep(id, "IV 2", 30, func(r *series.Run) { r.Last, r.Ended = 0, time.Time{} })
	l.dash.Changed("ada", "runs")
	e := nextOf(t, events, event{name: "runs", data: `"name":"IV 2"`},
		event{name: "iv", data: fmt.Sprintf(`{"run":%d,"series":"IV","name":"IV 2","rows":30`, open.ID)})[1]
	if !strings.Contains(e.data, `"figures":{"kind":"solar","show":["voc"`) {
		t.Errorf("got %s, want figures", e.data)
	}
	l.append(id, at(30, 0.581, cell(0.581)))
	next(t, events, "iv", `"rows":31`)
	open.Last, open.Ended, open.Rows = 81, start, 31
	if err := l.store.EndRun(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	l.dash.Changed("ada", "runs")
	nextOf(t, events, event{name: "iv", data: `null`}, event{name: "runs", data: `"last":81`})

	path := fmt.Sprintf("/api/sessions/ada/runs/%d", old.ID)
	l.do("PUT", path, `{"name":"dark"}`, ada)
	next(t, events, "runs", `"name":"dark"`)
	l.do("DELETE", path, "", ada)
	next(t, events, "runs", fmt.Sprintf(`{"id":%d,"removed":true}`, old.ID))

	p, err := l.store.PutPlot(t.Context(), series.Plot{Session: "ada", Series: id, SeriesName: "IV", Kind: series.PlotDrawn, File: "IV.pdf"})
	if err != nil {
		t.Fatal(err)
	}
	l.dash.Changed("ada", "plots")
	next(t, events, "plots", fmt.Sprintf(`[{"id":%d,"kind":"plot","file":"IV.pdf"`, p.ID))
	l.do("DELETE", "/api/sessions/ada/plots/IV.pdf", "", ada)
	next(t, events, "plots", fmt.Sprintf(`[{"id":%d,"removed":true}]`, p.ID))
}

// TestWallOfTheBench is what the wall shows of runs and plots.
func TestWallOfTheBench(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "IV", volts, amps)
	run := l.sweep(id, "IV 1", 50, nil)
	tile := func() summaryJSON { return decode[[]summaryJSON](t, l.get("/api/sessions", boss).body)[0] }
	if got := tile(); got.Pmpp != nil || got.Plots != 0 {
		t.Errorf("got %v and %d plots, want none", got.Pmpp, got.Plots)
	}
	l.runs(ada)
	got := until(t, "a maximum power", tile, func(s summaryJSON) bool { return s.Pmpp != nil })
	want := decode[bench.IV](t, l.get(fmt.Sprintf("/api/sessions/ada/runs/%d/iv", run.ID), ada).body).Pmpp.Value
	if float64(*got.Pmpp) != live.Round(want, 4) {
		t.Errorf("got %v, want %v W", *got.Pmpp, want)
	}
	if _, err := l.store.PutPlot(t.Context(), series.Plot{Session: "ada", Series: id, SeriesName: "IV", File: "IV.pdf"}); err != nil {
		t.Fatal(err)
	}
	l.dash.Changed("ada", "plots")
	if got := tile(); got.Plots != 1 {
		t.Errorf("got %d plots, want 1", got.Plots)
	}
}

// TestManyRuns is a class with 50 runs each: every page asks at once. The
// lists come without waiting for figures; these come by and by.
func TestManyRuns(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	const sessions, runs, rows = 100, 50, 60
	curve := make([]series.Row, rows)
	for i := range curve {
		v := 0.58 * float64(i) / (rows - 1)
		curve[i] = at(float64(i), v, cell(v))
	}
	var names []string
	for s := range sessions {
		name := fmt.Sprintf("s%d", s)
		names = append(names, name)
		l.people.add(name)
		id := l.define(name, "IV", volts, amps)
		for r := range runs {
			batch := make([]series.Row, rows)
			for i := range batch {
				batch[i] = curve[i]
				batch[i].Values = append([]float64(nil), curve[i].Values...)
			}
			l.append(id, batch...)
			run := series.Run{
				Session: name, Series: id, SeriesName: "IV", First: batch[0].Seq, Last: batch[rows-1].Seq, Rows: rows,
				Started: start, Ended: start, Name: fmt.Sprintf("IV %d", r),
			}
			if _, err := l.store.AddRun(t.Context(), run); err != nil {
				t.Fatal(err)
			}
		}
	}
	var worst time.Duration
	for _, name := range names {
		began := time.Now()
		got := l.get("/api/sessions/"+name+"/runs", boss)
		worst = max(worst, time.Since(began))
		if list := decode[[]runJSON](t, got.body); len(list) != runs {
			t.Fatalf("got %d runs, want %d", len(list), runs)
		}
	}
	t.Logf("the runs of a session, first asked for: %v at most, of %d sessions with %d runs each", worst, sessions, runs)
	began := time.Now()
	events := watch(t, l.url+"/api/sessions/s99/stream", boss)
	next(t, events, "runs", `"name":"IV 49"`)
	t.Logf("the stream's list of runs: after %v", time.Since(began))
	newest := func() *bench.Figures {
		return decode[[]runJSON](t, l.get("/api/sessions/s99/runs", boss).body)[0].Figures
	}
	until(t, "figures of the newest run", newest, func(f *bench.Figures) bool { return f != nil })
	t.Logf("figures of its newest run, with those of the whole class waiting: after %v", time.Since(began))
}
