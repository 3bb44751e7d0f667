package iv

import (
	"math"
	"math/rand/v2"
	"testing"

	"labbroker/sensor/solar"
)

// A noiseless curve gives its parameters back.
func TestFitReturnsTheParameters(t *testing.T) {
	t.Parallel()
	for _, n := range []int{12, 60, 2000} {
		worst := 0.0
		for _, name := range names() {
			cell := cells[name]
			d := lit(cell)
			open := d.truth().voc
			r := Analyse(d.sweep(-0.02*open, 1.03*open, n), Setup{})
			if r.Fit == nil || !r.Fit.Follows {
				t.Errorf("%s, %d points: got no fit that follows, want one", name, n)
				continue
			}
			for what, f := range map[string]struct {
				got  Figure
				want float64
			}{
				"Iph": {r.Fit.Iph, float64(cell.Photo)}, "I0": {r.Fit.I0, float64(cell.Saturation)},
				"NVt": {r.Fit.NVt, float64(cell.Slope)}, "Rs": {r.Fit.Rs, float64(cell.Series)},
				"Rsh": {r.Fit.Rsh, float64(cell.Shunt)}, "ideality": {r.Ideality, float64(cell.Slope) / (thermal * 298.15)},
				"Rs of the result": {r.Rs, float64(cell.Series)}, "Rsh of the result": {r.Rsh, float64(cell.Shunt)},
			} {
				off := math.Abs(f.got.Value/f.want - 1)
				if !f.got.Measured() || off > 0.01 {
					t.Errorf("%s, %d points: got %s = %g (%s), want %g", name, n, what, f.got.Value, f.got.Missing, f.want)
				}
				worst = max(worst, off)
			}
			if r.Fit.Residual > 1e-6*float64(cell.Photo) {
				t.Errorf("%s, %d points: got residual %g A, want none", name, n, r.Fit.Residual)
			}
		}
		t.Logf("%d points: worst parameter off by %s", n, percent(worst))
	}
}

// With noise the parameters are within what is stated, or said not to be told.
func TestFitUncertainty(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(15, 16))
	all, beyond, told := 0, 0, 0
	for _, name := range names() {
		cell := cells[name]
		d := lit(cell)
		w := d.truth()
		for range 20 {
			r := Analyse(d.sweep(-0.02*w.voc, 1.03*w.voc, 80).noisy(rng, 0, 0.001*w.isc), Setup{})
			if r.Fit == nil {
				t.Fatalf("%s: got no fit, want one", name)
			}
			for k, f := range []Figure{r.Fit.Iph, r.Fit.I0, r.Fit.NVt, r.Fit.Rs, r.Fit.Rsh} {
				want := []float64{float64(cell.Photo), float64(cell.Saturation), float64(cell.Slope), float64(cell.Series), float64(cell.Shunt)}[k]
				all++
				if !f.Measured() {
					continue
				}
				told++
				off := math.Abs(f.Value - want)
				if k == 1 || k == 4 { // wide ones are symmetric as logarithm, or as 1/x
					off = math.Abs(f.Value-want) * min(1, f.Value/want)
				}
				if off > 3.5*f.Uncertainty {
					beyond++
				}
			}
		}
	}
	t.Logf("%d of %d told, %d beyond 3.5 sigma", told, all, beyond)
	if beyond > all/100 || told < all*2/3 {
		t.Errorf("got %d of %d beyond 3.5 sigma and %d told, want 1 %% and two thirds", beyond, all, told)
	}
}

// Bounds where the rows do not tell a parameter, rather than numbers.
func TestFitSaysWhatItCannotTell(t *testing.T) {
	t.Parallel()
	d := lit(solar.Cell{Photo: 0.1, Saturation: 1e-10, Slope: 0.03, Series: 0.2, Shunt: 1e9})
	w := d.truth()
	r := Analyse(d.sweep(0, 1.02*w.voc, 60).noisy(rand.New(rand.NewPCG(17, 18)), 0, 1e-4), Setup{})
	if r.Rsh.Measured() {
		t.Errorf("got Rsh %g ± %g ohm, want a bound", r.Rsh.Value, r.Rsh.Uncertainty)
	}
	if !r.Rs.Measured() || math.Abs(r.Rs.Value-0.2) > 3*r.Rs.Uncertainty {
		t.Errorf("got Rs %g ± %g ohm (%s), want 0.2", r.Rs.Value, r.Rs.Uncertainty, r.Rs.Missing)
	}
}

func TestModelSolvesTheEquation(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(19, 20))
	for range 300 {
		m := model{ref: math.Pow(10, -4+5*rng.Float64())}
		a := math.Pow(10, -2+2*rng.Float64())
		m.set([params]float64{pPhoto: m.ref * rng.Float64(), pInner: a * (1 + 30*rng.Float64()), pLogA: math.Log(a),
			pSeries: a / m.ref * 3 * rng.Float64(), pLeak: m.ref / a * 0.1 * rng.Float64()})
		var s state
		var near *state
		for v := -5 * a; v < m.p[pInner]+10*a; v += a / 3 {
			s = m.at(v, near)
			near = &s
			y := v + s.j*m.p[pSeries]
			want := m.p[pPhoto] - m.ref*(math.Exp((y-m.p[pInner])/a)-math.Exp(-m.p[pInner]/a)) - y*m.p[pLeak]
			if math.Abs(s.j-want) > 1e-9*(m.ref+math.Abs(want)) {
				t.Fatalf("%+v at %g V: got %g A, want %g", m, v, s.j, want)
			}
			h := 1e-5 * a
			if slope := (m.at(v+h, nil).j - m.at(v-h, nil).j) / (2 * h); math.Abs(s.slope-slope) > 1e-5*(m.ref/a+math.Abs(slope)) {
				t.Fatalf("%+v at %g V: got slope %g, want %g", m, v, s.slope, slope)
			}
			for k := range params {
				up, down := m, m
				scale := [params]float64{m.ref, a, 1, a / m.ref, m.ref / a}[k] * 1e-6
				p := m.p
				p[k] += scale
				up.set(p)
				p[k] -= 2 * scale
				down.set(p)
				got, want := s.grad[k]*scale, (up.at(v, nil).j-down.at(v, nil).j)/2
				if math.Abs(got-want) > 1e-4*math.Abs(want)+1e-10*(m.ref+math.Abs(s.j)) {
					t.Fatalf("%+v at %g V, parameter %d: got a step of %g, want %g", m, v, k, got, want)
				}
			}
		}
	}
}
