package plot

import (
	"context"
	"image/color"
	"math"

	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// page is a scene on a page of w by h points, moved so that the drawing has
// its margin.
type page struct {
	*scene
	w, h   float64
	dx, dy float64
	title  string
}

// canvas is what the formats add to vg's canvas.
type canvas interface {
	vg.Canvas
	// text draws a piece of text that starts at p, turned around it.
	text(o op, p vg.Point)
	// grid moves straight outlines to whole pixels, where there are pixels.
	grid(p vg.Path, width float64) vg.Path
	// pixel moves a point to the middle of its pixel.
	pixel(p vg.Point) vg.Point
}

// render replays the page. It stops when ctx ends.
func (p page) render(ctx context.Context, c canvas) error {
	for i, o := range p.ops {
		if i%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c.SetColor(o.color)
		switch {
		case o.text != "":
			c.text(o, p.move(o.pos))
		case o.at != nil:
			var all vg.Path
			for _, at := range o.at {
				at = c.pixel(p.move(at))
				for _, comp := range o.path {
					all = append(all, shifted(comp, at))
				}
			}
			c.Fill(all)
		default:
			path := make(vg.Path, len(o.path))
			for i, comp := range o.path {
				path[i] = shifted(comp, pt(p.dx, p.dy))
			}
			if o.snap {
				path = c.grid(path, o.width)
			}
			if o.width == 0 {
				c.Fill(path)
				continue
			}
			if o.cap {
				from, to := path[0].Pos, path[1].Pos
				path[0].Pos, path[1].Pos = beyond(to, from, o.width/2), beyond(from, to, o.width/2)
			}
			c.SetLineWidth(vg.Length(o.width))
			dash := make([]vg.Length, len(o.dash))
			for i, d := range o.dash {
				dash[i] = vg.Length(d)
			}
			c.SetLineDash(dash, 0)
			c.Stroke(path)
		}
	}
	return ctx.Err()
}

func (p page) move(at vg.Point) vg.Point { return at.Add(pt(p.dx, p.dy)) }

func shifted(c vg.PathComp, by vg.Point) vg.PathComp {
	c.Pos = c.Pos.Add(by)
	if len(c.Control) > 0 {
		ctrl := make([]vg.Point, len(c.Control))
		for i, q := range c.Control {
			ctrl[i] = q.Add(by)
		}
		c.Control = ctrl
	}
	return c
}

// used lists the characters of each face.
func (s *scene) used() [faces]map[rune]bool {
	var u [faces]map[rune]bool
	for i := range u {
		u[i] = map[rune]bool{}
	}
	for _, o := range s.ops {
		for _, r := range o.text {
			u[o.face][r] = true
		}
	}
	return u
}

// vgFace is the subset as gonum's canvases take it.
func (s subset) vgFace(size float64) (font.Face, error) {
	p, err := opentype.Parse(s.ttf)
	if err != nil {
		return font.Face{}, err
	}
	style := stdfont.StyleNormal
	if s.face == oblique {
		style = stdfont.StyleOblique
	}
	return font.Face{
		Font: font.Font{Typeface: font.Typeface(s.family), Style: style, Size: vg.Length(size)},
		Face: p,
	}, nil
}

// circle is an outline of four curves.
func circle(r float64) vg.Path {
	const k = 0.5522847498307936
	var p vg.Path
	p.Move(pt(r, 0))
	p.CubeTo(pt(r, k*r), pt(k*r, r), pt(0, r))
	p.CubeTo(pt(-k*r, r), pt(-r, k*r), pt(-r, 0))
	p.CubeTo(pt(-r, -k*r), pt(-k*r, -r), pt(0, -r))
	p.CubeTo(pt(k*r, -r), pt(r, -k*r), pt(r, 0))
	p.Close()
	return p
}

// straight are the canvas methods of formats without pixels.
type straight struct{}

func (straight) grid(p vg.Path, _ float64) vg.Path { return p }
func (straight) pixel(p vg.Point) vg.Point         { return p }

var white = color.NRGBA{R: 255, G: 255, B: 255, A: 255}

func quarter(turn float64) bool { return math.Abs(turn) > 1 }
