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
	p       [params]float64
	ref     float64
	a, dark float64 // of p: the slope, and D(0), which is I0
}

// set takes parameters.
func (m *model) set(p [params]float64) {
	m.p = p
	m.a = math.Exp(p[pLogA])
	m.dark = m.ref * math.Exp(max(min(-p[pInner]/m.a, diodeLimit), -700))
}

// state of the model at one voltage.
type state struct {
	j, slope, bend float64         // J, dJ/dV, d2J/dV2
	grad           [params]float64 // dJ/dp
	y, rate        float64         // inner voltage, and its dy/dV, to start the next voltage from
}

// diodeLimit keeps exponentials finite with room for squares.
const diodeLimit = 200

// at solves the model at v. F(y) = y - v - Rs*J(y) rises and is convex, so
// that Newton's steps from its right never overshoot; near is the state at a
// slightly lower voltage, whose tangent ends there, or nil.
func (m *model) at(v float64, near *state) state {
	photo, u, rs, g := m.p[pPhoto], m.p[pInner], m.p[pSeries], m.p[pLeak]
	a, dark := m.a, m.dark
	most := v + rs*(photo+dark)
	y := most / (1 + rs*g)
	if near != nil {
		y = min(y, near.y+(v-near.v(m))*near.rate)
	} else if rs > 0 && most > 0 {
		y = min(y, max(0, u+a*math.Log(most/(rs*m.ref))))
	}
	var d, df float64
	for range 60 {
		d = m.ref * math.Exp(min((y-u)/a, diodeLimit))
		df = 1 + rs*(d/a+g)
		step := (y - v - rs*(photo-d+dark-y*g)) / df
		y -= step
		if math.Abs(step) <= 1e-9*a { // the next would be below rounding
			d *= 1 - step/a
			df = 1 + rs*(d/a+g)
			break
		}
	}
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
