package sensor

import "strings"

// More quantities that boards of the class send now and then.
const (
	LoadVoltage   Quantity = "load_voltage" // beside a bus voltage; alone it is a Voltage
	Signal        Quantity = "signal"
	Concentration Quantity = "concentration"
	Rotation      Quantity = "rotation"
	Angle         Quantity = "angle"
	Length        Quantity = "length"
)

// Unit is one way to write the numbers of a quantity.
type Unit struct {
	Symbol   string   // as the program writes it: "mA"
	Quantity Quantity // what it measures
	Shown    string   // the unit its quantity is shown in
	Factor   float64  // Shown per Symbol: 1000 for A, which is shown as mA
}

// table lists every unit by quantity; the first of a quantity is the one it
// is shown in. Where two quantities share a symbol the earlier one has it when
// nothing else is known.
var table = []Unit{
	{"V", Voltage, "V", 1}, {"mV", Voltage, "V", 1e-3}, {"uV", Voltage, "V", 1e-6}, {"kV", Voltage, "V", 1e3},
	{"mA", Current, "mA", 1}, {"A", Current, "mA", 1e3}, {"uA", Current, "mA", 1e-3}, {"nA", Current, "mA", 1e-6},
	{"mW", Power, "mW", 1}, {"W", Power, "mW", 1e3}, {"uW", Power, "mW", 1e-3}, {"kW", Power, "mW", 1e6},
	{"mV", ShuntVoltage, "mV", 1}, {"V", ShuntVoltage, "mV", 1e3}, {"uV", ShuntVoltage, "mV", 1e-3},
	{"V", LoadVoltage, "V", 1}, {"mV", LoadVoltage, "V", 1e-3},
	{"Ohm", Resistance, "Ohm", 1}, {"kOhm", Resistance, "Ohm", 1e3}, {"mOhm", Resistance, "Ohm", 1e-3}, {"MOhm", Resistance, "Ohm", 1e6},
	{"mWh", Energy, "mWh", 1}, {"Wh", Energy, "mWh", 1e3}, {"kWh", Energy, "mWh", 1e6}, {"J", Energy, "mWh", 1 / 3.6}, {"mJ", Energy, "mWh", 1e-3 / 3.6},
	{"mAh", Charge, "mAh", 1}, {"Ah", Charge, "mAh", 1e3}, {"uAh", Charge, "mAh", 1e-3},
	{"°C", Temperature, "°C", 1}, {"°F", Temperature, "°F", 1}, {"K", Temperature, "K", 1},
	{"%", Percent, "%", 1}, {"%", Humidity, "%", 1},
	{"lux", Illuminance, "lux", 1}, {"klux", Illuminance, "lux", 1e3},
	{"W/m²", Irradiance, "W/m²", 1}, {"mW/cm²", Irradiance, "W/m²", 10}, {"kW/m²", Irradiance, "W/m²", 1e3},
	{"hPa", Pressure, "hPa", 1}, {"Pa", Pressure, "hPa", 1e-2}, {"kPa", Pressure, "hPa", 10}, {"mbar", Pressure, "hPa", 1}, {"bar", Pressure, "hPa", 1e3},
	{"m/s²", Acceleration, "m/s²", 1}, {"g", Acceleration, "m/s²", 9.80665}, {"mg", Acceleration, "m/s²", 9.80665e-3},
	{"Hz", Frequency, "Hz", 1}, {"kHz", Frequency, "Hz", 1e3}, {"MHz", Frequency, "Hz", 1e6},
	{"s", Time, "s", 1}, {"ms", Time, "s", 1e-3}, {"us", Time, "s", 1e-6}, {"min", Time, "s", 60}, {"h", Time, "s", 3600},
	{"dBm", Signal, "dBm", 1}, {"ppm", Concentration, "ppm", 1}, {"ppb", Concentration, "ppm", 1e-3},
	{"rpm", Rotation, "rpm", 1}, {"°", Angle, "°", 1}, {"rad", Angle, "°", 57.29577951308232},
	{"cm", Length, "cm", 1}, {"mm", Length, "cm", 0.1}, {"m", Length, "cm", 100},
}

// aliases are other spellings, in lower case.
var aliases = map[string]string{
	"volt": "V", "volts": "V", "millivolt": "mV", "millivolts": "mV",
	"amp": "A", "amps": "A", "ampere": "A", "amperes": "A", "milliamp": "mA", "milliamps": "mA", "milliampere": "mA",
	"watt": "W", "watts": "W", "milliwatt": "mW", "milliwatts": "mW",
	"ohms": "Ohm", "ω": "Ohm", "kω": "kOhm", "kohms": "kOhm", "mω": "mOhm",
	"c": "°C", "degc": "°C", "deg_c": "°C", "celsius": "°C", "ºc": "°C", "℃": "°C",
	"f": "°F", "degf": "°F", "fahrenheit": "°F", "kelvin": "K",
	"pct": "%", "percent": "%", "perc": "%", "%rh": "%", "rh": "%",
	"lx": "lux", "wm2": "W/m²", "w/m2": "W/m²", "w/m^2": "W/m²", "mw/cm2": "mW/cm²", "mw/cm^2": "mW/cm²",
	"m/s2": "m/s²", "m/s^2": "m/s²", "ms2": "m/s²", "mps2": "m/s²",
	"sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "millis": "ms", "milliseconds": "ms", "usec": "us", "micros": "us",
	"minutes": "min", "hour": "h", "hours": "h", "hr": "h",
	"deg": "°", "degrees": "°",
}

// Units lists the units in which numbers of that quantity can be sent, the
// one it is shown in first; every unit once for Unknown. The caller may keep
// and change the list.
func Units(q Quantity) []string {
	var list []string
	seen := map[string]bool{}
	for _, u := range table {
		if (q == Unknown || u.Quantity == q) && !seen[u.Symbol] {
			seen[u.Symbol] = true
			list = append(list, u.Symbol)
		}
	}
	return list
}

// LookUp finds a unit however it is spelled ("Ω", "ohms", "MA"). Where the
// symbol has several quantities, q is preferred: mV of a ShuntVoltage.
func LookUp(symbol string, q Quantity) (Unit, bool) {
	symbol = strings.TrimSpace(symbol)
	if symbol == "" || len(symbol) > 16 {
		return Unit{}, false
	}
	for _, r := range symbol {
		if r == 'µ' || r == 'μ' || r == 'Ω' {
			symbol = strings.NewReplacer("µ", "u", "μ", "u", "Ω", "Ω").Replace(symbol)
			break
		}
	}
	if u, ok := exact(symbol, q); ok {
		return u, true
	}
	if s, ok := aliases[strings.ToLower(symbol)]; ok {
		if symbol[0] == 'M' && s == "mOhm" {
			s = "MOhm"
		}
		return exact(s, q)
	}
	var folded Unit
	for _, u := range table {
		if strings.EqualFold(u.Symbol, symbol) && (folded.Symbol == "" || u.Quantity == q && folded.Quantity != q) {
			folded = u
		}
	}
	return folded, folded.Symbol != ""
}

func exact(symbol string, q Quantity) (u Unit, ok bool) {
	for i := range table {
		if table[i].Symbol != symbol {
			continue
		}
		if table[i].Quantity == q {
			return table[i], true
		}
		if !ok {
			u, ok = table[i], true
		}
	}
	return u, ok
}

// shown is the unit that numbers of q have when nobody says another.
func shown(q Quantity) Unit {
	for i := range table {
		if table[i].Quantity == q {
			return table[i]
		}
	}
	return Unit{Quantity: q, Factor: 1}
}
