package iv

import (
	"math"
	"slices"
)

// weigh sets the nodes' weights from the scatter in current and voltage.
func (c *curve) weigh() {
	for k := range c.nodes {
		slope := 0.0
		if c.model != nil && c.sigV > 0 {
			slope = c.states[k].slope
		}
		n := &c.nodes[k]
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
	for k, n := range c.nodes {
		e[k] = n.j
		if c.model != nil {
			e[k], slope[k] = n.j-c.states[k].j, c.states[k].slope
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
	extra := mean(steep) - c.sigI*c.sigI
	seen := math.Sqrt(max(extra, 0) / mean(squares))
	c.sigV = c.gridV / math.Sqrt(12)
	if extra > 3*c.sigI*c.sigI && len(steep) >= 3 {
		c.sigV = math.Max(c.sigV, seen)
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
