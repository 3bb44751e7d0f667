package sensor

import (
	"bytes"
	"math"
)

// json makes groups of what was scanned.
func (d *Decoder) json() {
	s := &d.s
	s.sort()
	root := int32(0)
	if s.nodes[0].nodes == 1 && s.nodes[0].items == 0 {
		root = 1
	}
	switch n := &s.nodes[root]; {
	case !n.array:
		d.object(root, nil)
	case n.nodes == 0:
		d.list(root)
	case n.items == 0:
		d.elements(root, nil)
	}
	d.flatten()
}

// list reads an array of values: a label in front, then numbers by place.
func (d *Decoder) list(node int32) {
	at := d.s.of(node)
	if len(at) == 0 {
		return
	}
	if it := &d.s.items[at[0]]; it.kind == kString {
		if f, ok := d.number(it, place(0)); !ok || f.Value != f.Value {
			if words := d.words(at); words != nil {
				d.r.Names = words
				return
			}
			d.r.Label = Label(string(it.text))
			at = at[1:]
		}
	}
	d.r.Positional = true
	d.begin("")
	any := false
	for i, x := range at {
		f, ok := d.number(&d.s.items[x], place(i))
		any = any || ok
		if !ok {
			f.Value = math.NaN()
		}
		if !d.put(f) {
			break
		}
	}
	if !any {
		d.fields = d.fields[:d.open().from]
		d.r.Positional = false
	}
	d.end()
}

// words are the strings of an array of strings only, none of them a number
// behind the first.
func (d *Decoder) words(at []int32) []string {
	if len(at) < 2 || len(at) > MaxFields+1 {
		return nil
	}
	for i, x := range at {
		it := &d.s.items[x]
		if it.kind != kString {
			return nil
		}
		if _, _, n := parseNumber(trim(it.text)); i > 0 && n > 0 && n == len(trim(it.text)) {
			return nil
		}
	}
	words := make([]string, len(at))
	for i, x := range at {
		words[i] = clean(d.s.items[x].text, maxName)
	}
	return words
}

// elements reads an array of objects or arrays: rows, one after the other, or
// parts of a circuit where they say their names.
func (d *Decoder) elements(node int32, path []byte) {
	if d.carriers(node, path) {
		return
	}
	for i := node + 1; i < int32(len(d.s.nodes)); i++ {
		n := &d.s.nodes[i]
		switch {
		case n.parent != node:
		case n.array && n.nodes == 0:
			d.row(i, path)
		case !n.array:
			d.object(i, d.label(i, path))
		}
	}
}

// carriers reads an array whose objects carry one number each as one row.
func (d *Decoder) carriers(node int32, path []byte) bool {
	for i := node + 1; i < int32(len(d.s.nodes)); i++ {
		if n := &d.s.nodes[i]; n.parent == node && (n.array || n.nodes > 0 || d.carrier(i) == nil) {
			return false
		}
	}
	d.begin(d.sub(path))
	for i := node + 1; i < int32(len(d.s.nodes)); i++ {
		if d.s.nodes[i].parent != node {
			continue
		}
		above, unit := d.carrier(i), d.unit(i)
		for _, x := range d.s.of(i) {
			it := &d.s.items[x]
			if m := d.name(it.key); it.kind == kNumber && (m.generic || m.key == "v") {
				if f, ok := d.number(it, d.fieldOf(m, above, unit)); ok {
					d.replace(f)
				}
			}
		}
	}
	d.end()
	return true
}

// row reads an array inside an array.
func (d *Decoder) row(node int32, path []byte) {
	at := d.s.of(node)
	d.begin(d.sub(path))
	for i, x := range at {
		f, ok := d.number(&d.s.items[x], place(i))
		if !ok {
			f.Value = math.NaN()
		}
		if !d.put(f) {
			break
		}
	}
	d.end()
}

// label is the path of an element that says which part it is.
func (d *Decoder) label(node int32, path []byte) []byte {
	for _, x := range d.s.of(node) {
		it := &d.s.items[x]
		switch {
		case it.kind != kString && it.kind != kNumber || len(it.text) == 0 || len(it.text) > maxName:
		case fold(it.key, "name"), fold(it.key, "id"), fold(it.key, "sensor"), fold(it.key, "chip"), fold(it.key, "addr"),
			fold(it.key, "address"), fold(it.key, "channel"), fold(it.key, "ch"), fold(it.key, "device"):
			return join(path, it.text)
		}
	}
	return path
}

func join(path, key []byte) []byte {
	if len(path) == 0 {
		return key
	}
	return bytes.Join([][]byte{path, key}, []byte("/"))
}

