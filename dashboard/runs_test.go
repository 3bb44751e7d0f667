package dashboard

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"labbroker/dashboard/bench"
	"labbroker/internal/series"
)

// cell is the current of a solar cell in ampere: 0.0925 A, about 0.56 V.
func cell(v float64) float64 { return 0.0925 - 1e-9*(math.Exp(v/0.0305)-1) }

// sweep appends an ascending I-V curve of n rows and makes it a run.
func (l *lab) sweep(id series.ID, name string, n int, change func(*series.Run)) series.Run {
	l.t.Helper()
	rows := make([]series.Row, n)
	for i := range rows {
		v := 0.58 * float64(i) / float64(n-1)
		rows[i] = at(float64(i), v, cell(v))
	}
	l.append(id, rows...)
	info, err := l.store.Get(l.t.Context(), "ada", "IV")
	if err != nil {
		l.t.Fatal(err)
	}
	run := series.Run{
		Session: "ada", Series: id, SeriesName: info.Name, Kind: series.RunSweep, First: rows[0].Seq, Last: rows[n-1].Seq,
		Rows: int64(n), Started: time.Unix(0, rows[0].Time), Ended: time.Unix(0, rows[n-1].Time), Name: name,
	}
	if change != nil {
		change(&run)
	}
	if run, err = l.store.AddRun(l.t.Context(), run); err != nil {
		l.t.Fatal(err)
	}
	return run
}

// until asks again until ok says so.
func until[T any](t *testing.T, what string, ask func() T, ok func(T) bool) T {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		got := ask()
		if ok(got) {
			return got
		}
		select {
		case <-ctx.Done():
			t.Fatalf("got %+v after a minute, want %s", got, what)
		case <-tick.C:
		}
	}
}

func (l *lab) runs(who as) []runJSON {
	l.t.Helper()
	got := l.get("/api/sessions/ada/runs", who)
	if got.status != 200 {
		l.t.Fatalf("got %d %s, want runs", got.status, got.body)
	}
	return decode[[]runJSON](l.t, got.body)
}

func TestRuns(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.want("/api/sessions/ada/runs", ada, 200, "[]")
	id := l.define("ada", "IV", volts, amps)
	first := l.sweep(id, "IV 1", 60, nil)
	open := l.sweep(id, "IV 2", 40, func(r *series.Run) { r.Last, r.Rows, r.Ended = 0, 1, time.Time{} })
	list := until(t, "figures of both", func() []runJSON { return l.runs(ada) },
		func(list []runJSON) bool { return list[0].Figures != nil && list[1].Figures != nil })
	if len(list) != 2 || list[0].ID != open.ID || list[1].ID != first.ID {
		t.Fatalf("got %+v, want run %d, then %d", list, open.ID, first.ID)
	}
	if r := list[0]; r.Ended != nil || r.Last != 0 || r.Rows != 40 || !r.IV || len(r.Columns) != 2 || r.Columns[1].Name != "current" {
		t.Errorf("got %+v, want an open run of 40 rows with its columns", r)
	}
	if r := list[1]; r.Ended == nil || r.Rows != 60 || r.Name != "IV 1" || r.Kind != "sweep" || r.Series != "IV" {
		t.Errorf("got %+v, want the closed run", r)
	}
	isc := list[1].Figures.Isc
	if isc == nil || !isc.Measured() || math.Abs(isc.Value-0.0925) > 0.0925*0.002 {
		t.Errorf("got Isc %+v, want 0.0925 A", isc)
	}

	path := fmt.Sprintf("/api/sessions/ada/runs/%d", first.ID)
	got := decode[runJSON](t, l.do("PUT", path, `{"name":" lamp at 20 cm ","note":"two\nlines","shared":true,"area":12.5,"irradiance":800}`, ada).body)
	if got.Name != "lamp at 20 cm" || got.Note != "two\nlines" || !got.Shared || got.Area != 12.5 || got.Irradiance != 800 {
		t.Errorf("got %+v, want what was said", got)
	}
	got = decode[runJSON](t, l.do("PUT", path, `{"note":""}`, ada).body)
	if got.Name != "lamp at 20 cm" || got.Note != "" || got.Area != 12.5 {
		t.Errorf("got %+v, want the note empty and the rest as it was", got)
	}
	list = until(t, "an efficiency", func() []runJSON { return l.runs(ada) },
		func(list []runJSON) bool {
			f := list[1].Figures
			return f != nil && f.Efficiency != nil && f.Efficiency.Measured()
		})
	if e := list[1].Figures.Efficiency; !e.Measured() || e.Value <= 0 || e.Value >= 1 {
		t.Errorf("got efficiency %+v, want one", e)
	}
	if got := l.do("DELETE", path, "", ada); got.status != 204 {
		t.Errorf("got %d %s, want 204", got.status, got.body)
	}
	if got := l.get(path+"/iv", ada); got.status != 404 {
		t.Errorf("got %d after removal, want 404", got.status)
	}
}

