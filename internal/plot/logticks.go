package plot

import (
	"fmt"
	"math"
	"strconv"
)

// logTicks are the ticks of a logarithmic axis from lo to hi, both positive:
// powers of ten, and between them unlabelled ones; where less than a decade is
// seen, those between are labelled too. space is how many labels fit.
func logTicks(lo, hi float64, space int) []tick {
	space = min(max(space, 2), 9)
	logLo, logHi := math.Log10(lo), math.Log10(hi)
	decades := int(math.Floor(logHi) - math.Ceil(logLo))
	stride := (decades+1)/space + 1
	if stride >= decades {
		stride = max(1, decades-1)
	}
	var ticks []tick
	labels := logLabels(logHi - logLo)
	for e := int(math.Floor(logLo)) - stride; e < int(math.Ceil(logHi))+2*stride; e += stride {
		if v := pow10(float64(e)); v >= lo && v <= hi {
			ticks = append(ticks, tick{at: v, text: fmt.Sprintf("$\\mathdefault{10^{%d}}$", e)})
		}
	}
	if decades > 10 || stride != 1 {
		return ticks
	}
	majors := len(ticks)
	for e := int(math.Floor(logLo)); e <= int(math.Ceil(logHi)); e++ {
		for k := 2; k <= 9; k++ {
			if v := float64(k) * pow10(float64(e)); v >= lo && v <= hi {
				ticks = append(ticks, tick{at: v, text: logText(v, labels), minor: true})
			}
		}
	}
	if len(ticks)-majors > 1 {
		return ticks
	}
	// Far less than a decade: the ticks of a linear axis stand between.
	ticks = ticks[:majors]
	for _, v := range linearTicks(lo, hi, 9) {
		if !power(v) { // which has its own tick
			ticks = append(ticks, tick{at: v, text: logText(v, labels), minor: true})
		}
	}
	return ticks
}

// logLabels tells by the seen number of decades which multiples of a power of
// ten get a label.
func logLabels(decades float64) func(k int) bool {
	switch {
	case decades > 1:
		return func(k int) bool { return k == 1 }
	case decades > 0.4:
		return func(k int) bool { return k == 1 || k == 2 || k == 3 || k == 4 || k == 6 || k == 10 }
	}
	return func(int) bool { return true }
}

func logText(v float64, labelled func(int) bool) string {
	x := math.Log10(v)
	e := math.Floor(x)
	m := math.Pow(10, x-e)
	if !labelled(int(math.Round(m))) {
		return ""
	}
	if r := math.Round(m); math.Abs(m-r) <= 1e-9*m {
		m = r
	}
	return fmt.Sprintf("$\\mathdefault{%s\\times10^{%d}}$", strconv.FormatFloat(m, 'g', 6, 64), int(e))
}

// power tells whether v is a power of ten.
func power(v float64) bool {
	x := math.Log10(v)
	r := math.Round(x)
	return math.Abs(x-r) <= 1e-9*math.Max(math.Abs(x), math.Abs(r))
}
