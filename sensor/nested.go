package sensor

import (
	"bytes"
	"strings"
)

// below reads the arrays and objects inside an object, whose group is open,
// and closes it.
func (d *Decoder) below(node int32, path []byte) {
	s := &d.s
	if s.nodes[node].nodes == 0 {
		d.end()
		return
	}
	samples := d.samples(node)
	for i := node + 1; i < int32(len(s.nodes)); i++ {
		n := &s.nodes[i]
		switch {
		case n.parent != node:
		case n.array && n.nodes == 0 && samples == 0:
			d.vector(i)
		case !n.array && d.holds(i):
			d.held(i)
		}
	}
	clock := d.open().clock
	d.end()
	if samples > 0 {
		d.columns(node, path, samples, clock)
	}
	for i := node + 1; i < int32(len(s.nodes)); i++ {
		n := &s.nodes[i]
		switch {
		case n.parent != node:
		case n.array && n.nodes > 0 && n.items == 0:
			d.inherit(clock, func() { d.elements(i, join(path, n.key)) })
		case !n.array && !d.holds(i):
			d.inherit(clock, func() { d.object(i, join(path, n.key)) })
		}
	}
}

// inherit gives groups made by f the device's time of what they are in.
func (d *Decoder) inherit(clock Clock, f func()) {
	from := len(d.spans)
	f()
	for i := from; i < len(d.spans); i++ {
		if d.spans[i].clock.Kind == ClockNone {
			d.spans[i].clock = clock
		}
	}
}

// vector reads {"accel": [0.1, 0.2, 9.8]} as accel_0, accel_1, accel_2.
func (d *Decoder) vector(node int32) {
	key := d.s.nodes[node].key
	at := d.s.of(node)
	for i, x := range at {
		k := key
		if len(at) > 1 {
			k = append(append(append([]byte(nil), key...), '_'), placeNames[min(i, MaxFields-1)][1:]...)
		}
		if f, ok := d.number(&d.s.items[x], d.name(k).field); ok && !d.put(f) {
			return
		}
	}
}

// samples is the common length of an object's arrays where these are columns
// of a table, {"v": [..], "i": [..]}, else 0.
func (d *Decoder) samples(node int32) int {
	length, known := 0, false
	for i := node + 1; i < int32(len(d.s.nodes)); i++ {
		n := &d.s.nodes[i]
		if n.parent != node {
			continue
		}
		if !n.array || n.nodes > 0 || n.items < 2 || length > 0 && int(n.items) != length {
			return 0
		}
		length = int(n.items)
		known = known || joins(d.name(n.key).quantity)
	}
	if !known {
		return 0
	}
	return length
}

// columns reads a table of arrays as rows.
func (d *Decoder) columns(node int32, path []byte, rows int, clock Clock) {
	for r := range rows {
		d.begin(d.sub(path))
		d.open().clock = clock
		for i := node + 1; i < int32(len(d.s.nodes)); i++ {
			n := &d.s.nodes[i]
			if n.parent != node {
				continue
			}
			m := d.name(n.key)
			f, ok := d.number(&d.s.items[d.s.of(i)[r]], m.field)
			if !ok {
				continue
			}
			if m.clock && d.open().clock.Kind == ClockNone {
				if d.open().clock = f.Clock(); d.open().clock.Kind != ClockNone {
					continue
				}
			}
			if !d.put(f) {
				break
			}
		}
		d.end()
	}
}

// holds says whether an object is one number with its unit or statistics:
// {"value": 5.02, "unit": "V"}, {"avg": 5, "max": 6}.
func (d *Decoder) holds(node int32) bool {
	n := &d.s.nodes[node]
	if n.nodes > 0 || n.key == nil {
		return false
	}
	numbers := 0
	unit := d.unit(node) != nil
	for _, x := range d.s.of(node) {
		it := &d.s.items[x]
		if it.kind == kString || it.kind == kBool {
			continue
		}
		m := d.name(it.key)
		switch {
		case m.generic, m.level, m.spread, unit && m.key == "v":
			numbers++
		case !m.clock:
			return false
		}
	}
	return numbers > 0
}

