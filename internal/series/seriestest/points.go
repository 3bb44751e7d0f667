package seriestest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"labbroker/internal/series"
)

// curve is n rows of two columns at 10 Hz, a noisy walk with a spike up and
// one down in single rows, which a restart accompanies.
func curve(n int) []series.Row {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]series.Row, n)
	walk := 0.0
	for i := range rows {
		walk += rng.Float64() - .5
		rows[i] = series.Row{Time: epoch + int64(i)*second/10, Values: []float64{walk, math.Sin(float64(i) / 500)}}
	}
	rows[n/3].Values[0], rows[n/3].Restart = 1e4, true
	rows[n/2].Values[1] = -1e4
	return rows
}

// keeps checks that few are real rows of all, about so many at most, and keep
// the first and last row and every column's extremes in each of some parts.
func keeps(t *testing.T, name string, few, all []series.Row, points, parts int, clock series.Clock) {
	t.Helper()
	if len(few) > points+points/8 || len(few) < points/16 {
		t.Errorf("%s: got %d rows, want about %d", name, len(few), points)
	}
	real := map[int64]series.Row{}
	for _, r := range all {
		real[r.Seq] = r
	}
	for _, r := range few {
		want, ok := real[r.Seq]
		if !ok || r.Time != want.Time || r.Device != want.Device || r.Restart != want.Restart {
			t.Fatalf("%s: got row %+v, want %+v", name, r, want)
		}
		for i, v := range r.Values {
			if !Same(v, want.Values[i]) {
				t.Fatalf("%s: seq %d value %d: got %v, want %v", name, r.Seq, i, v, want.Values[i])
			}
		}
	}
	if len(few) == 0 {
		return
	}
	if few[0].Seq != all[0].Seq || few[len(few)-1].Seq != all[len(all)-1].Seq {
		t.Errorf("%s: got rows %d to %d, want %d to %d", name, few[0].Seq, few[len(few)-1].Seq, all[0].Seq, all[len(all)-1].Seq)
	}
	for p := range parts {
		lo, hi := all[p*len(all)/parts].Seq, all[(p+1)*len(all)/parts-1].Seq
		for c := range all[0].Values {
			a, b := extremes(all, lo, hi, c)
			x, y := extremes(few, lo, hi, c)
			// The row that has a part's extreme may be missing where a bucket
			// reaches into the neighbour, which has a greater one.
			if parts == 1 && (a != x || b != y) {
				t.Errorf("%s: column %d: got %v to %v, want %v to %v", name, c, x, y, a, b)
			}
			if parts > 1 && (x > a+(b-a)/3 || y < b-(b-a)/3) {
				t.Errorf("%s: part %d column %d: got %v to %v, want about %v to %v", name, p, c, x, y, a, b)
			}
		}
	}
}

func extremes(rows []series.Row, from, to int64, column int) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		if r.Seq >= from && r.Seq <= to {
			lo, hi = math.Min(lo, orInf(r.Values[column], 1)), math.Max(hi, orInf(r.Values[column], -1))
		}
	}
	return lo, hi
}

func orInf(v float64, sign int) float64 {
	if math.IsNaN(v) {
		return math.Inf(sign)
	}
	return v
}

func points(t *testing.T, open Make) {
	s := open(t, nil)
	id := mustDefine(t, s, "ada", "x", []series.Column{{Name: "a"}, {Name: "b"}})
	put(t, s, id, curve(12_000))
	all := Read(t, s, id, series.Query{})
	for _, n := range []int{1, 2, 50, 400, 2000, 8_000} {
		few := Read(t, s, id, series.Query{Points: n})
		if n < 50 {
			if len(few) == 0 || len(few) > 8 {
				t.Errorf("%d points: got %d rows, want 1 to 8", n, len(few))
			}
			continue
		}
		keeps(t, "all", few, all, n, 1, "")
		if n >= 400 {
			keeps(t, "parts", few, all, n, 8, "")
		}
	}
	restart := false
	for _, r := range Read(t, s, id, series.Query{Points: 200}) {
		restart = restart || r.Restart
	}
	if !restart {
		t.Errorf("200 points: the restart is missing")
	}
	after := all[4_000].Seq
	keeps(t, "after", Read(t, s, id, series.Query{Points: 500, After: after}), all[4_001:], 500, 4, "")
	keeps(t, "limit", Read(t, s, id, series.Query{Points: 500, Limit: 3_600}), all[8_400:], 500, 4, "")
}

func gaps(t *testing.T, open Make) {
	s := open(t, nil)
	id := mustDefine(t, s, "ada", "x", []series.Column{{Name: "a"}, {Name: "b"}})
	rows := curve(10_000)
	for i := range rows {
		if i >= 4_000 && i < 4_500 {
			rows[i].Values[0] = math.NaN()
		}
		if i >= 6_000 && i < 6_500 {
			rows[i].Values = nil
		}
	}
	put(t, s, id, rows)
	all := Read(t, s, id, series.Query{})
	few := Read(t, s, id, series.Query{Points: 500})
	keeps(t, "gaps", few, all, 500, 1, "")
	for _, from := range []int{4_000, 6_000} {
		gap := false
		for _, r := range few {
			gap = gap || r.Seq >= all[from].Seq && r.Seq < all[from+500].Seq && math.IsNaN(r.Values[0])
		}
		if !gap {
			t.Errorf("rows %d on: the gap is missing", from)
		}
	}
}

// ranges cuts out of clocks that step.
func ranges(t *testing.T, open Make) {
	s := open(t, nil)
	id := mustDefine(t, s, "ada", "x", []series.Column{{Name: "a"}, {Name: "b"}})
	rows := curve(15_000)
	for i := range rows {
		rows[i].Device = rows[i].Time - int64(i%977)*second // jumps to and fro
		if i >= 10_000 {
			rows[i].Time -= 450 * second
		}
	}
	put(t, s, id, rows)
	all := Read(t, s, id, series.Query{})
	for _, c := range []struct {
		name string
		q    series.Query
	}{
		{"all", series.Query{}},
		{"where the clock stepped", series.Query{From: time.Unix(0, epoch+600*second), To: time.Unix(0, epoch+900*second)}},
		{"by device", series.Query{Clock: series.Device}},
		{"a range by device", series.Query{Clock: series.Device, From: time.Unix(0, epoch+250*second), To: time.Unix(0, epoch+750*second)}},
	} {
		from, to := c.q.Span()
		var want []series.Row
		for _, r := range all {
			if at := r.At(c.q.Clock); at >= from && at < to {
				want = append(want, r)
			}
		}
		if got := Read(t, s, id, c.q); len(got) != len(want) {
			t.Errorf("%s: got %d rows, want %d", c.name, len(got), len(want))
		}
		c.q.Points = 600
		keeps(t, c.name, Read(t, s, id, c.q), want, 600, 1, c.q.Clock)
	}
}

func wide(t *testing.T, open Make) {
	s := open(t, nil)
	const n = 20
	id := mustDefine(t, s, "ada", "x", make([]series.Column, n))
	rng := rand.New(rand.NewPCG(3, 4))
	rows := make([]series.Row, 6_000)
	for i := range rows {
		rows[i] = series.Row{Time: epoch + int64(i)*second, Values: make([]float64, n)}
		for c := range n {
			rows[i].Values[c] = rng.NormFloat64()
		}
	}
	put(t, s, id, rows)
	all := Read(t, s, id, series.Query{})
	keeps(t, "many columns", Read(t, s, id, series.Query{Points: 1000}), all, 1000, 1, "")
}
