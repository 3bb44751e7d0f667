package seriestest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// renamed: a session's series, runs and plots have another name and are the
// same otherwise.
func renamed(t *testing.T, open Make) {
	s := open(t, nil)
	ctx := context.Background()
	x := mustDefine(t, s, "Ada", "x", volt)
	y := mustDefine(t, s, "ada", "y", volt)
	other := mustDefine(t, s, "bob", "x", volt)
	put(t, s, x, ramp(1000))
	put(t, s, y, ramp(3))
	put(t, s, other, ramp(2))
	before := Read(t, s, x, series.Query{})
	run, err := s.AddRun(ctx, series.Run{Session: "ada", Series: x, SeriesName: "x", First: before[10].Seq, Name: "n", Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	plot, err := s.PutPlot(ctx, series.Plot{Session: "ada", Series: x, SeriesName: "x", File: "f"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RenameSession(ctx, "ada", "bob"); !errors.Is(err, series.ErrTaken) {
		t.Errorf("to a name with series: got %v, want ErrTaken", err)
	}
	if err := s.RenameSession(ctx, "ada", "class"); !errors.Is(err, session.ErrReserved) {
		t.Errorf("to a reserved name: got %v, want ErrReserved", err)
	}
	if err := s.RenameSession(ctx, "nobody", "eve"); err != nil {
		t.Errorf("of nobody: got %v, want none", err)
	}
	if err := s.RenameSession(ctx, "ADA", "Eve"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(ctx, "ada"); err != nil || len(list) != 0 {
		t.Errorf("List of the old name: got %v %v, want nothing", list, err)
	}
	list, err := s.List(ctx, "eve")
	if err != nil || len(list) != 2 || list[0].ID != x || list[1].ID != y || list[0].Session != "Eve" {
		t.Errorf("List: got %+v %v, want the two series of Eve", list, err)
	}
	if got := Read(t, s, x, series.Query{}); !slices.EqualFunc(got, before, func(a, b series.Row) bool { return a.Seq == b.Seq && a.Values[0] == b.Values[0] }) {
		t.Errorf("rows: got %d, want the %d from before", len(got), len(before))
	}
	if info, err := s.Get(ctx, "EVE", "x"); err != nil || info.ID != x {
		t.Errorf("Get: got %+v %v, want the series from before", info, err)
	}
	if got, err := s.Run(ctx, "eve", run.ID); err != nil || got.Session != "Eve" || got.First != run.First {
		t.Errorf("Run: got %+v %v, want Eve's", got, err)
	}
	if got, err := s.SharedRuns(ctx); err != nil || len(got) != 1 || got[0].Session != "Eve" {
		t.Errorf("SharedRuns: got %+v %v, want Eve's", got, err)
	}
	if got, err := s.PlotFile(ctx, "eve", "f"); err != nil || got.ID != plot.ID || got.Session != "Eve" {
		t.Errorf("PlotFile: got %+v %v, want Eve's", got, err)
	}
	run.Session, run.Last = "eve", before[20].Seq
	if err := s.EndRun(ctx, run); err != nil {
		t.Errorf("EndRun: %v", err)
	}

	// It goes on, and the old name begins anew.
	if got := mustDefine(t, s, "Eve", "x", volt); got != x {
		t.Errorf("Define of the new name: got series %d, want %d", got, x)
	}
	put(t, s, x, ramp(1))
	if got := mustDefine(t, s, "ada", "x", volt); got == x {
		t.Errorf("Define of the old name: got the renamed series %d", got)
	}
	if err := s.RenameSession(ctx, "eve", "EVE"); err != nil {
		t.Fatal(err)
	}
	if got := info(t, s, x); got.Session != "EVE" || got.Rows != 1001 {
		t.Errorf("spelt anew: got %+v, want EVE's 1001 rows", got)
	}
}
