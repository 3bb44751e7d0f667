package seriestest

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"labbroker/internal/series"
)

func appending(t *testing.T, open Make) {
	s := open(t, nil)
	a := mustDefine(t, s, "ada", "a", volt)
	b := mustDefine(t, s, "ada", "b", volt)
	last := int64(0)
	for i := range 200 {
		id := []series.ID{a, b}[i%2]
		batch := series.Batch{Series: id, Rows: []series.Row{
			{Time: epoch, Values: []float64{float64(i)}}, {Time: epoch, Values: []float64{-float64(i)}}}}
		if err := s.Append(batch); err != nil {
			t.Fatalf("Append: %v", err)
		}
		for _, r := range batch.Rows {
			if r.Seq <= last {
				t.Fatalf("Append: got seq %d after %d", r.Seq, last)
			}
			last = r.Seq
		}
	}
	Wait(t, "all rows are committed", func() bool { return info(t, s, a).Rows+info(t, s, b).Rows == 400 })
	rows := Read(t, s, b, series.Query{})
	if len(rows) != 200 {
		t.Fatalf("rows of equal time: got %d, want 200", len(rows))
	}
	for i, r := range rows {
		want := float64(i/2*2 + 1)
		if i%2 == 1 {
			want = -want
		}
		if r.Values[0] != want || r.Time != epoch {
			t.Fatalf("row %d: got %v, want %v", i, r, want)
		}
	}
	if err := s.Append(series.Batch{Series: a}); err != nil {
		t.Errorf("Append of nothing: got %v, want nil", err)
	}
	if err := s.Append(series.Batch{Series: 1 << 40, Rows: ramp(1)}); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("Append to an unknown series: got %v, want ErrNotFound", err)
	}
}

func values(t *testing.T, open Make) {
	s := open(t, nil)
	nan, inf := math.NaN(), math.Inf(1)
	all := make([]float64, series.MaxColumns)
	for i := range all {
		all[i] = 1/float64(i+3) - .1
	}
	all[9] = nan
	for _, c := range []struct {
		name       string
		columns    int
		give, want []float64
	}{
		{"as sent", 3, []float64{5.012, 0.0813, -7e-300}, []float64{5.012, 0.0813, -7e-300}},
		{"whole numbers", 2, []float64{3, -1e15}, []float64{3, -1e15}},
		{"gaps", 3, []float64{nan, 1, nan}, []float64{nan, 1, nan}},
		{"only gaps", 2, []float64{nan, nan}, []float64{nan, nan}},
		{"infinities are gaps", 3, []float64{inf, -inf, 2}, []float64{nan, nan, 2}},
		{"shorter", 3, []float64{1}, []float64{1, nan, nan}},
		{"none", 1, nil, []float64{nan}},
		{"longer than the columns", 1, []float64{1, 2}, []float64{1}},
		{"nine", 9, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9.5}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9.5}},
		{"nine and short", 10, []float64{1, nan, nan, nan, nan, nan, nan, nan, 9.5}, []float64{1, nan, nan, nan, nan, nan, nan, nan, 9.5, nan}},
		{"greatest", 2, []float64{math.MaxFloat64, math.SmallestNonzeroFloat64}, []float64{math.MaxFloat64, math.SmallestNonzeroFloat64}},
		{"all columns", series.MaxColumns, all, append([]float64(nil), all...)},
	} {
		id := mustDefine(t, s, "ada", c.name, make([]series.Column, c.columns))
		put(t, s, id, []series.Row{{Time: epoch, Device: 77, Restart: true, Values: c.give}})
		rows := Read(t, s, id, series.Query{})
		if len(rows) != 1 || len(rows[0].Values) != len(c.want) {
			t.Fatalf("%s: got %v, want %v", c.name, rows, c.want)
		}
		if r := rows[0]; r.Time != epoch || r.Device != 77 || !r.Restart {
			t.Errorf("%s: got %+v, want time, device 77 and restart", c.name, r)
		}
		for i, want := range c.want {
			if got := rows[0].Values[i]; !Same(got, want) {
				t.Errorf("%s: value %d: got %v, want %v", c.name, i, got, want)
			}
		}
	}
}

