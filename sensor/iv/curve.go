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
	states       []state // of the model, along the nodes
	rest         *smooth
	from, to     float64 // voltages of the first and last node
	sigI, sigV   float64 // scatter of a row
	scattered    bool    // they were estimated
	gridI, gridV float64
	current      float64 // largest, ampere
	rows         float64 // that the nodes stand for
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
		c.nodes = thin(c.nodes, 2*quickNodes)
	}
	c.from, c.to = c.nodes[0].v, c.nodes[len(c.nodes)-1].v
	for _, n := range c.nodes {
		c.rows += n.count
	}
	c.sigI = max(c.gridI/math.Sqrt(12), 1e-9*c.current)
	c.weigh()
	if len(c.nodes) >= fitNodes {
		c.model = fit(c.nodes, light, quick)
	}
	if c.follow() {
		if n := c.outliers(); n > 0 {
			r.notes = append(r.notes, sayOutliers(n))
			c.from, c.to = c.nodes[0].v, c.nodes[len(c.nodes)-1].v
			c.model = fit(c.nodes, light, quick)
			c.follow()
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
			c.follow()
		}
		c.model.judge(c.nodes, c.states, light)
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
	if c.model != nil && c.model.rms > 0.004*c.current && c.off() > 0.5 {
		// A model that is far off may do more harm than none.
		plain := *c
		plain.model = nil
		rest, plainLog := plain.smoothed(most)
		if plainLog > log {
			c.model, c.rest = nil, rest // smoothed along the voltage alone
		}
	}
	return c
}

// follow computes the model along the nodes, if there is one.
func (c *curve) follow() bool {
	c.states = nil
	if c.model != nil {
		c.states = c.model.along(c.nodes)
	}
	return c.model != nil
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
	log := 0.0 // likelihoods are compared per current
	taken, start := share, math.Inf(-1)
	for k, n := range c.nodes {
		e, slope := n.j, 0.0
		var s state
		switch {
		case c.model != nil:
			s = c.states[k]
			e, slope = n.j-s.j, s.slope
		case k > 0 && k < len(c.nodes)-1: // through the neighbours
			slope = (c.nodes[k+1].j - c.nodes[k-1].j) / (c.nodes[k+1].v - c.nodes[k-1].v)
		}
		p := c.warp(n.v, &s)
		log -= math.Log(p.w)
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
	log *= float64(len(o)) / float64(len(c.nodes))
	for k := range o {
		o[k].r = 1 / o[k].r
		o[k].y /= c.sigI
	}
	faith := 0.0
	if c.scattered {
		faith = faithPart * float64(len(o))
	}
	sm, l := newSmooth(o, faith)
	if sm == nil {
		return nil, l
	}
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
	if c.model != nil && c.rest != nil {
		// What the model gets wrong over the length of a knee is seen from
		// about twice the noise of the mean on.
		noise := c.sigI * math.Sqrt(c.rest.scale)
		if len(c.nodes) < 25 { // too few to tell the one from the other
			noise = max(noise, c.model.rms)
		}
		hidden := 2 * noise / math.Sqrt(c.rows)
		out.varJ += hidden * hidden
		hidden /= 0.1 * (c.to - c.from)
		out.varS += hidden * hidden
	}
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
	part := c.off()
	h := n[k].v - n[k-1].v
	a, b := (n[k].v-s.v)/h, (s.v-n[k-1].v)/h
	d := a*n[k-1].j + b*n[k].j - s.j
	noise := (c.sigI*c.sigI + s.slope*s.slope*c.sigV*c.sigV) * (a*a/n[k-1].count + b*b/n[k].count)
	return math.Sqrt(part*max(0, d*d-noise)) / 2
}

// off is how much of what the model leaves over is its own fault, not noise:
// 0 to 1.
func (c *curve) off() float64 {
	if c.model == nil {
		return 1
	}
	if !(c.model.rms > c.sigI) {
		return 0
	}
	ratio := c.sigI / c.model.rms
	return 1 - ratio*ratio
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
