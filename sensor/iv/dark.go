package iv

import (
	"math"
	"slices"
)

// dark fills in the figures of an element that gives no power. Its nodes have
// the generated current positive, so that a load's is negative.
func (r *Result) dark(d *rows, s Setup) {
	for k := range d.nodes {
		d.nodes[k].j = -d.nodes[k].j
	}
	d.signI = -d.signI
	r.CurrentSign = d.signI
	sort := d.sort()
	switch r.Kind = sort; sort {
	case Resistor:
		r.resistor(d)
		return
	case Other:
		for _, f := range []*Figure{&r.Threshold, &r.Ideality, &r.Rs, &r.Rsh, &r.Resistance} {
			f.Missing = sayOther
		}
		if last := d.nodes[len(d.nodes)-1]; last.v <= 0 || d.idle() {
			r.Threshold.Missing, r.Ideality.Missing = sayNoFlow, sayNoFlow
		}
		return
	}
	r.Resistance.Missing = sayNoOhm
	r.Show = []string{"threshold", "ideality", "rs"}
	r.Threshold = d.threshold()
	if r.Threshold.Measured() && r.Threshold.Value > 0.95 {
		r.Kind = LED
	}
	r.junction(d, s)
}

// sort tells a resistor from a diode by how the current grows: half the
// voltage gives half the current, or much less.
func (d *rows) sort() Kind {
	top := d.nodes[len(d.nodes)-1]
	if top.v <= 0 || top.j <= 0 || d.idle() {
		return Other
	}
	line, fine := through(d.nodes)
	if fine && math.Abs(line.offset) <= max(3*line.sdOffset, 0.02*d.current, 1.5*d.gridI) && line.rms <= max(0.02*d.current, d.gridI) && line.slope > 0 {
		if _, bent := through(d.upper(0.5)); bent || len(d.nodes) < 8 {
			return Resistor
		}
	}
	// The straight part of a diode begins beyond 0 V.
	if t := d.threshold(); t.Measured() && t.Value > max(0.04*top.v, 3*t.Uncertainty) {
		return Diode
	}
	return Other
}

// idle tells that hardly any current flows: less than the meter sees.
func (d *rows) idle() bool { return d.current < 3*d.gridI }

// upper are the nodes with at least that part of the largest current.
func (d *rows) upper(part float64) []node {
	most := d.nodes[len(d.nodes)-1].j
	for _, n := range d.nodes {
		most = max(most, n.j)
	}
	k := slices.IndexFunc(d.nodes, func(n node) bool { return n.v > 0 && n.j >= part*most })
	if k < 0 {
		return nil
	}
	return d.nodes[k:]
}

// line is a straight line j = offset + slope*v through nodes.
type line struct {
	offset, slope, rms   float64
	sdOffset, sdZero, n0 float64 // n0: where it meets 0 A, sdZero its uncertainty
}

// through is the line of least squares; false for fewer than 3 nodes, or where
// it is flat.
func through(nodes []node) (l line, fine bool) {
	if len(nodes) < 3 {
		return l, false
	}
	var w, v, j float64
	for _, n := range nodes {
		w += n.count
		v += n.count * n.v
		j += n.count * n.j
	}
	v, j = v/w, j/w
	var vv, vj float64
	for _, n := range nodes {
		vv += n.count * (n.v - v) * (n.v - v)
		vj += n.count * (n.v - v) * (n.j - j)
	}
	l.slope = vj / vv
	l.offset = j - l.slope*v
	sum := 0.0
	for _, n := range nodes {
		e := n.j - l.offset - l.slope*n.v
		sum += n.count * e * e
	}
	l.rms = math.Sqrt(sum / w)
	s2 := sum / w * float64(len(nodes)) / float64(len(nodes)-2)
	l.sdOffset = math.Sqrt(s2 * (1/float64(len(nodes)) + v*v*w/vv/float64(len(nodes))))
	l.n0 = -l.offset / l.slope
	m := float64(len(nodes))
	l.sdZero = math.Sqrt(s2*(1/m+(v-l.n0)*(v-l.n0)*w/vv/m)) / math.Abs(l.slope)
	return l, l.slope > 0
}

// threshold is where the straight line through the upper half of the current
// meets 0 A. Where there are too few rows up there, the upper ones are taken.
func (d *rows) threshold() Figure {
	if d.idle() || d.nodes[len(d.nodes)-1].v <= 0 {
		return missing("V", sayNoFlow)
	}
	nodes := d.upper(0.5)
	if len(nodes) < 3 {
		nodes = d.nodes[max(len(d.nodes)-3, 0):]
	}
	l, fine := through(nodes)
	if !fine || !(l.n0 < nodes[len(nodes)-1].v) {
		return missing("V", sayOdd)
	}
	return measured(l.n0, math.Hypot(l.sdZero, math.Hypot(d.gridV, d.gridI/l.slope)/math.Sqrt(12)), "V")
}

// resistor is the slope of the line through all rows.
func (r *Result) resistor(d *rows) {
	r.Show = []string{"resistance"}
	for _, f := range []*Figure{&r.Threshold, &r.Ideality, &r.Rs, &r.Rsh} {
		f.Missing = sayNoDiode
	}
	l, _ := through(d.nodes)
	var w, v, vv float64
	for _, n := range d.nodes {
		w += n.count
		v += n.count * n.v
		vv += n.count * n.v * n.v
	}
	m := float64(len(d.nodes))
	spread := math.Sqrt(max(vv/w-v/w*v/w, 0) * m)
	noise := l.rms * math.Sqrt(m/(m-2)) / spread
	// Rounding tilts the line by a step over the extent at most.
	extent := d.nodes[len(d.nodes)-1].v - d.nodes[0].v
	tilt := math.Hypot(d.gridI, d.gridV*l.slope) / extent / math.Sqrt(12)
	u := math.Hypot(noise, tilt) + 1e-9*l.slope
	r.Resistance = measured(1/l.slope, u/(l.slope*l.slope), "ohm")
}

// junction fits the model without light.
func (r *Result) junction(d *rows, s Setup) {
	var nodes []node
	top := d.nodes[len(d.nodes)-1].v
	for k, n := range d.nodes {
		if n.v < -top { // breakdown is another story
			continue
		}
		slope := 0.0
		if k > 0 && k < len(d.nodes)-1 {
			slope = (d.nodes[k+1].j - d.nodes[k-1].j) / (d.nodes[k+1].v - d.nodes[k-1].v)
		}
		// Currents of a diode cover decades: each counts to half a percent.
		u := math.Hypot(max(d.gridI/math.Sqrt(12), 1e-4*d.current), math.Hypot(0.005*n.j, slope*d.gridV/math.Sqrt(12)))
		nodes = append(nodes, node{v: n.v, j: -n.j, count: n.count, weight: n.count / (u * u)})
	}
	c := &curve{nodes: nodes, current: d.current, from: nodes[0].v, to: nodes[len(nodes)-1].v, gridI: d.gridI, gridV: d.gridV, sigI: 1e-9 * d.current}
	if s.Quick {
		c.nodes = thin(c.nodes, quickNodes)
		r.single(c, s)
		return
	}
	if len(nodes) >= fitNodes {
		c.fit = fit(nodes, false, false)
	}
	if c.fit != nil {
		c.fit.judge(nodes, c.fit.along(nodes), false)
	}
	r.single(c, s)
	if r.Fit != nil {
		r.Fit.Iph = missing("A", sayDark)
		r.curves(c, false)
		for k := range r.Fit.Curve { // as a load's current
			r.Fit.Curve[k].Y = -r.Fit.Curve[k].Y
		}
	}
}
