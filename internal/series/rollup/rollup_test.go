package rollup_test

import (
	"math"
	"slices"
	"testing"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
)

func row(seq, time int64, values ...float64) *series.Row {
	return &series.Row{Seq: seq, Time: time, Values: values}
}

func TestUnit(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	rows := []*series.Row{row(3, 100, 1, nan), row(5, 90, 4), row(9, 300, -2, nan, 7), row(10, 80, 4, nan, 7)}
	rows[2].Device = 50
	var all rollup.Unit
	for _, r := range rows {
		all.Row(r, r.Seq*10)
	}
	if all.First != 3 || all.Last != 10 || all.Head != 30 || all.Tail != 100 || all.Rows != 4 || all.Start != 100 || all.End != 80 {
		t.Errorf("ends: got %+v", all)
	}
	if lo, hi := all.Span(series.Arrival); lo != 80 || hi != 300 {
		t.Errorf("arrival: got %d to %d, want 80 to 300", lo, hi)
	}
	if lo, hi := all.Span(series.Device); lo != 50 || hi != 100 {
		t.Errorf("device: got %d to %d, want 50 to 100", lo, hi)
	}
	want := []rollup.Stat{{Min: -2, Max: 4, MinAt: 90, MaxAt: 50}, {}, {Min: 7, Max: 7, MinAt: 90, MaxAt: 90}}
	if !slices.Equal(all.Columns, want) {
		t.Errorf("columns: got %+v, want %+v", all.Columns, want)
	}
	for name, order := range map[string][2]int{"in order": {0, 1}, "the later first": {1, 0}} {
		var halves [2]rollup.Unit
		for i, r := range rows {
			halves[i/2].Row(r, r.Seq*10)
		}
		var sum rollup.Unit
		sum.Add(&rollup.Unit{})
		sum.Add(&halves[order[0]])
		sum.Add(&halves[order[1]])
		sum.Columns[0].MaxAt = 50 // of two rows with the same maximum either may stand
		if !slices.Equal(sum.Columns, all.Columns) || sum.First != all.First || sum.Tail != all.Tail || sum.Start != all.Start || sum.End != all.End || sum.Rows != 4 {
			t.Errorf("%s: got %+v, want %+v", name, sum, all)
		}
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rows []*series.Row
		want []int64
	}{
		{"none", nil, nil},
		{"one", []*series.Row{row(1, 10, 5)}, []int64{1}},
		{"no numbers", []*series.Row{row(1, 10), row(2, 20), row(3, 30)}, []int64{1, 3}},
		{"extremes and ends", []*series.Row{row(1, 1, 0), row(2, 2, 9), row(3, 3, 1), row(4, 4, -9), row(5, 5, 0), row(6, 6, 1)}, []int64{1, 2, 4, 6}},
	} {
		b := rollup.NewBuckets(rollup.Choice{Lo: 1, Hi: 30, Rows: int64(len(c.rows)), Points: 2})
		for _, r := range c.rows {
			b.Row(r, r.Seq)
		}
		if got := b.Pick(); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestBurst: a burst in a quiet week keeps its shape, and so does the week.
func TestBurst(t *testing.T) {
	t.Parallel()
	const points, week, burst = 400, 700, 60_000
	b := rollup.NewBuckets(rollup.Choice{Lo: 0, Hi: week * 1e9, Rows: week + burst, Points: points})
	seq := int64(0)
	add := func(time int64) {
		seq++
		b.Row(row(seq, time, math.Sin(float64(seq)/100)), seq)
	}
	for i := range int64(week) {
		add(i * 1e9)
		if i == 300 {
			for j := range int64(burst) {
				add(i*1e9 + j)
			}
		}
	}
	inside := 0
	got := b.Pick()
	for _, s := range got {
		if s > 301 && s <= 301+burst {
			inside++
		}
	}
	if len(got) > points || inside < points/4 || len(got)-inside < points/4 {
		t.Errorf("got %d rows, %d of them in the burst, want at most %d, a quarter at least for each", len(got), inside, points)
	}
}
