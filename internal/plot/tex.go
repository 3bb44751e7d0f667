package plot

import (
	"strings"
	"unicode"
)

// kind says what a node of a formula is.
type kind int

const (
	symbolNode kind = iota // one character
	wordNode               // upright text: a function, \text, an unknown command as typed
	spaceNode
	groupNode  // kids in a row
	scriptNode // kids: base, superscript, subscript (either nil)
	fracNode   // kids: above, below
	rootNode   // kids: body, degree or nil
	accentNode // kids: body; r stands over it
)

// node is a part of a formula.
type node struct {
	kind    kind
	r       rune
	text    string
	width   float64 // of a space, in ems
	upright bool
	spaced  bool // a sign with room on both sides
	after   bool // room behind only: punctuation, functions
	kids    []*node
}

// maxDepth bounds how deep formulas nest; what is deeper appears as typed.
const maxDepth = 24

// texParser reads one formula, what stands between two dollar signs. It has no
// errors: what it does not know stays as it was typed.
type texParser struct {
	s       []rune
	i       int
	depth   int
	upright bool
}

func parseTeX(s string) *node {
	p := &texParser{s: []rune(s)}
	g := p.group(0)
	for p.i < len(p.s) { // a closing brace too many
		g.kids = append(g.kids, &node{kind: wordNode, text: "}"})
		p.i++
		g.kids = append(g.kids, p.group(0).kids...)
	}
	return g
}

// group reads until the closing rune, which stays, or the end.
func (p *texParser) group(end rune) *node {
	p.depth++
	defer func(u bool) { p.depth--; p.upright = u }(p.upright)
	g := &node{kind: groupNode}
	for p.i < len(p.s) {
		r := p.s[p.i]
		if r == '}' || end != 0 && r == end {
			break
		}
		if unicode.IsSpace(r) {
			p.i++
			continue
		}
		if n := p.scripted(g); n != nil {
			g.kids = append(g.kids, n)
		}
	}
	return g
}

// scripted reads a node with its super- and subscripts.
func (p *texParser) scripted(g *node) *node {
	var base *node
	if r := p.s[p.i]; r != '^' && r != '_' && r != '\'' {
		if base = p.one(g); base == nil {
			return nil
		}
	} else {
		base = &node{kind: groupNode}
	}
	var sup, sub *node
	for {
		p.skip()
		if p.i >= len(p.s) {
			break
		}
		switch r := p.s[p.i]; {
		case r == '\'':
			p.i++
			if sup == nil {
				sup = &node{kind: groupNode}
			}
			sup.kids = append(sup.kids, &node{kind: symbolNode, r: '′', upright: true})
			continue
		case r == '^' && sup == nil:
			p.i++
			sup = p.argument()
			continue
		case r == '_' && sub == nil:
			p.i++
			sub = p.argument()
			continue
		}
		break
	}
	if sup == nil && sub == nil {
		return base
	}
	n := &node{kind: scriptNode, kids: []*node{base, sup, sub}}
	if base.kind == wordNode && base.after { // the room comes behind the script
		base.after, n.after = false, !p.opens()
	}
	return n
}

func (p *texParser) skip() {
	for p.i < len(p.s) && unicode.IsSpace(p.s[p.i]) {
		p.i++
	}
}

// argument reads what a command or a script applies to: a group in braces or
// one node.
func (p *texParser) argument() *node {
	p.depth++
	defer func() { p.depth-- }()
	p.skip()
	if p.i >= len(p.s) || p.s[p.i] == '}' {
		return &node{kind: groupNode}
	}
	if n := p.one(nil); n != nil {
		return n
	}
	return &node{kind: groupNode}
}

// one reads a node without scripts; nil when it only changed the state.
func (p *texParser) one(g *node) *node {
	r := p.s[p.i]
	p.i++
	switch {
	case r == '{':
		if p.depth >= maxDepth {
			return &node{kind: wordNode, text: "{"}
		}
		n := p.group('}')
		if p.i < len(p.s) {
			p.i++
		}
		return n
	case r == '\\':
		return p.command(g)
	case r == '~':
		return &node{kind: spaceNode, width: 1. / 3}
	case r == '-':
		r = '−'
	}
	return p.symbol(r, g)
}

