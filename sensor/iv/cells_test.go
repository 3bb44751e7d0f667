package iv

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"labbroker/sensor/solar"
)

// cells by the single-diode equation; solar solves it, not this package.
var cells = map[string]solar.Cell{
	"panel of ten":  solar.Panel(),
	"silicon":       {Photo: 0.1583, Saturation: 2e-13, Slope: 0.0257, Series: 0.2, Shunt: 3000},
	"low shunt":     {Photo: 0.04, Saturation: 1e-9, Slope: 0.035, Series: 1, Shunt: 30},
	"perovskite":    {Photo: 0.0038, Saturation: 1e-14, Slope: 0.04, Series: 10, Shunt: 5000},
	"module":        {Photo: 8, Saturation: 1e-9, Slope: 1.7, Series: 0.4, Shunt: 300},
	"high series":   {Photo: 0.08, Saturation: 1e-10, Slope: 0.03, Series: 3, Shunt: 1000},
	"small organic": {Photo: 2.3e-4, Saturation: 1e-8, Slope: 0.055, Series: 150, Shunt: 6000},
}

// names of the cells, in one order for equal random numbers.
func names() []string { return slices.Sorted(maps.Keys(cells)) }

// device is a current against a voltage.
type device func(v float64) float64

func lit(c solar.Cell) device {
	return func(v float64) float64 { return float64(c.Current(solar.Volt(v))) }
}

// root of a falling function.
func root(f device, lo, hi float64) float64 {
	for range 48 {
		if m := (lo + hi) / 2; f(m) > 0 {
			lo = m
		} else {
			hi = m
		}
	}
	return (lo + hi) / 2
}

// truth are a device's figures, found without the rows of a sweep.
type truth struct{ voc, isc, vmpp, impp, pmpp, ff float64 }

func (d device) truth() truth {
	top := 0.1
	for d(top) > 0 {
		top *= 1.5
	}
	t := truth{voc: root(d, 0, top), isc: d(0)}
	best := 0.0
	const n = 200
	for k := range n {
		if v := t.voc * float64(k) / n; v*d(v) > best {
			best, t.vmpp = v*d(v), v
		}
	}
	// Where the power's slope is 0; its steps are small against its bend.
	h := t.voc / n / 40
	slope := func(v float64) float64 { return (v+h)*d(v+h) - (v-h)*d(v-h) }
	t.vmpp = root(slope, t.vmpp-t.voc/n, t.vmpp+t.voc/n)
	t.impp = d(t.vmpp)
	t.pmpp = t.vmpp * t.impp
	t.ff = t.pmpp / t.voc / t.isc
	return t
}

// sweep measures n rows from one voltage to another.
func (d device) sweep(from, to float64, n int) Curve {
	var c Curve
	for k := range n {
		v := from + (to-from)*float64(k)/float64(n-1)
		c.V, c.I = append(c.V, v), append(c.I, d(v))
	}
	return c
}

// noisy adds Gaussian noise to voltage and current.
func (c Curve) noisy(rng *rand.Rand, sigV, sigI float64) Curve {
	var out Curve
	for k := range c.V {
		out.V = append(out.V, c.V[k]+sigV*rng.NormFloat64())
		out.I = append(out.I, c.I[k]+sigI*rng.NormFloat64())
	}
	return out
}

// rounded is what a meter makes of the rows; one that cuts off rounds down.
func (c Curve) rounded(gridV, gridI float64, cut bool) Curve {
	round := math.Round
	if cut {
		round = math.Floor
	}
	var out Curve
	for k := range c.V {
		out.V = append(out.V, round(c.V[k]/gridV)*gridV)
		out.I = append(out.I, round(c.I[k]/gridI)*gridI)
	}
	return out
}

// turned is the same sweep the other way, and with other signs.
func (c Curve) turned(descending bool, signV, signI float64) Curve {
	var out Curve
	for k := range c.V {
		at := k
		if descending {
			at = len(c.V) - 1 - k
		}
		out.V = append(out.V, signV*c.V[at])
		out.I = append(out.I, signI*c.I[at])
	}
	return out
}

// off are the six figures' errors as parts of the true values, and in units
// of their uncertainty; NaN where not measured.
func off(r Result, t truth) (part, sigma [6]float64) {
	want := [6]float64{t.voc, t.isc, t.pmpp, t.ff, t.vmpp, t.impp}
	for k, f := range []Figure{r.Voc, r.Isc, r.Pmpp, r.FF, r.Vmpp, r.Impp} {
		if !f.Measured() {
			part[k], sigma[k] = math.NaN(), math.NaN()
			continue
		}
		e := math.Abs(f.Value - want[k])
		part[k] = e / want[k]
		// The truth itself is known to 8 digits.
		sigma[k] = max(0, e-3e-8*want[k]) / f.Uncertainty
	}
	return part, sigma
}

var six = [6]string{"Voc", "Isc", "Pmpp", "FF", "Vmpp", "Impp"}

// limits of the errors that the analysis promises for single-diode curves.
var promised = [6]float64{0.001, 0.002, 0.005, 0.006, 0.015, 0.015}

func percent(x float64) string { return strconv.FormatFloat(100*x, 'g', 2, 64) + " %" }

func nan() float64 { return math.NaN() }

func inf() float64 { return math.Inf(1) }
