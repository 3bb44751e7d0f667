package plot

import (
	"math"
	"strings"
	"unicode"

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

// Sizes of mathtext's layout, in x-heights where nothing else is said.
const (
	shrink      = 0.7 // size of scripts and fractions
	supShift    = 0.7 // superscripts are raised
	subShift    = 0.3 // subscripts drop, without a superscript
	bothShift   = 0.5 // and with one
	scriptKern  = 0.025
	slantKern   = 0.2  // of the height above two thirds of an x
	scriptSpace = 0.05 // behind scripts
	ruleEm      = 0.0625
	signSpace   = 0.2 // ems around a sign
	mathEdge    = 1.44

	large        = "∫∮∑∏"
	largeSize    = 1.5
	integralDrop = 0.4 // of an x, from an integral's ends to its limits
)

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

// layout measures a formula as mathtext sets it.
func (f *fonts) layout(n *node, size float64) textBox {
	var b textBox
	switch n.kind {
	case symbolNode:
		gap := 0.0
		if n.spaced {
			gap = signSpace * f.em(size)
		}
		b.w = gap
		f.symbol(&b, n, size)
		b.w += gap
	case wordNode:
		f.word(&b, n.text, regular, size)
	case spaceNode:
		b.w = n.width * f.em(size)
	case groupNode:
		for _, k := range n.kids {
			f.join(&b, f.layout(k, size))
		}
	case scriptNode:
		b = f.script(n, size)
	case fracNode:
		b = f.frac(n, size)
	case rootNode:
		b = f.root(n, size)
	case accentNode:
		b = f.accent(n, size)
	}
	if n.after {
		gap := signSpace
		if n.kind != symbolNode {
			gap = spaces[","]
		}
		b.w += gap * f.em(size)
	}
	return b
}

func (f *fonts) symbol(b *textBox, n *node, size float64) {
	fc := regular
	// Letters are variables and slanted; Greek capitals are not.
	if !n.upright && unicode.IsLetter(n.r) && !(unicode.Is(unicode.Greek, n.r) && unicode.IsUpper(n.r)) {
		fc = oblique
	}
	big := strings.ContainsRune(large, n.r)
	if big {
		size *= largeSize
	}
	for _, r := range f.clean(string(n.r)) {
		f.char(b, r, fc, size)
	}
	if big { // in the middle of the line
		g := f.glyph(fc, n.r)
		drop := (g.top+g.bottom)/2*size - f.middle(size/largeSize)
		b.runs[len(b.runs)-1].y -= drop
		b.asc, b.desc = g.top*size-drop, drop-g.bottom*size
	}
}

// middle is the height of the equals sign's middle, where rules run.
func (f *fonts) middle(size float64) float64 {
	eq := f.glyph(regular, '=')
	return (eq.top + eq.bottom) / 2 * size
}

func (f *fonts) script(n *node, size float64) textBox {
	base := f.layout(n.kids[0], size)
	small := size * shrink
	var sup, sub textBox
	if n.kids[1] != nil {
		sup = f.layout(n.kids[1], small)
	}
	if n.kids[2] != nil {
		sub = f.layout(n.kids[2], small)
	}
	if k := n.kids[0]; k.kind == symbolNode && strings.ContainsRune(stacked, k.r) || k.kind == wordNode && (k.text == "lim" || k.text == "max" || k.text == "min") {
		return f.stack(n, base, sup, sub, size)
	}
	x := f.xHeight(size)
	supKern, subKern := scriptKern*x*shrink, scriptKern*x*shrink
	if base.slanted {
		supKern += (scriptKern*x + slantKern*(base.lastTop-x*2/3)) * shrink
		subKern = 0
	}
	up, down := supShift*x, subShift*x
	if k := n.kids[0]; k.kind == symbolNode && strings.ContainsRune("∫∮", k.r) {
		up, down = base.asc-integralDrop*x, base.desc+integralDrop*x
		supKern, subKern = 7*scriptKern*base.asc*shrink, -scriptKern*base.asc*shrink
	} else if n.kids[1] != nil && n.kids[2] != nil {
		down = bothShift * x
		if clear := 2*ruleEm*size - ((up - sup.desc) - (sub.asc - down)); clear > 0 {
			up += clear
		}
	}
	b := base
	width := 0.0
	if n.kids[1] != nil {
		b.place(sup, base.w+supKern, up)
		width = supKern + sup.w
	}
	if n.kids[2] != nil {
		b.place(sub, base.w+subKern, -down)
		width = math.Max(width, subKern+sub.w)
	}
	b.w = base.w + width + scriptSpace*x
	b.slanted = false
	return b
}

// stack sets limits above and below a sum.
func (f *fonts) stack(n *node, base, sup, sub textBox, size float64) textBox {
	w := math.Max(base.w, math.Max(sup.w, sub.w))
	gap := 3 * ruleEm * size
	var b textBox
	b.place(base, (w-base.w)/2, 0)
	if n.kids[1] != nil {
		b.place(sup, (w-sup.w)/2, base.asc+gap+sup.desc)
	}
	if n.kids[2] != nil {
		b.place(sub, (w-sub.w)/2, -base.desc-gap-sub.asc)
	}
	b.w = w
	return b
}

func (f *fonts) frac(n *node, size float64) textBox {
	small := size * shrink
	above, below := f.layout(n.kids[0], small), f.layout(n.kids[1], small)
	w := math.Max(above.w, below.w)
	rule := ruleEm * size
	middle := f.middle(size)
	var b textBox
	b.place(below, (w-below.w)/2, middle-3*rule-below.asc)
	b.place(above, (w-above.w)/2, middle+2*rule+above.desc)
	b.rule(0, middle-rule, w, middle)
	b.w = w + 2*rule
	return b
}

func (f *fonts) root(n *node, size float64) textBox {
	body := f.layout(n.kids[0], size)
	rule := ruleEm * size
	height, depth := math.Max(body.asc, f.xHeight(size))+5*rule, body.desc
	// The sign is drawn, not written: its strokes keep their width however
	// high it grows.
	wide := 0.72*size + 0.06*(height+depth)
	var b textBox
	if n.kids[1] != nil {
		degree := f.layout(n.kids[1], size*shrink*shrink)
		b.place(degree, 0, -depth+0.6*(height+depth))
		b.w = math.Max(0, degree.w-wide/2)
	}
	at := func(x, y float64) vg.Point { return pt(b.w+x*wide, y) }
	thick := 0.8 * rule
	middle := -depth + 0.5*math.Min(height+depth, size)
	b.shapes = append(b.shapes,
		stroke(at(.08, middle-.06*size), at(.26, middle), thick),
		stroke(at(.24, middle), at(.5, -depth), 1.8*thick),
		stroke(at(.5, -depth), at(1, height), thick))
	b.w += wide
	b.rule(b.w-thick/2, height-thick, b.w+body.w+4*rule, height)
	b.place(body, b.w+2*rule, 0)
	b.w += body.w + 4*rule
	b.asc, b.desc = math.Max(b.asc, height), math.Max(b.desc, depth)
	return b
}

func (b *textBox) rule(x0, y0, x1, y1 float64) {
	b.shapes = append(b.shapes, []vg.Point{pt(x0, y0), pt(x1, y0), pt(x1, y1), pt(x0, y1)})
}

// stroke is a straight stroke as a shape.
func stroke(from, to vg.Point, width float64) []vg.Point {
	nx, ny := normal(from, to)
	d := pt(nx*width/2, ny*width/2)
	return []vg.Point{from.Sub(d), from.Add(d), to.Add(d), to.Sub(d)}
}

func (f *fonts) accent(n *node, size float64) textBox {
	b := f.layout(n.kids[0], size)
	rule := ruleEm * size
	lean := 0.0
	if b.slanted {
		lean = b.lastTop * 0.1
	}
	if n.r == '¯' {
		b.rule(lean, b.asc+rule, b.w+lean, b.asc+2*rule)
		b.asc += 2 * rule
		return b
	}
	g := f.glyph(regular, n.r)
	small := size
	if n.r == '→' {
		small *= 0.6
	}
	y := b.asc + rule - g.bottom*small
	b.runs = append(b.runs, run{
		text: string(n.r), face: regular, size: small,
		x: b.w/2 + lean - (g.left+g.right)/2*small, y: y,
	})
	b.asc = y + g.top*small
	return b
}

// block is text of one or more lines, each with its place below the first.
type block struct {
	lines     []textBox
	y         []float64 // baselines, 0 for the first, downwards negative
	w         float64
	asc, desc float64 // from the first baseline
}

// maxLines is how many lines a title or label may have.
const maxLines = 8

func (f *fonts) block(s string, size float64) block {
	var b block
	asc, _ := lineHeight(size)
	y := 0.0
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines[:min(len(lines), maxLines)] {
		t := f.line(l, size)
		if i > 0 {
			y -= math.Max(asc, t.asc) * 1.2
		} else {
			b.asc = t.asc
		}
		b.lines, b.y = append(b.lines, t), append(b.y, y)
		b.w = math.Max(b.w, t.w)
		b.desc = t.desc - y
		y -= t.desc
	}
	return b
}
