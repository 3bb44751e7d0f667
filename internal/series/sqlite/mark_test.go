package sqlite

import (
	"testing"

	"labbroker/internal/series"
)

// TestMark: a number is in the history with the rows before it, in the file
// too, and never before them; without rows it needs no commit.
func TestMark(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	s.Mark(2)
	if got := s.Applied(); got != 1 {
		t.Errorf("number 1 is missing: got %d as the next, want 1", got)
	}
	s.Mark(1)
	if got := s.Applied(); got != 3 {
		t.Errorf("without rows: got %d as the next, want 3", got)
	}
	id, err := s.Define("Ada", "x", make([]series.Column, 1))
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for n := uint64(3); n <= 2000; n++ {
		rows := []series.Row{{Time: at, Values: []float64{float64(n)}}}
		if err := s.Append(series.Batch{Series: id, Rows: rows}); err != nil {
			t.Fatal(err)
		}
		last = rows[0].Seq
		s.Mark(n)
		// n+2 is the row's Seq plus 3: what is applied is committed.
		if applied, kept := int64(s.Applied()), s.committed(); applied-3 > kept {
			t.Fatalf("applied up to %d with %d rows committed", applied, kept)
		}
	}
	wait(t, "all is committed", func() bool { return s.committed() == last })
	wait(t, "all is applied", func() bool { return s.Applied() >= 2000 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	marks := s.Marks()
	if !marks.Has(1999) || marks.Has(2001) {
		t.Errorf("after opening again: got the next %d, want 2000 or 2001", marks.Next())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMarkOfLostRows: what could not be kept does not hold the journal for
// ever.
func TestMarkOfLostRows(t *testing.T) {
	t.Parallel()
	s := &Store{}
	lost := []item{{e: &entry{}}, {mark: 1}, {e: &entry{}}, {e: &entry{}}, {mark: 2}}
	if got := s.giveUp(lost); got != 3 {
		t.Errorf("rows: got %d, want 3", got)
	}
	if got := s.Applied(); got != 3 {
		t.Errorf("next: got %d, want 3", got)
	}
}
