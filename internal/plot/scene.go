package plot

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// scene is a picture as a list of things to draw, in points from the figure's
// lower left corner. The three formats replay the same list.
type scene struct {
	ops []op
	box rect // what is drawn, for the size of the page
}

// op is one thing to draw: an outline, a sign repeated at many points, or a
// piece of text in one face and size.
type op struct {
	path  vg.Path
	at    []vg.Point // path is drawn at each, filled
	text  string
	face  face
	size  float64
	pos   vg.Point
	turn  float64 // radians, of text
	color color.NRGBA
	width float64 // of the line; 0 = filled
	dash  []float64
	snap  bool // straight lines that belong on whole pixels
	cap   bool // a straight line's ends stand out by half its width
}

type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) w() float64 { return r.x1 - r.x0 }
func (r rect) h() float64 { return r.y1 - r.y0 }

func (r rect) contains(x, y float64) bool {
	return x > r.x0 && x < r.x1 && y > r.y0 && y < r.y1
}

func (r rect) overlaps(o rect) bool {
	return r.x0 < o.x1 && o.x0 < r.x1 && r.y0 < o.y1 && o.y0 < r.y1
}

func (r rect) union(o rect) rect {
	return rect{math.Min(r.x0, o.x0), math.Min(r.y0, o.y0), math.Max(r.x1, o.x1), math.Max(r.y1, o.y1)}
}

func (s *scene) grow(r rect) { s.box = s.box.union(r) }

func pt(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(y)} }

// line strokes a straight line on whole pixels, its ends square.
func (s *scene) line(x0, y0, x1, y1, width float64, c color.NRGBA) {
	var p vg.Path
	p.Move(pt(x0, y0))
	p.Line(pt(x1, y1))
	s.ops = append(s.ops, op{path: p, color: c, width: width, snap: true})
}

// maxStroke is how many points are stroked at once: much longer outlines that
// cross themselves take the rasterizer seconds.
const maxStroke = 400

// polyline strokes pts. A solid line's ends stand out by half its width, a
// dashed one's do not.
func (s *scene) polyline(pts []vg.Point, width float64, dash []float64, c color.NRGBA) {
	for len(pts) > 2*maxStroke {
		s.polyline(pts[:maxStroke], width, dash, c)
		pts = pts[maxStroke-1:]
	}
	if len(pts) < 2 {
		return
	}
	p := make(vg.Path, 0, len(pts))
	for i, q := range pts {
		if i == 0 {
			p.Move(q)
		} else {
			p.Line(q)
		}
	}
	if len(dash) == 0 {
		n := len(pts) - 1
		p[0].Pos = beyond(pts[1], pts[0], width/2)
		p[n].Pos = beyond(pts[n-1], pts[n], width/2)
	}
	s.ops = append(s.ops, op{path: p, color: c, width: width, dash: dash})
}

func beyond(from, to vg.Point, by float64) vg.Point {
	dx, dy := float64(to.X-from.X), float64(to.Y-from.Y)
	l := math.Hypot(dx, dy)
	if l == 0 {
		return to
	}
	return pt(float64(to.X)+dx/l*by, float64(to.Y)+dy/l*by)
}

func (s *scene) fillRect(r rect, c color.NRGBA) {
	var p vg.Path
	p.Move(pt(r.x0, r.y0))
	p.Line(pt(r.x1, r.y0))
	p.Line(pt(r.x1, r.y1))
	p.Line(pt(r.x0, r.y1))
	p.Close()
	s.ops = append(s.ops, op{path: p, color: c, snap: true})
}

// text draws a measured line of text with its baseline's left end at x, y.
func (s *scene) text(b textBox, x, y, turn float64, c color.NRGBA) {
	sin, cos := math.Sincos(turn)
	at := func(dx, dy float64) vg.Point { return pt(x+dx*cos-dy*sin, y+dx*sin+dy*cos) }
	for _, r := range b.runs {
		s.ops = append(s.ops, op{text: r.text, face: r.face, size: r.size, pos: at(r.x, r.y), turn: turn, color: c})
	}
	for _, shape := range b.shapes {
		var p vg.Path
		for i, q := range shape {
			if q = at(float64(q.X), float64(q.Y)); i == 0 {
				p.Move(q)
			} else {
				p.Line(q)
			}
		}
		p.Close()
		s.ops = append(s.ops, op{path: p, color: c})
	}
	if turn == 0 {
		s.grow(rect{x, y - b.desc, x + b.w, y + b.asc})
	} else { // a quarter turn to the left is the only one there is
		s.grow(rect{x - b.asc, y, x + b.desc, y + b.w})
	}
}

func rgb(hex string) color.NRGBA {
	v, _ := strconv.ParseUint(hex[1:], 16, 32)
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}
