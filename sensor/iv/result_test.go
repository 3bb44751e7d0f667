package iv

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestEfficiency(t *testing.T) {
	t.Parallel()
	d := lit(cells["silicon"])
	w := d.truth()
	c := d.sweep(0, 1.03*w.voc, 60)
	r := Analyse(c, Setup{Area: 3.96, Irradiance: 1000})
	if want := w.pmpp / 0.396; math.Abs(r.Efficiency.Value-want) > 1e-6 {
		t.Errorf("got efficiency %g, want %g", r.Efficiency.Value, want)
	}
	if r = Analyse(c, Setup{Area: 3.96}); r.Efficiency.Measured() || !strings.Contains(r.Efficiency.Missing, "irradiance") {
		t.Errorf("without irradiance: got %g and %q, want a sentence", r.Efficiency.Value, r.Efficiency.Missing)
	}
	r = Analyse(c, Setup{Area: 0.0396, Irradiance: 1000})
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "check the area") {
		t.Errorf("with 100 times too small an area: got notes %q, want a doubt", r.Notes)
	}
}

func TestPowerAndLoad(t *testing.T) {
	t.Parallel()
	d := lit(cells["panel of ten"])
	w := d.truth()
	r := Analyse(d.sweep(-0.02*w.voc, 1.03*w.voc, 60), Setup{})
	if want := w.vmpp / w.impp; math.Abs(r.RLoad.Value/want-1) > 1e-4 {
		t.Errorf("got a matched load of %g ohm, want %g", r.RLoad.Value, want)
	}
	for _, p := range r.Power {
		if want := p.X * d(p.X); math.Abs(p.Y-want) > 1e-5*w.pmpp {
			t.Errorf("at %g V: got %g W, want %g", p.X, p.Y, want)
		}
	}
	if len(r.Load) < 50 {
		t.Fatalf("got %d points of the load, want some", len(r.Load))
	}
	best := r.Load[0]
	for k, p := range r.Load {
		if k > 0 && p.X <= r.Load[k-1].X {
			t.Errorf("got %g ohm after %g, want them rising", p.X, r.Load[k-1].X)
		}
		if p.Y > best.Y {
			best = p
		}
	}
	if math.Abs(best.X/r.RLoad.Value-1) > 0.05 || math.Abs(best.Y/w.pmpp-1) > 1e-3 {
		t.Errorf("got the most power, %g W, at %g ohm, want %g at %g", best.Y, best.X, w.pmpp, r.RLoad.Value)
	}
}

// A sweep that grows is read at each row; figures come as it reaches them.
func TestQuickWhileTheSweepGrows(t *testing.T) {
	t.Parallel()
	d := lit(cells["panel of ten"])
	w := d.truth()
	rng := rand.New(rand.NewPCG(23, 24))
	c := d.sweep(0, 1.02*w.voc, 300).noisy(rng, 0.0005, 1e-4*w.isc).rounded(0.004, 1e-4, false)
	seen := ""
	for n := 1; n <= len(c.V); n++ {
		r := Analyse(Curve{V: c.V[:n], I: c.I[:n]}, Setup{Quick: true})
		sound(t, r)
		if r.Fit != nil || len(r.Power) > 0 || len(r.Load) > 0 {
			t.Fatalf("%d rows: got a fit or curves, want figures only", n)
		}
		for name, f := range map[string]Figure{"Isc": r.Isc, "Pmpp": r.Pmpp, "Voc": r.Voc} {
			if f.Measured() && !strings.Contains(seen, name) {
				seen += name + " "
			}
		}
		if r.Pmpp.Measured() && math.Abs(r.Pmpp.Value/w.pmpp-1) > max(0.02, 4*r.Pmpp.part()) {
			t.Errorf("%d rows: got Pmpp %g, want %g", n, r.Pmpp.Value, w.pmpp)
		}
	}
	if seen != "Isc Pmpp Voc " {
		t.Errorf("got figures in the order %q, want Isc, Pmpp, Voc", seen)
	}
	quick, full := Analyse(c, Setup{Quick: true}), Analyse(c, Setup{})
	for k, a := range []Figure{quick.Voc, quick.Isc, quick.Pmpp, quick.FF} {
		if b := []Figure{full.Voc, full.Isc, full.Pmpp, full.FF}[k]; math.Abs(a.Value/b.Value-1) > 2e-3 {
			t.Errorf("%s: got %g quickly, want %g", six[k], a.Value, b.Value)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	d := lit(cells["silicon"])
	w := d.truth()
	r := Analyse(d.sweep(0.2, 1.03*w.voc, 40), Setup{})
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"isc":{"value":null,"uncertainty":null,"unit":"A","missing":"not measured: `, `"voc":{"value":0.`, `"n_vt":`, `"current_sign":1`, `"notes":[]`, `"r_load":`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("got %s, want %s in it", b, want)
		}
	}
	if strings.ToLower(string(b[:30])) != string(b[:30]) {
		t.Errorf("got %s, want lower-case names", b[:30])
	}
	var back Result
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, r) {
		t.Errorf("got %+v back, want %+v", back, r)
	}
	empty, err := json.Marshal(Analyse(Curve{}, Setup{}))
	if err != nil || strings.Contains(string(empty), `:null,"load"`) || !strings.Contains(string(empty), `"power":[]`) {
		t.Errorf("got %s and %v, want empty lists", empty, err)
	}
}

func TestEng(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		x    float64
		want string
	}{{0, "0.00 V"}, {0.41, "410 mV"}, {5.982, "5.98 V"}, {-0.0050005, "-5.00 mV"}, {12345, "12.3 kV"}, {2.3e-4, "230 µV"}, {0.99999, "1.00 V"}, {1e9, "1000 MV"}, {3e-9, "3.00 nV"}} {
		if got := eng(tt.x, "V"); got != tt.want {
			t.Errorf("%g: got %q, want %q", tt.x, got, tt.want)
		}
	}
}

func TestGrid(t *testing.T) {
	t.Parallel()
	d := lit(cells["silicon"])
	w := d.truth()
	rng := rand.New(rand.NewPCG(25, 26))
	set := d.sweep(0, 0.7, 71)
	for k := range set.V {
		set.V[k] = math.Round(set.V[k]*100) / 100
	}
	twice := Curve{V: append(set.V[:70:70], set.V...), I: append(set.I[:70:70], set.I...)}
	smooth := d.sweep(0, 1.03*w.voc, 71)
	tests := []struct {
		name string
		c    Curve
		v, i float64
	}{
		{"numbers of a computer", smooth, 0, 0},
		{"voltages that a source was set to", set, 0, 0},
		{"the same, swept twice", twice, 0, 0},
		{"an INA219", smooth.noisy(rng, 3e-4, 1e-5).rounded(0.004, 1e-4, false), 0.004, 1e-4},
		{"an INA219, slowly", d.sweep(0, 1.03*w.voc, 1000).rounded(0.004, 1e-4, true), 0.004, 1e-4},
		{"odd calibration", smooth.noisy(rng, 3e-4, 1e-5).rounded(0.004, 3.0517578125e-5*4, false), 0.004, 3.0517578125e-5 * 4},
	}
	for _, tt := range tests {
		r := read(tt.c)
		if math.Abs(r.gridV-tt.v) > 1e-6 || math.Abs(r.gridI-tt.i) > 0.02*tt.i+1e-9 {
			t.Errorf("%s: got %g V and %g A, want %g and %g", tt.name, r.gridV, r.gridI, tt.v, tt.i)
		}
	}
}
