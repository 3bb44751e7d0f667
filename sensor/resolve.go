package sensor

import "math"

// The INA219's range with its usual 0.1 ohm shunt, with some room.
const (
	maxAmps  = 3.3
	maxWatts = 105
	maxVolts = 33
	maxShunt = 0.33 // V
)

// Settle finishes a row of fields whose names are read and whose numbers are
// there: letters that mean something only in company lose or get their
// quantity, and units that nobody said are concluded from the numbers. Fields
// whose Evidence is already better keep their unit.
func Settle(fields []Field) {
	companyOf(fields)
	for i := range fields {
		fields[i].plausible()
	}
	products(fields)
}

// companyOf reads weak letters: i is a current beside a voltage, p beside t
// and h a pressure.
func companyOf(fields []Field) {
	var has [5]bool // V, I, P, temperature, humidity
	weak := false
	for i := range fields {
		f := &fields[i]
		weak = weak || f.weak
		switch f.Quantity {
		case Voltage:
			has[0] = has[0] || !f.weak
			has[1] = has[1] || f.weak && f.Key != "u"
		case Current:
			has[1] = true
		case Power:
			has[2] = true
		case Temperature:
			has[3] = true
		case Humidity:
			has[4] = true
		}
	}
	if !weak {
		return
	}
	for i := range fields {
		f := &fields[i]
		if !f.weak {
			continue
		}
		ok := true
		switch f.Quantity {
		case Voltage:
			ok = has[1]
		case Current:
			ok = has[0] || weakVoltage(fields)
		case Power:
			ok = has[0] || weakVoltage(fields)
			if !ok && (has[3] || has[4]) {
				f.Quantity, f.weak = Pressure, false
				f.sent("hPa", Usual)
				continue
			}
		case Resistance:
			ok = has[0] && has[1]
		case Temperature:
			ok = has[4] && !has[0] && !has[1]
		case Humidity:
			ok = has[3] && !has[0] && !has[1]
		}
		if !ok {
			f.Quantity, f.Unit, f.Sent, f.Factor, f.Evidence = Unknown, "", "", 1, None
		}
		f.weak = false
	}
}

func weakVoltage(fields []Field) bool {
	for i := range fields {
		if fields[i].Quantity == Voltage {
			return true
		}
	}
	return false
}

// plausible concludes a unit from what an INA219 can measure and how fine.
func (f *Field) plausible() {
	x := math.Abs(f.Value)
	if f.Evidence >= Range || x == 0 || x != x {
		return
	}
	var symbol string
	var ev Evidence
	switch f.Quantity {
	case Current:
		switch {
		case x > maxAmps:
			symbol, ev = "mA", Range
		case f.fine():
			symbol, ev = "A", Resolution
		}
	case Power:
		switch {
		case x > maxWatts:
			symbol, ev = "mW", Range
		case x < 10 && f.fine():
			symbol, ev = "W", Resolution
		}
	case ShuntVoltage:
		switch {
		case x > maxShunt && x <= 1000*maxShunt:
			symbol, ev = "mV", Range
		case x > 1000*maxShunt:
			symbol, ev = "uV", Range
		case f.decimals >= 3 && f.decimals < many:
			symbol, ev = "V", Resolution
		}
	case Voltage:
		if x >= 300 && x <= 1000*maxVolts && f.Value == math.Trunc(f.Value) {
			symbol, ev = "mV", Range
		}
	case Pressure:
		switch {
		case x > 20000:
			symbol, ev = "Pa", Range
		case x > 20 && x < 120:
			symbol, ev = "kPa", Range
		}
	case Acceleration:
		if x > 4 && x < 200 {
			symbol, ev = "m/s²", Range
		}
	}
	if ev > f.Evidence && (f.Evidence != Usual || symbol != f.Sent) {
		f.sent(symbol, ev)
	}
}

