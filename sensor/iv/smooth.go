package iv

import "math"

// What the model leaves over is smoothed as an integrated Wiener process: a
// curve whose slope wanders, observed with noise. Its posterior mean is the
// cubic smoothing spline, and its posterior variance tells what noise and the
// distance between points leave open. How much it wanders, against the noise,
// is chosen by likelihood.

// obs is one observation: at x, value y, with the relative variance r.
type obs struct{ x, y, r float64 }

// sym is a symmetric 2x2 matrix: value, value with slope, slope.
type sym struct{ a, b, c float64 }

// full is a 2x2 matrix, row by row.
type full [4]float64

func (p sym) full() full { return full{p.a, p.b, p.b, p.c} }

func (m full) mul(n full) full {
	return full{m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3], m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3]}
}

func (m full) t() full { return full{m[0], m[2], m[1], m[3]} }

func (m full) plus(n full) full { return full{m[0] + n[0], m[1] + n[1], m[2] + n[2], m[3] + n[3]} }

func (m full) sym() sym { return sym{m[0], (m[1] + m[2]) / 2, m[3]} }

func (p sym) inverse() sym {
	det := p.a*p.c - p.b*p.b
	return sym{p.c / det, -p.b / det, p.a / det}
}

// drift is what a step of length h adds to the variance.
func drift(h, q float64) sym { return sym{q * h * h * h / 3, q * h * h / 2, q * h} }

// ahead carries a state's variance over a step of length h.
func (p sym) ahead(h, q float64) sym {
	d := drift(h, q)
	return sym{p.a + 2*h*p.b + h*h*p.c + d.a, p.b + h*p.c + d.b, p.c + d.c}
}

// moment is a state at a node: value and slope, with their covariance, and
// the covariance with the next node's state.
type moment struct {
	y, dy float64
	p     sym
	next  full
}

// begin is the state at the second node after the first two, from knowing
// nothing before.
func begin(o []obs, q float64) moment {
	h := o[1].x - o[0].x
	return moment{y: o[1].y, dy: (o[1].y - o[0].y) / h,
		p: sym{o[1].r, o[1].r / h, (o[1].r + o[0].r + q*h*h*h/3) / (h * h)}}
}

// likelihood of the observations for the wander q, with the scale of all
// variances that suits them best. Faith is how many observations' worth the
// prior knowledge has that the scale is 1.
func likelihood(o []obs, q, faith float64) (log, scale float64) {
	// The first two fix level and slope, whatever q is, and tell nothing of it.
	s := begin(o, q)
	sum, det := 0.0, 0.0
	for k := 2; k < len(o); k++ {
		h := o[k].x - o[k-1].x
		s.p = s.p.ahead(h, q)
		s.y += h * s.dy
		f := s.p.a + o[k].r
		e := o[k].y - s.y
		g0, g1 := s.p.a/f, s.p.b/f
		s.y += g0 * e
		s.dy += g1 * e
		s.p = sym{o[k].r * g0, o[k].r * g1, s.p.c - g1*s.p.b}
		sum += e * e / f
		det += math.Log(f)
	}
	n := float64(len(o)-2) + faith
	scale = (sum + faith) / n
	return -0.5 * (det + n*math.Log(scale)), scale
}

// smooth is the posterior curve.
type smooth struct {
	o []obs
	m []moment
	q float64 // of unit scale
	// scale of all variances
	scale float64
}

// newSmooth chooses the wander by likelihood and smooths; o has 3 nodes at
// least, x rising from about 0 to about 1. Nil where the numbers run out.
func newSmooth(o []obs, faith float64) (*smooth, float64) {
	type trial struct{ lq, log, scale float64 }
	var trials []trial
	best := math.Inf(-1)
	try := func(lq float64) {
		l, s := likelihood(o, math.Pow(10, lq), faith)
		trials = append(trials, trial{lq, l, s})
		if l > best {
			best = l
		}
	}
	most := 3*math.Log10(float64(len(o))) + 4
	for lq := min(stiffest(o), most); lq <= most; lq += 0.5 {
		try(lq)
	}
	// As free as the observations allow, within what likelihood can tell:
	// too stiff a curve would claim to know too much.
	pick := trials[0] // there is one: the stiffest is a number
	for _, t := range trials {
		if t.log >= best-3 {
			pick = t
		}
	}
	s := &smooth{o: o, q: math.Pow(10, pick.lq), scale: pick.scale}
	s.run()
	if !s.finite() {
		return nil, math.Inf(-1)
	}
	return s, best
}

// stiffest is the logarithm of the least wander to think of: what hides in the
// noise may still bend over the length of a knee, or of some nodes where these
// are wider apart.
func stiffest(o []obs) float64 {
	weight := 0.0
	for _, p := range o {
		weight += 1 / p.r
	}
	extent := o[len(o)-1].x - o[0].x
	length := max(0.12, 6*extent/float64(len(o)))
	if lq := math.Log10(extent / weight / (length * length * length * length)); lq > -20 {
		return lq
	}
	return -20
}

