package solar

import (
	"math"
	"testing"
)

var cells = map[string]Cell{
	"panel":           Panel(),
	"panel, dim":      Panel().Lit(0.01),
	"dark":            Panel().Lit(0),
	"one silicon":     {Photo: 0.1583, Saturation: 2e-13, Slope: 0.0257, Series: 0.2, Shunt: 3000},
	"no series":       {Photo: 0.1, Saturation: 1e-9, Slope: 0.05, Series: 0, Shunt: 100},
	"much series":     {Photo: 3, Saturation: 1e-10, Slope: 0.03, Series: 5, Shunt: 1e9},
	"leaky":           {Photo: 0.01, Saturation: 1e-9, Slope: 0.05, Series: 1, Shunt: 20},
	"tiny perovskite": {Photo: 0.0038, Saturation: 1e-14, Slope: 0.04, Series: 10, Shunt: 5000},
}

// The equation itself must hold where the solver says it does.
func TestCurrentSolvesTheEquation(t *testing.T) {
	t.Parallel()
	for name, c := range cells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for v := -2.0; v <= float64(c.Open())*1.1; v += 0.01 {
				i := float64(c.Current(Volt(v)))
				vd := v + i*float64(c.Series)
				want := float64(c.Photo) - float64(c.Saturation)*math.Expm1(vd/float64(c.Slope)) - vd/float64(c.Shunt)
				if math.Abs(i-want) > 1e-9*max(1, math.Abs(want)) {
					t.Fatalf("at %g V: got %g A, want %g", v, i, want)
				}
			}
		})
	}
}

func TestCurrentFallsWithVoltage(t *testing.T) {
	t.Parallel()
	for name, c := range cells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			last := c.Current(-5)
			for v := Volt(-4.99); v < 10; v += 0.01 {
				i := c.Current(v)
				if !(i < last) || math.IsInf(float64(i), 0) && c.Series > 0 {
					t.Fatalf("at %g V: got %g A, want less than %g", v, i, last)
				}
				last = i
			}
		})
	}
}

func TestKnownPoints(t *testing.T) {
	t.Parallel()
	// Without resistances Voc is Slope*ln(Photo/Saturation+1) and Isc is Photo.
	ideal := Cell{Photo: 0.1, Saturation: 1e-9, Slope: 0.05, Shunt: 1e15}
	near(t, "ideal Voc", float64(ideal.Open()), 0.05*math.Log(1e8+1), 1e-9)
	near(t, "ideal Isc", float64(ideal.Short()), 0.1, 1e-12)

	// The ISFH cell's certificate: Voc 0.7034 V, Isc 0.15823 A, FF 0.788.
	si := cells["one silicon"]
	v, i := si.Peak()
	near(t, "silicon Voc", float64(si.Open()), 0.7034, 0.003)
	near(t, "silicon Isc", float64(si.Short()), 0.15823, 1e-4)
	near(t, "silicon FF", float64(v)*float64(i)/(float64(si.Open())*float64(si.Short())), 0.788, 0.03)

	p := Panel()
	near(t, "panel Voc", float64(p.Open()), 6, 0.05)
	near(t, "panel Isc", float64(p.Short()), 0.1, 0.0005)
	v, i = p.Peak()
	near(t, "panel Pmpp", float64(v)*float64(i), 0.425, 0.03)

	dark := p.Lit(-1)
	near(t, "dark Voc", float64(dark.Open()), 0, 1e-12)
	near(t, "dark Isc", float64(dark.Short()), 0, 1e-12)
}

func TestLoaded(t *testing.T) {
	t.Parallel()
	for name, c := range cells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lastV := Volt(-1)
			for r := Ohm(1e-4); r < 1e9; r *= 1.3 {
				v, i := c.Loaded(r)
				near(t, "V over R", float64(v), float64(i)*float64(r), 1e-9)
				near(t, "on the curve", float64(i), float64(c.Current(v)), 1e-9)
				if v < lastV || v > c.Open()+1e-9 || i > c.Short()+1e-12 || i < 0 {
					t.Fatalf("%g ohm: got %g V, %g A, want V growing to %g, I at most %g", r, v, i, c.Open(), c.Short())
				}
				lastV = v
			}
			v, i := c.Loaded(0)
			near(t, "short V", float64(v), 0, 1e-9)
			near(t, "short I", float64(i), float64(c.Short()), 1e-9)
			v, i = c.Loaded(Ohm(math.Inf(1)))
			near(t, "open V", float64(v), float64(c.Open()), 1e-12)
			near(t, "open I", float64(i), 0, 0)
		})
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %g, want %g +- %g", what, got, want, tolerance)
	}
}

func BenchmarkLoaded(b *testing.B) {
	c := Panel()
	for b.Loop() {
		c.Loaded(60)
	}
}