func queries(t *testing.T, open Make) {
	s := open(t, nil)
	id := mustDefine(t, s, "ada", "x", volt)
	put(t, s, id, ramp(1000))
	at := func(n int64) time.Time { return time.Unix(0, epoch+n*second) }
	seq := make([]int64, 1000)
	for i, r := range Read(t, s, id, series.Query{}) {
		seq[i] = r.Seq
	}
	for _, c := range []struct {
		name        string
		q           series.Query
		first, rows int
	}{
		{"all", series.Query{}, 0, 1000},
		{"from, inclusive", series.Query{From: at(990)}, 990, 10},
		{"to, exclusive", series.Query{To: at(10)}, 0, 10},
		{"from to", series.Query{From: at(300), To: at(301)}, 300, 1},
		{"before all", series.Query{To: at(0)}, 0, 0},
		{"behind all", series.Query{From: at(1000)}, 0, 0},
		{"after", series.Query{After: seq[899]}, 900, 100},
		{"after the last", series.Query{After: seq[999]}, 0, 0},
		{"limit", series.Query{Limit: 7}, 993, 7},
		{"limit beyond", series.Query{Limit: 5000}, 0, 1000},
		{"limit of a range", series.Query{To: at(500), Limit: 130}, 370, 130},
		{"limit after", series.Query{After: seq[989], Limit: 100}, 990, 10},
		{"after in a range", series.Query{After: seq[99], From: at(50), To: at(110)}, 100, 10},
		{"points beyond", series.Query{Points: 1000}, 0, 1000},
		{"points of a narrow range", series.Query{From: at(400), To: at(450), Points: 60}, 400, 50},
		{"points of a limit", series.Query{Limit: 40, Points: 50}, 960, 40},
	} {
		rows := Read(t, s, id, c.q)
		if len(rows) != c.rows {
			t.Errorf("%s: got %d rows, want %d", c.name, len(rows), c.rows)
			continue
		}
		for i, r := range rows {
			if r.Values[0] != float64(c.first+i) || r.Seq != seq[c.first+i] {
				t.Errorf("%s: row %d: got %v, want value %d", c.name, i, r, c.first+i)
				break
			}
		}
	}
	stop := errors.New("enough")
	n := 0
	err := s.Rows(context.Background(), id, series.Query{}, func(series.Row) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 3 {
		t.Errorf("an error of f: got %v after %d rows, want it after 3", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Rows(ctx, id, series.Query{}, func(series.Row) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: got %v, want Canceled", err)
	}
	got := info(t, s, id)
	if !got.First.Equal(at(0)) || !got.Last.Equal(at(999)) || got.Rows != 1000 {
		t.Errorf("info: got %d rows from %v to %v, want 1000 from %v to %v", got.Rows, got.First, got.Last, at(0), at(999))
	}
}

// clocks: the server's clock steps back in the middle, and the devices' is
// another one.
func clocks(t *testing.T, open Make) {
	s := open(t, nil)
	id := mustDefine(t, s, "ada", "x", volt)
	rows := ramp(1000)
	for i := range rows {
		if i >= 600 {
			rows[i].Time -= 300 * second
		}
		if i%2 == 0 {
			rows[i].Device = epoch + int64(5000+i)*second
		}
	}
	put(t, s, id, rows)
	at := func(n int64) time.Time { return time.Unix(0, epoch+n*second) }
	for _, c := range []struct {
		name string
		q    series.Query
		want func(i int) bool
	}{
		{"the stretch that was twice", series.Query{From: at(400), To: at(500)},
			func(i int) bool { return i >= 400 && i < 500 || i >= 700 && i < 800 }},
		{"by device", series.Query{From: at(5100), To: at(5200), Clock: series.Device},
			func(i int) bool { return i%2 == 0 && i >= 100 && i < 200 }},
		{"by device, rows without", series.Query{To: at(4000), Clock: series.Device},
			func(i int) bool { return i%2 == 1 }},
		{"limit of it", series.Query{From: at(400), To: at(500), Limit: 150},
			func(i int) bool { return i >= 450 && i < 500 || i >= 700 && i < 800 }},
	} {
		var want []int
		for i := range rows {
			if c.want(i) {
				want = append(want, i)
			}
		}
		got := Read(t, s, id, c.q)
		if len(got) != len(want) {
			t.Errorf("%s: got %d rows, want %d", c.name, len(got), len(want))
			continue
		}
		for k, i := range want {
			if got[k].Values[0] != float64(i) {
				t.Errorf("%s: row %d: got %v, want %d", c.name, k, got[k].Values[0], i)
				break
			}
		}
	}
}

func units(t *testing.T, open Make) {
	s := open(t, nil)
	sent := series.Column{Name: "i", Quantity: "current", Sent: "A", Unit: "mA", Factor: 1000, Guessed: true}
	id := mustDefine(t, s, "ada", "x", []series.Column{{Name: "n"}, sent})
	put(t, s, id, []series.Row{{Time: epoch, Values: []float64{3, .5}}})
	check := func(when string, want float64) {
		t.Helper()
		for _, q := range []series.Query{{}, {Points: 10}, {Limit: 1}} {
			got := Read(t, s, id, q)[0].Values
			if got[0] != 3 || got[1] != want {
				t.Errorf("%s: got %v, want 3 and %v", when, got, want)
			}
		}
	}
	check("scaled", 500)
	set := series.Column{Name: "i", Quantity: "current", Sent: "mA", Unit: "mA", Factor: 0, Set: true}
	if err := s.SetColumn(id, 1, set); err != nil {
		t.Fatalf("SetColumn: %v", err)
	}
	check("set", .5)
	if got := info(t, s, id).Columns[1]; got != set {
		t.Errorf("column: got %+v, want %+v", got, set)
	}
	for _, index := range []int{-1, 2} {
		if err := s.SetColumn(id, index, set); !errors.Is(err, series.ErrNotFound) {
			t.Errorf("SetColumn(%d): got %v, want ErrNotFound", index, err)
		}
	}
}

func committed(t *testing.T, open Make) {
	var mu sync.Mutex
	var told []series.Committed
	s := open(t, func(c []series.Committed) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, c...)
	})
	a := mustDefine(t, s, "ada", "a", []series.Column{{Name: "i", Factor: 1000}})
	b := mustDefine(t, s, "ada", "b", volt)
	put(t, s, a, ramp(300))
	put(t, s, b, ramp(300))
	put(t, s, a, ramp(1))
	if err := s.SetColumn(a, 0, volt[0]); err != nil {
		t.Fatalf("SetColumn: %v", err)
	}
	put(t, s, a, ramp(1))
	count := func() (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range told {
			n += len(c.Rows)
		}
		return n
	}
	Wait(t, "all rows are told", func() bool { return count() == 602 })

	mu.Lock()
	defer mu.Unlock()
	last := map[series.ID]int64{}
	known := map[series.ID]bool{}
	factor := map[series.ID]float64{}
	rows := 0
	for _, c := range told {
		if !known[c.Info.ID] && !c.Changed {
			t.Errorf("series %d: told without Changed before", c.Info.ID)
		}
		known[c.Info.ID] = true
		if c.Changed {
			factor[c.Info.ID] = c.Info.Columns[0].Factor
		}
		for _, r := range c.Rows {
			if r.Seq <= last[c.Info.ID] {
				t.Errorf("series %d: seq %d after %d", c.Info.ID, r.Seq, last[c.Info.ID])
			}
			last[c.Info.ID] = r.Seq
			if c.Info.ID == a && rows < 300 && r.Values[0] != float64(rows) {
				t.Errorf("row %d: got %v, want it as sent", rows, r.Values[0])
			}
			rows++
		}
	}
	if factor[a] != 1 || factor[b] != 1 {
		t.Errorf("columns told last: got factors %v, want 1 and 1", factor)
	}
}
