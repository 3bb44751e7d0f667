package iv

import (
	"cmp"
	"math"
	"slices"
)

// hysteresis is the mean difference of the currents on the way up and on the
// way down, 0 where the rows are not one way there and one way back.
func hysteresis(pairs []Point) float64 {
	turn := 0
	for k, p := range pairs { // the row farthest from the first
		if math.Abs(p.X-pairs[0].X) > math.Abs(pairs[turn].X-pairs[0].X) {
			turn = k
		}
	}
	there, back := slices.Clone(pairs[:turn+1]), slices.Clone(pairs[turn:])
	if len(there) < 5 || len(back) < 5 || !oneWay(there) || !oneWay(back) {
		return 0
	}
	for _, way := range [][]Point{there, back} {
		slices.SortFunc(way, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
	}
	from := max(there[0].X, back[0].X)
	to := min(there[len(there)-1].X, back[len(back)-1].X)
	if !(to-from > 0.5*math.Abs(pairs[turn].X-pairs[0].X)) {
		return 0
	}
	const points = 50
	sum := 0.0
	for k := range points {
		v := from + (to-from)*(float64(k)+0.5)/points
		sum += between(there, v) - between(back, v)
	}
	d := sum / points
	if pairs[turn].X < pairs[0].X {
		d = -d
	}
	return d
}

// oneWay tells that nearly all steps of the voltage have one direction.
func oneWay(p []Point) bool {
	up, down := 0, 0
	for k := 1; k < len(p); k++ {
		switch {
		case p[k].X > p[k-1].X:
			up++
		case p[k].X < p[k-1].X:
			down++
		}
	}
	return up > 9*down || down > 9*up
}

// between is the current at v by a straight line; p is sorted.
func between(p []Point, v float64) float64 {
	k, _ := slices.BinarySearchFunc(p, v, func(p Point, v float64) int { return cmp.Compare(p.X, v) })
	k = min(max(k, 1), len(p)-1)
	h := p[k].X - p[k-1].X
	if h <= 0 {
		return p[k].Y
	}
	return p[k-1].Y + (p[k].Y-p[k-1].Y)*(v-p[k-1].X)/h
}
