package sensor

import (
	"bytes"
	"math"
)

// measured reads a number with or without its unit: "5.02", "5.02 V",
// "81.3mA", "5,02 V", nan. comma allows a decimal comma without a unit.
func (d *Decoder) measured(b []byte, f Field, key []byte, comma bool) (Field, bool) {
	switch gap(b) {
	case kNaN:
		f.Value = math.NaN()
		d.problem(NotANumber, key, b)
		return f, true
	case kNull:
		f.Value = math.NaN()
		return f, true
	}
	v, dec, n := parseNumber(b)
	if n == 0 {
		return f, false
	}
	with := false
	if n < len(b) && b[n] == ',' && dec == 0 {
		cv, cdec, m := commaNumber(b)
		if m == 0 || !comma && len(trim(b[m:])) == 0 {
			return f, false
		}
		v, dec, n, with = cv, cdec, m, true
	}
	if rest := trim(b[n:]); len(rest) > 0 && !f.says(rest) {
		return f, false
	}
	if with {
		d.problem(DecimalComma, key, b)
	}
	f.Value, f.decimals = v, dec
	return f, true
}

// scalar reads a payload that is one number; its name is the topic's.
func (d *Decoder) scalar(b []byte) bool {
	b = bytes.TrimRight(b, ";, ")
	if len(b) > maxStrings {
		return false
	}
	comma := d.t.named
	if i := bytes.IndexByte(b, ','); i > 0 && i+2 < len(b) && b[i+1] == '0' {
		comma = true // 5,02 is no list: nobody writes 02
	}
	problems := len(d.r.Problems)
	f, ok := d.measured(b, d.t.field, nil, comma)
	if !ok {
		return false
	}
	if f.Value != f.Value && problems == len(d.r.Problems) && !d.t.named {
		return true // "None" where nobody expects a number is text
	}
	d.r.Series, d.r.Sibling = d.t.series, d.t.sibling
	d.begin("")
	d.put(f)
	d.end()
	return true
}

// separator says whether c stands between pairs.
func separator(c byte) bool {
	return c == ',' || c == ';' || c == '&' || c == '\n' || c == '\r' || c == '|' || c == '\t'
}

// pairs reads "V=5.02 I=81.3", "Bus Voltage: 5.02 V, Current: 81.3 mA",
// "field1=0.8&field2=92": all of it has to be pairs.
func (d *Decoder) pairs(b []byte) bool {
	if len(b) > 4096 || bytes.IndexByte(b, '=') < 0 && bytes.IndexByte(b, ':') < 0 {
		return false
	}
	problems := len(d.r.Problems)
	d.begin("")
	numbers, ok := d.eachPair(b)
	if !ok || numbers == 0 {
		d.fields = d.fields[:d.open().from]
		d.r.Problems = d.r.Problems[:problems]
		d.end()
		return false
	}
	d.fieldsOfForm(d.fields[d.open().from:])
	d.end()
	return true
}

func (d *Decoder) eachPair(b []byte) (numbers int, ok bool) {
	for len(b) > 0 {
		for len(b) > 0 && (separator(b[0]) || b[0] == ' ') {
			b = b[1:]
		}
		if len(b) == 0 {
			break
		}
		i := bytes.IndexAny(b, "=:")
		if i <= 0 || !isKey(trim(b[:i])) {
			return 0, false
		}
		n := d.name(trim(b[:i]))
		b = bytes.TrimLeft(b[i+1:], " ")
		end := valueEnd(b)
		value := trim(b[:end])
		if n.clock && d.open().clock.Kind == ClockNone {
			if c := dateOf(value); c.Kind != ClockNone {
				d.open().clock = c
				b = b[end:]
				continue
			}
		}
		f, found := d.measured(value, d.fieldOf(n, nil, nil), []byte(n.key), true)
		switch {
		case !found:
		case n.clock && f.clock != ClockNone && d.open().clock.Kind == ClockNone && (numbers > 0 || end < len(b)):
			d.open().clock = f.Clock()
			numbers++
		default:
			d.replace(f)
			numbers++
		}
		b = b[end:]
	}
	return numbers, true
}

// valueEnd is where a pair's value ends: at a separator, or at a space with
// neither a unit nor the rest of a text behind.
func valueEnd(b []byte) int {
	_, dec, n := parseNumber(b)
	if n > 0 && n < len(b) && b[n] == ',' && dec == 0 {
		if _, _, m := commaNumber(b); m > 0 && (m == len(b) || b[m] == ' ' || separator(b[m])) {
			n = m
		}
	}
	if n == 0 || n < len(b) && b[n] == '.' {
		for i, c := range b {
			if separator(c) || c == ' ' {
				return i
			}
		}
		return len(b)
	}
	word := func(i int) int {
		for i < len(b) && b[i] != ' ' && !separator(b[i]) && b[i] != '=' && b[i] != ':' {
			i++
		}
		return i
	}
	if n < len(b) && b[n] != ' ' {
		return word(n)
	}
	from := n
	for from < len(b) && b[from] == ' ' {
		from++
	}
	to := word(from)
	if to == from || to < len(b) && (b[to] == '=' || b[to] == ':') {
		return n
	}
	if _, ok := LookUp(string(b[from:to]), Unknown); !ok {
		return n
	}
	return to
}

// isKey says whether b can be the name of a value.
func isKey(b []byte) bool {
	if len(b) == 0 || len(b) > 40 || !letter(b[0]) {
		return false
	}
	spaces := 0
	for i, c := range b {
		switch {
		case letter(c), c-'0' <= 9, c == '_', c == '-', c == '.', c == '/', c == '[', c == ']', c == '(', c == ')', c == '%', c == '*':
		case c == ' ':
			spaces++
			if b[i+1]-'0' <= 9 {
				return false // "started at 12:30"
			}
		default:
			return false
		}
	}
	return spaces <= 3
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// fieldsOfForm concludes what the unnamed fields of a form are (field1=..,
// as ThingSpeak has them): volts first, as an INA219 measures them, then mA.
// A room's temperature and humidity look similar and are left alone.
func (d *Decoder) fieldsOfForm(fields []Field) {
	if len(fields) < 2 || len(fields) > 3 {
		return
	}
	for i := range fields {
		k := fields[i].Key
		if len(k) != 6 || k[:5] != "field" || k[5] != byte('1'+i) || fields[i].Evidence != None {
			return
		}
	}
	v, i := &fields[0], &fields[1]
	room := v.decimals <= 1 && i.decimals <= 1 && v.Value >= 10 && v.Value <= 45 && i.Value >= 10 && i.Value <= 100
	if !(v.Value >= 0 && v.Value < maxVolts) || !(math.Abs(i.Value) < 1000*maxAmps) || room || v.decimals+i.decimals == 0 {
		return
	}
	v.Quantity, i.Quantity = Voltage, Current
	v.sent("V", Custom)
	i.sent("mA", Custom)
	if len(fields) == 3 {
		p := &fields[2]
		if product := v.Value * i.Value; product != 0 && (near(p.Value/product, 1) || near(p.Value/product, 1e3) || near(p.Value/product, 1e-3)) {
			p.Quantity = Power
			p.sent("mW", Custom)
		}
	}
}

func near(x, want float64) bool { return x > 0.8*want && x < 1.25*want }
