package solar

import (
	"math"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"
)

var start = time.Unix(1_700_000_000, 0)

type point struct{ v, mA float64 }

func measure(b *Bench, from time.Time, every time.Duration, n int) []point {
	points := make([]point, n)
	for k := range points {
		v, i := b.At(from.Add(time.Duration(k) * every))
		points[k] = point{float64(v) / float64(physic.Volt), float64(i) / float64(physic.MilliAmpere)}
	}
	return points
}

func TestSameSeedSameCurve(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {Sweep: true}} {
		a, again := measure(NewBench(7, o), start, time.Second, 100), measure(NewBench(7, o), start, time.Second, 100)
		other := measure(NewBench(8, o), start, time.Second, 100)
		equal := 0
		for k := range a {
			if a[k] != again[k] {
				t.Fatalf("sweep %t, second %d: got %v and %v, want the same", o.Sweep, k, a[k], again[k])
			}
			if a[k] == other[k] {
				equal++
			}
		}
		if equal > 5 {
			t.Errorf("sweep %t: another seed agrees at %d of 100 points, want few", o.Sweep, equal)
		}
	}
}

func TestLightAndLoadChange(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		low, high := point{math.Inf(1), math.Inf(1)}, point{}
		var last point
		for k, p := range measure(NewBench(seed, Options{}), start, 100*time.Millisecond, 6000) {
			if p.v < 0 || p.v > 6.5 || p.mA < 0 || p.mA > 120 {
				t.Fatalf("seed %d: got %v, want what a small panel gives", seed, p)
			}
			if k > 0 && (math.Abs(p.v-last.v) > 1 || math.Abs(p.mA-last.mA) > 15) {
				t.Errorf("seed %d: a jump from %v to %v in 0.1 s", seed, last, p)
			}
			last = p
			low, high = point{min(low.v, p.v), min(low.mA, p.mA)}, point{max(high.v, p.v), max(high.mA, p.mA)}
		}
		if high.v-low.v < 1 || high.mA-low.mA < 20 {
			t.Errorf("seed %d: 10 minutes went from %v to %v, want more change", seed, low, high)
		}
	}
}

// A sweep is an I-V curve: from Isc to Voc, current falling as voltage rises,
// points all along it.
func TestSweepIsACurve(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		b := NewBench(seed, Options{Sweep: true})
		var sweeps [][]point
		for _, p := range measure(b, start, 100*time.Millisecond, 900) {
			if n := len(sweeps); n == 0 || p.v < sweeps[n-1][len(sweeps[n-1])-1].v-1 {
				sweeps = append(sweeps, nil)
			}
			sweeps[len(sweeps)-1] = append(sweeps[len(sweeps)-1], p)
		}
		if len(sweeps) != 5 && len(sweeps) != 6 {
			t.Fatalf("seed %d: got %d sweeps in 90 s, want 5 or 6 with the broken ones", seed, len(sweeps))
		}
		for _, s := range sweeps[1 : len(sweeps)-1] {
			first, last := s[0], s[len(s)-1]
			if first.v > 0.15 || last.mA != 0 || len(s) != 200 {
				t.Errorf("seed %d: %d points from %v to %v, want 200 from about 0 V to 0 mA", seed, len(s), first, last)
			}
			for k := 1; k < len(s); k++ {
				// The light flickers a little: 0.3 %.
				if s[k].v < s[k-1].v-0.02 || s[k].mA > s[k-1].mA+0.5 || math.Abs(s[k].v-s[k-1].v) > 0.3 {
					t.Fatalf("seed %d: %v is followed by %v, want a falling curve without gaps", seed, s[k-1], s[k])
				}
			}
		}
	}
}
