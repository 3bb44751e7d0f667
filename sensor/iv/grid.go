package iv

import (
	"cmp"
	"math"
	"slices"
)

// grid finds the steps that the meter rounds voltage and current to, 0 where
// there is none: an INA219 gives 4 mV and, by its calibration, 0.1 mA.
// Voltages that a source was told to take stand on a grid without being
// rounded; they come at regular distances, or repeat with the same current.
// So may an INA219's by chance: no source is told to make 4 mV.
func grid(pairs []Point) (v, i float64) {
	x, y := make([]float64, len(pairs)), make([]float64, len(pairs))
	for k, p := range pairs {
		x[k], y[k] = p.X, p.Y
	}
	v, regular := step(x)
	const ina219 = 4e-3
	switch {
	case math.Abs(v-ina219) < 1e-9 || math.Abs(v-2*ina219) < 1e-9:
		v = ina219
	case v > 0 && (regular || exact(pairs)):
		v = 0
	}
	i, regular = step(y)
	if regular {
		i = 0
	}
	return v, i
}

// step is the distance that all differences of the values are multiples of,
// and whether they follow each other regularly, with repeats at the ends at most.
func step(x []float64) (g float64, regular bool) {
	slices.Sort(x)
	extent := x[len(x)-1] - x[0]
	var gaps []float64
	repeated, again := 0, false // values that come more than once
	for k := 1; k < len(x); k++ {
		if d := x[k] - x[k-1]; d > 1e-7*extent {
			gaps, again = append(gaps, d), false
		} else if !again {
			repeated, again = repeated+1, true
		}
	}
	if len(gaps) < 4 {
		return 0, false
	}
	if g = lattice(x, extent); g == 0 {
		g = common(gaps)
	}
	if g == 0 {
		return 0, false
	}
	// A source keeps its step for long; rounding makes it change by one of the
	// grid's again and again.
	changes := 0
	for k := 1; k < len(gaps); k++ {
		if math.Abs(gaps[k]-gaps[k-1]) > 0.5*g {
			changes++
		}
	}
	return g, changes*10 < len(gaps) && repeated <= 2
}

// lattice is the largest of 1, 2, 4, 5, 8 times a power of ten that all values
// are multiples of, 0 if it is below a hundred-thousandth of the extent: no
// more than the digits that they were written with.
func lattice(x []float64, extent float64) float64 {
	for e := math.Floor(math.Log10(extent)); e >= math.Log10(extent)-5; e-- {
		for _, m := range []float64{8, 5, 4, 2, 1} {
			g := m * math.Pow(10, e)
			if !slices.ContainsFunc(x, func(v float64) bool {
				k := v / g
				return math.Abs(k-math.Round(k)) > 1e-6*(1+math.Abs(k))
			}) {
				return g
			}
		}
	}
	return 0
}

// common is the smallest gap, where the others are multiples of it: a grid
// that is no round number in this unit.
func common(gaps []float64) float64 {
	least := slices.Min(gaps)
	sum, n := 0.0, 0
	for _, d := range gaps {
		if d < 1.4*least {
			sum += d
			n++
		}
	}
	g := sum / float64(n)
	fit, all := 0, 0
	for _, d := range gaps {
		m := math.Round(d / g)
		if m > 200 {
			continue
		}
		all++
		if math.Abs(d/g-m) < 0.05 {
			fit++
		}
	}
	if all < 4 || float64(fit) < 0.98*float64(all) || 2*all < len(gaps) {
		return 0
	}
	return g
}

// exact tells that rows of one voltage agree in current far better than
// neighbouring voltages do: the voltage was set, not rounded. Pairs are
// sorted by voltage.
func exact(pairs []Point) bool {
	type group struct{ mean, low, high, n float64 }
	var groups []group
	last := math.NaN()
	for _, p := range pairs {
		if p.X != last {
			groups = append(groups, group{low: p.Y, high: p.Y})
			last = p.X
		}
		g := &groups[len(groups)-1]
		g.n++
		g.mean += (p.Y - g.mean) / g.n
		g.low, g.high = min(g.low, p.Y), max(g.high, p.Y)
	}
	type pair struct{ within, between float64 }
	var steep []pair
	for k := 1; k < len(groups); k++ {
		if g := groups[k]; g.n >= 2 {
			steep = append(steep, pair{g.high - g.low, math.Abs(g.mean - groups[k-1].mean)})
		}
	}
	if len(steep) < 4 {
		return false
	}
	slices.SortFunc(steep, func(a, b pair) int { return cmp.Compare(b.between, a.between) })
	steep = steep[:len(steep)/2]
	within := 0
	for _, p := range steep {
		if p.within < 0.2*p.between {
			within++
		}
	}
	return within*3 > len(steep)*2
}
