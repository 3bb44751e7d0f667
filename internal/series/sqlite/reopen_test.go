package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
	"labbroker/internal/series/seriestest"
)

// TestReopen closes at every stage of folding and compares all rows.
func TestReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 6))
	want := map[string][]series.Row{}
	seq := int64(0)
	for round := range 9 {
		s := open(t, dir, Options{tailRows: []int{100, 1 << 20, 900}[round%3]})
		for range 40 {
			name := fmt.Sprint(rng.IntN(7))
			id, err := s.Define("Ada", name, make([]series.Column, 10))
			if err != nil {
				t.Fatal(err)
			}
			rows := make([]series.Row, 1+rng.IntN(80))
			for i := range rows {
				v := []float64{rng.NormFloat64(), math.NaN(), float64(rng.IntN(100)), 9: rng.NormFloat64()}[:rng.IntN(11)]
				rows[i] = series.Row{Time: at + int64(rng.IntN(1e9)), Values: slices.Clone(v)}
				if rng.IntN(5) == 0 {
					rows[i].Device, rows[i].Restart = int64(rng.IntN(1e9)), true
				}
			}
			if err := s.Append(series.Batch{Series: id, Rows: rows}); err != nil {
				t.Fatal(err)
			}
			if rows[0].Seq != seq+1 {
				t.Fatalf("round %d: got seq %d after %d", round, rows[0].Seq, seq)
			}
			seq = rows[len(rows)-1].Seq
			want[name] = append(want[name], rows...)
		}
		if round%2 == 0 {
			wait(t, "all is committed", func() bool { return s.committed() == seq })
		}
		compare(t, s, want, round%2 == 0)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir, Options{})
	compare(t, s, want, true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := sqlite3(t, dir, "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("integrity_check: got %s, want ok", got)
	}
}

func (s *Store) committed() (n int64) {
	s.cut.RLock()
	defer s.cut.RUnlock()
	for _, e := range s.byID {
		n += e.count
	}
	return n
}

// compare looks for the wanted rows, all of them or a beginning.
func compare(t *testing.T, s *Store, want map[string][]series.Row, all bool) {
	t.Helper()
	for name, rows := range want {
		info, err := s.Get(context.Background(), "ada", name)
		if err != nil {
			t.Fatal(err)
		}
		got := seriestest.Read(t, s, info.ID, series.Query{})
		if all && (len(got) != len(rows) || info.Rows != int64(len(rows)) ||
			info.First.UnixNano() != rows[0].Time || info.Last.UnixNano() != rows[len(rows)-1].Time) {
			t.Fatalf("series %s: got %d rows, info %+v, want %d", name, len(got), info, len(rows))
		}
		for i, g := range got {
			w := rows[i]
			if g.Seq != w.Seq || g.Time != w.Time || g.Device != w.Device || g.Restart != w.Restart {
				t.Fatalf("series %s row %d: got %+v, want %+v", name, i, g, w)
			}
			for c, v := range g.Values {
				if c >= len(w.Values) && v == v || c < len(w.Values) && !seriestest.Same(v, w.Values[c]) {
					t.Fatalf("series %s row %d: got %v, want %v", name, i, g.Values, w.Values)
				}
			}
		}
	}
}

// TestDefineMany: a class joins at once. One commit serves many.
func TestDefineMany(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told, calls := map[string]bool{}, 0
	s := open(t, t.TempDir(), Options{Committed: func(list []series.Committed) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		for _, c := range list {
			told[c.Info.Session] = true
		}
	}})
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			if _, err := s.Define(fmt.Sprintf("board-%d", i), "mcu/ina219", readingColumns); err != nil {
				t.Errorf("Define: %v", err)
			}
		})
	}
	wg.Wait()
	wait(t, "all are told", func() bool { mu.Lock(); defer mu.Unlock(); return len(told) == 1000 })
	mu.Lock()
	defer mu.Unlock()
	if calls > 200 {
		t.Errorf("commits: got %d for 1000 series, want few", calls)
	}
}

// TestDelete: the rows of a deleted session leave the file, also over a
// restart, and nobody sees them in the meantime.
func TestDelete(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprintf("restart %v", restart), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, Options{tailRows: 1000})
			put(t, s, "ada", "x", readingColumns, rowsOf(30_000)...)
			id := put(t, s, "bob", "x", readingColumns, rowsOf(1500)...)
			wait(t, "most rows are folded", func() bool { return s.unfolded() < 1000 })
			if err := s.DeleteSession(context.Background(), "Ada"); err != nil {
				t.Fatal(err)
			}
			if got := sqlite3(t, dir, "SELECT count(*) FROM readings WHERE session = 'ada'"); got != "0" {
				t.Errorf("view: got %s rows, want 0", got)
			}
			if restart {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open(t, dir, Options{tailRows: 1000})
			}
			wait(t, "the file is cleared", func() bool {
				return sqlite3(t, dir, "SELECT (SELECT count(*) FROM deleted) + (SELECT count(*) FROM rows WHERE series <> 2) + (SELECT count(*) FROM blocks WHERE series <> 2)") == "0"
			})
			if got := len(seriestest.Read(t, s, id, series.Query{})); got != 1500 {
				t.Errorf("the other session: got %d rows, want 1500", got)
			}
		})
	}
}

// TestBackpressure: Append waits while too much waits for the disk, and ends
// with the store.
func TestBackpressure(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	s, err := Open(t.TempDir(), Options{waiting: 5000, Committed: func([]series.Committed) { <-block }})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Define("ada", "x", readingColumns)
	if err != nil {
		t.Fatal(err)
	}
	var full sync.WaitGroup
	errs := make(chan error, 1)
	full.Go(func() {
		for err := error(nil); ; {
			if err = s.Append(series.Batch{Series: id, Rows: rowsOf(1000)}); err != nil {
				errs <- err
				return
			}
		}
	})
	wait(t, "the queue is full", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.waiting >= 5000 })
	s.mu.Lock()
	if s.waiting > 6000 {
		t.Errorf("waiting: got %d rows, want at most 6000", s.waiting)
	}
	s.mu.Unlock()
	time.AfterFunc(10*time.Millisecond, func() { close(block) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-errs; !errors.Is(err, series.ErrClosed) {
		t.Errorf("Append: got %v, want ErrClosed", err)
	}
}

func FuzzStats(f *testing.F) {
	f.Add([]byte{1, 0})
	f.Add(packStats(&rollup.Unit{Head: 5, Columns: []rollup.Stat{{Min: 1, Max: 2, MinAt: 5, MaxAt: 9}, {}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		columns, err := unpackStats(b, 7)
		if err != nil || len(columns) > series.MaxColumns {
			return
		}
		for _, c := range columns {
			if c.MinAt != 0 && (c.MinAt < 7 || c.MaxAt < 7) || c.Min != c.Min || c.Max != c.Max {
				return // distances that no writer makes
			}
		}
		again, err := unpackStats(packStats(&rollup.Unit{Head: 7, Columns: columns}), 7)
		if err != nil || !slices.Equal(again, columns) {
			t.Errorf("got %v, %v, want %v", again, err, columns)
		}
	})
}
