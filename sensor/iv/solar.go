package iv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// solar fills in the figures of an element that gives power.
func (r *Result) solar(d *rows, c *curve, s Setup) {
	r.Kind = Solar
	r.Show = []string{"voc", "isc", "pmpp", "vmpp", "impp", "ff", "r_load", "rs", "rsh", "efficiency"}
	roundV, roundI := c.gridV/math.Sqrt(12), c.gridI/math.Sqrt(12)

	open, okOpen := c.open()
	if okOpen {
		v := -open.slope
		r.Voc = sure(open.v, math.Hypot(math.Sqrt(open.varJ)/v, math.Hypot(roundV, roundI/v)), "V")
		r.SlopeOpen = resistance(v, math.Sqrt(open.varS))
	} else {
		last := c.nodes[len(c.nodes)-1]
		why := fmt.Sprintf(sayOpen, eng(last.v, "V"), eng(last.j, "A"))
		r.Voc, r.SlopeOpen = missing("V", why), missing("ohm", why)
	}

	if short, fine := c.short(open.v, okOpen); fine {
		r.Isc = sure(short.j, math.Hypot(math.Sqrt(short.varJ), math.Hypot(roundI, roundV*short.slope)), "A")
		r.SlopeShort = resistance(-short.slope, math.Sqrt(short.varS))
	} else {
		why := fmt.Sprintf(sayShort, eng(c.from, "V"))
		r.Isc, r.SlopeShort = missing("A", why), missing("ohm", why)
	}

	r.power(c, roundV, roundI)
	r.fill()
	r.efficiency(s)
}

// resistance is 1 over a slope, unless that could as well be none.
func resistance(slope, u float64) Figure {
	if !(slope > 2*u) {
		return missing("ohm", fmt.Sprintf(sayMore, eng(1/(math.Max(slope, 0)+2*u), "ohm")))
	}
	return sure(1/slope, u/(slope*slope), "ohm")
}

// open is the curve where the current becomes 0. A last row whose current is
// not to be told from 0 is an open circuit as well.
func (c *curve) open() (sample, bool) {
	n := c.nodes
	last := len(n) - 1
	for k := last; k > 0; k-- { // the last crossing from give to take
		if n[k].v <= 0 {
			break
		}
		if c.value(n[k].v) > 0 {
			if k == last {
				return c.almostOpen()
			}
			return c.crossing(n[k].v, n[k+1].v)
		}
	}
	return sample{}, false
}

