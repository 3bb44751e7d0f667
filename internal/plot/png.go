package plot

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/draw"
	"image/png"
	"io"
	"math"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// dpi is the resolution of a PNG, that of matplotlib's savefig.
const dpi = 100

// pngCanvas fills the outlines of the letters itself: gonum's image canvas
// turns letters as little pictures, which blurs them.
type pngCanvas struct {
	*vgimg.Canvas
	fonts *fonts
	out   [faces]map[rune]sfnt.Segments
}

// grid moves straight outlines to pixels as matplotlib's Agg does: lines of an
// odd width run through the middle of pixels, areas end at their borders.
func (c *pngCanvas) grid(p vg.Path, width float64) vg.Path {
	shift := 0.0
	if int(math.Round(width*dpi/72))%2 == 1 {
		shift = 0.5
	}
	snap := func(v vg.Length) vg.Length {
		return vg.Length((math.Floor(float64(v)*dpi/72-shift+0.5) + shift) * 72 / dpi)
	}
	q := make(vg.Path, len(p))
	for i, comp := range p {
		comp.Pos = vg.Point{X: snap(comp.Pos.X), Y: snap(comp.Pos.Y)}
		q[i] = comp
	}
	return q
}

func (c *pngCanvas) pixel(p vg.Point) vg.Point {
	snap := func(v vg.Length) vg.Length {
		return vg.Length((math.Floor(float64(v)*dpi/72) + 0.5) * 72 / dpi)
	}
	return vg.Point{X: snap(p.X), Y: snap(p.Y)}
}

func (c *pngCanvas) text(o op, p vg.Point) {
	fit := heights(o.size * dpi / 72)
	round := func(v vg.Length) vg.Length { return vg.Length(math.Round(float64(v)*dpi/72) * 72 / dpi) }
	if quarter(o.turn) {
		p.X = round(p.X)
	} else {
		p.Y = round(p.Y)
	}
	sin, cos := math.Sincos(o.turn)
	var path vg.Path
	x := 0.0
	var prev rune
	for i, r := range o.text {
		if i > 0 {
			x += c.fonts.kern(o.face, prev, r) * o.size
		}
		at := func(a fixed.Point26_6) vg.Point {
			em := float64(c.fonts.parsed[o.face].UnitsPerEm())
			gx := x + float64(a.X)/em*o.size
			gy := fit(-float64(a.Y)/em) * 72 / dpi
			return pt(float64(p.X)+gx*cos-gy*sin, float64(p.Y)+gx*sin+gy*cos)
		}
		for _, s := range c.outline(o.face, r) {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if len(path) > 0 {
					path.Close()
				}
				path.Move(at(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(at(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(at(s.Args[0]), at(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
			}
		}
		x += c.fonts.glyph(o.face, r).advance * o.size
		prev = r
	}
	if len(path) > 0 {
		path.Close()
		c.Fill(path)
	}
}

func (c *pngCanvas) outline(fc face, r rune) sfnt.Segments {
	if s, ok := c.out[fc][r]; ok {
		return s
	}
	p := c.fonts.parsed[fc]
	s, err := p.LoadGlyph(&c.fonts.buf, c.fonts.glyph(fc, r).index, fixed.Int26_6(p.UnitsPerEm()), nil)
	if err != nil {
		return nil
	}
	s = append(sfnt.Segments(nil), s...)
	if c.out[fc] == nil {
		c.out[fc] = map[rune]sfnt.Segments{}
	}
	c.out[fc][r] = s
	return s
}

// heights maps a letter's height in ems to pixels so that the baseline, the
// tops of small letters and those of capitals fall between rows of pixels,
// which keeps small text sharp. It is what the autohinter does for matplotlib.
func heights(px float64) func(em float64) float64 {
	const unit = 1. / 2048
	var from, to []float64
	add := func(a, b, target float64) {
		from, to = append(from, a*unit), append(to, target)
		if b != a {
			from, to = append(from, b*unit), append(to, target)
		}
	}
	add(-426, -426, math.Round(-426*unit*px))
	add(-29, 0, 0)
	add(1120, 1147, math.Round(1120*unit*px))
	add(1493, 1520, math.Round(1493*unit*px))
	add(1556, 1556, math.Round(1556*unit*px))
	if px < 6 { // too small for steps of whole pixels
		return func(em float64) float64 { return em * px }
	}
	return func(em float64) float64 {
		n := len(from) - 1
		if em <= from[0] {
			return to[0] + (em-from[0])*px
		}
		for i := range n {
			if em <= from[i+1] {
				return to[i] + (em-from[i])/(from[i+1]-from[i])*(to[i+1]-to[i])
			}
		}
		return to[n] + (em-from[n])*px
	}
}

func (p page) png(ctx context.Context, w io.Writer, f *fonts) error {
	img := image.NewRGBA(image.Rect(0, 0, int(math.Round(p.w*dpi/72)), int(math.Round(p.h*dpi/72))))
	g := gg.NewContextForRGBA(img)
	g.SetLineCapButt()
	g.InvertY()
	var target draw.Image = img
	c := &pngCanvas{Canvas: vgimg.NewWith(vgimg.UseDPI(dpi), vgimg.UseImageWithContext(target, g)), fonts: f}
	if err := p.render(ctx, c); err != nil {
		return err
	}
	var buf bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := enc.Encode(&buf, img); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := w.Write(withResolution(buf.Bytes()))
	return err
}

// withResolution says 100 dots per inch in the picture, so that a text
// processor shows it in its true size.
func withResolution(b []byte) []byte {
	const header = 8 + 25 // signature and IHDR
	perMetre := uint32(math.Round(dpi / 0.0254))
	chunk := append([]byte("pHYs"), 0, 0, 0, 0, 0, 0, 0, 0, 1)
	binary.BigEndian.PutUint32(chunk[4:], perMetre)
	binary.BigEndian.PutUint32(chunk[8:], perMetre)
	out := append([]byte(nil), b[:header]...)
	out = binary.BigEndian.AppendUint32(out, 9)
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, b[header:]...)
}

var _ canvas = (*pngCanvas)(nil)
