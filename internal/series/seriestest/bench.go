package seriestest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"labbroker/internal/series"
)

// ends reads stretches of a series between two rows.
func ends(t *testing.T, open Make) {
	s := open(t, nil)
	amps := []series.Column{{Name: "v", Unit: "V"}, {Name: "i", Unit: "mA", Sent: "A", Factor: 1000}}
	id, other := mustDefine(t, s, "ada", "x", amps), mustDefine(t, s, "ada", "y", volt)
	const n = 5000
	for from := 0; from < n; from += 500 {
		var rows []series.Row
		for i := from; i < from+500; i++ {
			rows = append(rows, series.Row{Time: epoch + int64(i)*second, Values: []float64{float64(i), float64(i) / 1000}})
		}
		put(t, s, id, rows)
		put(t, s, other, ramp(300))
	}
	seq := make([]int64, n)
	for i, r := range Read(t, s, id, series.Query{}) {
		seq[i] = r.Seq
	}
	at := func(i int) time.Time { return time.Unix(0, epoch+int64(i)*second) }
	for _, c := range []struct {
		name        string
		q           series.Query
		first, rows int
	}{
		{"first", series.Query{First: seq[4990]}, 4990, 10},
		{"last", series.Query{Last: seq[9]}, 0, 10},
		{"one", series.Query{First: seq[1234], Last: seq[1234]}, 1234, 1},
		{"both", series.Query{First: seq[700], Last: seq[3699]}, 700, 3000},
		{"between rows", series.Query{First: seq[499] + 1, Last: seq[500] - 1}, 0, 0},
		{"the wrong way round", series.Query{First: seq[500], Last: seq[400]}, 0, 0},
		{"of time too", series.Query{First: seq[700], Last: seq[900], From: at(800), To: at(1000)}, 800, 101},
		{"after too", series.Query{First: seq[700], Last: seq[900], After: seq[799]}, 800, 101},
		{"after before", series.Query{First: seq[700], Last: seq[900], After: seq[100]}, 700, 201},
		{"limit", series.Query{First: seq[700], Last: seq[900], Limit: 50}, 851, 50},
		{"limit beyond", series.Query{First: seq[700], Last: seq[900], Limit: 500}, 700, 201},
		{"points beyond", series.Query{First: seq[700], Last: seq[900], Points: 201}, 700, 201},
	} {
		rows := Read(t, s, id, c.q)
		if len(rows) != c.rows {
			t.Errorf("%s: got %d rows, want %d", c.name, len(rows), c.rows)
			continue
		}
		for i, r := range rows {
			if r.Seq != seq[c.first+i] || r.Values[1] != float64(c.first+i)/1000*1000 {
				t.Errorf("%s: row %d: got %+v, want number %d", c.name, i, r, c.first+i)
				break
			}
		}
		q := c.q
		if q.Limit > 0 {
			continue
		}
		if got, err := s.Count(context.Background(), id, q); err != nil || got != int64(c.rows) {
			t.Errorf("%s: Count: got %d, %v, want %d", c.name, got, err, c.rows)
		}
	}
	all := Read(t, s, id, series.Query{First: seq[700], Last: seq[3699]})
	keeps(t, "points", Read(t, s, id, series.Query{First: seq[700], Last: seq[3699], Points: 300}), all, 300, 4, series.Arrival)

	for _, r := range Read(t, s, id, series.Query{First: seq[77], Last: seq[77], Sent: true}) {
		if r.Values[1] != 0.077 {
			t.Errorf("as sent: got %v, want 0.077", r.Values[1])
		}
	}
	if _, err := s.Count(context.Background(), 9999, series.Query{}); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("Count of no series: got %v, want ErrNotFound", err)
	}
}

// titles says that a heading stays with its column.
func titles(t *testing.T, open Make) {
	s := open(t, nil)
	c := series.Column{Name: "Voltage", Unit: "V", Sent: "V*100", Factor: 0.01, Title: "Voltage  [V*100]"}
	id := mustDefine(t, s, "ada", "x", []series.Column{c})
	c.Unit, c.Set = "mV", true
	if err := s.SetColumn(id, 0, c); err != nil {
		t.Fatal(err)
	}
	if got := info(t, s, id).Columns[0]; got != c {
		t.Errorf("column: got %+v, want %+v", got, c)
	}
}

// aRun is a run with all of its fields.
func aRun(id series.ID) series.Run {
	return series.Run{
		Session: "Ada", Series: id, SeriesName: "IV", Kind: series.RunSweep, First: 3, Last: 40, Rows: 38,
		Started: time.Unix(0, epoch).UTC(), Ended: time.Unix(0, epoch+second).UTC(), Name: `sweep "1"; --`, Note: "a\nb",
		Area: 12.5, Irradiance: 900, Columns: []int{2, 0},
	}
}

