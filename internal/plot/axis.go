package plot

import "math"

// The largest number that is drawn, and the bounds of a logarithmic axis, whose
// margins are powers: beyond, the ends of the axis are no longer numbers.
const (
	largest = 1e300
	logMin  = 1e-250
	logMax  = 1e250
)

// axis maps values to points of the page.
type axis struct {
	log      bool
	lo, hi   float64 // values at the ends
	from, to float64 // points at the ends
}

// shows tells whether v can be drawn on the axis at all.
func (a axis) shows(v float64) bool {
	if a.log {
		return v >= logMin && v <= logMax
	}
	return v >= -largest && v <= largest // and is a number
}

func (a axis) at(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		lo, hi, v = math.Log10(lo), math.Log10(hi), math.Log10(v)
	}
	return a.from + (v-lo)/(hi-lo)*(a.to-a.from)
}

// extent gathers the range of the values on an axis.
type extent struct {
	lo, hi float64
	any    bool
}

func (e *extent) add(v float64) {
	if !e.any {
		e.lo, e.hi, e.any = v, v, true
		return
	}
	e.lo, e.hi = math.Min(e.lo, v), math.Max(e.hi, v)
}

// margin is what matplotlib leaves free at each end, of the data's range.
const margin = 0.05

// view sets the ends of the axis around the data. floor, where given, is a
// value that the margin does not pass: the foot of bars.
func (a *axis) view(e extent, floor *float64) {
	lo, hi := e.lo, e.hi
	if a.log {
		switch {
		case !e.any:
			lo, hi = 1, 10
		case hi <= lo*(1+1e-12):
			lo, hi = decadeBelow(lo), decadeAbove(hi)
		}
		d := (math.Log10(hi) - math.Log10(lo)) * margin
		a.lo, a.hi = math.Pow(10, math.Log10(lo)-d), math.Pow(10, math.Log10(hi)+d)
		return
	}
	if !e.any {
		lo, hi = math.Inf(-1), math.Inf(1)
	}
	lo, hi = nonsingular(lo, hi, 0.05, 1e-15)
	d := (hi - lo) * margin
	a.lo, a.hi = lo-d, hi+d
	if floor != nil && lo >= *floor {
		a.lo = math.Max(a.lo, *floor)
	}
	a.lo, a.hi = nonsingular(a.lo, a.hi, 1e-12, 1e-13)
}

// pow10 is a whole power of ten, exactly.
func pow10(e float64) float64 { return math.Pow10(int(e)) }

// decadeBelow is the largest power of ten under v.
func decadeBelow(v float64) float64 {
	d := pow10(math.Floor(math.Log10(v)))
	if d >= v*(1-1e-9) {
		d /= 10
	}
	return d
}

// decadeAbove is the smallest power of ten over v.
func decadeAbove(v float64) float64 {
	d := pow10(math.Ceil(math.Log10(v)))
	if d <= v*(1+1e-9) {
		d *= 10
	}
	return d
}

// ticks are the axis' ticks and what their labels share. perLabel is the room
// for one in points.
func (a axis) ticks(perLabel float64) ([]tick, string) {
	space := int((a.to - a.from) / perLabel)
	if a.log {
		return logTicks(a.lo, a.hi, space), ""
	}
	places := linearTicks(a.lo, a.hi, min(max(space, 1), 9))
	labels, shared := linearLabels(places, a.lo, a.hi)
	ticks := make([]tick, len(places))
	for i, v := range places {
		ticks[i] = tick{at: v, text: labels[i]}
	}
	return ticks, shared
}
