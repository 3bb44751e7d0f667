package iv

import (
	"cmp"
	"math"
	"slices"
)

// node is a point of the curve, oriented and sorted by voltage, that stands
// for count rows.
type node struct {
	v, j   float64
	count  float64
	weight float64 // of the fit, 1/variance
}

// fitted is a model with what is known of its parameters.
type fitted struct {
	model
	free       [params]bool
	raw        [params][params]float64 // covariance, if the weights were true
	cov        [params][params]float64 // with what the residual tells
	rms        float64                 // unweighted, A
	iterations int
	determined bool // cov means something
}

const (
	sketch    = 40  // nodes of the search for a starting point
	coarse    = 120 // nodes of the first fit
	coarseMax = 40  // its steps
	fineMax   = 12  // steps with all nodes
)

// fit finds the model nearest to the nodes; nil where none can be found; what
// is known of its parameters is left to judge. With
// light the photocurrent is free, else 0. It starts from the best of a grid,
// and from the next ones only as long as the model does not follow the nodes.
func fit(nodes []node, light bool, quick bool) *fitted {
	few := thinned(nodes, coarse)
	b := limits(nodes)
	var best *fitted
	cost := math.Inf(1)
	steps := 0
	for _, start := range starts(thinned(nodes, sketch), b, light) {
		f := &fitted{model: start}
		c := f.descend(few, b, light, coarseMax)
		steps += f.iterations
		if c < cost {
			best, cost = f, c
		}
		if best != nil && best.follows(few, b) {
			break
		}
	}
	if best == nil {
		return nil
	}
	if len(few) < len(nodes) && !quick {
		best.descend(nodes, b, light, fineMax)
		steps += best.iterations
	}
	best.iterations = steps
	return best
}

// thinned is every so manieth node, first and last included, n at most.
func thinned(nodes []node, n int) []node {
	if len(nodes) <= n {
		return nodes
	}
	few := make([]node, n)
	for k := range few {
		few[k] = nodes[k*(len(nodes)-1)/(n-1)]
	}
	return few
}

// follows tells that no node is far from the model.
func (f *fitted) follows(nodes []node, b bounds) bool {
	var s state
	var near *state
	sum, rows := 0.0, 0.0
	for _, n := range nodes {
		s = f.at(n.v, near)
		near = &s
		sum += n.count * (n.j - s.j) * (n.j - s.j)
		rows += n.count
	}
	return sum <= rows*1e-6*b.current*b.current
}

// refit goes on from a model, with other weights.
func (f *fitted) refit(nodes []node, light bool) {
	steps := f.iterations
	f.descend(nodes, limits(nodes), light, fineMax)
	f.iterations += steps
}

// bounds of what the parameters may become.
type bounds struct {
	span, current      float64
	logAMin, logAMax   float64
	seriesMax, leakMax float64
}

func limits(nodes []node) bounds {
	b := bounds{span: nodes[len(nodes)-1].v - nodes[0].v}
	for _, n := range nodes {
		b.current = max(b.current, math.Abs(n.j))
		b.span = max(b.span, math.Abs(n.v))
	}
	b.logAMin, b.logAMax = math.Log(b.span/400), math.Log(3*b.span)
	b.seriesMax, b.leakMax = 10*b.span/b.current, 100*b.current/b.span
	return b
}

// clip puts parameters back into their bounds.
func (b *bounds) clip(p [params]float64) [params]float64 {
	p[pLogA] = min(max(p[pLogA], b.logAMin), b.logAMax)
	p[pSeries] = min(max(p[pSeries], 0), b.seriesMax)
	p[pLeak] = min(max(p[pLeak], 0), b.leakMax)
	p[pPhoto] = min(max(p[pPhoto], 0), 100*b.current)
	p[pInner] = min(max(p[pInner], -30*b.span), 30*b.span)
	return p
}

