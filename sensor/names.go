package sensor

import (
	"strconv"
	"strings"
)

// maxName is the longest column name in bytes; more is cut.
const maxName = 64

// name is what a key, a column's title or a level of a topic says by itself.
type name struct {
	key      string // as sent, valid UTF-8
	name     string // without its unit
	quantity Quantity
	unit     Unit    // Symbol "" = not said
	scale    float64 // 0.01 of "[V*100]"; 1 else
	stem     string  // words that tell it from others of its quantity: "battery", "1"
	prefix   string  // key's part in front of the quantity's words: "ina219"
	short    bool    // a letter: v, ibus
	weak     bool    // a letter that means its quantity only in company
	capital  bool    // Voltage, not voltage
	load     bool    // load voltage
	generic  bool    // value, state: the word above names it
	level    bool    // avg, max: of the word above
	spread   bool    // stddev, count: not of the word above
	clock    bool    // the device's time
	label    bool    // id
	field    Field   // without a value
}

// parseName reads a name. Its result holds no reference to raw.
func parseName(raw string) name {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxName {
		raw = raw[:maxName]
	}
	raw = strings.ToValidUTF8(raw, "?")
	n := name{key: strings.Clone(raw), scale: 1}
	n.name = n.key
	n.read()
	n.field = n.template()
	return n
}

func (n *name) read() {
	lower := strings.ToLower(n.key)
	switch {
	case generic[lower]:
		n.generic = true
		return
	case levels[lower]:
		n.level = true
		return
	case spreads[lower]:
		n.spread = true
		return
	}
	n.label = labels[lower]

	base, bracket := splitBracket(n.key)
	if u, ok := exact(base, Unknown); ok && len(base) > 1 && names(u.Quantity) {
		n.say(u)
		return
	}
	n.measure(base)
	if bracket != "" && n.brackets(bracket) {
		n.name = base
	} else if end := n.suffix(base); end > 0 {
		base = base[:end]
		n.name = base
	} else if i := strings.LastIndexByte(base, '_'); i > 0 && levels[strings.ToLower(base[i+1:])] {
		// current_mA_max
		if end := n.suffix(base[:i]); end > 0 {
			base = base[:end] + base[i:]
			n.name = base
		}
	}
	if n.quantity == Voltage && n.stem == "" && !n.short && hasWord(base, "load") {
		n.load = true
	}
	if n.quantity == ShuntVoltage && n.unit.Quantity == Voltage {
		n.unit, _ = exact(n.unit.Symbol, ShuntVoltage)
	}
	n.clock = clocks[strings.ToLower(base)] && (n.unit.Symbol == "" || n.unit.Quantity == Time)
}

// template is the field that the name makes of a number.
func (n *name) template() Field {
	f := Field{Key: n.key, Name: n.name, Quantity: n.quantity, Factor: 1, Load: n.load, stem: n.stem, weak: n.weak}
	if n.clock {
		f.clock = clockKind(n)
	}
	if n.unit.Symbol != "" {
		f.Unit, f.Sent, f.Factor, f.Evidence = n.unit.Shown, n.unit.Symbol, n.unit.Factor*n.scale, Said
		if n.scale < 1 {
			f.Sent += "*" + strconv.FormatFloat(1/n.scale, 'g', 6, 64)
		} else if n.scale > 1 {
			f.Sent += "/" + strconv.FormatFloat(n.scale, 'g', 6, 64)
		}
		return f
	}
	f.assume(n.short, n.capital)
	return f
}

// assume gives f the unit that senders of such names use when they do not say.
func (f *Field) assume(short, capital bool) {
	symbol, ev := "", Usual
	switch f.Quantity {
	case Unknown, Time, Length, Angle:
		return
	case Current, Power:
		symbol, ev = "mA", Custom
		if f.Quantity == Power {
			symbol = "mW"
		}
		if short {
			// The letters of MicroPython code, whose drivers return mA and
			// mW with more decimals than the chip has steps.
			ev = Resolution
		} else if capital {
			symbol, ev = symbol[1:], Habit
		}
	case Energy:
		symbol, ev = "Wh", Habit
	case Charge, Acceleration:
		symbol, ev = shown(f.Quantity).Symbol, Custom
	default:
		symbol = shown(f.Quantity).Symbol
	}
	f.sent(symbol, ev)
}

// sent sets the unit of f's numbers to a symbol of its quantity.
func (f *Field) sent(symbol string, ev Evidence) {
	u, _ := exact(symbol, f.Quantity)
	f.Unit, f.Sent, f.Factor, f.Evidence = u.Shown, u.Symbol, u.Factor, ev
}

