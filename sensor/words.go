package sensor

// words are the nouns that name a quantity, in lower case.
var words = map[string]Quantity{
	"voltage": Voltage, "volt": Voltage, "volts": Voltage, "vcc": Voltage, "vdd": Voltage, "spannung": Voltage,
	"voc": Voltage, "vmpp": Voltage, "vmp": Voltage, "millivolts": Voltage,
	"current": Current, "curr": Current, "amp": Current, "amps": Current, "ampere": Current, "amperes": Current,
	"milliamps": Current, "strom": Current, "isc": Current, "impp": Current,
	"power": Power, "watt": Power, "watts": Power, "pwr": Power, "leistung": Power, "milliwatts": Power, "pmpp": Power,
	"shunt":      ShuntVoltage,
	"resistance": Resistance, "resistor": Resistance, "ohm": Resistance, "ohms": Resistance, "widerstand": Resistance,
	"rl": Resistance, "rload": Resistance,
	"energy": Energy, "wh": Energy, "mwh": Energy, "kwh": Energy, "mah": Charge, "ah": Charge,
	"temperature": Temperature, "temp": Temperature, "temperatur": Temperature, "celsius": Temperature, "dewpoint": Temperature, "dew": Temperature,
	"humidity": Humidity, "hum": Humidity, "rh": Humidity, "humid": Humidity, "feuchte": Humidity,
	"lux": Illuminance, "illuminance": Illuminance, "illumination": Illuminance,
	"irradiance": Irradiance, "irradiation": Irradiance, "insolation": Irradiance, "radiation": Irradiance,
	"pressure": Pressure, "baro": Pressure, "barometer": Pressure, "press": Pressure, "druck": Pressure,
	"acceleration": Acceleration, "accel": Acceleration, "acc": Acceleration,
	"percent": Percent, "percentage": Percent, "pct": Percent, "soc": Percent,
	"frequency": Frequency, "freq": Frequency,
	"time": Time, "elapsed": Time, "duration": Time,
	"rssi": Signal, "co2": Concentration, "tvoc": Concentration, "rpm": Rotation,
	"distance": Length,
}

// letters are the quantities of one-letter names, which the class's own
// MicroPython code likes. r, t and h mean one only in company (see company).
var letters = map[string]Quantity{
	"v": Voltage, "u": Voltage, "i": Current, "p": Power, "r": Resistance, "t": Temperature, "h": Humidity,
}

// company follows a letter in one word (vbus, iload) and may stand beside a
// quantity without changing what is measured.
var company = set("bus", "shunt", "load", "supply", "in", "out", "input", "output", "total", "dc", "sys", "sensor",
	"reading", "measured", "measurement", "meas", "level", "value", "val", "state", "filtered", "smooth", "smoothed", "f",
	"ina219", "ina226", "ina3221", "avg", "average", "mean", "median", "min", "max", "minimum", "maximum", "rms", "peak", "last", "now", "est", "x", "y", "z")

// joined are the parts of a circuit that follow v, i and p in one word.
var joined = set("bus", "shunt", "load", "supply", "in", "out", "input", "output", "total", "sys", "avg", "mean", "min", "max", "rms",
	"solar", "panel", "battery", "batt", "bat", "cell", "pv", "mpp", "mp", "oc", "sc", "usb", "led", "motor", "ina", "ina219")

// places are parts of a circuit; they tell two quantities of one kind apart.
var places = set("solar", "panel", "battery", "batt", "bat", "cell", "pv", "mcu", "board", "usb", "charger", "charge",
	"discharge", "motor", "led", "mpp", "mppt", "mp", "oc", "sc", "ch", "channel", "phase", "rail", "pack", "array", "module",
	"a", "b", "c", "room", "air", "water", "outside", "inside", "outdoor", "indoor", "ambient", "cpu", "chip", "soil", "ext", "int")

// nots turn a quantity's name into something else: statistics that do not
// have the quantity's unit, settings, conditions.
var nots = set("std", "stddev", "stdev", "sd", "sigma", "variance", "var", "count", "cnt", "num", "samples", "n", "size",
	"ratio", "factor", "offset", "gain", "raw", "adc", "limit", "threshold", "thresh", "setpoint", "target", "status",
	"index", "idx", "id", "mode", "position", "step", "steps", "duty", "error", "errors", "err", "noise", "date", "version",
	"calibration", "cal", "lsb", "flag", "alarm", "ok", "uncertainty", "point", "on", "off", "tx", "remaining", "efficiency",
	"divider", "range", "resolution", "interval", "skew", "skewness", "kurtosis", "slope", "rate", "change", "delta", "user", "song", "level%")

// generic last levels and keys say nothing; the word above them does.
var generic = set("value", "val", "state", "reading", "measurement", "data_value", "current_value", "raw_value", "present_value")

// levels of a quantity have its unit; the word above names it.
var levels = set("avg", "average", "mean", "median", "min", "max", "minimum", "maximum", "rms", "peak", "last")

// spreads are statistics without the quantity's unit.
var spreads = set("std", "stddev", "stdev", "sd", "sigma", "variance", "var", "count", "cnt", "n", "samples", "skew", "skewness", "kurtosis", "range")

// clocks are keys of the device's time.
var clocks = set("t", "ts", "time", "timestamp", "ms", "millis", "uptime", "epoch", "datetime", "unixtime", "unix", "ticks",
	"sec", "secs", "seconds", "elapsed", "clock", "time_stamp", "date_time", "tst", "now", "utc", "boot_time", "runtime")

// labels are keys whose numbers name a thing.
var labels = set("id", "addr", "address", "device", "device_id", "deviceid", "sensor_id", "node", "node_id", "chip_id", "version", "fw")

func set(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, s := range list {
		m[s] = true
	}
	return m
}
