package iv

import (
	"cmp"
	"math"
	"slices"
)

const (
	fitNodes    = 7   // voltages that a fit takes at least
	smoothNodes = 400 // of the smoothed rest
	quickNodes  = 80  // both, when quick
	faithPart   = 0.4 // of the nodes' number: what the estimated scatter is worth
)

// curve is the generated current as a function of the voltage: the model,
// where there is one, and the smoothed rest.
type curve struct {
	nodes        []node  // what it was made from
	fit          *fitted // nearest model
	model        *fitted // the same, or nil where the curve does without
	rest         *smooth
	from, to     float64 // voltages of the first and last node
	sigI, sigV   float64 // scatter of a row
	scattered    bool    // they were estimated
	gridI, gridV float64
	current      float64 // largest, ampere
	unitV, unitI float64 // what voltage and current are measured by along the curve
}

// sample is the curve at one voltage. The uncertainties are of noise and
// step; rounding, which does not average out, is added with the figures.
type sample struct {
	v, j, slope, bend float64
	varJ, cov, varS   float64 // of j, of both, of slope
}

// newCurve fits and smooths the rows.
func newCurve(r *rows, light, quick bool) *curve {
	c := &curve{nodes: r.nodes, gridI: r.gridI, gridV: r.gridV, current: r.current}
	most := smoothNodes
	if quick {
		most = quickNodes
		if r.count > mostNodes/4 {
			c.nodes = thin(c.nodes, mostNodes/4)
		}
	}
	c.from, c.to = c.nodes[0].v, c.nodes[len(c.nodes)-1].v
	c.sigI = max(c.gridI/math.Sqrt(12), 1e-9*c.current)
	c.weigh()
	if len(c.nodes) >= fitNodes {
		c.model = fit(c.nodes, light, quick)
	}
	if c.model != nil {
		if n := c.outliers(); n > 0 {
			r.notes = append(r.notes, sayOutliers(n))
			c.from, c.to = c.nodes[0].v, c.nodes[len(c.nodes)-1].v
			c.model = fit(c.nodes, light, quick)
		}
	}
	c.unitV, c.unitI = c.to-c.from, c.current
	if c.model != nil {
		if photo := c.model.p[pPhoto]; photo > 1e-3*c.current && photo < c.current {
			c.unitI = photo
		}
		again := c.scatter()
		c.weigh()
		if again && !quick {
			c.model.refit(c.nodes, light)
		} else {
			c.model.judge(c.nodes, light)
		}
	}
	c.fit = c.model
	var log float64
	c.rest, log = c.smoothed(most)
	if c.sigV > c.gridV/math.Sqrt(12) {
		// Was it noise of the voltage, or is the curve like that?
		sharp := *c
		sharp.sigV = c.gridV / math.Sqrt(12)
		if rest, sharpLog := sharp.smoothed(most); sharpLog > log {
			c.sigV, c.rest, log = sharp.sigV, rest, sharpLog
		}
	}
	if c.model != nil && c.model.rms > 0.004*c.current {
		// A model that is far off may do more harm than none.
		plain := *c
		plain.model = nil
		rest, plainLog := plain.smoothed(most)
		if plainLog > log-2.5*math.Log(float64(len(c.nodes))) {
			c.model, c.rest = nil, rest // smoothed along the voltage alone
		}
	}
	return c
}

// weigh sets the nodes' weights from the scatter in current and voltage.
func (c *curve) weigh() {
	var s state
	var near *state
	for k := range c.nodes {
		n := &c.nodes[k]
		slope := 0.0
		if c.model != nil && c.sigV > 0 {
			s = c.model.at(n.v, near)
			near = &s
			slope = s.slope
		}
		n.weight = n.count / (c.sigI*c.sigI + slope*slope*c.sigV*c.sigV)
	}
}

// around is how far node k lies off the line through its neighbours, of what
// the model leaves over, divided by what noise of unit variance would give.
func around(e []float64, n []node, k int) float64 {
	h := n[k+1].v - n[k-1].v
	a, b := (n[k+1].v-n[k].v)/h, (n[k].v-n[k-1].v)/h
	return (e[k] - a*e[k-1] - b*e[k+1]) / math.Sqrt(1/n[k].count+a*a/n[k-1].count+b*b/n[k+1].count)
}

// left is what the model leaves over, with its slopes.
func (c *curve) left() (e, slope []float64) {
	e, slope = make([]float64, len(c.nodes)), make([]float64, len(c.nodes))
	var s state
	var near *state
	for k, n := range c.nodes {
		e[k] = n.j
		if c.model != nil {
			s = c.model.at(n.v, near)
			near = &s
			e[k], slope[k] = n.j-s.j, s.slope
		}
	}
	return e, slope
}

