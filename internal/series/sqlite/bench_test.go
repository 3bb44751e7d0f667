package sqlite

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/seriestest"
)

var readingColumns = []series.Column{
	{Name: "voltage", Quantity: "voltage", Unit: "V", Sent: "V"},
	{Name: "current", Quantity: "current", Unit: "mA", Sent: "mA"},
	{Name: "power", Quantity: "power", Unit: "mW", Sent: "mW"},
}

// BenchmarkAppend1000Series: two goroutines append 4 million rows of three
// numbers to 1,000 series, five rows of a series at a time: as fast as the
// store takes them, and 200,000 a second. It reports what was committed per second, the process's
// CPU time per row (the goroutines' own part, about 0.2 us, included), the
// longest time between the ends of two commits, and how many rows still
// waited to be folded at the end.
func BenchmarkAppend1000Series(b *testing.B) {
	b.Run("flat out", func(b *testing.B) { benchmarkAppend(b, 0) })
	b.Run("200k rows a second", func(b *testing.B) { benchmarkAppend(b, 200_000) })
}

// benchmarkAppend sends perSecond rows a second, 0 = as fast as possible.
func benchmarkAppend(b *testing.B, perSecond int) {
	const sessions, rows, senders, batch = 1000, 4_000_000, 2, 5
	for b.Loop() {
		var last time.Time
		var gap time.Duration
		var kept atomic.Int64
		done := make(chan struct{})
		s, err := Open(b.TempDir(), Options{Committed: func(c []series.Committed) {
			now := time.Now()
			if !last.IsZero() {
				gap = max(gap, now.Sub(last))
			}
			last = now
			n := 0
			for i := range c {
				n += len(c[i].Rows)
			}
			if kept.Add(int64(n)) == rows {
				close(done)
			}
		}})
		if err != nil {
			b.Fatal(err)
		}
		ids := make([]series.ID, sessions)
		for i := range ids {
			if ids[i], err = s.Define(fmt.Sprintf("board-%d", i), "mcu/ina219", readingColumns); err != nil {
				b.Fatal(err)
			}
		}
		began, cpu := time.Now(), cpuTime()
		var wg sync.WaitGroup
		for g := range senders {
			wg.Go(func() {
				for n := 0; n < rows/senders; n += batch {
					if perSecond > 0 && n%1000 == 0 {
						due := began.Add(time.Duration(n) * senders * time.Second / time.Duration(perSecond))
						<-time.After(time.Until(due))
					}
					id := ids[g*sessions/senders+n/batch%(sessions/senders)]
					r := make([]series.Row, batch)
					now := time.Now().UnixNano()
					for i := range r {
						x := float64(n + i)
						r[i] = series.Row{Time: now + int64(i), Values: []float64{x / 1234, x / 777, x * x / 1e7}}
					}
					if err := s.Append(series.Batch{Series: id, Rows: r}); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		<-done
		elapsed := time.Since(began)
		b.ReportMetric(rows/elapsed.Seconds(), "rows/s")
		b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/rows, "cpu-us/row")
		b.ReportMetric(float64(gap.Microseconds())/1000, "longest-gap-ms")
		b.ReportMetric(float64(s.unfolded()), "unfolded-rows")
		b.StopTimer()
		stop := time.Now()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(stop).Microseconds())/1000, "close-ms")
		b.StartTimer()
	}
}

func (s *Store) unfolded() (n int) {
	s.cut.RLock()
	defer s.cut.RUnlock()
	for _, e := range s.byID {
		n += len(e.rows)
	}
	return n
}

// BenchmarkOverview1M: one million rows of one series down to 2,000 points.
func BenchmarkOverview1M(b *testing.B) {
	const rows = 1_000_000
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	id, err := s.Define("ada", "mcu/ina219", readingColumns)
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; n < rows; n += 1000 {
		r := make([]series.Row, 1000)
		for i := range r {
			x := float64(n + i)
			v, c := 5+math.Sin(x/1e4)+math.Sin(x*1.7)/50, 80+30*math.Cos(x/3e4)+math.Sin(x*2.3)
			r[i] = series.Row{Time: int64(x * 1e8), Values: []float64{v, c, v * c}}
		}
		if err := s.Append(series.Batch{Series: id, Rows: r}); err != nil {
			b.Fatal(err)
		}
	}
	wait(b, "rows are folded", func() bool {
		i, _ := s.Get(context.Background(), "ada", "mcu/ina219")
		return i.Rows == rows && s.unfolded() < 1<<18
	})
	for _, c := range []struct {
		name string
		q    series.Query
	}{
		{"all", series.Query{Points: 2000}},
		{"half", series.Query{Points: 2000, From: time.Unix(0, 25e12), To: time.Unix(0, 75e12)}},
		{"20k rows", series.Query{Points: 2000, From: time.Unix(0, 30e12), To: time.Unix(0, 32e12)}},
		{"5 minutes", series.Query{Points: 2000, From: time.Unix(0, 30e12), To: time.Unix(0, 30e12+300e9)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = 0
				if err := s.Rows(context.Background(), id, c.q, func(series.Row) error { n++; return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms")
			b.ReportMetric(float64(n), "rows")
		})
	}
}

func wait(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited 30 s until %s", what)
		}
	}
}

var _ seriestest.Store = (*Store)(nil)

// BenchmarkOneRow: a row that arrives on its own, from Append to Committed.
func BenchmarkOneRow(b *testing.B) {
	kept := make(chan struct{}, 1)
	s, err := Open(b.TempDir(), Options{Committed: func([]series.Committed) { kept <- struct{}{} }})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	id, err := s.Define("ada", "x", readingColumns)
	if err != nil {
		b.Fatal(err)
	}
	<-kept
	apart := time.NewTicker(2 * window)
	defer apart.Stop()
	var longest, sum time.Duration
	for b.Loop() {
		<-apart.C
		began := time.Now()
		if err := s.Append(series.Batch{Series: id, Rows: []series.Row{{Time: at, Values: []float64{1, 2, 3}}}}); err != nil {
			b.Fatal(err)
		}
		<-kept
		d := time.Since(began)
		sum, longest = sum+d, max(longest, d)
	}
	b.ReportMetric(float64(sum.Microseconds())/1000/float64(b.N), "mean-ms")
	b.ReportMetric(float64(longest.Microseconds())/1000, "longest-ms")
}

// BenchmarkOpenFullTails: Open and Close of a store whose tails hold 300,000
// rows of 1,000 series.
func BenchmarkOpenFullTails(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(dir, Options{tailRows: 1 << 20})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		id, err := s.Define(fmt.Sprint(i), "x", readingColumns)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Append(series.Batch{Series: id, Rows: rowsOf(300)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	var opened, closed time.Duration
	for b.Loop() {
		began := time.Now()
		if s, err = Open(dir, Options{tailRows: 1 << 20}); err != nil {
			b.Fatal(err)
		}
		opened += time.Since(began)
		began = time.Now()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		closed += time.Since(began)
	}
	b.ReportMetric(float64(opened.Milliseconds())/float64(b.N), "open-ms")
	b.ReportMetric(float64(closed.Milliseconds())/float64(b.N), "close-ms")
}