func TestMarkedRun(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "x", volts)
	l.append(id, at(0, 1), at(1, 2), at(2, 3), at(3, 4))
	got := decode[runJSON](t, l.do("POST", "/api/sessions/ada/runs", `{"series":"x","first":2,"last":3,"name":"peak"}`, ada).body)
	if got.Kind != "marked" || got.First != 2 || got.Last != 3 || got.Rows != 2 || got.Name != "peak" || !got.Started.Equal(start.Add(time.Second)) || got.IV {
		t.Errorf("got %+v, want rows 2 and 3 as a run", got)
	}
	l.want(fmt.Sprintf("/api/sessions/ada/runs/%d/rows", got.ID), ada, 200,
		`{"columns":[{"name":"voltage","quantity":"voltage","unit":"V","guessed":false,"set":false,"sent":"V"}],`+
			`"rows":[[2,"2026-11-22T23:00:01.123Z",2],[3,"2026-11-22T23:00:02.123Z",3]],"restarts":[]}`)
	got = decode[runJSON](t, l.do("POST", "/api/sessions/ada/runs", `{"series":"x","first":1,"last":99}`, ada).body)
	if got.Last != 4 || !strings.HasPrefix(got.Name, "marked ") {
		t.Errorf("got %+v, want the ends of what is there, and a name", got)
	}
}

func TestRunMistakes(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "IV", volts, amps)
	run := l.sweep(id, "IV 1", 20, nil)
	l.append(l.define("ada", "x", volts), at(0, 1))
	other, err := l.store.AddRun(t.Context(), series.Run{Session: "ada", Series: 2, SeriesName: "x", First: 21, Last: 21, Name: "no curve"})
	if err != nil {
		t.Fatal(err)
	}
	one := fmt.Sprintf("/api/sessions/ada/runs/%d", run.ID)
	for _, tc := range []struct {
		name, method, path, body string
		want                     int
	}{
		{"unknown series", "POST", "/api/sessions/ada/runs", `{"series":"y","first":1,"last":2}`, 404},
		{"no ends", "POST", "/api/sessions/ada/runs", `{"series":"IV"}`, 400},
		{"ends turned round", "POST", "/api/sessions/ada/runs", `{"series":"IV","first":9,"last":2}`, 400},
		{"no rows there", "POST", "/api/sessions/ada/runs", `{"series":"IV","first":90,"last":99}`, 400},
		{"no JSON", "POST", "/api/sessions/ada/runs", `IV`, 400},
		{"a name of two lines", "POST", "/api/sessions/ada/runs", `{"series":"IV","first":1,"last":2,"name":"a\nb"}`, 400},
		{"no name", "PUT", one, `{"name":" "}`, 400},
		{"a long name", "PUT", one, `{"name":"` + strings.Repeat("x", 101) + `"}`, 400},
		{"a long note", "PUT", one, `{"note":"` + strings.Repeat("x", 2001) + `"}`, 400},
		{"a negative area", "PUT", one, `{"area":-1}`, 400},
		{"a number beyond numbers", "PUT", one, `{"irradiance":1e999}`, 400},
		{"a bright sun", "PUT", one, `{"irradiance":1e7}`, 400},
		{"unknown run", "PUT", "/api/sessions/ada/runs/99", `{}`, 404},
		{"run without a number", "GET", "/api/sessions/ada/runs/first/rows", "", 400},
		{"unknown run's rows", "GET", "/api/sessions/ada/runs/99/rows", "", 404},
		{"unknown column", "GET", one + "/iv?v=volts", "", 404},
		{"one column twice", "GET", one + "/iv?i=voltage", "", 400},
		{"a run without a curve", "GET", fmt.Sprintf("/api/sessions/ada/runs/%d/iv", other.ID), "", 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := l.do(tc.method, tc.path, tc.body, ada)
			if got.status != tc.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, tc.want)
			}
			got.sentence(t)
		})
	}
}