// outliers takes off rows that stand alone far from their neighbours: a
// shadow, a lost contact. Where the curve itself bends, the next nodes are
// off as well.
func (c *curve) outliers() int {
	n := c.nodes
	if len(n) < 12 {
		return 0
	}
	e, _ := c.left()
	d := make([]float64, len(n))
	for k := 1; k < len(n)-1; k++ {
		d[k] = math.Abs(around(e, n, k))
	}
	typical := slices.Clone(d)
	slices.Sort(typical)
	scatter := typical[len(typical)/2] / 0.67
	var keep []node
	for k, m := range n {
		beyond := 0.0
		for _, o := range []int{-3, -2, 2, 3} {
			if k+o >= 0 && k+o < len(d) {
				beyond = max(beyond, d[k+o])
			}
		}
		peak := k > 0 && k < len(n)-1 && d[k] > d[k-1] && d[k] > d[k+1]
		if peak && m.count < 3 && d[k] > 0.02*c.current && d[k] > 10*scatter && d[k] > 5*beyond {
			continue
		}
		keep = append(keep, m)
	}
	gone := len(n) - len(keep)
	if gone == 0 || gone > len(n)/20+1 {
		return 0
	}
	c.nodes = keep
	return gone
}

// scatter estimates the noise of current and voltage from how neighbouring
// nodes differ (Gasser, Sroka and Jennen-Steinmetz). Two such differences in a
// row tell noise, which makes them of opposite signs (correlated by -2/3),
// from what the model gets wrong, which makes them alike. Noise of the voltage
// shows where the curve is steep. True means that the nodes want new weights.
func (c *curve) scatter() bool {
	e, slope := c.left()
	n := c.nodes
	slopes := make([]float64, len(n))
	for k := range n {
		slopes[k] = math.Abs(slope[k])
	}
	slices.Sort(slopes)
	mid, top := slopes[len(slopes)/2], slopes[len(slopes)-1]
	var flat, steep, squares []float64
	for k := 1; k < len(n)-2; k++ {
		d, next := around(e, n, k), around(e, n, k+1)
		noise := max(0.6*((d*d+next*next)/2-d*next), 0.1*d*d)
		if math.Abs(slope[k]) <= mid {
			flat = append(flat, noise)
		} else {
			steep = append(steep, noise)
			squares = append(squares, slope[k]*slope[k])
		}
	}
	c.scattered = true
	c.sigI = math.Max(max(c.gridI/math.Sqrt(12), 1e-9*c.current), math.Sqrt(mean(flat)))
	c.sigV = c.gridV / math.Sqrt(12)
	if extra := mean(steep) - c.sigI*c.sigI; extra > 3*c.sigI*c.sigI && len(steep) >= 6 {
		c.sigV = math.Max(c.sigV, math.Sqrt(extra/mean(squares)))
	}
	if c.sigV*top < 0.3*c.sigI {
		c.sigV = 0
		return false
	}
	// Where the model itself is off by much more, the weights are not to blame.
	off, noise := 0.0, 0.0
	for k := range n {
		off += e[k] * e[k]
		noise += c.sigI*c.sigI + slope[k]*slope[k]*c.sigV*c.sigV
	}
	return off < 4*noise
}

func mean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sum := 0.0
	for _, y := range x {
		sum += y
	}
	return sum / float64(len(x))
}

// warp is the coordinate in which the rest is smoothed: x along the model's
// curve, in voltage and current, and the stretch w by which a distance from
// the curve shows as a current, |dI| + |slope*dV|. In these, noise and what
// the model gets wrong are about alike everywhere; in plain voltage and
// current both are tenfold where the curve is steep.
type warp struct{ x, w, dx, dw float64 }

func (c *curve) warp(v float64, s *state) warp {
	if c.model == nil {
		return warp{x: (v - c.from) / c.unitV, w: 1, dx: 1 / c.unitV}
	}
	steep := c.unitV / c.unitI
	w := 1 - s.slope*steep
	return warp{x: (v-c.from)/c.unitV - s.j/c.unitI, w: w, dx: w / c.unitV, dw: -s.bend * steep}
}