func (c *curve) crossing(lo, hi float64) (sample, bool) {
	for range 100 {
		mid := (lo + hi) / 2
		if mid <= lo || mid >= hi {
			break
		}
		if c.value(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	s := c.at((lo + hi) / 2)
	return s, s.slope < 0 && s.v > 0
}

// almostOpen goes on from the last row to 0 A where next to nothing is left.
func (c *curve) almostOpen() (sample, bool) {
	s := c.at(c.to)
	row := c.nodes[len(c.nodes)-1].j
	if row > max(c.gridI, 3*c.sigI, 1e-3*c.current) || !(s.slope < 0) {
		return s, false
	}
	v := c.to
	for range 20 {
		v -= s.j / s.slope
		if !(v-c.to < 0.02*c.to) {
			return s, false
		}
		if s = c.at(v); !(s.slope < 0) {
			return s, false
		}
	}
	return s, true
}

// short is the curve at 0 V, where rows reach it or nearly so: 2 % of the
// open-circuit voltage, or of the largest.
func (c *curve) short(open float64, known bool) (sample, bool) {
	reach := c.to
	if known {
		reach = open
	}
	s := c.at(0)
	return s, c.from <= 0.02*reach && c.to > 0 && s.j > 0
}

// power finds the maximum power point.
func (r *Result) power(c *curve, roundV, roundI float64) {
	var at []float64
	for k, n := range c.nodes {
		if k > 0 && len(c.nodes) <= smoothNodes {
			a := c.nodes[k-1].v
			h := (n.v - a) / 4
			at = append(at, a+h, a+2*h, a+3*h)
		}
		at = append(at, n.v)
	}
	best, most := -1, 0.0
	for k, v := range at {
		if v <= 0 {
			continue
		}
		if p := v * c.value(v); p > most {
			best, most = k, p
		}
	}
	set := func(why string) {
		r.Vmpp, r.Impp, r.Pmpp, r.RLoad = missing("V", why), missing("A", why), missing("W", why), missing("ohm", why)
	}
	if best < 0 {
		set(sayOdd)
		return
	}
	if best == len(at)-1 {
		set(fmt.Sprintf(sayAbove, eng(c.to, "V")))
		return
	}
	if best == 0 || at[best-1] <= 0 && c.from > 0 {
		set(fmt.Sprintf(sayBelow, eng(c.from, "V")))
		return
	}
	s := c.peak(at[best-1], at[best+1])
	u := s.v * math.Sqrt(s.varJ)
	// The power must be seen to fall on both sides.
	if end := c.to * c.value(c.to); most-end < 2*math.Hypot(u, c.to*roundI) {
		set(fmt.Sprintf(sayAbove, eng(c.to, "V")))
		return
	}
	if begin := c.from * c.value(c.from); c.from > 0 && most-begin < 2*math.Hypot(u, c.from*roundI) {
		set(fmt.Sprintf(sayBelow, eng(c.from, "V")))
		return
	}
	p := s.v * s.j
	r.Pmpp = sure(p, math.Hypot(u, math.Hypot(s.v*roundI, s.j*roundV)), "W")
	// Where the slope of the power, J + V*J', is 0: its error over its slope.
	varP := s.varJ + 2*s.v*s.cov + s.v*s.v*s.varS
	bend := -(2*s.slope + s.v*s.bend)
	uv := math.Sqrt(max(varP, 0)) / bend
	// Where the power is as good as at its top cannot be far off either.
	if flat := math.Sqrt(2*u/bend) * 2; !(bend > 0) || uv > flat {
		uv = flat
	}
	if !(bend > 0) {
		uv = at[best+1] - at[best-1]
	}
	uv = math.Hypot(uv, roundV)
	// The top of a curve that the model does not know lies between rows.
	uv = math.Hypot(uv, 0.1*c.off()*c.spacing(s.v))
	r.Vmpp = sure(s.v, uv, "V")
	// At the top a change of voltage is undone by one of current: the same
	// part of each, in opposite directions.
	ui := math.Hypot(s.j*uv/s.v, math.Hypot(math.Sqrt(s.varJ), roundI))
	r.Impp = sure(s.j, ui, "A")
	r.RLoad = sure(s.v/s.j, s.v/s.j*math.Hypot(2*uv/s.v, math.Hypot(math.Sqrt(s.varJ), roundI)/s.j), "ohm")
}

// spacing is the distance of the rows around a voltage.
func (c *curve) spacing(v float64) float64 {
	n := c.nodes
	k, _ := slices.BinarySearchFunc(n, v, func(n node, v float64) int { return cmp.Compare(n.v, v) })
	k = min(max(k, 1), len(n)-1)
	return n[k].v - n[k-1].v
}

// peak finds the largest power between two voltages by golden sections.
func (c *curve) peak(lo, hi float64) sample {
	const g = 0.6180339887498949
	p := func(v float64) float64 { return v * c.value(v) }
	a, b := hi-g*(hi-lo), lo+g*(hi-lo)
	pa, pb := p(a), p(b)
	for range 60 {
		if hi-lo <= 1e-9*(math.Abs(hi)+math.Abs(lo)) {
			break
		}
		if pa >= pb {
			hi, b, pb = b, a, pa
			a = hi - g*(hi-lo)
			pa = p(a)
		} else {
			lo, a, pa = a, b, pb
			b = lo + g*(hi-lo)
			pb = p(b)
		}
	}
	// The top is flat; where its slope is 0 is better known.
	s := c.at((lo + hi) / 2)
	for range 3 {
		bend := 2*s.slope + s.v*s.bend
		next := s.v - (s.j+s.v*s.slope)/bend
		if !(bend < 0) || !(math.Abs(next-s.v) <= 1e-4*s.v) {
			break
		}
		s = c.at(next)
	}
	return s
}

// fill computes the fill factor. Errors of power and current are partly the
// same and would partly cancel; adding them as if independent is on the safe
// side.
func (r *Result) fill() {
	needs := ""
	for _, f := range []struct {
		name string
		f    Figure
	}{{"Voc", r.Voc}, {"Isc", r.Isc}, {"Pmpp", r.Pmpp}} {
		if f.f.Measured() {
			continue
		}
		if needs != "" {
			needs += " and "
		}
		needs += f.name
	}
	if needs != "" {
		r.FF = missing("", fmt.Sprintf(sayNeeds, needs))
		return
	}
	ff := r.Pmpp.Value / r.Voc.Value / r.Isc.Value
	r.FF = sure(ff, ff*math.Hypot(r.Pmpp.part(), math.Hypot(r.Voc.part(), r.Isc.part())), "")
}

// part is the uncertainty as a part of the value.
func (f Figure) part() float64 { return f.Uncertainty / f.Value }

func (r *Result) efficiency(s Setup) {
	switch {
	case !(s.Area > 0 && s.Irradiance > 0):
		r.Efficiency = missing("", saySetup)
	case !r.Pmpp.Measured():
		r.Efficiency = missing("", fmt.Sprintf(sayNeeds, "Pmpp"))
	default:
		e := r.Pmpp.Value / (s.Area * 1e-4 * s.Irradiance)
		r.Efficiency = measured(e, e*r.Pmpp.part(), "")
		if e > 0.5 && r.Efficiency.Measured() {
			r.Notes = append(r.Notes, sayEfficiency(e))
		}
	}
}
