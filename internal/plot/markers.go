package plot

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// Sizes of matplotlib's defaults, in points.
const (
	lineWidth   = 1.5
	markerSize  = 6.0
	markerEdge  = 1.0
	frameWidth  = 0.8
	tickLength  = 3.5
	minorLength = 2.0
	minorWidth  = 0.6
	tickPad     = 3.5
	minorPad    = 3.4
	labelPad    = 4.0
	titlePad    = 6.0
	sharedPad   = 3.0
	textSize    = 10.0
	titleSize   = 12.0
	cutMargin   = 7.2 // around everything: 0.1 inch
)

// dashes are matplotlib's patterns in points for its line width of 1.5.
func dashes(l Line) []float64 {
	var pattern []float64
	switch l {
	case Dashed:
		pattern = []float64{3.7, 1.6}
	case DashDot:
		pattern = []float64{6.4, 1.6, 1, 1.6}
	case Dotted:
		pattern = []float64{1, 1.65}
	}
	for i := range pattern {
		pattern[i] *= lineWidth
	}
	return pattern
}

// markerShape is the outline of a marker with its edge, centred on the origin,
// to be filled.
func markerShape(m Marker) vg.Path {
	const r = markerSize / 2
	const e = markerEdge / 2
	switch m {
	case Point:
		return circle(r/2 + e)
	case Pixel:
		return polygon([]vg.Point{pt(-.36, -.36), pt(.36, -.36), pt(.36, .36), pt(-.36, .36)}, 0, false)
	case Circle:
		return circle(r + e)
	case Square:
		return polygon([]vg.Point{pt(-r, -r), pt(r, -r), pt(r, r), pt(-r, r)}, e, false)
	case TriangleUp:
		return polygon(triangle(0), e, false)
	case TriangleLeft:
		return polygon(triangle(1), e, false)
	case TriangleDown:
		return polygon(triangle(2), e, false)
	case TriangleRight:
		return polygon(triangle(3), e, false)
	case Diamond:
		const d = r * math.Sqrt2
		return polygon([]vg.Point{pt(0, -d), pt(d, 0), pt(0, d), pt(-d, 0)}, e, false)
	case ThinDiamond:
		const d = r * math.Sqrt2
		return polygon([]vg.Point{pt(0, -d), pt(.6*d, 0), pt(0, d), pt(-.6*d, 0)}, e, false)
	case Pentagon:
		return polygon(regularCorners(5, r, r), e, false)
	case Hexagon:
		return polygon(regularCorners(6, r, r), e, false)
	case Star:
		return polygon(regularCorners(10, r, r*0.381966), e, true)
	case Plus:
		return append(bar(-r, 0, r, 0), bar(0, -r, 0, r)...)
	case Cross:
		return append(bar(-r, -r, r, r), bar(r, -r, -r, r)...)
	case VLine:
		return bar(0, -r, 0, r)
	}
	return nil
}

// triangle points up after turns quarter turns to the left.
func triangle(turns int) []vg.Point {
	const r = markerSize / 2
	p := []vg.Point{pt(-r, -r), pt(r, -r), pt(0, r)}
	for range turns {
		for i, q := range p {
			p[i] = vg.Point{X: -q.Y, Y: q.X}
		}
	}
	return p
}

// regularCorners are n corners from the top, those of odd number at inner.
func regularCorners(n int, outer, inner float64) []vg.Point {
	p := make([]vg.Point, n)
	for i := range p {
		r := outer
		if i%2 == 1 {
			r = inner
		}
		sin, cos := math.Sincos(math.Pi/2 + 2*math.Pi*float64(i)/float64(n))
		p[i] = pt(r*cos, r*sin)
	}
	return p
}

// bar is a stroke of an edge's width as an outline.
func bar(x0, y0, x1, y1 float64) vg.Path {
	l := math.Hypot(x1-x0, y1-y0)
	nx, ny := -(y1-y0)/l*markerEdge/2, (x1-x0)/l*markerEdge/2
	var p vg.Path
	p.Move(pt(x0-nx, y0-ny))
	p.Line(pt(x1-nx, y1-ny))
	p.Line(pt(x1+nx, y1+ny))
	p.Line(pt(x0+nx, y0+ny))
	p.Close()
	return p
}

// polygon is the outline of corners, which run against the clock, moved
// outwards by the edge. Outer corners stay sharp, or are cut when bevel.
func polygon(corners []vg.Point, edge float64, bevel bool) vg.Path {
	var p vg.Path
	n := len(corners)
	add := func(x, y float64) {
		if len(p) == 0 {
			p.Move(pt(x, y))
		} else {
			p.Line(pt(x, y))
		}
	}
	for i, c := range corners {
		prev, next := corners[(i+n-1)%n], corners[(i+1)%n]
		ax, ay := normal(prev, c)
		bx, by := normal(c, next)
		x, y := float64(c.X), float64(c.Y)
		turn := float64(c.X-prev.X)*float64(next.Y-c.Y) - float64(c.Y-prev.Y)*float64(next.X-c.X)
		if bevel && turn > 0 {
			add(x+ax*edge, y+ay*edge)
			add(x+bx*edge, y+by*edge)
			continue
		}
		f := edge / (1 + ax*bx + ay*by)
		add(x+(ax+bx)*f, y+(ay+by)*f)
	}
	p.Close()
	return p
}

// normal is the unit vector to the right of the way from a to b, outwards.
func normal(a, b vg.Point) (x, y float64) {
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	l := math.Hypot(dx, dy)
	return dy / l, -dx / l
}