func (d *Decoder) held(node int32) {
	above := d.name(d.s.nodes[node].key)
	unit := d.unit(node)
	for _, x := range d.s.of(node) {
		it := &d.s.items[x]
		if it.key != nil && bytes.Equal(it.text, unit) && it.kind == kString {
			continue
		}
		m := d.name(it.key)
		if m.clock && !m.generic {
			continue
		}
		if f, ok := d.number(it, d.fieldOf(m, above, unit)); ok {
			d.replace(f)
		}
	}
}

// unit is the unit that an object names for its value.
func (d *Decoder) unit(node int32) []byte {
	for _, x := range d.s.of(node) {
		it := &d.s.items[x]
		if it.kind != kString || len(it.text) == 0 || len(it.text) > 16 {
			continue
		}
		if fold(it.key, "unit") || fold(it.key, "units") || fold(it.key, "uom") || fold(it.key, "u") {
			return it.text
		}
	}
	return nil
}

// carrier is the name that an object gives its value in a string:
// {"name": "voltage", "value": 5.02}, {"n": "current", "u": "A", "v": 0.1}.
func (d *Decoder) carrier(node int32) *name {
	var found *name
	value := false
	for _, x := range d.s.of(node) {
		it := &d.s.items[x]
		switch {
		case it.kind == kString && len(it.text) > 0 && len(it.text) <= maxName && found == nil:
			if fold(it.key, "n") || fold(it.key, "name") || fold(it.key, "sensor") || fold(it.key, "type") ||
				fold(it.key, "quantity") || fold(it.key, "measurement") || fold(it.key, "param") || fold(it.key, "key") {
				if m := d.name(it.text); m.quantity != Unknown {
					found = m
				}
			}
		case it.kind == kNumber:
			value = value || fold(it.key, "v") || fold(it.key, "value") || fold(it.key, "val") || fold(it.key, "reading")
		}
	}
	if !value {
		return nil
	}
	return found
}

// sub is a path as a string, remembered.
func (d *Decoder) sub(path []byte) string {
	if len(path) == 0 {
		return ""
	}
	if s, ok := d.subs[string(path)]; ok {
		return s
	}
	if d.subs == nil || len(d.subs) >= maxKnown {
		d.subs = make(map[string]string)
	}
	s := clean(path, 2*maxName)
	if len(path) <= 2*maxName {
		d.subs[string(path)] = s
	}
	return s
}

// flatten gives the payload's one part the topic's own name: sub names are
// for payloads with several. Numbers beside a single part belong to its row.
func (d *Decoder) flatten() {
	only, several, rows := "", false, 0
	for i := range d.spans {
		switch sub := d.spans[i].sub; {
		case sub == "":
		case only == "" || only == sub:
			only = sub
			rows++
		default:
			several = true
		}
	}
	if only == "" || several {
		if several {
			d.shorten()
		}
		return
	}
	own := len(d.spans) - rows
	if own == 0 {
		for i := range d.spans {
			d.spans[i].sub = ""
		}
		return
	}
	if own != 1 || rows != 1 || d.spans[0].sub != "" || d.spans[0].to != d.spans[1].from || d.spans[1].to-d.spans[0].from > MaxFields {
		return
	}
	a, b := &d.spans[0], d.spans[1]
	for i := b.from; i < b.to; i++ {
		for j := a.from; j < a.to; j++ {
			if d.fields[i].Key == d.fields[j].Key {
				d.fields[i].Key = only + "/" + d.fields[i].Key
				d.fields[i].Name = only + "_" + d.fields[i].Name
			}
		}
	}
	a.to = b.to
	if a.clock.Kind == ClockNone {
		a.clock = b.clock
	}
	d.spans = d.spans[:1]
}

// shorten takes off the levels that all parts have in common.
func (d *Decoder) shorten() {
	for {
		head := ""
		for i := range d.spans {
			s := d.spans[i].sub
			if s == "" {
				continue
			}
			first, _, ok := strings.Cut(s, "/")
			if !ok || head != "" && head != first {
				return
			}
			head = first
		}
		if head == "" {
			return
		}
		for i := range d.spans {
			if _, rest, ok := strings.Cut(d.spans[i].sub, "/"); ok {
				d.spans[i].sub = rest
			}
		}
	}
}
