package series_test

import (
	"math"
	"testing"
	"time"

	"labbroker/internal/series"
)

func TestClean(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name string
		give []float64
		want []float64
	}{
		{"nothing", nil, nil},
		{"numbers", []float64{1, 0, -2}, []float64{1, 0, -2}},
		{"gaps at the end", []float64{1, nan, inf}, []float64{1}},
		{"gaps inside", []float64{-inf, nan, 3}, []float64{nan, nan, 3}},
		{"too many", append(make([]float64, series.MaxColumns), 1), make([]float64, series.MaxColumns)},
	} {
		got := series.Clean(c.give)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] && !(math.IsNaN(got[i]) && math.IsNaN(c.want[i])) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	r := series.Row{Time: 5}
	if r.At(series.Device) != 5 || r.At("") != 5 {
		t.Errorf("without device time: got %d, want the arrival", r.At(series.Device))
	}
	r.Device = 3
	if r.At(series.Device) != 3 || r.At(series.Arrival) != 5 {
		t.Errorf("got %d and %d, want 3 and 5", r.At(series.Device), r.At(series.Arrival))
	}
	from, to := series.Query{From: time.Unix(1, 0)}.Span()
	if from != 1e9 || to != math.MaxInt64 {
		t.Errorf("Span: got %d to %d, want 1e9 and open", from, to)
	}
}
