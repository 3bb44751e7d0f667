package plot

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Marker is matplotlib's letter for the sign at each point; "" is none.
type Marker string

// The markers that Draw knows.
const (
	Point         Marker = "."
	Pixel         Marker = ","
	Circle        Marker = "o"
	TriangleDown  Marker = "v"
	TriangleUp    Marker = "^"
	TriangleLeft  Marker = "<"
	TriangleRight Marker = ">"
	Square        Marker = "s"
	Pentagon      Marker = "p"
	Star          Marker = "*"
	Hexagon       Marker = "h"
	Plus          Marker = "+"
	Cross         Marker = "x"
	Diamond       Marker = "D"
	ThinDiamond   Marker = "d"
	VLine         Marker = "|"
)

const markers = ".,ov^<>sp*h+xDd|"

// Line is matplotlib's sign for how points are joined; "" is not at all.
type Line string

// The line styles that Draw knows.
const (
	Solid   Line = "-"
	Dashed  Line = "--"
	DashDot Line = "-."
	Dotted  Line = ":"
)

// Style is how one curve is drawn. The zero value is matplotlib's default, a
// solid line in the next colour of the cycle.
type Style struct {
	Color  string // "#rrggbb", "" = the next colour of the cycle
	Marker Marker
	Line   Line // "" = solid where there is no marker, none where there is one
}

// colors are matplotlib's single letters; its g, c, m and y are not the pure
// ones.
var colors = map[byte]string{
	'b': "#0000ff", 'g': "#007f00", 'r': "#ff0000", 'c': "#00bfbf",
	'm': "#bf00bf", 'y': "#bfbf00", 'k': "#000000", 'w': "#ffffff",
}

// cycle is matplotlib's default property cycle, "tab10".
var cycle = [...]string{
	"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
	"#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
}

// named are colours that matplotlib takes by their whole name.
var named = map[string]string{
	"blue": "#0000ff", "green": "#008000", "red": "#ff0000", "cyan": "#00ffff", "magenta": "#ff00ff", "yellow": "#ffff00",
	"black": "#000000", "white": "#ffffff", "orange": "#ffa500", "purple": "#800080", "brown": "#a52a2a", "pink": "#ffc0cb",
	"gray": "#808080", "grey": "#808080", "lime": "#00ff00", "navy": "#000080", "olive": "#808000", "teal": "#008080",
	"tab:blue": cycle[0], "tab:orange": cycle[1], "tab:green": cycle[2], "tab:red": cycle[3], "tab:purple": cycle[4],
	"tab:brown": cycle[5], "tab:pink": cycle[6], "tab:gray": cycle[7], "tab:olive": cycle[8], "tab:cyan": cycle[9],
}

// similar are matplotlib's other markers and what is drawn for them.
var similar = map[byte]Marker{
	'1': TriangleDown, '2': TriangleUp, '3': TriangleLeft, '4': TriangleRight,
	'8': Hexagon, 'H': Hexagon, 'P': Plus, 'X': Cross,
}

// ParseStyle reads a format string of matplotlib: colour, marker and line
// style in any order, such as "r--", "o" or "-.k"; or a colour alone, "green"
// or "#00ff00". What it does not understand is left out and told in a
// sentence, "" when all was understood.
func ParseStyle(s string) (Style, string) {
	sent := s
	if c := wholeColor(strings.TrimSpace(s)); c != "" {
		return Style{Color: c}, ""
	}
	var st Style
	var odd, replaced []string
	for len(s) > 0 {
		switch c := s[0]; {
		case strings.HasPrefix(s, "--"), strings.HasPrefix(s, "-."):
			st.Line, s = set(st.Line, Line(s[:2]), &odd), s[2:]
		case c == '-' || c == ':':
			st.Line, s = set(st.Line, Line(s[:1]), &odd), s[1:]
		case c == ' ':
			s = s[1:]
		case strings.IndexByte(markers, c) >= 0:
			st.Marker, s = set(st.Marker, Marker(s[:1]), &odd), s[1:]
		case similar[c] != "":
			replaced = append(replaced, fmt.Sprintf("%c is drawn as %s", c, similar[c]))
			st.Marker, s = set(st.Marker, similar[c], &odd), s[1:]
		case colors[c] != "":
			st.Color, s = set(st.Color, colors[c], &odd), s[1:]
		case c == 'C' && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
			st.Color, s = set(st.Color, cycle[s[1]-'0'], &odd), s[2:]
		default:
			r, n := utf8.DecodeRuneInString(s)
			odd = append(odd, strings.ToValidUTF8(string(r), "?"))
			s = s[n:]
		}
	}
	switch {
	case len(odd) > 5:
		odd = append(odd[:5], "...")
		fallthrough
	case len(odd) > 0:
		return st, fmt.Sprintf("plot format %s: left out %s; a format is one colour of bgrcmykw, one marker of %s and one line of - -- -. :, such as \"r--\"", quoteShort(sent), quoteShort(strings.Join(odd, " ")), markers)
	case len(replaced) > 0:
		return st, fmt.Sprintf("plot format %s: marker %s", quoteShort(sent), replaced[0])
	}
	return st, ""
}

func wholeColor(s string) string {
	if c := named[strings.ToLower(s)]; c != "" {
		return c
	}
	if len(s) != 7 || s[0] != '#' {
		return ""
	}
	if _, err := strconv.ParseUint(s[1:], 16, 32); err != nil {
		return ""
	}
	return strings.ToLower(s)
}

func set[T ~string](old, v T, odd *[]string) T {
	if old != "" {
		*odd = append(*odd, string(v))
		return old
	}
	return v
}

// Styles are the styles of n curves with everything filled in: colours from
// the cycle, which moves on only for curves without a colour of their own, and
// Line is "" only where the points are not joined.
func (o Options) Styles(n int) []Style {
	styles := make([]Style, max(n, 0))
	next := 0
	for i := range styles {
		if i < len(o.Formats) {
			styles[i] = o.Formats[i]
		}
		st := &styles[i]
		if st.Color == "" {
			st.Color = cycle[next%len(cycle)]
			next++
		}
		if st.Marker == "" && st.Line == "" {
			st.Line = Solid
		}
	}
	return styles
}