// splitBracket takes "Power  [mW]" apart.
func splitBracket(s string) (base, bracket string) {
	if len(s) < 3 {
		return s, ""
	}
	opener := byte(0)
	switch s[len(s)-1] {
	case ']':
		opener = '['
	case ')':
		opener = '('
	default:
		return s, ""
	}
	i := strings.LastIndexByte(s, opener)
	if i <= 0 {
		return s, ""
	}
	return strings.TrimRight(s[:i], " _\t"), strings.TrimSpace(s[i+1 : len(s)-1])
}

// brackets reads a unit, scaled or not: "mA", "V*100", "V/10".
func (n *name) brackets(s string) bool {
	scale := 1.0
	if i := strings.LastIndexAny(s, "*/x×"); i > 0 {
		unit, num := strings.TrimRight(s[:i], " "), strings.TrimLeft(strings.TrimLeft(s[i:], "*/x×"), " ")
		if v, _, used := parseNumber([]byte(num)); used > 0 && used == len(num) && v > 0 {
			if s[i] == '/' {
				scale = v
			} else {
				scale = 1 / v
			}
			s = unit
		}
	}
	u, ok := LookUp(s, n.quantity)
	if !ok {
		return false
	}
	n.say(u)
	n.scale = scale
	return true
}

// say takes a unit that was written down; it decides the quantity too.
func (n *name) say(u Unit) {
	n.unit = u
	switch {
	case u.Quantity == n.quantity:
	case u.Quantity == Voltage && (n.quantity == ShuntVoltage || n.quantity == LoadVoltage):
	case u.Quantity == Percent && n.quantity == Humidity:
	default:
		n.quantity = u.Quantity
	}
	n.weak = false
}

// endings are units that students write without a separator, in their own
// capitals: currentmA, PowerWf.
var endings = []string{"mAh", "mWh", "kWh", "Wh", "Ah", "mA", "uA", "mW", "uW", "kW", "mV", "uV", "kOhm", "Ohm", "hPa", "kPa",
	"degC", "DegC", "Lux", "kHz", "Hz", "Pct", "Percent", "V", "A", "W", "C"}

// suffix finds a unit at the end of s and returns where it begins, 0 for none.
func (n *name) suffix(s string) int {
	if i := strings.LastIndexAny(s, "_ -."); i > 0 && i+1 < len(s) {
		if cut := strings.TrimRight(s[:i], "_ -."); cut != "" {
			if u, ok := LookUp(s[i+1:], n.quantity); ok && n.fits(s[i+1:], u) {
				n.say(u)
				return len(cut)
			}
		}
		return 0
	}
	// PowerWf, IbusAf: a letter for the type of the variable.
	if len(s) > 2 && (s[len(s)-1] == 'f' || s[len(s)-1] == 'i') && s[len(s)-2] >= 'A' && s[len(s)-2] <= 'Z' {
		s = s[:len(s)-1]
	}
	for _, e := range endings {
		if len(s) <= len(e) || !strings.HasSuffix(s, e) {
			continue
		}
		rest := s[:len(s)-len(e)]
		if c := rest[len(rest)-1]; c < 'a' || c > 'z' {
			continue
		}
		// The words before were read with the unit on; read them without.
		m := name{}
		m.measure(rest)
		u, _ := LookUp(e, m.quantity)
		if m.quantity == Unknown || !m.fits(e, u) {
			continue
		}
		n.quantity, n.stem, n.prefix, n.short, n.weak, n.capital = m.quantity, m.stem, m.prefix, m.short, m.weak, m.capital
		n.say(u)
		return len(rest)
	}
	return 0
}

// fits says whether the word at the end of a name can be its unit.
func (n *name) fits(as string, u Unit) bool {
	if n.quantity != Unknown {
		if u.Quantity == n.quantity || u.Quantity == Voltage && n.quantity == ShuntVoltage || u.Quantity == Percent && n.quantity == Humidity {
			return u.Symbol != "min" || n.quantity == Time
		}
		return len(as) > 1 && u.Quantity != Time && u.Quantity != Length && u.Quantity != Acceleration
	}
	switch {
	case len(as) == 1:
		return as == "V" || as == "W" || as == "%"
	case u.Symbol == "min", u.Symbol == "us", u.Symbol == "mg", strings.EqualFold(as, "rad"), strings.EqualFold(as, "bar"), strings.EqualFold(as, "deg"):
		return false
	}
	return true
}