// object reads an object and what is in it.
func (d *Decoder) object(node int32, path []byte) {
	s := &d.s
	d.begin(d.sub(path))
	own := d.open()
	holder := d.carrier(node)
	unit := d.unit(node)
	var late [2]int32 // a second look at clocks: {"t": 21.5, "h": 40}
	lates := 0
	for _, x := range s.of(node) {
		it := &s.items[x]
		n := d.name(it.key)
		if own.clock.Kind == ClockNone && n.clock && it.kind == kString {
			if c := dateOf(it.text); c.Kind != ClockNone {
				own.clock = c
				continue
			}
		}
		f, ok := d.number(it, d.fieldOf(n, holder, unit))
		if !ok {
			continue
		}
		if n.clock && it.kind != kNaN && f.Value == f.Value && lates < len(late) {
			late[lates] = x
			lates++
			continue
		}
		if n.label && it.kind != kNaN && d.others(node, x) {
			continue
		}
		d.replace(f)
	}
	d.clocks(own.from, late[:lates])
	d.below(node, path)
}

// others says whether a node has numbers beside the item x.
func (d *Decoder) others(node, x int32) bool {
	for _, y := range d.s.of(node) {
		if it := &d.s.items[y]; y != x && it.kind == kNumber {
			return true
		}
	}
	return d.s.nodes[node].nodes > 0
}

// replace adds a number to the open group, in place of an earlier one of the
// same key.
func (d *Decoder) replace(f Field) {
	from := d.open().from
	for i := from; i < len(d.fields); i++ {
		if d.fields[i].Key == f.Key {
			d.fields[i] = f
			return
		}
	}
	d.put(f)
}

// clocks takes the first of the numbers under a clock's key as the device's
// time and the others as fields. A clock with nothing beside it is a field,
// and so is t beside h.
func (d *Decoder) clocks(from int, late []int32) {
	own := d.open()
	humid, electric := false, false
	for i := from; i < len(d.fields); i++ {
		switch d.fields[i].Quantity {
		case Humidity:
			humid = true
		case Voltage, Current:
			electric = true
		}
	}
	for _, x := range late {
		it := &d.s.items[x]
		n := d.name(it.key)
		f, _ := d.number(it, n.field)
		warm := len(n.key) == 1 && (humid && !electric || own.clock.Kind != ClockNone)
		if own.clock.Kind == ClockNone && !warm && len(late) > 1 && len(n.key) == 1 {
			warm = true // {"ts": 17, "t": 21.5}, in either order
		}
		if own.clock.Kind == ClockNone && !warm && f.clock != ClockNone && (len(d.fields) > from || d.s.nodes[it.node].nodes > 0) {
			own.clock = f.Clock()
			if !d.t.keep {
				continue
			}
		}
		d.replace(f)
	}
}

// fieldOf makes a field of a name; generic ones take theirs from above.
func (d *Decoder) fieldOf(n, above *name, unit []byte) Field {
	f := n.field
	if n.generic || n.level || n.spread || above != nil && n.key == "v" {
		switch {
		case above != nil && above.quantity != Unknown:
			f = above.field
			f.weak = false
			if n.spread {
				f = Field{Factor: 1}
			}
			f.Name, f.Key = above.name, above.key
			if !n.generic && n.key != "v" {
				f.Name, f.Key = f.Name+"_"+n.key, f.Key+"_"+n.key
			}
		case above != nil:
			f = Field{Key: above.key, Name: above.name, Factor: 1}
			if !n.generic && n.key != "v" {
				f.Name, f.Key = f.Name+"_"+n.key, f.Key+"_"+n.key
			}
		case d.t.named && !n.spread:
			f = d.t.field
			if n.level {
				f.Name, f.Key = f.Name+"_"+n.key, f.Key+"_"+n.key
			}
		}
		if unit != nil {
			f.says(unit)
		}
	}
	if d.t.amps && f.Evidence == Custom && (f.Quantity == Current || f.Quantity == Power) {
		f.assume(false, true)
	}
	return f
}

// says gives f a unit that stood beside its number.
func (f *Field) says(unit []byte) bool {
	u, ok := LookUp(string(unit), f.Quantity)
	if !ok {
		return false
	}
	n := name{quantity: f.Quantity}
	n.say(u)
	if n.quantity == ShuntVoltage && u.Quantity == Voltage {
		u, _ = exact(u.Symbol, ShuntVoltage)
	}
	f.Quantity, f.weak = n.quantity, false
	f.Unit, f.Sent, f.Factor, f.Evidence, f.PerMessage = u.Shown, u.Symbol, u.Factor, Said, true
	return true
}

// number gives f an item's number; false where it has none.
func (d *Decoder) number(it *item, f Field) (Field, bool) {
	switch it.kind {
	case kNumber:
		f.Value, f.decimals = it.num, it.decimals
		if it.comma {
			d.problem(DecimalComma, it.key, it.text)
		}
		if f.Value != f.Value {
			d.problem(NotANumber, it.key, it.text)
		}
		return f, true
	case kNaN:
		f.Value = math.NaN()
		d.problem(NotANumber, it.key, it.text)
		return f, true
	case kNull:
		f.Value = math.NaN()
		return f, true
	case kString:
		b := trim(it.text)
		if len(b) == 0 || len(b) > maxStrings {
			return f, false
		}
		return d.measured(b, f, it.key, true)
	}
	return f, false
}
