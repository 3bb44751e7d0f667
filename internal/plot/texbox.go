package plot

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// textBox is measured text: pieces and rules, in points from the left end of
// the baseline.
type textBox struct {
	runs      []run
	shapes    [][]vg.Point // filled: rules of fractions, roots
	w         float64
	asc, desc float64 // how far the ink reaches; the whole line's in a line
	lastTop   float64 // of the last character, for its superscript
	slanted   bool    // the last character is
}

type run struct {
	text string
	face face
	size float64
	x, y float64
	end  float64 // where the next character would stand
	last rune
}

// maxLine is how many characters of a line are drawn.
const maxLine = 1000

// line measures one line of text with TeX between dollar signs. Its ascent and
// descent are at least those of any line.
func (f *fonts) line(s string, size float64) textBox {
	var b textBox
	if r := []rune(s); len(r) > maxLine {
		s = string(r[:maxLine])
	}
	formula := false
	for _, p := range split(s) {
		if p.math {
			f.join(&b, f.layout(parseTeX(p.text), size))
			formula = true
		} else {
			f.word(&b, p.text, regular, size)
		}
	}
	if formula { // mathtext keeps two pixels free around formulas
		b.asc += mathEdge
		b.desc += mathEdge
	}
	asc, desc := lineHeight(size)
	b.asc, b.desc = math.Max(b.asc, asc), math.Max(b.desc, desc)
	return b
}

// xHeight is the height of an x, in points.
func (f *fonts) xHeight(size float64) float64 { return f.glyph(oblique, 'x').top * size }

func (f *fonts) em(size float64) float64 { return f.glyph(oblique, 'm').advance * size }

// word adds text in one face to b.
func (f *fonts) word(b *textBox, s string, fc face, size float64) {
	for _, r := range f.clean(s) {
		f.char(b, r, fc, size)
	}
}

// char adds a character, to the piece before it where they belong together.
func (f *fonts) char(b *textBox, r rune, fc face, size float64) {
	if !f.has(fc, r) {
		fc = regular
	}
	g := f.glyph(fc, r)
	x := b.w
	last := len(b.runs) - 1
	if last >= 0 && b.runs[last].follows(fc, size, x) {
		l := &b.runs[last]
		x += f.kern(fc, l.last, r) * size
		l.text += string(r)
		l.last, l.end = r, x+g.advance*size
	} else if r != ' ' {
		b.runs = append(b.runs, run{text: string(r), face: fc, size: size, x: x, end: x + g.advance*size, last: r})
	}
	b.w = x + g.advance*size
	b.asc = math.Max(b.asc, g.top*size)
	b.desc = math.Max(b.desc, -g.bottom*size)
	b.lastTop, b.slanted = g.top*size, fc == oblique
}

// follows tells whether a character of the given face and size at x continues
// the piece.
func (r run) follows(fc face, size, x float64) bool {
	return r.face == fc && r.size == size && r.y == 0 && math.Abs(r.end-x) < 1e-6
}

// join sets o behind b.
func (f *fonts) join(b *textBox, o textBox) {
	// A character joins the word before it, for the sake of who searches or
	// copies the text.
	if len(o.runs) == 1 && len(o.shapes) == 0 && o.runs[0].x == 0 && o.runs[0].y == 0 {
		r := o.runs[0]
		extra := o.w - r.end
		for _, c := range r.text {
			f.char(b, c, r.face, r.size)
		}
		b.w += extra
		return
	}
	b.place(o, b.w, 0)
	b.w += o.w
	b.lastTop, b.slanted = o.lastTop, o.slanted
}

// place sets o with its origin at x, y of b; b.w stays.
func (b *textBox) place(o textBox, x, y float64) {
	for _, r := range o.runs {
		r.x, r.end = r.x+x, r.end+x
		r.y += y
		b.runs = append(b.runs, r)
	}
	for _, s := range o.shapes {
		moved := make([]vg.Point, len(s))
		for i, p := range s {
			moved[i] = p.Add(pt(x, y))
		}
		b.shapes = append(b.shapes, moved)
	}
	b.asc = math.Max(b.asc, o.asc+y)
	b.desc = math.Max(b.desc, o.desc-y)
}
