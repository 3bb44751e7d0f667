package iv

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Sentences that stand in the place of a number.
const (
	sayOdd     = "not measured: these rows do not make a curve; sweep again, slowly and in one direction"
	sayFew     = "not measured: too few rows; sweep further, a curve takes 4 different voltages at least, better 20"
	sayFlat    = "not measured: voltage or current is always 0; check the wiring and sweep again"
	sayDark    = "not measured: no light falls on it, so it gives no power"
	sayNoDiode = "not measured: this is no diode"
	sayNoOhm   = "not measured: this is no resistor"
	sayOther   = "not measured: these rows look like no solar cell in light, no diode and no resistor; sweep further, or check the wiring"
	saySetup   = "not measured: enter the cell's area in cm² and the irradiance in W/m²"
	sayShort   = "not measured: sweep further, down to the short circuit (0 V); the rows begin at %s"
	sayOpen    = "not measured: sweep further, up to the open circuit (0 A); the rows end at %s with %s still flowing"
	sayBelow   = "not measured: sweep further towards the short circuit; the power is largest at the first row, %s"
	sayAbove   = "not measured: sweep further towards the open circuit; the power still rises at the last row, %s"
	sayNeeds   = "not measured: it takes %s, which the sweep does not reach; sweep further"
	sayNoFit   = "not measured: no single-diode curve follows these rows; see the slopes at Isc and Voc"
	sayNoFit1  = "not measured: too few different voltages for the single-diode model; sweep in finer steps"
	sayQuick   = "not measured yet: the model is fitted when the sweep is over"
	sayUnsure  = "not measured: these rows do not tell it; sweep further or in finer steps"
	sayMore    = "not measured: more than %s; these rows cannot tell how much"
	sayNoFlow  = "not measured: hardly any current flows; sweep further, or turn the diode round"
)

func sayLeft(n int) string {
	if n == 1 {
		return "1 row is not a number and was left out."
	}
	return fmt.Sprintf("%d rows are not numbers and were left out.", n)
}

func sayClamp(i, v float64) string {
	return fmt.Sprintf("The current stays at %s from %s on: a limit of the meter or source. These rows were left out.", eng(i, "A"), eng(v, "V"))
}

func sayOutliers(n int) string {
	if n == 1 {
		return "1 row stands far off its neighbours and was left out."
	}
	return fmt.Sprintf("%d rows stand far off their neighbours and were left out.", n)
}

func sayHysteresis(i float64) string {
	return fmt.Sprintf("Sweeping up and down gives currents that differ by %s on average; the figures lie between.", eng(i, "A"))
}

func sayEfficiency(e float64) string {
	return fmt.Sprintf("An efficiency of %.0f %% is more than any cell has: check the area in cm² and the irradiance in W/m².", 100*e)
}

// eng writes a number with three digits and the prefix that makes it short.
func eng(x float64, unit string) string {
	prefix, scale := "", 1.0
	switch a := math.Abs(x); {
	case a == 0:
	case a < 0.9995e-6:
		prefix, scale = "n", 1e9
	case a < 0.9995e-3:
		prefix, scale = "µ", 1e6
	case a < 0.9995:
		prefix, scale = "m", 1e3
	case a >= 0.9995e6:
		prefix, scale = "M", 1e-6
	case a >= 999.5:
		prefix, scale = "k", 1e-3
	}
	x *= scale
	digits := 2 - int(math.Floor(math.Log10(max(math.Abs(x), 1))))
	return strconv.FormatFloat(x, 'f', max(digits, 0), 64) + " " + prefix + strings.Replace(unit, "ohm", "Ω", 1)
}
