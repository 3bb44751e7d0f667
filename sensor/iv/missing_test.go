package iv

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// What the sweep does not reach is no number but a sentence that says which
// way to go on; what it does reach is measured as ever.
func TestSweepsThatFallShort(t *testing.T) {
	t.Parallel()
	const (
		toShort = "sweep further, down to the short circuit"
		toOpen  = "sweep further, up to the open circuit"
		lower   = "sweep further towards the short circuit"
		higher  = "sweep further towards the open circuit"
		takes   = "it takes "
	)
	tests := []struct {
		name     string
		from, to func(truth) float64
		missing  map[string]string // JSON name to a part of the sentence
	}{
		{"begins at a tenth of Voc", func(w truth) float64 { return 0.1 * w.voc }, func(w truth) float64 { return 1.03 * w.voc },
			map[string]string{"isc": toShort, "slope_short": toShort, "ff": "Isc"}},
		{"begins at 4 % of Voc", func(w truth) float64 { return 0.04 * w.voc }, func(w truth) float64 { return 1.03 * w.voc },
			map[string]string{"isc": toShort, "ff": "Isc"}},
		{"ends short of Voc", func(truth) float64 { return 0 }, func(w truth) float64 { return w.vmpp + 0.6*(w.voc-w.vmpp) },
			map[string]string{"voc": toOpen, "slope_open": toOpen, "ff": "Voc"}},
		{"ends just short of Voc", func(truth) float64 { return 0 }, func(w truth) float64 { return 0.99 * w.voc },
			map[string]string{"voc": toOpen, "ff": "Voc"}},
		{"ends short of the maximum", func(truth) float64 { return 0 }, func(w truth) float64 { return 0.9 * w.vmpp },
			map[string]string{"voc": toOpen, "pmpp": higher, "vmpp": higher, "impp": higher, "r_load": higher, "ff": "Voc and Pmpp"}},
		{"begins beyond the maximum", func(w truth) float64 { return w.vmpp + 0.3*(w.voc-w.vmpp) }, func(w truth) float64 { return 1.03 * w.voc },
			map[string]string{"isc": toShort, "pmpp": lower, "vmpp": lower, "impp": lower, "ff": "Isc and Pmpp"}},
		{"neither end", func(w truth) float64 { return 0.3 * w.voc }, func(w truth) float64 { return w.vmpp + 0.6*(w.voc-w.vmpp) },
			map[string]string{"isc": toShort, "voc": toOpen, "ff": "Voc and Isc"}},
		{"flat piece only", func(w truth) float64 { return 0 }, func(w truth) float64 { return 0.3 * w.voc },
			map[string]string{"voc": toOpen, "pmpp": higher, "vmpp": higher, "impp": higher, "ff": takes}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(11, 12))
			for _, name := range names() {
				d := lit(cells[name])
				want := d.truth()
				for _, noise := range []float64{0, 0.001} {
					for _, sign := range []float64{1, -1} {
						c := d.sweep(tt.from(want), tt.to(want), 50).noisy(rng, 0, noise*want.isc).turned(false, 1, sign)
						r := Analyse(c, Setup{})
						sound(t, r)
						if r.Kind != Solar {
							t.Errorf("%s, noise %g: got %s, want solar", name, noise, r.Kind)
							continue
						}
						got := figures(r)
						for _, key := range []string{"voc", "isc", "pmpp", "vmpp", "impp", "ff", "r_load", "slope_open", "slope_short"} {
							part, wanted := tt.missing[key]
							switch f := got[key]; {
							case wanted && f.Measured():
								t.Errorf("%s, noise %g: got %s = %g, want none", name, noise, key, f.Value)
							case wanted && (!strings.HasPrefix(f.Missing, "not measured: ") || !strings.Contains(f.Missing, part) || !strings.Contains(f.Missing, "sweep further")):
								t.Errorf("%s, noise %g: got %q for %s, want %q in it", name, noise, f.Missing, key, part)
							}
						}
						part, sigma := off(r, want)
						for k, key := range []string{"voc", "isc", "pmpp", "ff", "vmpp", "impp"} {
							if _, wanted := tt.missing[key]; !wanted && !(part[k] <= promised[k] || sigma[k] <= 3) {
								t.Errorf("%s, noise %g: got %s off by %.2g %%, %.1f sigma: %q", name, noise, key, 100*part[k], sigma[k], got[key].Missing)
							}
						}
					}
				}
			}
		})
	}
}

