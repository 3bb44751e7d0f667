package sqlite

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"testing"

	"labbroker/internal/series"
	"labbroker/internal/series/seriestest"
)

// TestFirstVersion opens a file from before there were runs and plots.
func TestFirstVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := openFile(filepath.Join(dir, fileName), []step{})
	if err != nil {
		t.Fatal(err)
	}
	err = d.script(fmt.Sprintf(`INSERT INTO series(id, session, key, name) VALUES (7, 'Ada', 'ada', 'x');
INSERT INTO columns VALUES (7, 0, 'v', 'voltage', 'V', 'V', 1, 0, 0);
INSERT INTO tail0(seq, series, time, c0) VALUES (3, 7, %d, 1.5), (4, 7, %d, 2.5);
UPDATE state SET seq = 4;`, at, at+1))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s := open(t, dir, Options{})
	rows := seriestest.Read(t, s, 7, series.Query{First: 4})
	if len(rows) != 1 || rows[0].Values[0] != 2.5 {
		t.Errorf("rows: got %v, want 2.5", rows)
	}
	if _, err := s.AddRun(ctx, series.Run{Session: "ada", Series: 7, Name: "n", First: 3, Area: math.NaN()}); err != nil {
		t.Errorf("AddRun: %v", err)
	}
	put(t, s, "ada", "x", []series.Column{{Name: "v", Title: "v [V]"}}, series.Row{Time: at, Values: []float64{3}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	list, err := s.LatestRuns(ctx)
	if err != nil || len(list) != 1 || list[0].First != 3 || list[0].Area != 0 {
		t.Errorf("LatestRuns: got %+v, %v, want the open run", list, err)
	}
	info, err := s.Get(ctx, "ada", "x")
	if err != nil || info.Columns[0].Title != "v [V]" || info.Rows != 3 {
		t.Errorf("Get: got %+v, %v, want the title and 3 rows", info, err)
	}
}

// TestRunsBound: a sweep that nobody named, noted or shared goes first.
func TestRunsBound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := open(t, t.TempDir(), Options{runs: 5})
	id := put(t, s, "ada", "x", readingColumns, series.Row{Time: at, Values: []float64{5}})
	add := func(kind series.RunKind, name string) series.Run {
		t.Helper()
		r, err := s.AddRun(ctx, series.Run{Session: "ada", Series: id, Kind: kind, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	left := func(want string) {
		t.Helper()
		list, err := s.Runs(ctx, "ada")
		got := ""
		for _, r := range list {
			got = r.Name + got
		}
		if err != nil || got != want {
			t.Errorf("runs: got %q, %v, want %q", got, err, want)
		}
	}
	add(series.RunSeries, "a")
	named := add(series.RunSweep, "b")
	noted := add(series.RunSweep, "c")
	add(series.RunSweep, "d")
	named.Name = "B"
	if err := s.SetRun(ctx, named); err != nil {
		t.Fatal(err)
	}
	named.Name = "b" // as it was: given all the same
	noted.Note = "x"
	for _, r := range []series.Run{named, noted} {
		if err := s.SetRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	add(series.RunSweep, "e")
	left("abcde")
	add(series.RunSeries, "f")
	left("abcef")
	add(series.RunSeries, "g")
	left("abcfg")
	add(series.RunSeries, "h")
	left("bcfgh")
}

// TestManyChanges: changes of runs, however many, leave rows their turn.
func TestManyChanges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := open(t, t.TempDir(), Options{})
	id := put(t, s, "ada", "x", readingColumns, series.Row{Time: at, Values: []float64{5}})
	var wg sync.WaitGroup
	for i := range 400 {
		wg.Go(func() {
			if _, err := s.AddRun(ctx, series.Run{Session: "ada", Series: id, Name: fmt.Sprint(i)}); err != nil {
				t.Errorf("AddRun: %v", err)
			}
		})
	}
	put(t, s, "ada", "x", readingColumns, series.Row{Time: at, Values: []float64{6}})
	wg.Wait()
	if list, err := s.Runs(ctx, "ada"); err != nil || len(list) != 400 {
		t.Errorf("runs: got %d, %v, want 400", len(list), err)
	}
}

// TestForeignValue: what the file refuses is the change's own trouble.
func TestForeignValue(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), Options{})
	if err := s.enter(); err != nil {
		t.Fatal(err)
	}
	err := s.change(context.Background(), func(d *db) error { return d.exec("INSERT INTO runs(key) VALUES (NULL)") })
	if err == nil {
		t.Error("a refused change: got no error")
	}
	put(t, s, "ada", "x", readingColumns, series.Row{Time: at, Values: []float64{6}})
}

// TestPlotsBound: the oldest goes.
func TestPlotsBound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := open(t, t.TempDir(), Options{plots: 2})
	id := put(t, s, "ada", "x", readingColumns, series.Row{Time: at, Values: []float64{5}})
	for _, file := range []string{"a", "b", "a", "c", "d"} {
		if _, err := s.PutPlot(ctx, series.Plot{Session: "ada", Series: id, File: file}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Plots(ctx, "ada")
	if err != nil || len(list) != 2 || list[0].File != "d" || list[1].File != "c" {
		t.Errorf("plots: got %+v, %v, want d and c", list, err)
	}
}
