package plot

import (
	"bytes"
	"context"
	"io"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// svgCanvas writes text as text, in the embedded cut-down typefaces.
type svgCanvas struct {
	*vgsvg.Canvas
	straight
	faces [faces]font.Face
}

func (c *svgCanvas) text(o op, p vg.Point) {
	f := c.faces[o.face]
	f.Font.Size = vg.Length(o.size)
	if o.turn == 0 {
		c.FillString(f, p, o.text)
		return
	}
	c.Push()
	c.Translate(p)
	c.Rotate(o.turn)
	c.FillString(f, vg.Point{}, o.text)
	c.Pop()
}

func (p page) svg(ctx context.Context, w io.Writer, f *fonts) error {
	c := &svgCanvas{Canvas: vgsvg.NewWith(vgsvg.UseWH(vg.Length(p.w), vg.Length(p.h)), vgsvg.EmbedFonts(true))}
	for i, used := range p.used() {
		if len(used) == 0 {
			continue
		}
		s, err := f.cut(face(i), used)
		if err != nil {
			return err
		}
		if c.faces[i], err = s.vgFace(10); err != nil {
			return err
		}
	}
	var back vg.Path
	back.Move(pt(0, 0))
	back.Line(pt(p.w, 0))
	back.Line(pt(p.w, p.h))
	back.Line(pt(0, p.h))
	back.Close()
	c.SetColor(white)
	c.Fill(back)
	if err := p.render(ctx, c); err != nil {
		return err
	}
	var buf bytes.Buffer
	if _, err := c.WriteTo(&buf); err != nil {
		return err
	}
	// vgsvg has no setting for joins and for spaces; the root element hands
	// them down.
	out := bytes.Replace(buf.Bytes(), []byte("<svg "), []byte(`<svg stroke-linejoin="round" xml:space="preserve" `), 1)
	_, err := w.Write(out)
	return err
}

var _ canvas = (*svgCanvas)(nil)
