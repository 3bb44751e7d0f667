package plot

import (
	"math"
	"strings"
	"unicode"

	"gonum.org/v1/plot/vg"
)

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
