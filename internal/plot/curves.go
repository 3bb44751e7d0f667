package plot

import (
	"context"
	"math"

	"gonum.org/v1/plot/vg"
)

// Bounds of what is drawn of one curve. A plot in a browser's width shows no
// more of it.
const (
	basePoints = 8000  // of all lines, and five a line for each column of half a pixel
	maxMarkers = 24000 // of all curves, and of one
	oneMarkers = 8000
	cell       = 0.36 // points: half a pixel of the PNG
	ctxEvery   = 1 << 16
)

// curve is a y column with its style, and what is left of its values for
// drawing, in points of the page.
type curve struct {
	title  string
	style  Style
	lines  [][]vg.Point
	points []vg.Point
}

// xy goes through a curve's values in order; ok is false for a gap. It stops
// early when ctx ends.
func xy(ctx context.Context, x, y []float64, visit func(x, y float64)) error {
	n := len(y)
	if x != nil {
		n = min(n, len(x))
	}
	for i := range n {
		if i%ctxEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		v := float64(i)
		if x != nil {
			v = x[i]
		}
		visit(v, y[i])
	}
	return nil
}

// trace thins the values out for the page's axes. share is how many curves
// the picture has.
func (c *curve) trace(ctx context.Context, x, y []float64, ax, ay axis, share int) error {
	l := thinner{limit: basePoints/share + int(5*(ax.to-ax.from)/cell)}
	m := scatter{cell: cell, limit: min(oneMarkers, maxMarkers/share), seen: map[[2]int32]bool{}}
	err := xy(ctx, x, y, func(x, y float64) {
		if !ax.shows(x) || !ay.shows(y) {
			l.gap()
			return
		}
		p := pt(ax.at(x), ay.at(y))
		if c.style.Line != "" {
			l.add(p)
		}
		if c.style.Marker != "" {
			m.add(p)
		}
	})
	c.lines, c.points = l.lines(), m.points
	return err
}

// thinner keeps of a line what can be seen: of the points that follow one
// another in one column of half a pixel the first, the lowest, the highest and
// the last. When that is still too much it goes over what it has and keeps
// the extremes of every eight points.
type thinner struct {
	done [][]vg.Point
	cur  []vg.Point
	kept int

	limit      int // points in all
	column     int
	n          int // points in the column
	first, end vg.Point
	low, high  vg.Point
	lowAt      int
	highAt     int
}

func (t *thinner) add(p vg.Point) {
	col := int(math.Floor(float64(p.X) / cell))
	if t.n > 0 && col != t.column {
		t.flush()
	}
	if t.n == 0 {
		t.column, t.first, t.low, t.high, t.lowAt, t.highAt = col, p, p, p, 0, 0
	}
	if p.Y < t.low.Y {
		t.low, t.lowAt = p, t.n
	}
	if p.Y > t.high.Y {
		t.high, t.highAt = p, t.n
	}
	t.end = p
	t.n++
}

func (t *thinner) flush() {
	if t.n == 0 {
		return
	}
	a, b := t.low, t.high
	if t.highAt < t.lowAt {
		a, b = b, a
	}
	for i, p := range []vg.Point{t.first, a, b, t.end} {
		if i == 0 && len(t.cur) == 0 || len(t.cur) > 0 && t.cur[len(t.cur)-1] != p {
			t.cur = append(t.cur, p)
			t.kept++
		}
	}
	t.n = 0
	if t.kept > t.limit {
		t.compact()
	}
}

// gap ends the line; a gap that cannot be seen, because many lines are there
// already, is closed.
func (t *thinner) gap() {
	t.flush()
	if len(t.cur) == 0 {
		return
	}
	if len(t.done) > t.limit/8 {
		return
	}
	if len(t.cur) > 1 {
		t.done = append(t.done, t.cur)
	} else {
		t.kept--
	}
	t.cur = nil
}

func (t *thinner) lines() [][]vg.Point {
	t.flush()
	if len(t.cur) > 1 {
		t.done = append(t.done, t.cur)
		t.cur = nil
	}
	return t.done
}

func (t *thinner) compact() {
	t.kept = 0
	for i, l := range t.done {
		t.done[i] = extremes(l)
		t.kept += len(t.done[i])
	}
	t.cur = extremes(t.cur)
	t.kept += len(t.cur)
}

// extremes keeps the ends of a line and of every eight points between the
// lowest and the highest.
func extremes(l []vg.Point) []vg.Point {
	const group = 8
	if len(l) <= group {
		return l
	}
	out := append(l[:0:0], l[0])
	inner := l[1 : len(l)-1]
	for len(inner) > 0 {
		g := inner[:min(group, len(inner))]
		inner = inner[len(g):]
		lo, hi := 0, 0
		for i, p := range g {
			if p.Y < g[lo].Y {
				lo = i
			}
			if p.Y > g[hi].Y {
				hi = i
			}
		}
		out = append(out, g[min(lo, hi)])
		if lo != hi {
			out = append(out, g[max(lo, hi)])
		}
	}
	return append(out, l[len(l)-1])
}

// scatter keeps one marker for each small square of the page; when there are
// too many the squares grow.
type scatter struct {
	cell   float64
	limit  int
	seen   map[[2]int32]bool
	points []vg.Point
}

func (s *scatter) add(p vg.Point) {
	if !s.mark(p) {
		return
	}
	s.points = append(s.points, p)
	if len(s.points) <= s.limit {
		return
	}
	s.cell *= 1.5
	clear(s.seen)
	old := s.points
	s.points = old[:0]
	for _, q := range old {
		if s.mark(q) {
			s.points = append(s.points, q)
		}
	}
}

func (s *scatter) mark(p vg.Point) bool {
	k := [2]int32{int32(float64(p.X) / s.cell), int32(float64(p.Y) / s.cell)}
	if s.seen[k] {
		return false
	}
	s.seen[k] = true
	return true
}