// starts returns the best few of a grid over slope and series resistance. For
// a given pair of these the model, with the measured current in the place of
// its own, is linear in the other three parameters.
func starts(nodes []node, b bounds, light bool) []model {
	type trial struct {
		model
		cost float64
	}
	var trials []trial
	last := nodes[len(nodes)-1]
	rest := b.span / b.current
	// The slope at the far end bounds the series resistance.
	if k := len(nodes) - 1 - max(1, len(nodes)/20); k >= 0 && last.j < nodes[k].j && last.v > nodes[k].v {
		rest = min(rest, (last.v-nodes[k].v)/(nodes[k].j-last.j))
	}
	for _, part := range []float64{0, 0.25, 0.5, 0.75, 0.95} {
		rs := rest * part
		for _, over := range []float64{60, 40, 28, 20, 14, 9, 5, 2.5} {
			a := b.span / over
			if m, c, ok := linear(nodes, a, rs, b, light); ok {
				trials = append(trials, trial{m, c})
			}
		}
	}
	slices.SortFunc(trials, func(x, y trial) int { return cmp.Compare(x.cost, y.cost) })
	var out []model
	for _, t := range trials[:min(len(trials), 3)] {
		out = append(out, t.model)
	}
	return out
}

// linear solves for photocurrent, diode and leak at a given slope and series
// resistance. Negative ones are left out and the rest is solved again.
func linear(nodes []node, a, rs float64, b bounds, light bool) (m model, cost float64, ok bool) {
	top := math.Inf(-1)
	for _, n := range nodes {
		top = max(top, n.v+n.j*rs)
	}
	free := [params]bool{pPhoto: light, pInner: true, pLeak: true}
	var x [params]float64
	for range 3 {
		var eq normal
		for _, n := range nodes {
			y := n.v + n.j*rs
			e := math.Exp(max((y-top)/a, -700))
			// What is wrong with the equation is wrong with the current, divided by df.
			df := 1 + rs*e*b0(x[pInner], b.current)/a
			w := n.weight / (df * df)
			eq.add(&[params]float64{pPhoto: 1, pInner: -e, pLeak: -y}, n.j, w)
		}
		x, ok = eq.solve(&free, 1e-13)
		if !ok {
			return m, 0, false
		}
		again := false
		for _, k := range []int{pPhoto, pLeak} {
			if free[k] && x[k] < 0 {
				free[k], again = false, true
			}
		}
		if !again && x[pInner] > 0 {
			break
		}
	}
	if !(x[pInner] > 0) {
		return m, 0, false
	}
	m.ref = b.current
	// x[pInner]*exp((y-top)/a) = ref*exp((y-u)/a)
	p := [params]float64{pPhoto: max(x[pPhoto], 0), pInner: top - a*math.Log(x[pInner]/m.ref), pLogA: math.Log(a), pSeries: rs, pLeak: max(x[pLeak], 0)}
	m.set(b.clip(p))
	if light { // photo - D(y) - G*y lacks the model's + D(0)
		p[pPhoto] = max(0, p[pPhoto]-m.dark)
	} else {
		p[pPhoto] = 0
	}
	m.set(b.clip(p))
	return m, m.cost(nodes), true
}

// b0 is the diode's scale in the first pass, before there is one.
func b0(x, ref float64) float64 {
	if x > 0 {
		return x
	}
	return ref
}

func (m *model) cost(nodes []node) float64 {
	var s state
	var near *state
	sum := 0.0
	for _, n := range nodes {
		s = m.at(n.v, near)
		near = &s
		sum += n.weight * (n.j - s.j) * (n.j - s.j)
	}
	if math.IsNaN(sum) {
		return math.Inf(1)
	}
	return sum
}

// equations at the model's parameters, and their cost.
func (m *model) equations(nodes []node) (eq normal, sum float64) {
	var s state
	var near *state
	for _, n := range nodes {
		s = m.at(n.v, near)
		near = &s
		r := n.j - s.j
		eq.add(&s.grad, r, n.weight)
		sum += n.weight * r * r
	}
	return eq, sum
}

