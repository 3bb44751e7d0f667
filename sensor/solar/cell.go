// Package solar is a solar cell on a lab bench: the cell by the single-diode
// equation, the light on it and the load behind it changing through time.
//
// It measures nothing; sensor/ina219 does.
package solar

import "math"

// Units of the cell's arithmetic.
type (
	Volt   float64
	Ampere float64
	Ohm    float64
)

// Cell is a cell, or a panel of cells in series, in the single-diode model:
//
//	I = Photo - Saturation*(exp((V+I*Series)/Slope)-1) - (V+I*Series)/Shunt
//
// with the photocurrent positive. Saturation, Slope and Shunt are greater
// than 0, Series is not negative.
type Cell struct {
	Photo      Ampere // light-made current, proportional to the light
	Saturation Ampere // of the diode
	Slope      Volt   // n*k*T/q, times the number of cells in series
	Series     Ohm
	Shunt      Ohm
}

// Panel is a small panel of ten cells as a class has them: about 6 V open,
// 100 mA short, 0.4 W in full light.
func Panel() Cell {
	return Cell{Photo: 0.1, Saturation: 1.6e-9, Slope: 0.334, Series: 2.5, Shunt: 2500}
}

// Lit is the same cell in so much of the light, 1 being full; less than
// nothing is dark.
func (c Cell) Lit(light float64) Cell {
	c.Photo *= Ampere(max(light, 0))
	return c
}

// inner is the current at the voltage of the inner diode, vd = V + I*Series,
// and its slope. All else is solved in vd, where it is explicit: a function
// that falls everywhere, more steeply to the right.
func (c Cell) inner(vd float64) (i, slope float64) {
	e := float64(c.Saturation) * math.Exp(vd/float64(c.Slope))
	i = float64(c.Photo) + float64(c.Saturation) - e - vd/float64(c.Shunt)
	return i, -e/float64(c.Slope) - 1/float64(c.Shunt)
}

// Current at the cell's terminals at a voltage, negative beyond open circuit.
func (c Cell) Current(v Volt) Ampere {
	rs := float64(c.Series)
	// Two bounds on vd from above; the second keeps the exponential finite.
	vd := float64(v) + (float64(c.Photo+c.Saturation)+max(0, -float64(v))/float64(c.Shunt))*rs
	if rs == 0 {
		vd = float64(v)
	} else if vd > 0 {
		vd = min(vd, float64(c.Slope)*math.Log1p(vd/(rs*float64(c.Saturation))))
	}
	// f = I - (vd - V)/Series times Series, which falls in vd.
	vd = descend(vd, func(x float64) (float64, float64) {
		i, slope := c.inner(x)
		return i*rs - x + float64(v), slope*rs - 1
	})
	i, _ := c.inner(vd)
	return Ampere(i)
}

// Loaded is the voltage and current with a resistor across the terminals;
// infinity is open circuit, 0 short.
func (c Cell) Loaded(r Ohm) (Volt, Ampere) {
	g := 1 / float64(r+c.Series) // 0 when open
	if r+c.Series <= 0 {
		return 0, c.Current(0)
	}
	vd := float64(c.Slope) * math.Log1p(float64(c.Photo/c.Saturation)) // where the diode alone takes all
	vd = descend(vd, func(x float64) (float64, float64) {
		i, slope := c.inner(x)
		return i - x*g, slope - g
	})
	i := vd * g
	return Volt(vd - i*float64(c.Series)), Ampere(i)
}

// Open is the voltage at open circuit, Short the current at short circuit.
func (c Cell) Open() Volt    { v, _ := c.Loaded(Ohm(math.Inf(1))); return v }
func (c Cell) Short() Ampere { return c.Current(0) }

// Peak is the point of greatest power.
func (c Cell) Peak() (Volt, Ampere) {
	low, high := 0.0, float64(c.Open())
	for range 100 { // ternary search: power has one hill
		a, b := low+(high-low)/3, high-(high-low)/3
		if a*float64(c.Current(Volt(a))) < b*float64(c.Current(Volt(b))) {
			low = a
		} else {
			high = b
		}
	}
	return Volt(low), c.Current(Volt(low))
}

// descend finds the root of a function that falls, more steeply to the right,
// from a point at or right of it. Newton's steps then never overshoot: each
// tangent lies above the function.
func descend(x float64, f func(x float64) (y, slope float64)) float64 {
	for range 200 {
		y, slope := f(x)
		next := x - y/slope
		if math.IsNaN(next) || next >= x || x-next <= 1e-13*math.Abs(x) {
			break
		}
		x = next
	}
	return x
}