func runs(t *testing.T, open Make) {
	s := open(t, nil)
	ctx := context.Background()
	id, bobs := mustDefine(t, s, "Ada", "IV", volt), mustDefine(t, s, "bob", "IV", volt)
	put(t, s, id, ramp(10))
	put(t, s, bobs, ramp(10))
	want := aRun(id)
	got, err := s.AddRun(ctx, want)
	if err != nil || got.ID == 0 {
		t.Fatalf("AddRun: got %+v, %v", got, err)
	}
	want.ID = got.ID
	check := func(what string) {
		t.Helper()
		got, err := s.Run(ctx, "ADA", want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
		}
	}
	check("added")
	want.Name, want.Note, want.Shared, want.Area, want.Irradiance = "Lamp", "", true, 0, 1
	changed := want
	changed.First, changed.Last, changed.Rows, changed.Kind = 7, 0, 9, series.RunMarked
	if err := s.SetRun(ctx, changed); err != nil {
		t.Fatalf("SetRun: %v", err)
	}
	check("SetRun leaves the ends")
	want.Last, want.Rows, want.Ended = 0, 5, time.Time{}
	changed = want
	changed.Name = "other"
	if err := s.EndRun(ctx, changed); err != nil {
		t.Fatalf("EndRun: %v", err)
	}
	check("EndRun leaves the name")

	second, err := s.AddRun(ctx, series.Run{Session: "ada", Series: id, SeriesName: "IV", Kind: series.RunMarked, First: 1, Last: 2, Name: "b"})
	if err != nil || second.ID <= want.ID {
		t.Fatalf("AddRun: got %+v, %v, want an ID after %d", second, err, want.ID)
	}
	theirs, err := s.AddRun(ctx, series.Run{Session: "bob", Series: bobs, SeriesName: "IV", Kind: series.RunSeries, First: 1, Name: "c", Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	ids := func(list []series.Run, err error) string {
		text := fmt.Sprint(err)
		for _, r := range list {
			text += fmt.Sprint(" ", r.ID-want.ID)
		}
		return text
	}
	for _, c := range []struct{ name, got, want string }{
		{"Runs", ids(s.Runs(ctx, "aDa")), "<nil> 1 0"},
		{"Runs of bob", ids(s.Runs(ctx, "bob")), "<nil> 2"},
		{"Runs of nobody", ids(s.Runs(ctx, "eve")), "<nil>"},
		{"SharedRuns", ids(s.SharedRuns(ctx)), "<nil> 2 0"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
	_, foreign := s.AddRun(ctx, series.Run{Session: "eve", Series: id, Name: "x"})
	_, nowhere := s.Run(ctx, "ada", theirs.ID)
	wrong := series.Run{Session: "ada", ID: theirs.ID, Name: "x"}
	for name, err := range map[string]error{
		"AddRun to another's series": foreign, "Run of another": nowhere,
		"SetRun of another": s.SetRun(ctx, wrong), "EndRun of another": s.EndRun(ctx, wrong),
		"DeleteRun of another": s.DeleteRun(ctx, "ada", theirs.ID),
	} {
		if !errors.Is(err, series.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", name, err)
		}
	}
	if err := s.DeleteRun(ctx, "Ada", second.ID); err != nil {
		t.Errorf("DeleteRun: %v", err)
	}
	third, err := s.AddRun(ctx, series.Run{Session: "ada", Series: id, Name: "d"})
	if err != nil || third.ID == second.ID {
		t.Errorf("AddRun after DeleteRun: got ID %d, %v, want a new one", third.ID, err)
	}
}

func latestRuns(t *testing.T, open Make) {
	s := open(t, nil)
	ctx := context.Background()
	a, b := mustDefine(t, s, "ada", "a", volt), mustDefine(t, s, "bob", "b", volt)
	put(t, s, a, ramp(1))
	put(t, s, b, ramp(1))
	for _, r := range []series.Run{
		{Session: "ada", Series: a, Kind: series.RunSeries, First: 1, Last: 1, Name: "1"},
		{Session: "ada", Series: a, Kind: series.RunSeries, First: 2, Last: 2, Name: "2"},
		{Session: "bob", Series: b, Kind: series.RunSeries, First: 4, Name: "3"},
		{Session: "bob", Series: b, Kind: series.RunSeries, First: 2, Last: 3, Name: "4"},
		{Session: "ada", Series: a, Kind: series.RunSweep, Last: 3, Name: "5"},
		{Session: "ada", Series: a, Kind: series.RunSweep, Name: "6"},
	} {
		if _, err := s.AddRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.LatestRuns(ctx)
	got := ""
	for _, r := range list {
		got += r.Name
	}
	if got != "236" || err != nil {
		t.Errorf("LatestRuns: got %q, %v, want 236", got, err)
	}
}

func plots(t *testing.T, open Make) {
	s := open(t, nil)
	ctx := context.Background()
	id, bobs := mustDefine(t, s, "Ada", "IV", volt), mustDefine(t, s, "bob", "IV", volt)
	put(t, s, id, ramp(10))
	want := series.Plot{
		Session: "Ada", Series: id, SeriesName: "IV", Kind: series.PlotDrawn, File: "a/b/x.pdf", Options: json.RawMessage(`{"title":"$\\mu$"}`),
		First: 3, Last: 9, Time: time.Unix(0, epoch).UTC(), Message: "m", Columns: []int{1, 0}, Rollover: 200,
	}
	put1 := func(p series.Plot) series.Plot {
		t.Helper()
		got, err := s.PutPlot(ctx, p)
		if err != nil || got.ID == 0 {
			t.Fatalf("PutPlot: got %+v, %v", got, err)
		}
		return got
	}
	want.ID = put1(want).ID
	if got, err := s.PlotFile(ctx, "ADA", "a/b/x.pdf"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("PlotFile: got %+v, %v, want %+v", got, err, want)
	}
	next := put1(series.Plot{Session: "ada", Series: id, SeriesName: "IV", Kind: series.PlotSaved, File: "IV.pkl"})
	theirs := put1(series.Plot{Session: "bob", Series: bobs, SeriesName: "IV", Kind: series.PlotLive, File: "a/b/x.pdf"})
	again := put1(want)
	if again.ID <= theirs.ID {
		t.Errorf("PutPlot again: got ID %d, want one after %d", again.ID, theirs.ID)
	}
	list, err := s.Plots(ctx, "ada")
	if err != nil || len(list) != 2 || list[0].ID != again.ID || list[1].ID != next.ID || string(list[1].Options) != "{}" {
		t.Errorf("Plots: got %+v, %v, want the newer x.pdf, then IV.pkl with options {}", list, err)
	}
	_, foreign := s.PutPlot(ctx, series.Plot{Session: "eve", Series: id, File: "x"})
	_, none := s.PlotFile(ctx, "ada", "A/B/x.pdf")
	for name, err := range map[string]error{
		"PutPlot of another's series": foreign, "PlotFile in other capitals": none,
		"DeletePlot of another": s.DeletePlot(ctx, "ada", theirs.ID),
	} {
		if !errors.Is(err, series.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", name, err)
		}
	}
	if err := s.DeletePlot(ctx, "ADA", again.ID); err != nil {
		t.Errorf("DeletePlot: %v", err)
	}
	if _, err := s.PlotFile(ctx, "ada", "a/b/x.pdf"); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("PlotFile after DeletePlot: got %v, want ErrNotFound", err)
	}
}

func benchDeleted(t *testing.T, open Make) {
	s := open(t, nil)
	ctx := context.Background()
	var runs [2]series.Run
	for i, name := range []string{"Ada", "bob"} {
		id := mustDefine(t, s, name, "x", volt)
		put(t, s, id, ramp(3))
		var err error
		if runs[i], err = s.AddRun(ctx, series.Run{Session: name, Series: id, Name: "n", Shared: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutPlot(ctx, series.Plot{Session: name, Series: id, File: "f"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteSession(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.SharedRuns(ctx); err != nil || len(list) != 1 || list[0].ID != runs[1].ID {
		t.Errorf("SharedRuns: got %+v, %v, want bob's", list, err)
	}
	_, plot := s.PlotFile(ctx, "ada", "f")
	_, again := s.AddRun(ctx, series.Run{Session: "ada", Series: runs[0].Series, Name: "n"})
	_, put := s.PutPlot(ctx, series.Plot{Session: "ada", Series: runs[0].Series, File: "f"})
	for name, err := range map[string]error{"PlotFile": plot, "EndRun": s.EndRun(ctx, runs[0]), "AddRun": again, "PutPlot": put} {
		if !errors.Is(err, series.ErrNotFound) {
			t.Errorf("%s after DeleteSession: got %v, want ErrNotFound", name, err)
		}
	}
	if _, err := s.PlotFile(ctx, "bob", "f"); err != nil {
		t.Errorf("PlotFile of the other session: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddRun(ctx, runs[1]); !errors.Is(err, series.ErrClosed) {
		t.Errorf("AddRun after Close: got %v, want ErrClosed", err)
	}
}
