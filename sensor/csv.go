package sensor

import (
	"bytes"
	"math"
)

// csv reads lines of numbers between commas, semicolons, tabs or spaces, the
// first of which may be a header. Anything else among them makes it text.
func (d *Decoder) csv(b []byte) bool {
	sep := separatorOf(b)
	if sep == 0 {
		return false
	}
	problems, spans, fields := len(d.r.Problems), len(d.spans), len(d.fields)
	var names []string
	for first := true; len(b) > 0; first = false {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		if line = trim(line); len(line) == 0 {
			continue
		}
		if first {
			if names = header(line, sep); names != nil {
				continue
			}
		}
		if len(d.fields)-fields >= maxItems {
			d.problem(TooMany, nil, nil)
			break
		}
		if !d.line(line, sep, names) {
			d.spans, d.fields, d.r.Problems = d.spans[:spans], d.fields[:fields], d.r.Problems[:problems]
			d.r.Label, d.r.Positional = "", false
			return false
		}
	}
	d.r.Names = names
	d.r.Positional = names == nil && len(d.spans) > spans
	return true
}

// separatorOf chooses what stands between a line's values, 0 for nothing.
func separatorOf(b []byte) byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i]
	}
	for _, c := range []byte(";,\t ") {
		if bytes.IndexByte(b, c) > 0 {
			return c
		}
	}
	return 0
}

// cell cuts the next value off a line; runs of spaces count as one.
func cell(line []byte, sep byte) (c, rest []byte, more bool) {
	i := bytes.IndexByte(line, sep)
	if i < 0 {
		return trim(line), nil, false
	}
	rest = line[i+1:]
	if sep == ' ' {
		rest = bytes.TrimLeft(rest, " ")
	}
	return trim(line[:i]), rest, true
}

// line reads a row: numbers and gaps, with a date or a label in front.
func (d *Decoder) line(line []byte, sep byte, names []string) bool {
	d.begin("")
	numbers, at := 0, 0
	label := ""
	for i, more := 0, true; more; i++ {
		var c []byte
		c, line, more = cell(line, sep)
		f := place(at)
		if at < len(names) {
			f = d.name([]byte(names[at])).field
		}
		problems := len(d.r.Problems)
		g, ok := d.measured(c, f, nil, sep != ',')
		switch {
		case ok:
			numbers++
			f = g
			if g.PerMessage && names == nil {
				f.Name = string(g.Quantity)
			}
		case sep == ' ' && i > 0 && numbers == at && len(d.fields) > d.open().from && d.fields[len(d.fields)-1].says(c):
			// "5.02 V 81.3 mA"
			last := &d.fields[len(d.fields)-1]
			last.Name = string(last.Quantity)
			continue
		case len(c) == 0 || gapWord(c):
			f.Value = math.NaN()
		case i == 0 && dateOf(c).Kind != ClockNone:
			d.open().clock = dateOf(c)
			if names == nil {
				continue
			}
			f.Value = math.NaN()
		case i == 0 && names == nil && len(c) <= 32 && letter(c[0]):
			label = Label(string(c))
			continue
		default:
			d.r.Problems = d.r.Problems[:problems]
			return false
		}
		if names != nil && at >= len(names) {
			break
		}
		if names != nil && d.open().clock.Kind == ClockNone {
			d.open().clock = f.Clock()
		}
		if !d.put(f) {
			break
		}
		at++
	}
	if numbers == 0 || label != "" && numbers < 2 || at < 2 && label == "" && d.open().clock.Kind == ClockNone {
		return false
	}
	d.r.Label = label
	d.end()
	return true
}

// gapWord says whether c stands for a missing number in a list.
func gapWord(c []byte) bool {
	return fold(c, "na") || fold(c, "n/a") || len(c) == 1 && c[0] == '-'
}

// header reads a line of column titles: "t , sin".
func header(line []byte, sep byte) []string {
	if sep == ' ' {
		return nil
	}
	var names []string
	for more := true; more; {
		var c []byte
		c, line, more = cell(line, sep)
		if !isTitle(c) || len(names) >= MaxFields {
			return nil
		}
		names = append(names, clean(c, maxName))
	}
	if len(names) < 2 {
		return nil
	}
	return names
}

// isTitle tells a column's title from a number, a gap and a sentence.
func isTitle(c []byte) bool {
	if len(c) == 0 || len(c) > 40 || !letter(c[0]) && c[0] != '"' || gap(c) != kNone || gapWord(c) {
		return false
	}
	return bytes.Count(c, []byte(" ")) <= 3
}
