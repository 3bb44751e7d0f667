package plot

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// pdfCanvas writes a page of PDF. gonum's own canvas has no letters outside
// Windows' Western set, so no Greek; this one embeds the cut-down typefaces
// with the way back to Unicode, so that text can be searched and copied.
type pdfCanvas struct {
	straight
	content bytes.Buffer
	subsets [faces]subset
	fonts   *fonts
	color   color.NRGBA
	alphas  map[uint8]bool
}

func (c *pdfCanvas) SetLineWidth(w vg.Length) { fmt.Fprintf(&c.content, "%s w\n", num(float64(w))) }

func (c *pdfCanvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	var b strings.Builder
	for _, d := range pattern {
		b.WriteString(num(float64(d)) + " ")
	}
	fmt.Fprintf(&c.content, "[%s] %s d\n", strings.TrimSpace(b.String()), num(float64(offset)))
}

func (c *pdfCanvas) SetColor(clr color.Color) {
	n := color.NRGBAModel.Convert(clr).(color.NRGBA)
	if n == c.color {
		return
	}
	c.color = n
	c.alphas[n.A] = true
	v := num(float64(n.R)/255) + " " + num(float64(n.G)/255) + " " + num(float64(n.B)/255)
	fmt.Fprintf(&c.content, "%s rg %s RG /A%d gs\n", v, v, n.A)
}

func (c *pdfCanvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	fmt.Fprintf(&c.content, "%s %s %s %s 0 0 cm\n", num(cos), num(sin), num(-sin), num(cos))
}

func (c *pdfCanvas) Translate(p vg.Point) {
	fmt.Fprintf(&c.content, "1 0 0 1 %s %s cm\n", num(float64(p.X)), num(float64(p.Y)))
}

func (c *pdfCanvas) Scale(x, y float64) {
	fmt.Fprintf(&c.content, "%s 0 0 %s 0 0 cm\n", num(x), num(y))
}

func (c *pdfCanvas) Push() { c.content.WriteString("q\n") }
func (c *pdfCanvas) Pop()  { c.content.WriteString("Q\n") }

func (c *pdfCanvas) Stroke(p vg.Path) { c.outline(p); c.content.WriteString("S\n") }
func (c *pdfCanvas) Fill(p vg.Path)   { c.outline(p); c.content.WriteString("f\n") }

// FillString belongs to vg.Canvas; letters are drawn by text.
func (c *pdfCanvas) FillString(font.Face, vg.Point, string) {}

// DrawImage belongs to vg.Canvas; there are no images in a plot.
func (c *pdfCanvas) DrawImage(vg.Rectangle, image.Image) {}

func (c *pdfCanvas) outline(p vg.Path) {
	b := &c.content
	point := func(q vg.Point) {
		b.WriteString(num(float64(q.X)))
		b.WriteByte(' ')
		b.WriteString(num(float64(q.Y)))
		b.WriteByte(' ')
	}
	for _, comp := range p {
		switch comp.Type {
		case vg.MoveComp:
			point(comp.Pos)
			b.WriteString("m\n")
		case vg.LineComp:
			point(comp.Pos)
			b.WriteString("l\n")
		case vg.CurveComp: // with two control points: nothing else is drawn
			point(comp.Control[0])
			point(comp.Control[1])
			point(comp.Pos)
			b.WriteString("c\n")
		case vg.CloseComp:
			b.WriteString("h\n")
		}
	}
}

func (c *pdfCanvas) text(o op, p vg.Point) {
	sin, cos := math.Sincos(o.turn)
	fmt.Fprintf(&c.content, "BT /F%d %s Tf %s %s %s %s %s %s Tm [<", o.face, num(o.size),
		num(cos), num(sin), num(-sin), num(cos), num(float64(p.X)), num(float64(p.Y)))
	var prev rune
	for i, r := range o.text {
		if i > 0 {
			if k := c.fonts.kern(o.face, prev, r); k != 0 {
				fmt.Fprintf(&c.content, "> %s <", num(-k*1000))
			}
		}
		fmt.Fprintf(&c.content, "%04x", c.subsets[o.face].glyphs[r])
		prev = r
	}
	c.content.WriteString(">] TJ ET\n")
}

// num writes a number with three decimals at most, as PDF wants it.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 3, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}

