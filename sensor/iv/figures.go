package iv

import (
	"fmt"
	"math"
)

// thermal is k/q in volt per kelvin.
const thermal = 8.617333262e-5

// single fills in the figures of the single-diode model.
func (r *Result) single(c *curve, s Setup) {
	why := ""
	switch f := c.fit; {
	case s.Quick:
		why = sayQuick
	case f == nil && len(c.nodes) < fitNodes:
		why = sayNoFit1
	case f == nil || !f.determined:
		why = sayNoFit
	}
	if why != "" {
		r.Rs, r.Rsh, r.Ideality = missing("ohm", why), missing("ohm", why), missing("", why)
		return
	}
	f := c.fit
	r.Fit = c.figures()
	r.Rs, r.Rsh = r.Fit.Rs, r.Fit.Rsh
	if !r.Fit.Follows {
		r.Rs, r.Rsh, r.Ideality = missing("ohm", sayNoFit), missing("ohm", sayNoFit), missing("", sayNoFit)
		return
	}
	kelvin := s.Temperature
	if !(kelvin > 0 && usable(kelvin)) {
		kelvin = 298.15
	}
	r.Ideality = r.Fit.NVt
	if r.Ideality.Measured() {
		r.Ideality = measured(f.a/(thermal*kelvin), r.Ideality.Uncertainty/(thermal*kelvin), "")
	}
}

// figures of the fit.
func (c *curve) figures() *Fit {
	f := c.fit
	sd := func(k int) float64 { return math.Sqrt(max(f.cov[k][k], 0)) }
	a, u := f.a, f.p[pInner]
	out := &Fit{Residual: f.rms, Relative: f.rms / c.current, Iterations: f.iterations, Curve: []Point{}}
	out.Follows = f.rms <= 0.01*c.current || f.rms <= 1.5*c.sigI
	unsure := func(value, u, most float64, unit string) Figure {
		if !(u <= most*math.Abs(value)) {
			return missing(unit, sayUnsure)
		}
		return measured(value, u, unit)
	}
	out.Iph = unsure(f.p[pPhoto], sd(pPhoto), 0.5, "A")
	out.NVt = unsure(a, a*sd(pLogA), 0.5, "V")
	// ln I0 = ln ref - U/a
	d := [params]float64{pInner: -1 / a, pLogA: u / a}
	v := 0.0
	for r := range params {
		for k := range params {
			v += d[r] * f.cov[r][k] * d[k]
		}
	}
	i0 := f.dark
	out.I0 = unsure(i0, i0*math.Sqrt(max(v, 0)), 1, "A")
	out.Rs = measured(f.p[pSeries], sd(pSeries), "ohm")
	if most := (c.to - c.from) / c.current; sd(pSeries) > 0.5*f.p[pSeries] && sd(pSeries) > 0.05*most {
		out.Rs = missing("ohm", sayUnsure)
	}
	out.Rsh = resistance(f.p[pLeak], sd(pLeak))
	if out.Rsh.Measured() && out.Rsh.part() > 0.5 {
		out.Rsh = missing("ohm", fmt.Sprintf(sayMore, eng(1/(f.p[pLeak]+2*sd(pLeak)), "ohm")))
	}
	return out
}

// curves fills in what is drawn: model, power and load.
func (r *Result) curves(c *curve, lit bool) {
	const points = 200
	for k := range points + 1 {
		v := c.from + (c.to-c.from)*float64(k)/points
		if r.Fit != nil {
			r.Fit.Curve = appendPoint(r.Fit.Curve, v, c.fit.at(v, nil).j)
		}
		if !lit || v < 0 {
			continue
		}
		j := c.value(v)
		if j < 0 {
			continue
		}
		r.Power = appendPoint(r.Power, v, v*j)
		if j > 1e-3*c.current {
			r.Load = appendPoint(r.Load, v/j, v*j)
		}
	}
}

func appendPoint(p []Point, x, y float64) []Point {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) {
		return p
	}
	return append(p, Point{x, y})
}
