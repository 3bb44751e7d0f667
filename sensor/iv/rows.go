package iv

import (
	"cmp"
	"math"
	"slices"
)

const (
	leastNodes = 4    // voltages of a curve
	mostNodes  = 2000 // beyond it neighbours are averaged
)

// rows are the measured pairs, oriented so that a falling current is
// generated in the first quadrant, and what is known of how they were taken.
type rows struct {
	nodes         []node // voltage rising, no two the same
	count         int    // pairs that are numbers
	signV, signI  float64
	descending    bool
	lit           bool    // the element gives power
	span, current float64 // largest |V| or extent of V, largest |I|
	gridV, gridI  float64 // steps that the meter rounds to, 0 = none seen
	notes         []string
}

// read filters, orients, sorts and merges the pairs of a curve.
func read(c Curve) *rows {
	r := &rows{signV: 1, signI: 1}
	pairs := make([]Point, 0, min(len(c.V), len(c.I)))
	up, down := 0, 0
	for k := range min(len(c.V), len(c.I)) {
		p := Point{c.V[k], c.I[k]}
		if !usable(p.X) || !usable(p.Y) {
			continue
		}
		if n := len(pairs); n > 0 {
			switch last := pairs[n-1].X; {
			case p.X > last:
				up++
			case p.X < last:
				down++
			}
		}
		pairs = append(pairs, p)
	}
	r.count = len(pairs)
	if left := min(len(c.V), len(c.I)) - r.count; left > 0 {
		r.notes = append(r.notes, sayLeft(left))
	}
	if len(pairs) < leastNodes {
		return r
	}
	loop := hysteresis(pairs)
	slices.SortFunc(pairs, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
	r.measure(pairs)
	if r.span == 0 || r.current == 0 {
		return r
	}
	r.gridV, r.gridI = grid(some(pairs, 20_000))
	r.nodes = merge(pairs)
	r.orient()
	r.descending = down > up
	r.unclamp()
	if r.lit {
		r.trim()
	}
	if math.Abs(loop) > max(0.01*r.current, 2*r.gridI) {
		r.notes = append(r.notes, sayHysteresis(math.Abs(loop)))
	}
	r.nodes = thin(r.nodes, mostNodes)
	return r
}

// some are pairs from 20 places, n in all or so: enough to see a grid by.
func some(pairs []Point, n int) []Point {
	if len(pairs) <= n {
		return pairs
	}
	const places = 20
	var out []Point
	for k := range places {
		from := k * (len(pairs) - n/places) / (places - 1)
		out = append(out, pairs[from:from+n/places]...)
	}
	return out
}

// usable tells numbers that can be reckoned with: powers of them stay finite.
func usable(x float64) bool { return math.Abs(x) < 1e9 }

func (r *rows) measure(pairs []Point) {
	r.span = pairs[len(pairs)-1].X - pairs[0].X
	if r.span < 1e-9 { // not a sweep
		r.span = 0
		return
	}
	for _, p := range pairs {
		r.span = max(r.span, math.Abs(p.X))
		r.current = max(r.current, math.Abs(p.Y))
	}
	if r.current < 1e-15 {
		r.current = 0
	}
}

// merge makes one node of the rows that share a voltage.
func merge(pairs []Point) []node {
	nodes := make([]node, 0, len(pairs))
	eps := 1e-9 * (math.Abs(pairs[0].X) + math.Abs(pairs[len(pairs)-1].X))
	for _, p := range pairs {
		if n := len(nodes); n > 0 && p.X-nodes[n-1].v <= eps {
			m := &nodes[n-1]
			m.count++
			m.j += (p.Y - m.j) / m.count
			continue
		}
		nodes = append(nodes, node{v: p.X, j: p.Y, count: 1})
	}
	return nodes
}

// thin averages neighbours until there are n at most.
func thin(nodes []node, n int) []node {
	if len(nodes) <= n {
		return nodes
	}
	out := make([]node, 0, n)
	for k := range n {
		var m node
		for _, x := range nodes[k*len(nodes)/n : (k+1)*len(nodes)/n] {
			m.count += x.count
			m.v += (x.v - m.v) * x.count / m.count
			m.j += (x.j - m.j) * x.count / m.count
		}
		out = append(out, m)
	}
	return out
}

// orient finds the signs that make the current fall with the voltage and put
// what is generated into the first quadrant.
func (r *rows) orient() {
	n := r.nodes
	fall := 0.0
	ends := max(1, len(n)/10)
	for k := range ends {
		fall += (n[k].j - n[len(n)-1-k].j) / float64(ends)
	}
	switch short, reached := r.near0(); {
	case math.Abs(fall) > 0.03*r.current:
	case reached && math.Abs(short) > 0.3*r.current:
		// A flat piece of a curve: a current without voltage is generated.
		fall = short
		if n[len(n)-1].v < -n[0].v {
			fall = -short
		}
	default: // flat and away from 0 V: believe the sign of the power
		fall = n[len(n)/2].v * n[len(n)/2].j
	}
	if fall < 0 {
		r.flip(false, true)
	}
	give, take := r.generated(1), r.generated(-1)
	switch {
	case take > give:
		r.flip(true, true)
		r.lit = true
	case give > 0:
		r.lit = true
	case r.forward() < 0:
		r.flip(true, true)
	}
}

// near0 is the current at about 0 V.
func (r *rows) near0() (float64, bool) {
	best := r.nodes[0]
	for _, n := range r.nodes {
		if math.Abs(n.v) < math.Abs(best.v) {
			best = n
		}
	}
	return best.j, math.Abs(best.v) < 0.1*r.span
}

// generated is the largest power in the first quadrant (side 1) or the third
// (-1), 0 unless it stands out of noise, offset and rounding.
func (r *rows) generated(side float64) float64 {
	// Scatter by second differences, the median of them.
	var second []float64
	for k := 2; k < len(r.nodes); k++ {
		second = append(second, math.Abs(r.nodes[k].j-2*r.nodes[k-1].j+r.nodes[k-2].j))
	}
	slices.Sort(second)
	noise := 0.0
	if len(second) > 0 {
		noise = second[len(second)/2] / 1.65
	}
	most, points := 0.0, 0
	for _, n := range r.nodes {
		v, j := side*n.v, side*n.j
		if v > 0 && j > max(4*noise, 2.5*r.gridI, 0.004*r.current) {
			points++
			most = max(most, v*j)
		}
	}
	if points < 2 {
		return 0
	}
	return most
}

// forward is the side, 1 or -1, to which a dark element conducts better.
func (r *rows) forward() float64 {
	n := r.nodes
	low, high := -n[0].v, n[len(n)-1].v
	if low <= 0 {
		return 1
	}
	if high <= 0 {
		return -1
	}
	reach := min(low, high)
	p := make([]Point, len(n))
	for k := range n {
		p[k] = Point{n[k].v, n[k].j}
	}
	if math.Abs(between(p, reach)) >= 0.98*math.Abs(between(p, -reach)) {
		return 1
	}
	return -1
}

func (r *rows) flip(v, i bool) {
	if i {
		r.signI = -r.signI
		for k := range r.nodes {
			r.nodes[k].j = -r.nodes[k].j
		}
	}
	if v {
		r.signV = -r.signV
		slices.Reverse(r.nodes)
		for k := range r.nodes {
			r.nodes[k].v = -r.nodes[k].v
		}
	}
}

// unclamp takes off the rows where meter or source held the current: it is
// constant at an end although it was falling steeply just before.
func (r *rows) unclamp() {
	n := r.nodes
	last := n[len(n)-1].j
	k := len(n) - 1
	for k > 0 && math.Abs(n[k-1].j-last) <= 5e-4*math.Abs(last) {
		k--
	}
	held := len(n) - k
	if held < 3 || k < leastNodes || last > 0.5*r.current || math.Abs(last) < 0.02*r.current {
		return
	}
	before := (n[k-2].j - n[k-1].j) / (n[k-1].v - n[k-2].v)
	during := math.Abs(n[k].j-last) / (n[len(n)-1].v - n[k].v)
	if before > 20*during {
		r.notes = append(r.notes, sayClamp(last*r.signI, n[k].v*r.signV))
		r.keep(n[:k])
	}
}

// trim takes off what was driven through a lit cell from outside, as far as
// it is more than what the cell gives: heat and breakdown rule there, and all
// of a solar cell's figures are elsewhere.
func (r *rows) trim() {
	most, open := 0.0, r.nodes[len(r.nodes)-1].v
	for _, n := range r.nodes {
		if n.v > 0 && n.j > 0 {
			most, open = max(most, n.j), n.v
		}
	}
	from, to := 0, len(r.nodes)
	for to > 0 && r.nodes[to-1].v > open && r.nodes[to-1].j < -most {
		to--
	}
	for from < to && r.nodes[from].v < -open {
		from++
	}
	// Some rows beyond the figures carry them.
	r.keep(r.nodes[max(from-2, 0):min(to+2, len(r.nodes))])
}

func (r *rows) keep(nodes []node) {
	r.nodes, r.span, r.current = nodes, 0, 0
	for _, m := range nodes {
		r.span = max(r.span, math.Abs(m.v), m.v-nodes[0].v)
		r.current = max(r.current, math.Abs(m.j))
	}
}
