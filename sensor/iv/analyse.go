package iv

import "slices"

// Analyse computes the figures of a curve. It never panics, whatever the
// numbers are. Beyond 2,000 voltages neighbours are averaged first, so that
// the time is bounded.
func Analyse(c Curve, s Setup) Result {
	r := Result{Kind: Other, CurrentSign: 1, VoltageSign: 1, Show: []string{}, Power: []Point{}, Load: []Point{}, Notes: []string{}}
	d := read(c)
	r.Points, r.CurrentSign, r.VoltageSign, r.Descending = d.count, d.signI, d.signV, d.descending
	switch {
	case d.count >= leastNodes && (d.span == 0 || d.current == 0):
		r.none(sayFlat)
	case len(d.nodes) < leastNodes:
		r.none(sayFew)
	case d.lit:
		r.none(sayNoDiode)
		r.Resistance.Missing = sayNoOhm
		k := newCurve(d, true, s.Quick)
		r.solar(d, k, s)
		r.single(k, s)
		if !s.Quick {
			r.curves(k, true)
		}
	default:
		r.none(sayDark)
		r.dark(d, s)
	}
	r.Notes = append(r.Notes, slices.Clone(d.notes)...)
	return r
}

// none gives every figure the reason why there is no number.
func (r *Result) none(why string) {
	for _, f := range []*Figure{&r.Voc, &r.Vmpp, &r.Threshold} {
		*f = missing("V", why)
	}
	for _, f := range []*Figure{&r.Isc, &r.Impp} {
		*f = missing("A", why)
	}
	for _, f := range []*Figure{&r.Rs, &r.Rsh, &r.SlopeOpen, &r.SlopeShort, &r.RLoad, &r.Resistance} {
		*f = missing("ohm", why)
	}
	for _, f := range []*Figure{&r.FF, &r.Efficiency, &r.Ideality} {
		*f = missing("", why)
	}
	r.Pmpp = missing("W", why)
}
