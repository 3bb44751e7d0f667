package memory

import (
	"context"
	"testing"

	"labbroker/internal/series"
)

// TestRunsBound: a sweep that nobody named goes first.
func TestRunsBound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := New(Options{runs: 2})
	id, err := s.Define("ada", "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []series.Run{{Kind: series.RunSeries, Name: "a"}, {Kind: series.RunSweep, Name: "b"},
		{Kind: series.RunSweep, Name: "c"}, {Kind: series.RunSeries, Name: "d"}, {Kind: series.RunSeries, Name: "e"}} {
		r.Session, r.Series = "ada", id
		if _, err := s.AddRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Runs(ctx, "ada")
	if err != nil || len(list) != 2 || list[0].Name != "e" || list[1].Name != "d" {
		t.Errorf("runs: got %+v, %v, want e and d", list, err)
	}
}

// TestPlotsBound: the oldest goes.
func TestPlotsBound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := New(Options{plots: 2})
	id, err := s.Define("ada", "x", nil)
	if err != nil {
		t.Fatal(err)
	}
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