func (p page) pdf(ctx context.Context, w io.Writer, f *fonts) error {
	c := &pdfCanvas{fonts: f, alphas: map[uint8]bool{}}
	used := p.used()
	for i := range used {
		if len(used[i]) == 0 {
			continue
		}
		var err error
		if c.subsets[i], err = f.cut(face(i), used[i]); err != nil {
			return err
		}
	}
	c.content.WriteString("1 j\n") // round joins
	if err := p.render(ctx, c); err != nil {
		return err
	}
	d := pdfFile{}
	d.printf("%%PDF-1.5\n%%\xe2\xe3\xcf\xd3\n")
	pages, content := d.reserve(), d.stream("", c.content.Bytes())
	var resources strings.Builder
	resources.WriteString("/Font <<")
	for i, s := range c.subsets {
		if s.ttf != nil {
			fmt.Fprintf(&resources, " /F%d %d 0 R", i, d.font(s, f))
		}
	}
	resources.WriteString(" >> /ExtGState <<")
	for _, a := range slices.Sorted(maps.Keys(c.alphas)) {
		fmt.Fprintf(&resources, " /A%d << /CA %s /ca %s >>", a, num(float64(a)/255), num(float64(a)/255))
	}
	resources.WriteString(" >>")
	page := d.object("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /Resources << %s >> >>",
		pages, num(p.w), num(p.h), content, resources.String())
	d.fill(pages, "<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", page)
	root := d.object("<< /Type /Catalog /Pages %d 0 R >>", pages)
	info := d.object("<< /Title <%s> /Producer (labbroker) >>", textString(p.title))
	d.finish(root, info)
	_, err := w.Write(d.buf.Bytes())
	return err
}

// pdfFile puts numbered objects one behind another.
type pdfFile struct {
	buf bytes.Buffer
	at  []int // where object i+1 begins
}

func (d *pdfFile) printf(format string, args ...any) { fmt.Fprintf(&d.buf, format, args...) }

func (d *pdfFile) reserve() int {
	d.at = append(d.at, 0)
	return len(d.at)
}

func (d *pdfFile) fill(n int, format string, args ...any) {
	d.at[n-1] = d.buf.Len()
	d.printf("%d 0 obj\n", n)
	d.printf(format, args...)
	d.printf("\nendobj\n")
}

func (d *pdfFile) object(format string, args ...any) int {
	n := d.reserve()
	d.fill(n, format, args...)
	return n
}

func (d *pdfFile) stream(entries string, data []byte) int {
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	_, _ = zw.Write(data) // a buffer takes all
	_ = zw.Close()
	return d.object("<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream", z.Len(), entries, z.Bytes())
}

// font embeds a subset; its characters' codes are the subset's glyph numbers.
func (d *pdfFile) font(s subset, f *fonts) int {
	file := d.stream(fmt.Sprintf("/Length1 %d", len(s.ttf)), s.ttf)
	name, flags, angle := "LABBRK+DejaVuSans", 4, 0
	if s.face == oblique {
		name, flags, angle = "LABBRL+DejaVuSans-Oblique", 4+64, -11
	}
	descriptor := d.object("<< /Type /FontDescriptor /FontName /%s /Flags %d /FontBBox [-1021 -463 1793 1232] /ItalicAngle %d /Ascent 928 /Descent -236 /CapHeight 729 /StemV 92 /FontFile2 %d 0 R >>",
		name, flags, angle, file)
	runes := slices.SortedFunc(maps.Keys(s.glyphs), func(a, b rune) int { return int(s.glyphs[a]) - int(s.glyphs[b]) })
	var widths strings.Builder
	var back []string
	for _, r := range runes {
		fmt.Fprintf(&widths, "%d [%s] ", s.glyphs[r], num(f.glyph(s.face, r).advance*1000))
		back = append(back, fmt.Sprintf("<%04x> <%04x>\n", s.glyphs[r], r))
	}
	descendant := d.object("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %d 0 R /CIDToGIDMap /Identity /W [%s] >>",
		name, descriptor, widths.String())
	var cmap bytes.Buffer
	cmap.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n" +
		"1 begincodespacerange <0000> <ffff> endcodespacerange\n")
	for part := range slices.Chunk(back, 100) { // the most that a block may hold
		fmt.Fprintf(&cmap, "%d beginbfchar\n%sendbfchar\n", len(part), strings.Join(part, ""))
	}
	cmap.WriteString("endcmap CMapName currentdict /CMap defineresource pop end end")
	unicodes := d.stream("", cmap.Bytes())
	return d.object("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>",
		name, descendant, unicodes)
}

func (d *pdfFile) finish(root, info int) {
	start := d.buf.Len()
	d.printf("xref\n0 %d\n0000000000 65535 f \n", len(d.at)+1)
	for _, at := range d.at {
		d.printf("%010d 00000 n \n", at)
	}
	d.printf("trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(d.at)+1, root, info, start)
}

// textString is a title as PDF keeps it: UTF-16 behind its mark.
func textString(s string) string {
	b := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return hex.EncodeToString(b)
}

var _ canvas = (*pdfCanvas)(nil)