// symbol gives a character its room: signs stand apart unless they come first
// or behind an opening bracket, as the minus of -2 does.
func (p *texParser) symbol(r rune, g *node) *node {
	n := &node{kind: symbolNode, r: r, upright: p.upright}
	switch {
	case strings.ContainsRune(operators, r):
		n.spaced = g != nil && len(g.kids) > 0 && !opening(g.kids[len(g.kids)-1])
	case strings.ContainsRune(relations, r):
		n.spaced = true
	case r == ',' || r == ';' || r == '!':
		n.after = true
	case r == '.':
		n.after = !p.digitAt(p.i-2) || !p.digitAt(p.i)
	}
	return n
}

// opening tells whether a sign behind n stands for itself: behind a bracket
// or another sign.
func opening(n *node) bool {
	return n.kind == symbolNode && strings.ContainsRune(openers+operators+relations, n.r)
}

func (p *texParser) digitAt(i int) bool { return i >= 0 && i < len(p.s) && unicode.IsDigit(p.s[i]) }

// opens tells whether a bracket or script follows, before which a function
// keeps no room.
func (p *texParser) opens() bool {
	p.skip()
	return p.i >= len(p.s) || strings.ContainsRune(openers+closers+"/|^_", p.s[p.i])
}

func (p *texParser) command(g *node) *node {
	start := p.i - 1
	if p.i >= len(p.s) {
		return &node{kind: wordNode, text: `\`}
	}
	name := string(p.s[p.i])
	p.i++
	if letter(rune(name[0])) {
		for p.i < len(p.s) && letter(p.s[p.i]) {
			name += string(p.s[p.i])
			p.i++
		}
	}
	if p.depth >= maxDepth {
		return &node{kind: wordNode, text: string(p.s[start:p.i])}
	}
	if w, ok := spaces[name]; ok {
		return &node{kind: spaceNode, width: w}
	}
	if r, ok := symbols[name]; ok {
		return p.symbol(r, g)
	}
	switch {
	case functions[name]:
		return &node{kind: wordNode, text: name, after: !p.opens() || p.scriptNext()}
	case verbatim[name]:
		return &node{kind: wordNode, text: p.braced()}
	case upright[name], name == "mathit", name == "it", name == "mathnormal", name == "displaystyle", name == "textstyle", name == "limits":
		return p.fontCommand(name)
	case name == "frac" || name == "dfrac" || name == "tfrac":
		return &node{kind: fracNode, kids: []*node{p.argument(), p.argument()}}
	case name == "sqrt":
		return p.root()
	case accents[name] != 0:
		return &node{kind: accentNode, r: accents[name], kids: []*node{p.argument()}}
	case name == "left" || name == "right" || name == "big" || name == "Big":
		p.skip()
		if p.i < len(p.s) && p.s[p.i] == '.' {
			p.i++
		}
		return nil
	}
	return &node{kind: wordNode, text: string(p.s[start:p.i])}
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func (p *texParser) scriptNext() bool {
	return p.i < len(p.s) && (p.s[p.i] == '^' || p.s[p.i] == '_')
}

func (p *texParser) fontCommand(name string) *node {
	p.skip()
	isUpright := upright[name]
	if p.i >= len(p.s) || p.s[p.i] != '{' || name == "displaystyle" || name == "textstyle" || name == "limits" {
		if name == "rm" || name == "it" { // a switch until the group ends
			p.upright = isUpright
		}
		return nil
	}
	defer func(u bool) { p.upright = u }(p.upright)
	p.upright = isUpright
	n := p.one(nil) // the group in braces
	if n != nil && name == "operatorname" {
		n.after = !p.opens()
	}
	return n
}

func (p *texParser) root() *node {
	var degree *node
	p.skip()
	if p.i < len(p.s) && p.s[p.i] == '[' {
		p.i++
		degree = p.group(']')
		if p.i < len(p.s) && p.s[p.i] == ']' {
			p.i++
		}
	}
	return &node{kind: rootNode, kids: []*node{p.argument(), degree}}
}

// braced reads the text of the following braces as it stands.
func (p *texParser) braced() string {
	p.skip()
	if p.i >= len(p.s) {
		return ""
	}
	if p.s[p.i] != '{' {
		p.i++
		return string(p.s[p.i-1])
	}
	p.i++
	var b strings.Builder
	for depth := 1; p.i < len(p.s); p.i++ {
		switch r := p.s[p.i]; {
		case r == '{':
			depth++
			continue
		case r == '}':
			if depth--; depth == 0 {
				p.i++
				return b.String()
			}
			continue
		case r == '\\' && p.i+1 < len(p.s) && !letter(p.s[p.i+1]):
			continue
		}
		b.WriteRune(p.s[p.i])
	}
	return b.String()
}