// along is the model at every node.
func (m *model) along(nodes []node) []state {
	out := make([]state, len(nodes))
	var near *state
	for k, n := range nodes {
		out[k] = m.at(n.v, near)
		near = &out[k]
	}
	return out
}

// descend is Levenberg's and Marquardt's method with bounds: a parameter at
// its bound that would leave it is held there for the step.
func (f *fitted) descend(nodes []node, b bounds, light bool, most int) float64 {
	damp := 1e-3
	eq, cost := f.equations(nodes)
	f.iterations = 0
	for f.iterations < most && !math.IsNaN(cost) {
		f.iterations++
		f.free = [params]bool{true, true, true, true, true}
		f.free[pPhoto] = light
		var next model
		for range params {
			x, ok := eq.solve(&f.free, damp)
			if !ok {
				x = [params]float64{}
			}
			raw := f.p
			for k := range params {
				raw[k] += x[k]
			}
			next = f.model
			next.set(b.clip(raw))
			held := false
			for k := range params {
				if f.free[k] && raw[k] != next.p[k] && f.p[k] == next.p[k] {
					f.free[k], held = false, true
				}
			}
			if !held {
				break
			}
		}
		if f.near(&next, b) {
			break
		}
		// The equations come with the cost; most steps are accepted.
		if e, c := next.equations(nodes); c < cost {
			small := cost-c <= 1e-9*cost && damp < 1e-2
			f.model, eq, cost = next, e, c
			damp = max(damp/8, 1e-14)
			if small {
				break
			}
			continue
		}
		if damp *= 6; damp > 1e8 {
			break
		}
	}
	return cost
}

// near tells that another model is the same but for rounding.
func (f *fitted) near(m *model, b bounds) bool {
	const eps = 1e-13
	d := func(k int) float64 { return math.Abs(f.p[k] - m.p[k]) }
	return d(pPhoto) < eps*b.current && d(pInner) < eps*b.span && d(pLogA) < eps &&
		d(pSeries) < eps*b.span/b.current && d(pLeak) < eps*b.current/b.span
}

// judge computes residual and covariance. Neighbouring residuals of one sign
// mean that the model is wrong rather than that the meter is noisy: so many
// rows do then know less, and the covariance is raised. States are the model
// along the nodes.
func (f *fitted) judge(nodes []node, states []state, light bool) {
	held := f.free
	// A parameter at its bound is as uncertain as if it were free.
	f.free = [params]bool{pPhoto: light, pInner: true, pLogA: true, pSeries: true, pLeak: true}
	used := 0
	for k := range params {
		if f.free[k] {
			used++
		}
	}
	var eq normal
	cost := 0.0
	rows, sum, along, last := 0.0, 0.0, 0.0, 0.0
	for k, n := range nodes {
		r := n.j - states[k].j
		eq.add(&states[k].grad, r, n.weight)
		cost += n.weight * r * r
		rows += n.count
		sum += n.count * r * r
		w := r * math.Sqrt(n.weight)
		if k > 0 {
			along += w * last
		}
		last = w
	}
	f.rms = math.Sqrt(sum / rows)
	rho := 0.0
	if cost > 0 {
		rho = min(max(along/cost, 0), 0.97)
	}
	cov, ok := eq.covariance(&f.free)
	if !ok {
		f.free = held
		cov, ok = eq.covariance(&f.free)
	}
	f.determined = ok && len(nodes) > used
	if !f.determined {
		return
	}
	// Numbers that went through text are rounded at the ninth digit or so.
	rounding := 0.0
	for _, n := range nodes {
		rounding += n.weight * 1e-18 * n.j * n.j
	}
	scale := (cost + rounding) / float64(len(nodes)-used) * (1 + rho) / (1 - rho)
	f.raw = cov
	for r := range params {
		for c := range params {
			f.cov[r][c] = scale * cov[r][c]
		}
	}
}
