// Package sensor knows what an electronics class measures: quantities and
// their units, and what the payloads of real devices mean.
//
// It imports nothing of the rest of the program and keeps no state between
// payloads; joining messages to rows is internal/ingest's part.
package sensor

// Quantity is what a number measures, in lower case English ("voltage").
// Unknown ("") is a number whose meaning nobody said.
type Quantity string

// The quantities the class meets most. Others exist (see Units).
const (
	Unknown      Quantity = ""
	Voltage      Quantity = "voltage"
	ShuntVoltage Quantity = "shunt_voltage"
	Current      Quantity = "current"
	Power        Quantity = "power"
	Resistance   Quantity = "resistance"
	Energy       Quantity = "energy"
	Charge       Quantity = "charge"
	Temperature  Quantity = "temperature"
	Humidity     Quantity = "humidity"
	Illuminance  Quantity = "illuminance"
	Irradiance   Quantity = "irradiance"
	Pressure     Quantity = "pressure"
	Acceleration Quantity = "acceleration"
	Percent      Quantity = "percent"
	Frequency    Quantity = "frequency"
	Time         Quantity = "time"
)
