package plot

import (
	"math"
	"strconv"
	"strings"
)

// tick is a place on an axis. Its text may be TeX.
type tick struct {
	at    float64
	text  string
	minor bool
}

// niceSteps are the distances of matplotlib's AutoLocator, over three decades.
var niceSteps = [...]float64{0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10, 20}

// floorDiv and floorMod are Python's // and % for numbers.
func floorDiv(a, b float64) float64 {
	return math.Round((a - floorMod(a, b)) / b)
}

func floorMod(a, b float64) float64 {
	m := math.Mod(a, b)
	if m != 0 && (b < 0) != (m < 0) {
		m += b
	}
	return m
}

// linearTicks places at most bins+1 ticks at round values within lo..hi, as
// matplotlib's MaxNLocator does: the largest nice step that leaves two.
func linearTicks(lo, hi float64, bins int) []float64 {
	lo, hi = nonsingular(lo, hi, 1e-13, 1e-14)
	n := float64(bins)
	span, mean := hi-lo, lo/2+hi/2
	offset := 0.0
	if math.Abs(mean)/span >= 100 {
		offset = math.Copysign(pow10(math.Floor(math.Log10(math.Abs(mean)))), mean)
	}
	scale := pow10(math.Floor(math.Log10(span / n)))
	a, b := lo-offset, hi-offset
	i := 0
	for i < len(niceSteps)-1 && niceSteps[i]*scale < span/n {
		i++
	}
	var ticks []float64
	for ; i >= 0; i-- {
		step := niceSteps[i] * scale
		base := floorDiv(a, step) * step
		first, last := edgeBelow(a-base, step, offset), edgeAbove(b-base, step, offset)
		if !(last-first < 100) {
			break
		}
		ticks = ticks[:0]
		slack := 1e-8 * (b - a) // a tick at the very end is seen
		for k := first; k <= last; k++ {
			if v := k*step + base; v >= a-slack && v <= b+slack {
				ticks = append(ticks, v+offset)
			}
		}
		if len(ticks) >= 2 {
			break
		}
	}
	return ticks
}

func edgeBelow(x, step, offset float64) float64 {
	d, m := floorDiv(x, step), floorMod(x, step)
	if near(m/step, 1, step, offset) {
		d++
	}
	return d
}

func edgeAbove(x, step, offset float64) float64 {
	d, m := floorDiv(x, step), floorMod(x, step)
	if !near(m/step, 0, step, offset) {
		d++
	}
	return d
}

func near(a, b, step, offset float64) bool {
	tol := 1e-10
	if offset != 0 {
		tol = math.Min(0.4999, math.Max(tol, math.Pow(10, math.Log10(math.Abs(offset)/step)-12)))
	}
	return math.Abs(a-b) < tol
}

// nonsingular widens a range that is too narrow for its values.
func nonsingular(lo, hi, expander, tiny float64) (float64, float64) {
	if math.IsNaN(lo) || math.IsNaN(hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return -expander, expander
	}
	largest := math.Max(math.Abs(lo), math.Abs(hi))
	const smallestNormal = 2.2250738585072014e-308
	switch {
	case largest < 1e6/tiny*smallestNormal:
		return -expander, expander
	case hi-lo <= largest*tiny:
		return lo - expander*math.Abs(lo), hi + expander*math.Abs(hi)
	}
	return lo, hi
}

// linearLabels writes the ticks as matplotlib's ScalarFormatter does: as many
// decimals as all need, and what all share, a power of ten or an offset, apart
// from them at the axis' end.
func linearLabels(ticks []float64, lo, hi float64) (labels []string, shared string) {
	if len(ticks) == 0 {
		return nil, ""
	}
	offset := sharedOffset(ticks)
	order := 0
	largest := 0.0
	for _, t := range ticks {
		largest = math.Max(largest, math.Abs(t))
	}
	switch {
	case offset != 0:
		order = int(math.Floor(math.Log10(hi - lo)))
	case largest != 0:
		order = int(math.Floor(math.Log10(largest)))
	}
	if order > -5 && order < 6 {
		order = 0
	}
	scale := pow10(float64(order))
	scaled := make([]float64, len(ticks))
	for i, t := range ticks {
		scaled[i] = (t - offset) / scale
	}
	digits := decimals(scaled, (lo-offset)/scale, (hi-offset)/scale)
	for _, v := range scaled {
		if math.Abs(v) < 1e-8 {
			v = 0
		}
		labels = append(labels, minus(strconv.FormatFloat(v, 'f', digits, 64)))
	}
	if order != 0 {
		shared = "1e" + strconv.Itoa(order)
	}
	if offset != 0 {
		shared += scientific(offset)
	}
	return labels, minus(shared)
}

// sharedOffset is the number to take away from all ticks where that saves four
// digits, otherwise 0.
func sharedOffset(ticks []float64) float64 {
	lo, hi := ticks[0], ticks[0]
	for _, t := range ticks {
		lo, hi = math.Min(lo, t), math.Max(hi, t)
	}
	if lo == hi || lo <= 0 && hi >= 0 {
		return 0
	}
	small, large := math.Abs(lo), math.Abs(hi)
	if small > large {
		small, large = large, small
	}
	top := math.Ceil(math.Log10(large))
	search := func(differ func(unit float64) bool) float64 {
		for e := top; e > top-330; e-- {
			if differ(pow10(e)) {
				return pow10(e + 1)
			}
		}
		return 0
	}
	unit := search(func(u float64) bool { return floorDiv(small, u) != floorDiv(large, u) })
	if unit == 0 {
		return 0
	}
	if (large-small)/unit <= 1e-2 {
		unit = search(func(u float64) bool { return floorDiv(large, u)-floorDiv(small, u) > 1 })
	}
	if unit == 0 || floorDiv(large, unit) < 1000 {
		return 0
	}
	return math.Copysign(floorDiv(large, unit)*unit, lo)
}

// decimals is how many digits after the point tell the values apart.
func decimals(values []float64, lo, hi float64) int {
	all := values
	if len(all) < 2 {
		all = append([]float64{lo, hi}, values...)
	}
	first, last, largest := all[0], all[0], 0.0
	for _, v := range all {
		first, last, largest = math.Min(first, v), math.Max(last, v), math.Max(largest, math.Abs(v))
	}
	span := last - first
	if span == 0 {
		span = largest
	}
	if span == 0 {
		span = 1
	}
	order := int(math.Floor(math.Log10(span)))
	digits := max(0, 3-order)
	limit := 1e-3 * pow10(float64(order))
	for ; digits >= 0; digits-- {
		worst := 0.0
		unit := pow10(float64(digits))
		for _, v := range values {
			worst = math.Max(worst, math.Abs(v-math.RoundToEven(v*unit)/unit))
		}
		if worst >= limit {
			break
		}
	}
	return min(digits+1, 20)
}

// scientific writes an offset with its sign: +1.25e6.
func scientific(v float64) string {
	e := math.Floor(math.Log10(math.Abs(v)))
	m := math.Round(v/pow10(e)*1e10) / 1e10
	s := strconv.FormatFloat(m, 'g', 10, 64)
	if v > 0 {
		s = "+" + s
	}
	if e != 0 {
		s += "e" + strconv.Itoa(int(e))
	}
	return s
}

func minus(s string) string { return strings.ReplaceAll(s, "-", "\u2212") }