// smoothed smooths what the model leaves over, on so many nodes.
func (c *curve) smoothed(most int) (*smooth, float64) {
	// Bins of so many nodes, and none closer than any curve bends.
	share := (len(c.nodes) + most - 1) / most
	unit := c.sigI * c.sigI
	var o []obs
	var s state
	var near *state
	taken, start := share, math.Inf(-1)
	for k, n := range c.nodes {
		e, slope := n.j, 0.0
		switch {
		case c.model != nil:
			s = c.model.at(n.v, near)
			near = &s
			e, slope = n.j-s.j, s.slope
		case k > 0 && k < len(c.nodes)-1: // through the neighbours
			slope = (c.nodes[k+1].j - c.nodes[k-1].j) / (c.nodes[k+1].v - c.nodes[k-1].v)
		}
		p := c.warp(n.v, &s)
		weight := n.count * unit * p.w * p.w / (unit + slope*slope*c.sigV*c.sigV)
		if taken >= share && p.x-start >= 5e-4 {
			o = append(o, obs{x: p.x})
			taken, start = 0, p.x
		}
		m := &o[len(o)-1]
		taken++
		m.r += weight // the sum of weights, for now
		m.x += (p.x - m.x) * weight / m.r
		m.y += (e/p.w - m.y) * weight / m.r
	}
	if len(o) < 3 {
		return nil, math.Inf(-1)
	}
	log := 0.0
	for k := range o {
		o[k].r = 1 / o[k].r
		o[k].y /= c.sigI
	}
	for _, n := range c.nodes { // likelihoods are compared per current
		if c.model != nil {
			s = c.model.at(n.v, nil)
			log -= math.Log(c.warp(n.v, &s).w) * float64(len(o)) / float64(len(c.nodes))
		}
	}
	faith := 0.0
	if c.scattered {
		faith = faithPart * float64(len(o))
	}
	sm, l := newSmooth(o, faith)
	// Few points know their own scatter badly. This widens three sigma to
	// what Student's distribution has in their place.
	free := len(o) - 2
	if c.model != nil {
		free -= params
	}
	t := 1 + 2.5/float64(max(free, 1))
	sm.scale *= t * t
	return sm, l + log
}

// at is the curve at one voltage.
func (c *curve) at(v float64) sample {
	out := sample{v: v}
	var s state
	if f := c.model; f != nil {
		s = f.at(v, nil)
		out.j, out.slope, out.bend = s.j, s.slope, s.bend
		h := 1e-4 * (c.to - c.from)
		lo, hi := f.at(v-h, nil), f.at(v+h, nil)
		var slope [params]float64
		for k := range params {
			slope[k] = (hi.grad[k] - lo.grad[k]) / (2 * h)
		}
		// Noise moves the model. What the model gets wrong is in the rest.
		scale := 1.0
		if c.rest != nil {
			scale = c.rest.scale
		}
		for a := range params {
			for b := range params {
				out.varJ += scale * s.grad[a] * f.raw[a][b] * s.grad[b]
				out.cov += scale * s.grad[a] * f.raw[a][b] * slope[b]
				out.varS += scale * slope[a] * f.raw[a][b] * slope[b]
			}
		}
	}
	if c.rest != nil {
		p := c.warp(v, &s)
		r := c.rest.at(p.x)
		u := c.sigI
		// J = model + w*d(x): its slope is dw*d + w*dx*d'.
		a, b := p.dw, p.w*p.dx
		out.j += u * p.w * r.y
		out.slope += u * (a*r.y + b*r.dy)
		out.bend += u * (p.w*p.dx*p.dx*r.ddy + 3*p.dw*p.dx*r.dy)
		out.varJ += u * u * p.w * p.w * r.p.a
		out.cov += u * u * p.w * (a*r.p.a + b*r.p.b)
		out.varS += u * u * (a*a*r.p.a + 2*a*b*r.p.b + b*b*r.p.c)
	}
	out.varJ, out.varS = max(out.varJ, 0), max(out.varS, 0)
	step := c.step(out)
	out.varJ += step * step
	return out
}

// step is what is left open by the distance of the rows. Between two of them
// the curve bends as the model does; where the model is off by more than
// noise, half of that is as good as not known.
func (c *curve) step(s sample) float64 {
	n := c.nodes
	k, _ := slices.BinarySearchFunc(n, s.v, func(n node, v float64) int { return cmp.Compare(n.v, v) })
	if k == 0 || k == len(n) {
		return 0
	}
	part := 1.0
	if c.model != nil && c.model.rms > 0 {
		ratio := c.sigI / c.model.rms
		part = max(0, 1-ratio*ratio)
	}
	h := n[k].v - n[k-1].v
	a, b := (n[k].v-s.v)/h, (s.v-n[k-1].v)/h
	d := a*n[k-1].j + b*n[k].j - s.j
	noise := (c.sigI*c.sigI + s.slope*s.slope*c.sigV*c.sigV) * (a*a/n[k-1].count + b*b/n[k].count)
	return math.Sqrt(part*max(0, d*d-noise)) / 2
}

// value is the curve's current alone, cheaper.
func (c *curve) value(v float64) float64 {
	var s state
	if c.model != nil {
		s = c.model.at(v, nil)
	}
	if c.rest == nil {
		return s.j
	}
	p := c.warp(v, &s)
	return s.j + c.sigI*p.w*c.rest.at(p.x).y
}