func TestIV(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "IV", volts, amps, series.Column{Name: "wire", Unit: "mA", Sent: "mA"})
	run := l.sweep(id, "IV 1", 100, nil)
	path := fmt.Sprintf("/api/sessions/ada/runs/%d/iv", run.ID)
	got := decode[bench.IV](t, l.get(path, ada).body)
	if got.Run != run.ID || got.V != 0 || got.I != 1 || got.Rows != 100 || got.Open || got.Kind != "solar" {
		t.Errorf("got %+v, want a solar cell of 100 rows", got)
	}
	if !got.Voc.Measured() || math.Abs(got.Voc.Value-0.0305*math.Log(0.0925/1e-9+1)) > 0.001 || !got.Pmpp.Measured() || len(got.Power) == 0 {
		t.Errorf("got Voc %+v, Pmpp %+v, %d points of power, want figures", got.Voc, got.Pmpp, len(got.Power))
	}
	if x := decode[bench.IV](t, l.get(path+"?v=0&i=current", ada).body); x.I != 1 || x.V != 0 {
		t.Errorf("got columns %d and %d, want 0 and 1", x.V, x.I)
	}
	if x := decode[bench.IV](t, l.get(path+"?i=wire", ada).body); x.I != 2 || x.Voc.Measured() {
		t.Errorf("got column %d, Voc %+v, want an empty column without figures", x.I, x.Voc)
	}
	if x := l.get(path, func(r *http.Request) { r.URL.RawQuery = "key=key-ada" }); x.status != 200 {
		t.Errorf("got %d by key, want 200", x.status)
	}
}

// TestRunColumns is a series that was begun again with other columns: a run
// has its own.
func TestRunColumns(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "IV", series.Column{Name: "old"}, amps, volts)
	l.append(id, at(0, 7, 0.1, 5), at(1, 8, 0.2, 6))
	run, err := l.store.AddRun(t.Context(), series.Run{
		Session: "ada", Series: id, SeriesName: "IV", First: 1, Last: 2, Name: "again", Columns: []int{2, 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := decode[struct {
		Columns []columnJSON
		Rows    [][]any
	}](t, l.get(fmt.Sprintf("/api/sessions/ada/runs/%d/rows", run.ID), ada).body)
	if len(got.Columns) != 2 || got.Columns[0].Name != "voltage" || len(got.Rows) != 2 || got.Rows[1][2] != 6.0 || got.Rows[1][3] != 200.0 {
		t.Errorf("got %+v, want voltage and current", got)
	}
	if x := decode[bench.IV](t, l.get(fmt.Sprintf("/api/sessions/ada/runs/%d/iv", run.ID), ada).body); x.V != 0 || x.I != 1 {
		t.Errorf("got columns %d and %d, want the run's own 0 and 1", x.V, x.I)
	}
}

// TestShared is what one session may see of another's.
func TestShared(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "IV", volts, amps)
	own := l.sweep(id, "mine", 20, nil)
	shared := l.sweep(id, "for all", 20, func(r *series.Run) { r.Shared = true })
	list := decode[[]sharedJSON](t, l.get("/api/shared", bob).body)
	if len(list) != 1 || list[0].Session != "ada" || list[0].ID != shared.ID || list[0].Name != "for all" || list[0].Rows != 20 || !list[0].IV {
		t.Errorf("got %+v, want ada's shared run", list)
	}
	l.want("/api/shared", ada, 200, "[]")
	key := func(r *http.Request) { r.URL.RawQuery = "key=key-bob" }
	for _, tc := range []struct {
		name string
		run  int64
		path string
		who  as
		want int
	}{
		{"shared rows", shared.ID, "/rows", bob, 200},
		{"shared figures", shared.ID, "/iv", bob, 200},
		{"not shared", own.ID, "/rows", bob, 403},
		{"not shared figures", own.ID, "/iv", bob, 403},
		{"not there", 99, "/rows", bob, 403},
		{"by another's key", shared.ID, "/rows", key, 403},
		{"nobody", shared.ID, "/rows", func(*http.Request) {}, 401},
		{"instructor", own.ID, "/rows", boss, 200},
		{"changing it", shared.ID, "", bob, 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			method := "GET"
			if tc.path == "" {
				method = "DELETE"
			}
			got := l.do(method, fmt.Sprintf("/api/sessions/ada/runs/%d%s", tc.run, tc.path), "", tc.who)
			if got.status != tc.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, tc.want)
			}
		})
	}
	for _, a := range []struct{ session string }{{"nobody"}, {"ada"}} {
		got := l.get("/api/sessions/"+a.session+"/runs", bob)
		if text := got.sentence(t); got.status != 403 || strings.Contains(text, a.session) {
			t.Errorf("got %d %q for %s, want the same refusal for all", got.status, text, a.session)
		}
	}
}
