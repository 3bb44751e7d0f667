package iv

import "math"

// The single-diode model, written so that its five parameters hardly depend
// on each other in a fit:
//
//	J = Iph - D(y) + D(0) - y*G,  D(y) = ref*exp((y-U)/a),  y = V + J*Rs
//
// with J the generated current. U, the inner voltage at which the diode takes
// the current ref, stands for I0 = D(0) = ref*exp(-U/a); ref is fixed.
const (
	pPhoto  = iota // A
	pInner         // U, V
	pLogA          // ln(a/volt)
	pSeries        // ohm
	pLeak          // G, 1/ohm
	params
)

type model struct {
	p   [params]float64
	ref float64
}

// state of the model at one voltage.
type state struct {
	j, slope, bend float64         // J, dJ/dV, d2J/dV2
	grad           [params]float64 // dJ/dp
	y, rate        float64         // inner voltage, and its dy/dV, to start the next voltage from
}

// diodeLimit keeps exponentials finite with room for squares.
const diodeLimit = 200

func (m *model) diode(y float64) float64 {
	return m.ref * math.Exp(min((y-m.p[pInner])/math.Exp(m.p[pLogA]), diodeLimit))
}

// at solves the model at v. F(y) = y - v - Rs*J(y) rises and is convex, so
// that Newton's steps from its right never overshoot; near is the state at a
// slightly lower voltage, or nil.
func (m *model) at(v float64, near *state) state {
	photo, u, a, rs, g := m.p[pPhoto], m.p[pInner], math.Exp(m.p[pLogA]), m.p[pSeries], m.p[pLeak]
	dark := m.ref * math.Exp(max(min(-u/a, diodeLimit), -700))
	most := v + rs*(photo+dark)
	y := most / (1 + rs*g)
	if rs > 0 && most > 0 {
		y = min(y, max(0, u+a*math.Log(most/(rs*m.ref))))
	}
	if near != nil {
		if t := near.y + (v-near.v(m))*near.rate; t < y {
			y = t
		}
	}
	var d, f, df float64
	for range 60 {
		d = m.ref * math.Exp(min((y-u)/a, diodeLimit))
		f = y - v - rs*(photo-d+dark-y*g)
		df = 1 + rs*(d/a+g)
		step := f / df
		y -= step
		if math.Abs(step) <= 1e-14*(math.Abs(y)+a) {
			break
		}
	}
	d = m.ref * math.Exp(min((y-u)/a, diodeLimit))
	df = 1 + rs*(d/a+g)
	s := state{y: y, rate: 1 / df, j: photo - d + dark - y*g}
	inner := -(d/a + g)
	s.slope = inner / df
	s.bend = -d / (a * a) / (df * df * df)
	s.grad = [params]float64{
		pPhoto:  1 / df,
		pInner:  (d - dark) / a / df,
		pLogA:   (d*(y-u) + dark*u) / a / df,
		pSeries: inner * s.j / df,
		pLeak:   -y / df,
	}
	return s
}

// v is the voltage that the state was computed for.
func (s *state) v(m *model) float64 { return s.y - s.j*m.p[pSeries] }

// saturation is the diode's I0.
func (m *model) saturation() float64 { return m.diode(0) }
