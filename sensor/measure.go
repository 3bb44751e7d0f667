package sensor

import (
	"strings"
	"unicode/utf8"
)

// word is a part of a name: lower case, without a number at its end.
type word struct {
	lower    string
	digits   string
	from, to int // in the name
}

// measure finds the quantity that the words of s name: nouns first, and
// where there is none, units and single letters in their place.
func (n *name) measure(s string) {
	var buf [12]word
	ws := split(s, buf[:0])
	for i, w := range ws {
		if nots[w.lower] && !(w.lower == "point" && i > 0 && ws[i-1].lower == "dew") {
			return
		}
	}
	at := -1
	for i := len(ws) - 1; i >= 0 && at < 0; i-- {
		if q := noun(ws, i); q != Unknown {
			n.quantity, at = q, i
		}
	}
	for i := len(ws) - 1; i >= 0 && at < 0; i-- {
		if q, short, u := stand(s, ws, i); q != Unknown {
			n.quantity, n.short, n.unit, at = q, short, u, i
		}
	}
	if at < 0 {
		return
	}
	// Behind the quantity only words that leave it what it is.
	for _, w := range ws[at+1:] {
		if !company[w.lower] && !places[w.lower] && !unitWord(w.lower) && w.lower != "point" {
			n.quantity, n.short, n.unit = Unknown, false, Unit{}
			return
		}
	}
	w := ws[at]
	n.capital = !n.short && s[w.from] >= 'A' && s[w.from] <= 'Z'
	n.weak = len(ws) == 1 && len(w.lower) == 1 && w.lower != "v" && s[w.from] != 'I' && s[w.from] != 'P'
	n.stem = w.digits
	end := 0
	for i, o := range ws {
		if i == at {
			continue
		}
		if n.quantity == Voltage && (o.lower == "shunt" || o.lower == "vshunt") {
			n.quantity = ShuntVoltage // in "Vshunt_mV" mV's V may be the voltage
		}
		chip := strings.HasPrefix(o.lower, "ina")
		if i < at && (!company[o.lower] || chip) {
			end = o.to
		}
		if !company[o.lower] && !unitWord(o.lower) {
			n.stem += o.lower + o.digits
		}
	}
	n.prefix = s[:end]
}

// noun reads the word at i as a proper name of a quantity.
func noun(ws []word, i int) Quantity {
	w := ws[i].lower
	if q := words[w]; q != Unknown {
		if q == Percent || unitWord(w) {
			return Unknown
		}
		if q == ShuntVoltage { // shunt_voltage, r_shunt: the other word decides
			for j := range ws {
				if j != i && (words[ws[j].lower] != Unknown || letters[ws[j].lower] != Unknown) && !unitWord(ws[j].lower) {
					return Unknown
				}
			}
		}
		return q
	}
	for _, tail := range [...]string{"voltage", "volts", "current", "power", "temperature", "humidity", "pressure"} {
		if len(w) > len(tail) && strings.HasSuffix(w, tail) {
			if words[tail] == Voltage && strings.HasPrefix(w, "shunt") {
				return ShuntVoltage
			}
			return words[tail]
		}
	}
	return Unknown
}

// stand reads the word at i as a letter or a unit in a quantity's place: v,
// solar_v, vbus, Vbusf, mA, watts.
func stand(s string, ws []word, i int) (q Quantity, short bool, u Unit) {
	w := ws[i].lower
	if q, ok := letters[w]; ok {
		alone := len(ws) == 1
		if alone || (i == 0 || i == len(ws)-1) && (q == Voltage && w == "v" || q == Current || q == Power) {
			return q, true, Unit{}
		}
	}
	if q := words[w]; q != Unknown {
		if u, ok := LookUp(w, q); ok && u.Quantity == q {
			return q, false, u
		}
		return q, false, Unit{}
	}
	if len(ws) == 1 {
		as := s[ws[i].from:ws[i].to]
		if as == "A" || as == "W" {
			u, _ := exact(as, Unknown)
			return u.Quantity, true, u
		}
		// uv is the index of the sun's rays, uV a voltage.
		if u, ok := LookUp(as, Unknown); ok && len(as) > 1 && as != "uv" && as != "UV" && names(u.Quantity) {
			return u.Quantity, false, u
		}
	}
	if len(w) < 3 {
		return Unknown, false, Unit{}
	}
	rest := w[1:]
	if !joined[rest] && rest[len(rest)-1] == 'f' {
		rest = rest[:len(rest)-1]
	}
	if q := letters[w[:1]]; w != "pin" && joined[rest] && (q == Voltage || q == Current || q == Power) {
		if rest == "shunt" && q == Voltage {
			q = ShuntVoltage
		}
		return q, true, Unit{}
	}
	if w[len(w)-1] == 'v' && joined[w[:len(w)-1]] {
		return Voltage, true, Unit{}
	}
	return Unknown, false, Unit{}
}

// names says whether a unit of q by itself names the quantity: mA, but not ms.
func names(q Quantity) bool {
	switch q {
	case Time, Length, Acceleration, Angle:
		return false
	}
	return true
}

func unitWord(w string) bool {
	if len(w) == 0 {
		return true
	}
	_, ok := LookUp(w, Unknown)
	return ok
}

func hasWord(s, w string) bool {
	return strings.Contains(strings.ToLower(s), w)
}

// split cuts a name at separators and at capitals: busVoltage_1 has bus,
// Voltage and 1. Numbers at a word's end are kept apart, but those of a chip's
// name (ina219) are not.
func split(s string, ws []word) []word {
	from := -1
	add := func(to int) {
		if from < 0 || len(ws) == cap(ws) {
			from = -1
			return
		}
		w := word{lower: strings.ToLower(s[from:to]), from: from, to: to}
		if !company[w.lower] && words[w.lower] == Unknown {
			cut := strings.TrimRight(w.lower, "0123456789")
			if len(cut) < 2 || words[cut] != Unknown || letters[cut] != Unknown || len(cut) == 0 || places[cut] {
				w.digits = w.lower[len(cut):]
				w.lower = cut
			}
		}
		ws = append(ws, w)
		from = -1
	}
	var last rune
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf || r == '%'
		switch {
		case !letter:
			add(i)
		case from < 0:
			from = i
		case r >= 'A' && r <= 'Z' && last >= 'a' && last <= 'z':
			add(i)
			from = i
		}
		last = r
	}
	add(len(s))
	return ws
}
