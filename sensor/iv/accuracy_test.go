package iv

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// Every kind of sweep of every cell keeps the promised errors, or else the
// truth is within three times the stated uncertainty.
func TestAccuracy(t *testing.T) {
	t.Parallel()
	sweeps := []struct {
		name                string
		n                   int
		noise               float64 // part of Isc
		descending          bool
		signV, signI        float64
		from, to            float64 // parts of Voc
		strict              bool    // the errors themselves, whatever is stated
		wantDesc            bool
		wantSignV, wantSign float64
	}{
		{name: "clean", n: 60, signV: 1, signI: 1, from: -0.02, to: 1.04, strict: true, wantSignV: 1, wantSign: 1},
		{name: "from 0 V to Voc", n: 60, signV: 1, signI: 1, from: 0, to: 1, strict: true, wantSignV: 1, wantSign: 1},
		{name: "far beyond Voc", n: 80, signV: 1, signI: 1, from: -1, to: 1.3, strict: true, wantSignV: 1, wantSign: 1},
		{name: "noise of 0.1 %", n: 60, noise: 0.001, signV: 1, signI: 1, from: -0.02, to: 1.04, strict: true, wantSignV: 1, wantSign: 1},
		{name: "descending", n: 60, noise: 0.001, descending: true, signV: 1, signI: 1, from: -0.02, to: 1.04, strict: true, wantDesc: true, wantSignV: 1, wantSign: 1},
		{name: "negative current", n: 60, noise: 0.001, signV: 1, signI: -1, from: -0.02, to: 1.04, strict: true, wantSignV: 1, wantSign: -1},
		{name: "negative voltage", n: 60, noise: 0.001, signV: -1, signI: 1, from: -0.02, to: 1.04, strict: true, wantDesc: true, wantSignV: -1, wantSign: 1},
		{name: "both negative, descending", n: 60, noise: 0.001, descending: true, signV: -1, signI: -1, from: -0.02, to: 1.04, strict: true, wantSignV: -1, wantSign: -1},
		{name: "2,000 points", n: 2000, noise: 0.001, signV: 1, signI: 1, from: -0.02, to: 1.04, strict: true, wantSignV: 1, wantSign: 1},
		{name: "12 points", n: 12, signV: 1, signI: 1, from: -0.02, to: 1.04, strict: true, wantSignV: 1, wantSign: 1},
		{name: "12 points, noise of 0.1 %", n: 12, noise: 0.001, signV: 1, signI: 1, from: -0.02, to: 1.04, wantSignV: 1, wantSign: 1},
		{name: "noise of 1 %", n: 60, noise: 0.01, signV: 1, signI: 1, from: -0.02, to: 1.04, wantSignV: 1, wantSign: 1},
		{name: "6 points", n: 6, signV: 1, signI: 1, from: -0.02, to: 1.04, wantSignV: 1, wantSign: 1},
		{name: "20,000 points, noise of 1 %", n: 20_000, noise: 0.01, signV: 1, signI: 1, from: -0.02, to: 1.04, wantSignV: 1, wantSign: 1},
	}
	for _, s := range sweeps {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(7, 8))
			var worst [6]float64
			for _, name := range names() {
				d := lit(cells[name])
				want := d.truth()
				c := d.sweep(s.from*want.voc, s.to*want.voc, s.n).noisy(rng, 0, s.noise*want.isc).turned(s.descending, s.signV, s.signI)
				r := Analyse(c, Setup{})
				if r.Kind != Solar || r.CurrentSign != s.wantSign || r.VoltageSign != s.wantSignV || r.Descending != s.wantDesc || r.Points != s.n {
					t.Errorf("%s: got %s, signs %g and %g, descending %t, %d points, want solar, %g and %g, %t, %d",
						name, r.Kind, r.VoltageSign, r.CurrentSign, r.Descending, r.Points, s.wantSignV, s.wantSign, s.wantDesc, s.n)
				}
				sound(t, r)
				part, sigma := off(r, want)
				for k := range six {
					within := part[k] <= promised[k]
					if k >= 4 { // Vmpp, and with it Impp: or one step
						within = within || math.Abs(r.Vmpp.Value-want.vmpp) <= (s.to-s.from)*want.voc/float64(s.n-1)
					}
					if !within && (s.strict || !(sigma[k] <= 3)) {
						t.Errorf("%s: got %s off by %.3f %%, %.1f sigma, want %.1f %%", name, six[k], 100*part[k], sigma[k], 100*promised[k])
					}
					worst[k] = max(worst[k], part[k])
				}
			}
			t.Logf("worst errors: %s", percents(worst))
		})
	}
}

func percents(x [6]float64) string {
	var s []string
	for k, name := range six {
		s = append(s, name+" "+percent(x[k]))
	}
	return strings.Join(s, ", ")
}

// The stated uncertainty is a standard one: the truth is farther off than
// three of them hardly ever, and not always far inside.
func TestUncertaintyIsHonest(t *testing.T) {
	t.Parallel()
	type meter struct {
		name         string
		sigV, sigI   float64 // parts of Voc and Isc
		gridV, gridI float64 // volt, part of Isc
		cut          bool
	}
	meters := []meter{
		{name: "0.1 %", sigI: 0.001},
		{name: "1 %", sigI: 0.01},
		{name: "both", sigV: 0.001, sigI: 0.001},
		{name: "INA219", sigI: 0.0005, gridV: 0.004, gridI: 1. / 800},
		{name: "INA219 that cuts off", sigI: 0.0005, gridV: 0.004, gridI: 1. / 800, cut: true},
	}
	for _, m := range meters {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(9, 10))
			var beyond, all int
			var squares float64
			var worst [6]float64
			for _, name := range names() {
				d := lit(cells[name])
				want := d.truth()
				for _, n := range []int{12, 25, 60, 200} {
					if m.sigV > 0 && n < 25 {
						continue // noise of the voltage hides in a fit through 12 rows
					}
					for range 5 {
						// No two sweeps stand alike on the meter's grid.
						shift := 0.01 * rng.Float64()
						c := d.sweep((-0.03+shift)*want.voc, (1.03+shift)*want.voc, n).noisy(rng, m.sigV*want.voc, m.sigI*want.isc)
						if m.gridV > 0 {
							c = c.rounded(m.gridV, m.gridI*want.isc, m.cut)
						}
						_, sigma := off(Analyse(c, Setup{}), want)
						for k := range six {
							if math.IsNaN(sigma[k]) {
								t.Errorf("%s with %d points: got no %s, want one", name, n, six[k])
								continue
							}
							all++
							squares += min(sigma[k]*sigma[k], 100)
							if sigma[k] > 3 {
								beyond++
							}
							worst[k] = max(worst[k], sigma[k])
						}
					}
				}
			}
			rms := math.Sqrt(squares / float64(all))
			t.Logf("%d of %d figures beyond 3 sigma, root mean square %.2f sigma, worst %.1f", beyond, all, rms, worst)
			if float64(beyond) > 0.01*float64(all) {
				t.Errorf("got %d of %d figures beyond 3 sigma, want 1 %% at most", beyond, all)
			}
			if rms < 0.2 || rms > 1.5 {
				t.Errorf("got %.2f sigma root mean square, want about 1", rms)
			}
		})
	}
}
