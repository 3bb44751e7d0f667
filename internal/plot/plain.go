package plot

import "strings"

// PlainText writes a title with TeX in it as plain characters, for places that
// draw no formulas: $V_{oc}^2$ becomes V_oc². What has no character of its own
// keeps a sign that says it: a fraction its slash, a subscript its underscore.
func PlainText(s string) string {
	var b strings.Builder
	for _, p := range split(s) {
		if p.math {
			b.WriteString(plain(parseTeX(p.text)))
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

func plain(n *node) string {
	var s string
	switch n.kind {
	case symbolNode:
		s = string(n.r)
		if n.spaced {
			return " " + s + " "
		}
	case wordNode:
		s = n.text
	case spaceNode:
		if n.width <= 0 {
			return ""
		}
		return " "
	case groupNode:
		var b strings.Builder
		for _, k := range n.kids {
			b.WriteString(plain(k))
		}
		return b.String()
	case scriptNode:
		s = plain(n.kids[0])
		if k := n.kids[2]; k != nil {
			s += raised(plain(k), subscripts, "_")
		}
		if k := n.kids[1]; k != nil {
			s += raised(plain(k), superscripts, "^")
		}
	case fracNode:
		return grouped(plain(n.kids[0])) + "/" + grouped(plain(n.kids[1]))
	case rootNode:
		return "√" + grouped(plain(n.kids[0]))
	case accentNode:
		return plain(n.kids[0])
	}
	if n.after {
		s += " "
	}
	return s
}

const (
	superscripts = "0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺−⁻nⁿi\u2071∘°′′"
	subscripts   = "0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉"
)

// raised uses the small characters where all of s has one.
func raised(s, table, sign string) string {
	t := []rune(table)
	var b strings.Builder
	for _, r := range s {
		found := false
		for i := 0; i < len(t) && !found; i += 2 {
			if t[i] == r {
				b.WriteRune(t[i+1])
				found = true
			}
		}
		if !found {
			if sign == "_" {
				return sign + strings.TrimSpace(s)
			}
			return sign + grouped(s)
		}
	}
	return b.String()
}

func grouped(s string) string {
	s = strings.TrimSpace(s)
	if len([]rune(s)) > 1 {
		return "(" + s + ")"
	}
	return s
}