// finite tells that the smoothing came out as numbers.
func (s *smooth) finite() bool {
	sum := s.q + s.scale
	for _, m := range s.m {
		sum += math.Abs(m.y) + math.Abs(m.dy) + math.Abs(m.p.a) + math.Abs(m.p.c)
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// run filters forward and smooths backward.
func (s *smooth) run() {
	o := s.o
	s.m = make([]moment, len(o))
	pred := make([]moment, len(o))
	s.m[1] = begin(o, s.q)
	for k := 2; k < len(o); k++ {
		h := o[k].x - o[k-1].x
		p := moment{y: s.m[k-1].y + h*s.m[k-1].dy, dy: s.m[k-1].dy, p: s.m[k-1].p.ahead(h, s.q)}
		pred[k] = p
		f := p.p.a + o[k].r
		e := o[k].y - p.y
		g0, g1 := p.p.a/f, p.p.b/f
		s.m[k] = moment{y: p.y + g0*e, dy: p.dy + g1*e, p: sym{o[k].r * g0, o[k].r * g1, p.p.c - g1*p.p.b}}
	}
	for k := len(o) - 2; k >= 1; k-- {
		h := o[k+1].x - o[k].x
		up := full{1, 0, h, 1} // transposed transition
		g := s.m[k].p.full().mul(up).mul(pred[k+1].p.inverse().full())
		next := s.m[k+1]
		ey, ed := next.y-pred[k+1].y, next.dy-pred[k+1].dy
		d := sym{next.p.a - pred[k+1].p.a, next.p.b - pred[k+1].p.b, next.p.c - pred[k+1].p.c}
		s.m[k].y += g[0]*ey + g[1]*ed
		s.m[k].dy += g[2]*ey + g[3]*ed
		s.m[k].p = s.m[k].p.full().plus(g.mul(d.full()).mul(g.t())).sym()
		s.m[k].next = g.mul(next.p.full())
	}
	// The first node, given the second and its own observation.
	h := o[1].x - o[0].x
	back := full{1, -h, 0, 1}
	d := drift(h, s.q)
	e := back.mul(d.full()).mul(back.t()).sym() // of the state at 0 given that at 1
	f := e.a + o[0].r
	g0, g1 := e.a/f, e.b/f
	m1 := s.m[1]
	y, dy := m1.y-h*m1.dy, m1.dy
	a := full{1 - g0, 0, -g1, 1}.mul(back)
	s.m[0] = moment{y: y + g0*(o[0].y-y), dy: dy + g1*(o[0].y-y),
		p:    a.mul(m1.p.full()).mul(a.t()).plus(sym{o[0].r * g0, o[0].r * g1, e.c - g1*e.b}.full()).sym(),
		next: a.mul(m1.p.full())}
}

// value of the smooth curve: value, slope and bend, and the covariance of
// value and slope.
type value struct {
	y, dy, ddy float64
	p          sym
}

// at x, between the nodes or beyond them.
func (s *smooth) at(x float64) value {
	n := len(s.o)
	lo, hi := 0, n-1 // s.o[lo].x <= x < s.o[hi].x
	switch {
	case x <= s.o[0].x:
		h := x - s.o[0].x
		m := s.m[0]
		p := full{1, h, 0, 1}.mul(m.p.full()).mul(full{1, 0, h, 1}).sym()
		d := drift(-h, s.q)
		return s.scaled(value{y: m.y + h*m.dy, dy: m.dy, p: sym{p.a + d.a, p.b - d.b, p.c + d.c}})
	case x >= s.o[n-1].x:
		h := x - s.o[n-1].x
		m := s.m[n-1]
		return s.scaled(value{y: m.y + h*m.dy, dy: m.dy, p: m.p.ahead(h, s.q)})
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s.o[mid].x <= x {
			lo = mid
		} else {
			hi = mid
		}
	}
	h := s.o[hi].x - s.o[lo].x
	u, w := x-s.o[lo].x, s.o[hi].x-x
	// The bridge between two known states.
	du := drift(u, 1).full()
	up := full{1, 0, w, 1}
	b := du.mul(up).mul(drift(h, 1).inverse().full())
	bh := b.mul(full{1, h, 0, 1})
	a := full{1 - bh[0], u - bh[1], -bh[2], 1 - bh[3]}
	m0, m1 := s.m[lo], s.m[hi]
	cross := a.mul(m0.next).mul(b.t())
	bw := b.mul(full{1, w, 0, 1}).mul(du)
	p := a.mul(m0.p.full()).mul(a.t()).plus(b.mul(m1.p.full()).mul(b.t())).plus(cross).plus(cross.t())
	p = p.plus(full{s.q * (du[0] - bw[0]), s.q * (du[1] - bw[1]), s.q * (du[2] - bw[2]), s.q * (du[3] - bw[3])})
	t := u / h
	return s.scaled(value{
		y:   a[0]*m0.y + a[1]*m0.dy + b[0]*m1.y + b[1]*m1.dy,
		dy:  a[2]*m0.y + a[3]*m0.dy + b[2]*m1.y + b[3]*m1.dy,
		ddy: (6*(2*t-1)*(m0.y-m1.y) + h*((6*t-4)*m0.dy+(6*t-2)*m1.dy)) / (h * h),
		p:   p.sym(),
	})
}

func (s *smooth) scaled(v value) value {
	v.p = sym{max(v.p.a, 0) * s.scale, v.p.b * s.scale, max(v.p.c, 0) * s.scale}
	return v
}