func TestRowsThatAreNoCurve(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    Curve
		want string
	}{
		{"nothing", Curve{}, "too few rows"},
		{"three rows", Curve{V: []float64{0, 0.3, 0.6}, I: []float64{0.1, 0.09, 0}}, "too few rows"},
		{"one voltage", Curve{V: []float64{2, 2, 2, 2, 2, 2}, I: []float64{0.1, 0.2, 0.3, 0.1, 0.2, 0.3}}, "always 0"},
		{"no current", Curve{V: []float64{0, 1, 2, 3, 4, 5}, I: make([]float64, 6)}, "always 0"},
		{"three voltages", Curve{V: []float64{0, 0, 1, 1, 2, 2}, I: []float64{3, 3, 2, 2, 1, 1}}, "too few rows"},
		{"columns of unequal length", Curve{V: []float64{0, 1, 2, 3, 4, 5}, I: []float64{1}}, "too few rows"},
	}
	for _, tt := range tests {
		r := Analyse(tt.c, Setup{Area: 1, Irradiance: 1000})
		sound(t, r)
		for name, f := range figures(r) {
			if f.Measured() || !strings.Contains(f.Missing, tt.want) {
				t.Errorf("%s: got %g and %q for %s, want none and %q", tt.name, f.Value, f.Missing, name, tt.want)
			}
		}
	}
}

func TestRowsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	d := lit(cells["silicon"])
	want := d.truth()
	rng := rand.New(rand.NewPCG(13, 14))
	clean := d.sweep(-0.02*want.voc, 1.03*want.voc, 60).noisy(rng, 0, 2e-4*want.isc)
	tests := []struct {
		name, note string
		change     func(c *Curve)
	}{
		{"not a number", "2 rows are not numbers", func(c *Curve) { c.V[3], c.I[17] = nan(), inf() }},
		{"a shadow", "1 row stands far off", func(c *Curve) { c.I[20] *= 0.5 }},
		{"a shadow at the maximum", "1 row stands far off", func(c *Curve) { c.I[50] *= 0.7 }},
		{"a limit of the source", "stays at", func(c *Curve) {
			for k := 0; k < 8; k++ {
				c.V, c.I = append(c.V, (1.1+0.02*float64(k))*want.voc), append(c.I, -0.11)
			}
			c.V, c.I = append(c.V, 1.05*want.voc), append(c.I, d(1.05*want.voc))
		}},
		{"the open circuit, many times", "", func(c *Curve) {
			for range 20 {
				c.V, c.I = append(c.V, want.voc), append(c.I, 0)
			}
		}},
	}
	for _, tt := range tests {
		c := Curve{V: slices.Clone(clean.V), I: slices.Clone(clean.I)}
		tt.change(&c)
		r := Analyse(c, Setup{})
		sound(t, r)
		if tt.note == "" && len(r.Notes) > 0 || tt.note != "" && !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, tt.note) }) {
			t.Errorf("%s: got notes %q, want %q", tt.name, r.Notes, tt.note)
		}
		part, sigma := off(r, want)
		for k := range six {
			if !(part[k] <= promised[k] || sigma[k] <= 3) {
				t.Errorf("%s: got %s off by %s, %.1f sigma, want %s", tt.name, six[k], percent(part[k]), sigma[k], percent(promised[k]))
			}
		}
	}
}

func TestLoopIsTold(t *testing.T) {
	t.Parallel()
	d := lit(cells["perovskite"])
	want := d.truth()
	up := d.sweep(-0.02*want.voc, 1.03*want.voc, 60)
	for _, tt := range []struct {
		name  string
		delay float64 // by which the way back lags, part of Voc
		told  bool
	}{{"none", 0, false}, {"a lag of 5 %", 0.05, true}} {
		c := Curve{V: slices.Clone(up.V), I: slices.Clone(up.I)}
		for k := len(up.V) - 1; k >= 0; k-- {
			c.V, c.I = append(c.V, up.V[k]), append(c.I, d(up.V[k]-tt.delay*want.voc))
		}
		r := Analyse(c, Setup{})
		sound(t, r)
		if got := slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "up and down") }); got != tt.told {
			t.Errorf("%s: got notes %q, want told = %t", tt.name, r.Notes, tt.told)
		}
		if lag := tt.delay * want.voc; r.Voc.Value < want.voc-1e-6 || r.Voc.Value > want.voc+lag+1e-6 {
			t.Errorf("%s: got Voc %g, want between %g and %g", tt.name, r.Voc.Value, want.voc, want.voc+lag)
		}
	}
}