// fine says that x was printed finer than the 0.1 mA that an INA219 resolves:
// then it is not mA but A (nor mW but W). Numbers with very many decimals were
// computed, which says nothing.
func (f *Field) fine() bool {
	if f.decimals >= 5 {
		return false
	}
	if f.decimals >= 3 {
		return true
	}
	tenths := f.Value * 10
	return math.Abs(tenths-math.Round(tenths)) > 1e-6
}

// products compares power with voltage times current, and a resistance with
// their quotient, part of the circuit by part.
func products(fields []Field) {
	for i := range fields {
		if f := &fields[i]; f.Quantity == Current {
			v, p := partner(fields, f, Voltage), partner(fields, f, Power)
			if v != nil && p != nil {
				mixed(v, f, p)
			}
			if p != nil {
				follow(f, p)
			}
			if r := partner(fields, f, Resistance); v != nil && r != nil {
				quotient(v, f, r)
			}
		}
	}
}

// partner finds f's mate: of the same part of the circuit, else the only one.
func partner(fields []Field, f *Field, q Quantity) *Field {
	var mate *Field
	n := 0
	for i := range fields {
		o := &fields[i]
		if o.Quantity != q {
			continue
		}
		if o.stem == f.stem && !o.Load {
			return o
		}
		n++
		if mate == nil || o.stem == f.stem {
			mate = o
		}
	}
	if n > 1 && mate.stem != f.stem {
		return nil
	}
	return mate
}

var amps, watts = [2]string{"A", "mA"}, [2]string{"W", "mW"}

// mixed tells the prefixes of i and p by v*i: where only one pair of them
// makes sense, that is it; where A with W and mA with mW both do, the better
// known of the two takes the other along.
func mixed(v, i, p *Field) {
	if i.Evidence >= Product && p.Evidence >= Product {
		return
	}
	want := math.Abs(v.Value * v.Factor * i.Value) // W where i is A
	if want == 0 || want != want || p.Value == 0 || p.Value != p.Value {
		return
	}
	ratio := math.Abs(p.Value) / want
	var pairs [4][2]int
	n := 0
	for a := range amps {
		if i.Evidence >= Product && i.Sent != amps[a] {
			continue
		}
		for w := range watts {
			if p.Evidence >= Product && p.Sent != watts[w] {
				continue
			}
			r := ratio
			if a == 1 {
				r *= 1e3
			}
			if w == 1 {
				r /= 1e3
			}
			if r > 0.8 && r < 1.25 {
				pairs[n] = [2]int{a, w}
				n++
			}
		}
	}
	switch n {
	case 1:
		a, w := amps[pairs[0][0]], watts[pairs[0][1]]
		if i.Evidence < Product {
			i.sent(a, Product)
		}
		if p.Evidence < Product {
			p.sent(w, Product)
		}
	case 2:
		if i.Evidence >= p.Evidence {
			p.sent(watts[prefix(i)], i.Evidence)
		} else {
			i.sent(amps[prefix(p)], p.Evidence)
		}
	}
}

// prefix is 0 for A and W, 1 for mA and mW.
func prefix(f *Field) int {
	if f.Factor >= 1000 {
		return 0
	}
	return 1
}

// follow gives the less known of i and p the other's prefix.
func follow(i, p *Field) {
	switch {
	case i.Evidence > p.Evidence && i.Evidence < Product && p.Evidence < Resolution:
		p.sent(watts[prefix(i)], Habit)
	case p.Evidence > i.Evidence && p.Evidence < Product && i.Evidence < Resolution:
		i.sent(amps[prefix(p)], Habit)
	}
}

// quotient tells kOhm from Ohm by v/i.
func quotient(v, i, r *Field) {
	if r.Evidence >= Product || i.Value == 0 || v.Value == 0 {
		return
	}
	ratio := math.Abs(r.Value) / math.Abs(v.Value*v.Factor*1000/(i.Value*i.Factor))
	switch {
	case ratio > 0.8 && ratio < 1.25:
		r.sent("Ohm", Product)
	case ratio > 0.8e-3 && ratio < 1.25e-3:
		r.sent("kOhm", Product)
	}
}
