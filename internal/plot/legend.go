package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// Measures of matplotlib's legend, in points at its text size of 10.
const (
	legendPad    = 4.0  // inside the frame
	legendInset  = 5.0  // from the axes to the frame
	handleWidth  = 20.0 // the sample of the curve
	handleHeight = 7.0
	handleGap    = 8.0
	entryGap     = 5.0
	legendRound  = 2.0
	maxLegend    = 80 // characters of an entry
)

// entry is a line of the legend: a curve's sample or a bar's colour.
type entry struct {
	title string
	style Style
	bar   bool
}

// obstacles is what the legend should not cover, in points of the page.
type obstacles struct {
	bars  []rect
	lines [][]vg.Point // corners and the lines between them
	dots  []vg.Point   // markers that no line joins
}

// legend draws the entries where they cover least.
func (fig *figure) legend(entries []entry, o obstacles) {
	var boxes []textBox
	width, height := 0.0, 2*legendPad
	for i, e := range entries {
		title := e.title
		if r := []rune(title); len(r) > maxLegend {
			title = string(r[:maxLegend-1]) + "…"
		}
		b := fig.fonts.line(title, textSize)
		boxes = append(boxes, b)
		width = math.Max(width, b.w)
		height += b.asc + b.desc
		if i > 0 {
			height += entryGap
		}
	}
	width += handleWidth + handleGap + 2*legendPad
	box := o.best(fig.axes, width, height)
	fig.legendFrame(box)
	y := box.y1 - legendPad
	for i, e := range entries {
		y -= boxes[i].asc
		x := box.x0 + legendPad
		fig.sample(e, x, y)
		fig.text(boxes[i], x+handleWidth+handleGap, y, 0, black)
		y -= boxes[i].desc + entryGap
	}
	fig.grow(box)
}

var black = color.NRGBA{A: 255}

func (fig *figure) legendFrame(b rect) {
	const r = legendRound
	var p vg.Path
	p.Move(pt(b.x0+r, b.y0))
	p.Line(pt(b.x1-r, b.y0))
	p.CubeTo(pt(b.x1-r/3, b.y0), pt(b.x1, b.y0+r/3), pt(b.x1, b.y0+r))
	p.Line(pt(b.x1, b.y1-r))
	p.CubeTo(pt(b.x1, b.y1-r/3), pt(b.x1-r/3, b.y1), pt(b.x1-r, b.y1))
	p.Line(pt(b.x0+r, b.y1))
	p.CubeTo(pt(b.x0+r/3, b.y1), pt(b.x0, b.y1-r/3), pt(b.x0, b.y1-r))
	p.Line(pt(b.x0, b.y0+r))
	p.CubeTo(pt(b.x0, b.y0+r/3), pt(b.x0+r/3, b.y0), pt(b.x0+r, b.y0))
	p.Close()
	fig.ops = append(fig.ops,
		op{path: p, color: color.NRGBA{255, 255, 255, 204}, snap: true},
		op{path: p, color: color.NRGBA{204, 204, 204, 204}, width: 1, snap: true})
}

// sample draws an entry's curve or bar beside its text's baseline.
func (fig *figure) sample(e entry, x, y float64) {
	if e.bar {
		fig.fillRect(rect{x, y, x + handleWidth, y + handleHeight}, rgb(e.style.Color))
		return
	}
	mid := y + handleHeight/2
	fig.curve(curve{
		style:  e.style,
		lines:  [][]vg.Point{{pt(x, mid), pt(x+handleWidth, mid)}},
		points: []vg.Point{pt(x+handleWidth/2, mid)},
	})
}

// best is the place of a box of the given size inside the axes that covers
// least; of equals the first in matplotlib's order: the corners from the upper
// right against the clock, the sides, the middle.
func (o obstacles) best(axes rect, w, h float64) rect {
	left, right := axes.x0+legendInset, axes.x1-legendInset-w
	low, high := axes.y0+legendInset, axes.y1-legendInset-h
	mx, my := (axes.x0+axes.x1-w)/2, (axes.y0+axes.y1-h)/2
	places := [][2]float64{
		{right, high}, {left, high}, {left, low}, {right, low}, {right, my},
		{left, my}, {right, my}, {mx, low}, {mx, high}, {mx, my},
	}
	var best rect
	least := math.MaxInt
	for _, p := range places {
		b := rect{p[0], p[1], p[0] + w, p[1] + h}
		if bad := o.covered(b); bad < least {
			best, least = b, bad
		}
		if least == 0 {
			break
		}
	}
	return best
}

func (o obstacles) covered(b rect) int {
	n := 0
	for _, r := range o.bars {
		if b.overlaps(r) {
			n++
		}
	}
	for _, p := range o.dots {
		if b.contains(float64(p.X), float64(p.Y)) {
			n++
		}
	}
	for _, l := range o.lines {
		crossed := false
		for i, p := range l {
			if b.contains(float64(p.X), float64(p.Y)) {
				n++
				crossed = true
			} else if i > 0 && !crossed {
				crossed = crosses(b, l[i-1], p)
			}
		}
		if crossed {
			n++
		}
	}
	return n
}

// crosses tells whether the way from p to q touches b.
func crosses(b rect, p, q vg.Point) bool {
	from, to := 0.0, 1.0
	clip := func(a, d, lo, hi float64) bool {
		if d == 0 {
			return a >= lo && a <= hi
		}
		t0, t1 := (lo-a)/d, (hi-a)/d
		if t0 > t1 {
			t0, t1 = t1, t0
		}
		from, to = math.Max(from, t0), math.Min(to, t1)
		return from <= to
	}
	return clip(float64(p.X), float64(q.X-p.X), b.x0, b.x1) && clip(float64(p.Y), float64(q.Y-p.Y), b.y0, b.y1)
}
