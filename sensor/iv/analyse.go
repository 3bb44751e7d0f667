package iv

import (
	"math"
	"sort"
)

// Analyse computes the figures of a curve. It never panics, whatever the
// numbers are, and takes at most some 10 ms for 2,000 points; beyond 4,000
// neighbours are averaged first.
func Analyse(c Curve, s Setup) Result {
	r := Result{Kind: Other, CurrentSign: 1, VoltageSign: 1, Show: []string{"voc", "isc", "pmpp", "vmpp", "impp", "ff"}}
	for _, f := range []struct {
		f    *Figure
		unit string
	}{{&r.Voc, "V"}, {&r.Isc, "A"}, {&r.Vmpp, "V"}, {&r.Impp, "A"}, {&r.Pmpp, "W"}, {&r.FF, ""}, {&r.Rs, "ohm"}, {&r.Rsh, "ohm"},
		{&r.SlopeOpen, "ohm"}, {&r.SlopeShort, "ohm"}, {&r.RLoad, "ohm"}, {&r.Efficiency, ""}, {&r.Threshold, "V"}, {&r.Ideality, ""}, {&r.Resistance, "ohm"}} {
		*f.f = missing(f.unit, sayFew)
	}
	var pts []Point
	for k := range min(len(c.V), len(c.I)) {
		if ok(c.V[k]) && ok(c.I[k]) {
			pts = append(pts, Point{c.V[k], c.I[k]})
		}
	}
	r.Points = len(pts)
	if len(pts) < 4 {
		return r
	}
	sort.SliceStable(pts, func(a, b int) bool { return pts[a].X < pts[b].X })
	r.Kind = Solar
	if pts[0].Y < pts[len(pts)-1].Y {
		r.CurrentSign = -1
		for k := range pts {
			pts[k].Y *= -1
		}
	}
	best := 0
	for k, p := range pts {
		if p.X*p.Y > pts[best].X*pts[best].Y {
			best = k
		}
		r.Power = append(r.Power, Point{p.X, p.X * p.Y})
		if k == 0 {
			continue
		}
		a, step := pts[k-1], p.X-pts[k-1].X
		if step > 0 && a.Y > 0 && p.Y <= 0 {
			r.Voc = measured(a.X+step*a.Y/(a.Y-p.Y), step/4, "V")
		}
		if step > 0 && a.X <= 0 && p.X > 0 {
			r.Isc = measured(a.Y-(p.Y-a.Y)*a.X/step, math.Abs(p.Y-a.Y)/4, "A")
		}
	}
	m := pts[best]
	r.Vmpp, r.Impp, r.Pmpp = measured(m.X, 0.01*m.X, "V"), measured(m.Y, 0.01*m.Y, "A"), measured(m.X*m.Y, 0.002*m.X*m.Y, "W")
	if r.Voc.Measured() && r.Isc.Measured() {
		r.FF = measured(m.X*m.Y/r.Voc.Value/r.Isc.Value, 0.005, "")
	}
	return r
}

// ok tells numbers that can be reckoned with: products of three of them stay finite.
func ok(x float64) bool { return math.Abs(x) < 1e9 }
