package iv

import (
	"math"
	"math/rand/v2"
	"testing"

	"labbroker/sensor/solar"
)

// inSeries adds the voltages of devices that carry one current.
func inSeries(devices ...device) device {
	return func(v float64) float64 {
		return root(func(j float64) float64 {
			sum := 0.0
			for _, d := range devices {
				sum += root(func(x float64) float64 { return d(x) - j }, -10, 10)
			}
			return sum - v
		}, -0.5, 0.5)
	}
}

// twoDiodes is the double-diode model.
func twoDiodes(photo, i1, a1, i2, a2, rs, rsh float64) device {
	return func(v float64) float64 {
		inner := func(y float64) float64 {
			return photo - i1*math.Expm1(min(y/a1, 300)) - i2*math.Expm1(min(y/a2, 300)) - y/rsh
		}
		return inner(root(func(y float64) float64 { return v + rs*inner(y) - y }, -20, v+rs*photo*2+20))
	}
}

// bypassed conducts backwards once its own voltage is a diode's below 0.
func bypassed(d device) device {
	return func(v float64) float64 { return d(v) + 1e-7*math.Expm1(min(-v/0.035, 60)) }
}

// Curves that no single diode makes are read from the rows.
func TestOtherShapes(t *testing.T) {
	t.Parallel()
	barrier := lit(solar.Cell{Photo: 0.01, Saturation: 1e-10, Slope: 0.04, Series: 2, Shunt: 2000})
	shapes := []struct {
		name string
		d    device
	}{
		{"two diodes", twoDiodes(0.035, 1e-12, 0.0257, 5e-8, 0.0514, 0.5, 2000)},
		{"two diodes, leaky", twoDiodes(0.15823, 5e-14, 0.0257, 2e-8, 0.06, 0.15, 150)},
		{"tandem", inSeries(
			lit(solar.Cell{Photo: 0.014, Saturation: 1e-15, Slope: 0.03, Series: 1, Shunt: 3000}),
			lit(solar.Cell{Photo: 0.013, Saturation: 1e-11, Slope: 0.03, Series: 1, Shunt: 3000}))},
		{"module, half of it in the shade", inSeries(
			bypassed(lit(solar.Cell{Photo: 0.1, Saturation: 1e-9, Slope: 0.14, Series: 0.6, Shunt: 800})),
			bypassed(lit(solar.Cell{Photo: 0.06, Saturation: 1e-9, Slope: 0.14, Series: 0.6, Shunt: 800})))},
		{"S, with a barrier", func(v float64) float64 {
			return root(func(j float64) float64 { return barrier(v+0.12*math.Asinh(j/1e-3)) - j }, -1, 1)
		}},
		{"organic, collecting by the field", func(v float64) float64 {
			return root(func(j float64) float64 {
				x := max(0.75-v-j*60, 1e-9)
				return 0.0003*x/(x+0.25) - 3e-8*math.Expm1((v+j*60)/0.05) - j
			}, -5, 5)
		}},
	}
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			want := s.d.truth()
			rng := rand.New(rand.NewPCG(27, 28))
			for _, n := range []int{25, 60, 200} {
				clean := s.d.sweep(-0.02*want.voc, 1.03*want.voc, n)
				for _, noise := range []float64{0, 0.001, 0.001, 0.001, 0.01} {
					r := Analyse(clean.noisy(rng, 0, noise*want.isc), Setup{})
					sound(t, r)
					part, sigma := off(r, want)
					for k := range six {
						if !(part[k] <= promised[k] || sigma[k] <= 4) {
							t.Errorf("%d points, noise of %g: got %s off by %s, %.1f sigma, want %s or 4 sigma", n, noise, six[k], percent(part[k]), sigma[k], percent(promised[k]))
						}
					}
				}
			}
		})
	}
}
