package plot

import (
	"math"
	"strings"
)

// part is a stretch of a line: a formula or text.
type part struct {
	text string
	math bool
}

// split takes a line apart at its dollar signs. Where they do not pair up the
// line is text as it stands. Outside formulas LaTeX's \$, \%, \_, \# and \&
// lose their backslash, as they did when the course's server ran LaTeX.
func split(s string) []part {
	var parts []part
	var cur strings.Builder
	count := 0
	rs := []rune(s)
	for i := 0; i < len(rs); i++ {
		switch {
		case rs[i] == '\\' && i+1 < len(rs) && rs[i+1] == '$':
			if count%2 == 1 {
				cur.WriteRune('\\')
			}
			cur.WriteRune('$')
			i++
		case rs[i] == '\\' && count%2 == 0 && i+1 < len(rs) && strings.ContainsRune("%_#&", rs[i+1]):
			cur.WriteRune(rs[i+1])
			i++
		case rs[i] == '$':
			if cur.Len() > 0 {
				parts = append(parts, part{cur.String(), count%2 == 1})
			}
			cur.Reset()
			count++
		default:
			cur.WriteRune(rs[i])
		}
	}
	if count%2 == 1 {
		return []part{{text: strings.ReplaceAll(s, `\$`, "$")}}
	}
	if cur.Len() > 0 {
		parts = append(parts, part{text: cur.String()})
	}
	return parts
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
