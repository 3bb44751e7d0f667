package sqlite

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/seriestest"
)

// disk is a disk whose free space a test sets, in MB.
type disk struct{ free atomic.Int64 }

func (d *disk) Free(string) (uint64, error) {
	n := d.free.Load()
	if n < 0 {
		return 0, errors.New("no answer")
	}
	return uint64(n) << 20, nil
}

func TestGuard(t *testing.T) {
	t.Parallel()
	var d disk
	d.free.Store(2000)
	s := open(t, t.TempDir(), Options{Free: d.Free, guard: time.Millisecond, tailRows: 50})
	id := put(t, s, "ada", "x", readingColumns, rowsOf(100)...)
	for _, c := range []struct {
		name  string
		free  int64
		state string
		says  string
	}{
		{"plenty", 501, "on", ""},
		{"low", 499, "low", "Only 499 MB are free"},
		{"low still", 100, "low", "Recording stops below 100 MB"},
		{"too low", 99, "off", "Recording is off: only 99 MB are free"},
		{"not enough to begin again", 105, "off", "Recording is off"},
		{"enough", 111, "low", "Only 111 MB"},
		{"unknown", -1, "on", ""},
		{"plenty again", 900, "on", ""},
	} {
		d.free.Store(c.free)
		wait(t, c.name, func() bool {
			st := s.Status()
			return st.State == c.state && (c.free < 0 || st.Free == uint64(c.free)<<20)
		})
		st := s.Status()
		if !strings.Contains(st.Text, c.says) || (st.Text == "") != (c.state == "on") {
			t.Errorf("%s: got %+v, want %q", c.name, st, c.says)
		}
		err := s.Append(series.Batch{Series: id, Rows: rowsOf(1)})
		if c.state == "off" != errors.Is(err, series.ErrOff) || c.state != "off" && err != nil {
			t.Errorf("%s: Append: got %v", c.name, err)
		}
		if _, err := s.Define("ada", c.name, readingColumns); err != nil {
			t.Errorf("%s: Define: got %v", c.name, err)
		}
	}
	if got := s.Status().Dropped; got != 2 {
		t.Errorf("dropped: got %d, want 2", got)
	}
	wait(t, "the other rows are there", func() bool { i, _ := s.Get(context.Background(), "ada", "x"); return i.Rows == 106 })
}

func TestDaysLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		days float64
		want string
	}{
		{0, ""},
		{0.01, ": at the present rate enough for 1 hours"},
		{1.5, ": at the present rate enough for 36 hours"},
		{3.9, ": at the present rate enough for 3 days"},
		{5000, ": at the present rate enough for more than 1000 days"},
	} {
		if got := enough(c.days); got != c.want {
			t.Errorf("enough(%v): got %q, want %q", c.days, got, c.want)
		}
	}
	var d disk
	d.free.Store(400)
	s := open(t, t.TempDir(), Options{Free: d.Free, guard: time.Millisecond})
	put(t, s, "ada", "x", readingColumns, rowsOf(10_000)...)
	wait(t, "a rate is known", func() bool { return s.Status().DaysLeft > 0 })
	if st := s.Status(); !strings.Contains(st.Text, "at the present rate enough for") {
		t.Errorf("status: got %q, want the time left", st.Text)
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	id := put(t, s, "ada", "x", readingColumns, rowsOf(3)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{Off: true})
	if err := s.Append(series.Batch{Series: id, Rows: rowsOf(1)}); !errors.Is(err, series.ErrOff) {
		t.Errorf("Append: got %v, want ErrOff", err)
	}
	if st := s.Status(); st.State != "off" || st.Text == "" {
		t.Errorf("status: got %+v, want off", st)
	}
	if got := len(seriestest.Read(t, s, id, series.Query{})); got != 3 {
		t.Errorf("rows: got %d, want 3", got)
	}
}

// limit makes the file unable to grow, as a full disk does, or able again (0).
func (s *Store) limit(t *testing.T, pages string) {
	t.Helper()
	done := make(chan error)
	s.mu.Lock()
	s.test = append(s.test, func(d *db) { done <- d.script("PRAGMA max_page_count=" + pages) })
	s.wake()
	s.mu.Unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk: SQLite says that the disk is full. Rows wait, then are given
// up; afterwards recording begins again by itself.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		patience time.Duration
		lost     bool
	}{{"for a moment", time.Minute, false}, {"for long", time.Nanosecond, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir(), Options{patience: c.patience})
			id := put(t, s, "ada", "x", readingColumns, rowsOf(10)...)
			s.limit(t, "1")
			if err := s.Append(series.Batch{Series: id, Rows: rowsOf(5000)}); err != nil {
				t.Fatalf("Append: %v", err)
			}
			if !c.lost {
				wait(t, "the status shows it", func() bool { return s.Status().State == "low" })
				if st := s.Status(); !strings.Contains(st.Text, "full") {
					t.Errorf("status: got %q, want the cause", st.Text)
				}
				s.limit(t, "1000000")
				wait(t, "the rows are kept", func() bool { i, _ := s.Get(context.Background(), "ada", "x"); return i.Rows == 5010 })
				return
			}
			wait(t, "rows are given up", func() bool { return s.Status().Dropped == 5000 })
			s.limit(t, "1000000")
			wait(t, "recording is on again", func() bool { return s.Status().State == "on" })
			put(t, s, "ada", "x", readingColumns, rowsOf(7)...)
			rows := seriestest.Read(t, s, id, series.Query{})
			if len(rows) != 17 || rows[16].Seq != 5017 {
				t.Errorf("rows: got %d to seq %d, want 17 to 5017", len(rows), rows[len(rows)-1].Seq)
			}
		})
	}
}

func TestUnwritableAtClose(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	id := put(t, s, "ada", "x", readingColumns, rowsOf(10)...)
	s.limit(t, "1")
	if err := s.Append(series.Batch{Series: id, Rows: rowsOf(5000)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "5000 rows were not kept") {
		t.Errorf("Close: got %v, want that 5000 rows were not kept", err)
	}
}

func rowsOf(n int) []series.Row {
	rows := make([]series.Row, n)
	for i := range rows {
		rows[i] = series.Row{Time: at + int64(i)*1e8, Values: []float64{5, float64(i), 1}}
	}
	return rows
}

func TestFree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n, err := free(dir)
	if err != nil || n < 1<<20 {
		t.Errorf("free: got %d, %v, want some space", n, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := free(dir + "/nothing"); err == nil {
		t.Error("free of no folder: got no error")
	}
}
