package iv

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"labbroker/sensor/solar"
)

// diode is a junction as a load: its current counts positive.
func diode(saturation, slope, series float64) device {
	c := solar.Cell{Saturation: solar.Ampere(saturation), Slope: solar.Volt(slope), Series: solar.Ohm(series), Shunt: 1e8}
	return func(v float64) float64 { return -float64(c.Current(solar.Volt(v))) }
}

func TestKinds(t *testing.T) {
	t.Parallel()
	silicon, schottky := diode(1e-9, 0.045, 0.5), diode(1e-6, 0.0267, 0.3)
	red, infrared := diode(1e-18, 0.0514, 8), diode(1e-13, 0.042, 3)
	resistor := device(func(v float64) float64 { return v / 47 })
	lamp := device(func(v float64) float64 { return 0.1 * math.Copysign(math.Pow(math.Abs(v), 0.6), v) })
	zener := device(func(v float64) float64 { return silicon(v) - diode(1e-9, 0.1, 2)(-v-3.3) })
	none := device(func(float64) float64 { return 0 })
	tests := []struct {
		name      string
		d         device
		from, to  float64
		n         int
		noise     float64
		kind      Kind
		threshold [2]float64 // between
		ideality  float64
		ohm       float64
	}{
		{"silicon diode", silicon, 0, 0.9, 60, 0, Diode, [2]float64{0.7, 0.8}, 0.045 / (thermal * 298.15), 0},
		{"silicon diode, noise", silicon, 0, 0.9, 60, 1e-4, Diode, [2]float64{0.7, 0.8}, 0.045 / (thermal * 298.15), 0},
		{"silicon diode, reverse too", silicon, -5, 0.9, 200, 0, Diode, [2]float64{0.7, 0.8}, 0.045 / (thermal * 298.15), 0},
		{"zener diode", zener, -5.2, 0.9, 150, 0, Diode, [2]float64{0.7, 0.8}, 0.045 / (thermal * 298.15), 0},
		{"Schottky diode", schottky, -0.2, 0.5, 60, 0, Diode, [2]float64{0.25, 0.35}, 0.0267 / (thermal * 298.15), 0},
		{"red LED", red, 0, 2.3, 60, 0, LED, [2]float64{1.8, 1.95}, 0.0514 / (thermal * 298.15), 0},
		{"infrared LED", infrared, 0, 1.3, 60, 0, LED, [2]float64{1, 1.15}, 0.042 / (thermal * 298.15), 0},
		{"resistor", resistor, 0, 5, 30, 0, Resistor, [2]float64{}, 0, 47},
		{"resistor, both ways, noise", resistor, -5, 5, 60, 2e-4, Resistor, [2]float64{}, 0, 47},
		{"lamp", lamp, 0, 5, 30, 0, Other, [2]float64{}, 0, 0},
		{"open", none, 0, 5, 30, 1e-5, Other, [2]float64{}, 0, 0},
		{"diode the wrong way", silicon, -5, 0, 30, 1e-5, Other, [2]float64{}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(21, 22))
			c := tt.d.sweep(tt.from, tt.to, tt.n).noisy(rng, 0, tt.noise)
			for _, rounded := range []bool{false, true} {
				for _, signs := range [][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
					c := c.turned(rounded, signs[0], signs[1])
					if rounded {
						if tt.kind == Other { // nothing but zeros may be left
							continue
						}
						c = c.rounded(0.004, 1e-4, false)
					}
					r := Analyse(c, Setup{})
					sound(t, r)
					if r.Kind != tt.kind {
						t.Errorf("rounded %t, signs %g: got %s, want %s", rounded, signs, r.Kind, tt.kind)
						continue
					}
					if r.Voc.Measured() || r.Isc.Measured() || r.Pmpp.Measured() {
						t.Errorf("rounded %t, signs %g: got Voc, Isc or Pmpp, want none in the dark", rounded, signs)
					}
					if f := r.Threshold; f.Measured() != (tt.threshold[1] > 0) || f.Measured() && !(f.Value >= tt.threshold[0] && f.Value <= tt.threshold[1]) {
						t.Errorf("rounded %t, signs %g: got threshold %g (%s), want between %g", rounded, signs, f.Value, f.Missing, tt.threshold)
					}
					if f := r.Ideality; f.Measured() != (tt.ideality > 0) || f.Measured() && math.Abs(f.Value-tt.ideality) > max(0.01*tt.ideality, 4*f.Uncertainty) {
						t.Errorf("rounded %t, signs %g: got ideality %g ± %g (%s), want %g", rounded, signs, f.Value, f.Uncertainty, f.Missing, tt.ideality)
					}
					if f := r.Resistance; f.Measured() != (tt.ohm > 0) || f.Measured() && math.Abs(f.Value-tt.ohm) > max(1e-6, 4*f.Uncertainty) {
						t.Errorf("rounded %t, signs %g: got %g ± %g ohm (%s), want %g", rounded, signs, f.Value, f.Uncertainty, f.Missing, tt.ohm)
					}
					if r.Fit != nil && r.Fit.Follows { // lies over the rows
						top := r.Fit.Curve[len(r.Fit.Curve)-1]
						if got, want := r.CurrentSign*top.Y*signs[1]*signs[0], tt.d(r.VoltageSign*top.X*signs[0])*signs[0]; !(got*want > 0) {
							t.Errorf("rounded %t, signs %g: the fit's last point is %g, want it beside %g", rounded, signs, got, want)
						}
					}
				}
			}
		})
	}
}

func TestWhatAnLEDThatStaysDarkIsTold(t *testing.T) {
	t.Parallel()
	c := diode(1e-18, 0.0514, 8).sweep(0, 1.3, 40)
	for k := range c.I {
		c.I[k] += 1e-4 * float64(k%2) // a count of the meter now and then
	}
	r := Analyse(c, Setup{})
	if r.Kind != Other || !strings.Contains(r.Threshold.Missing, "sweep further") {
		t.Errorf("got %s and %q, want other and to sweep further", r.Kind, r.Threshold.Missing)
	}
}
