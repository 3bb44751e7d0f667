// Package iv reads the figures of a current-voltage curve: open-circuit
// voltage, short-circuit current, maximum power point and fill factor of a
// solar cell, each with an uncertainty; the single-diode model behind it; and
// threshold and ideality of a diode or LED that was swept in the dark.
//
// It is arithmetic only: no input, no output, no state. Which columns of a
// series are voltage and current, and where a sweep begins and ends, is for
// its callers to know. How each figure is computed is in docs/iv.md.
package iv

import (
	"encoding/json"
	"math"
)

// Curve is what was measured, in the order of measuring: either sign of the
// current, either direction, with repeats. Pairs are taken up to the shorter
// length; pairs that are not finite are left out.
type Curve struct {
	V []float64 `json:"v"` // volt
	I []float64 `json:"i"` // ampere
}

// Setup is what the numbers alone do not say. The zero value is fine.
type Setup struct {
	Area        float64 `json:"area"`        // of the cell in cm2, 0 = not entered
	Irradiance  float64 `json:"irradiance"`  // W/m2, 0 = not entered
	Temperature float64 `json:"temperature"` // of the junction in kelvin, 0 = 298.15

	// Quick is for a sweep that still grows: the figures without Fit, Power
	// and Load, from a coarser model, in about a millisecond.
	Quick bool `json:"quick"`
}

// Figure is one figure of a curve: a number with its standard uncertainty
// (one sigma), or the reason why there is none. Never both.
type Figure struct {
	Value       float64
	Uncertainty float64 // same unit, one sigma, from noise, rounding and step
	Unit        string  // "V", "A", "W", "ohm", "" for a ratio
	Missing     string  // "" = measured; else a sentence that says what to do
}

// Measured tells whether the figure has a number.
func (f Figure) Measured() bool { return f.Missing == "" }

type figureJSON struct {
	Value       *float64 `json:"value"` // null = not measured
	Uncertainty *float64 `json:"uncertainty"`
	Unit        string   `json:"unit"`
	Missing     string   `json:"missing,omitempty"`
}

// MarshalJSON writes {"value","uncertainty","unit"}, or the value null and
// the sentence in "missing".
func (f Figure) MarshalJSON() ([]byte, error) {
	j := figureJSON{Unit: f.Unit, Missing: f.Missing}
	if f.Measured() {
		j.Value, j.Uncertainty = &f.Value, &f.Uncertainty
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Figure) UnmarshalJSON(b []byte) error {
	var j figureJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*f = Figure{Unit: j.Unit, Missing: j.Missing}
	if j.Value != nil && j.Uncertainty != nil {
		f.Value, f.Uncertainty = *j.Value, *j.Uncertainty
	}
	return nil
}

// Kind is what the curve looks like.
type Kind string

// Kinds of curves.
const (
	Solar    Kind = "solar"
	Diode    Kind = "diode"
	LED      Kind = "led"
	Resistor Kind = "resistor"
	Other    Kind = "other"
)

// Point of a derived curve; what X and Y are is said where it stands.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Result is all that a curve tells. Figures that the kind of curve does not
// have are Missing as well; Show lists those worth a place on the page.
type Result struct {
	Kind   Kind     `json:"kind"`
	Show   []string `json:"show"` // JSON names of the figures that matter for the kind, in order
	Points int      `json:"points"`

	Voc  Figure `json:"voc"`
	Isc  Figure `json:"isc"`
	Vmpp Figure `json:"vmpp"`
	Impp Figure `json:"impp"`
	Pmpp Figure `json:"pmpp"`
	FF   Figure `json:"ff"` // 0..1

	Rs         Figure `json:"rs"`          // series resistance, from the fit
	Rsh        Figure `json:"rsh"`         // shunt resistance, from the fit
	SlopeOpen  Figure `json:"slope_open"`  // -dV/dI at Voc, ohm: Rs and the diode together
	SlopeShort Figure `json:"slope_short"` // -dV/dI at Isc, ohm: about Rsh
	RLoad      Figure `json:"r_load"`      // matched load, Vmpp/Impp
	Efficiency Figure `json:"efficiency"`  // 0..1

	Threshold  Figure `json:"threshold"`  // of a diode or LED: where the line of its upper half meets 0 A
	Ideality   Figure `json:"ideality"`   // n; of a module n times the cells in series
	Resistance Figure `json:"resistance"` // of a resistor

	Fit   *Fit    `json:"fit"`   // nil = none was possible, or Quick
	Power []Point `json:"power"` // X volt, Y watt; solar only
	Load  []Point `json:"load"`  // X ohm, Y watt; solar only

	// How the rows were read: figures and derived curves have generated
	// current and voltage positive. To lay them over the rows, multiply
	// current and voltage with these.
	CurrentSign float64 `json:"current_sign"` // 1 or -1
	VoltageSign float64 `json:"voltage_sign"` // 1 or -1
	Descending  bool    `json:"descending"`   // the voltage was swept downwards

	// Notes are sentences for the student on what was left out or looks odd.
	Notes []string `json:"notes"`
}

// Fit is the single-diode model
//
//	I = Iph - I0*(exp((V+I*Rs)/NVt)-1) - (V+I*Rs)/Rsh
//
// nearest to the rows. In the dark Iph is 0 and the current of a load counts
// positive.
type Fit struct {
	Iph Figure `json:"iph"`
	I0  Figure `json:"i0"`
	NVt Figure `json:"n_vt"` // ideality times thermal voltage (times cells in series)
	Rs  Figure `json:"rs"`
	Rsh Figure `json:"rsh"`

	Residual   float64 `json:"residual"` // root mean square, ampere
	Relative   float64 `json:"relative"` // the same, as a part of the largest fitted current up to Isc
	Follows    bool    `json:"follows"`  // the model follows the rows, so that the five figures mean something
	Iterations int     `json:"iterations"`
	Curve      []Point `json:"curve"` // X volt, Y ampere, to lay over the rows
}

// measured makes a figure that is never NaN, infinite or without a bound.
func measured(value, uncertainty float64, unit string) Figure {
	if math.IsNaN(value) || math.IsInf(value, 0) || math.IsNaN(uncertainty) || math.IsInf(uncertainty, 0) {
		return missing(unit, sayOdd)
	}
	return Figure{Value: value, Uncertainty: math.Abs(uncertainty), Unit: unit}
}

// sure is measured, unless the uncertainty leaves nothing of the number.
func sure(value, uncertainty float64, unit string) Figure {
	if uncertainty > 0.5*math.Abs(value) {
		return missing(unit, sayUnsure)
	}
	return measured(value, uncertainty, unit)
}

func missing(unit, why string) Figure { return Figure{Unit: unit, Missing: why} }
