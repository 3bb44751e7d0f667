package plot

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/plot/vg"
)

// Many points are thinned out, and none of the peaks is lost.
func TestPeaksStay(t *testing.T) {
	t.Parallel()
	n := 300_000
	y := make([]float64, n)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range y {
		y[i] = r.Float64()
	}
	y[123_456], y[265_432] = 50, -50
	ax := axis{lo: 0, hi: float64(n), from: 0, to: 279}
	ay := axis{lo: -50, hi: 50, from: 0, to: 166}
	c := curve{style: Style{Line: Solid}}
	if err := c.trace(t.Context(), nil, y, ax, ay, 1); err != nil {
		t.Fatal(err)
	}
	if len(c.lines) != 1 {
		t.Fatalf("got %d lines, want one", len(c.lines))
	}
	l := c.lines[0]
	if len(l) > 279*4*3 {
		t.Errorf("got %d points, want at most four for each half pixel", len(l))
	}
	high, low := false, false
	for _, p := range l {
		high = high || math.Abs(float64(p.Y)-166) < 1e-9
		low = low || math.Abs(float64(p.Y)) < 1e-9
	}
	if !high || !low {
		t.Errorf("got the highest %v, the lowest %v, want both kept", high, low)
	}
}

// Lines that run to and fro have no columns to go by, and stay bounded.
func TestTangledLinesAreBounded(t *testing.T) {
	t.Parallel()
	n := 100_000
	x, y := make([]float64, n), make([]float64, n)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range y {
		x[i], y[i] = r.Float64(), r.Float64()
		if i%3 == 0 {
			y[i] = math.NaN()
		}
	}
	a := axis{lo: 0, hi: 1, from: 0, to: 279}
	c := curve{style: Style{Line: Solid, Marker: Circle}}
	if err := c.trace(t.Context(), x, y, a, a, 1); err != nil {
		t.Fatal(err)
	}
	points := 0
	for _, l := range c.lines {
		points += len(l)
	}
	if points > 20_000 || len(c.points) > oneMarkers {
		t.Errorf("got %d points and %d markers, want them bounded", points, len(c.points))
	}
}

func TestGapsBreakLines(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	a := axis{lo: 0, hi: 10, from: 0, to: 100}
	c := curve{style: Style{Line: Solid}}
	y := []float64{1, 2, nan, 3, nan, 4, 5, math.Inf(1), 6, 7}
	if err := c.trace(t.Context(), nil, y, a, a, 1); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, l := range c.lines {
		got = append(got, len(l))
	}
	if len(got) != 3 || got[0] != 2 || got[1] != 2 || got[2] != 2 {
		t.Errorf("got lines of %v points, want three of two: a point alone is no line", got)
	}
}

func TestLegendAvoidsCurves(t *testing.T) {
	t.Parallel()
	axes := rect{0, 0, 300, 200}
	rising := [][]vg.Point{{pt(0, 0), pt(300, 200)}}
	tests := []struct {
		name string
		o    obstacles
		want rect
	}{
		{"nothing there", obstacles{}, rect{235, 165, 295, 195}},
		{"a rising line", obstacles{lines: rising}, rect{5, 165, 65, 195}},
		{"a bar in the way", obstacles{lines: rising, bars: []rect{{0, 100, 20, 200}}}, rect{235, 5, 295, 35}},
		{"a dot in the way", obstacles{dots: []vg.Point{pt(250, 180)}}, rect{5, 165, 65, 195}},
	}
	for _, tt := range tests {
		if got := tt.o.best(axes, 60, 30); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestHistogramCounts(t *testing.T) {
	t.Parallel()
	cols := []Column{
		{Values: []float64{0, 0.5, 1, 9.99, 10, math.NaN()}},
		{Values: []float64{5, 5, math.Inf(1)}},
	}
	h, err := count(t.Context(), cols)
	if err != nil {
		t.Fatal(err)
	}
	if h.lo != 0 || h.hi != 10 {
		t.Errorf("got %v..%v, want 0..10", h.lo, h.hi)
	}
	if want := [bins]int{2, 1, 0, 0, 0, 0, 0, 0, 0, 2}; h.counts[0] != want {
		t.Errorf("got %v, want %v", h.counts[0], want)
	}
	if want := [bins]int{5: 2}; h.counts[1] != want {
		t.Errorf("got %v, want %v", h.counts[1], want)
	}
}

func TestSubsetKeepsMeasures(t *testing.T) {
	t.Parallel()
	f, err := newFonts()
	if err != nil {
		t.Fatal(err)
	}
	for _, fc := range []face{regular, oblique} {
		used := map[rune]bool{}
		for _, r := range "Voltage [V] ÄÖÜ éΩµ −1.25 AVATo" {
			if f.has(fc, r) {
				used[r] = true
			}
		}
		s, err := f.cut(fc, used)
		if err != nil {
			t.Fatal(err)
		}
		cutFonts, err := newFonts()
		if err != nil {
			t.Fatal(err)
		}
		vf, err := s.vgFace(10)
		if err != nil {
			t.Fatal(err)
		}
		cutFonts.parsed[fc] = vf.Face
		for r := range used {
			a, b := f.glyph(fc, r), cutFonts.glyph(fc, r)
			if b.index != 0 && int(b.index) != int(s.glyphs[r]) || a.advance != b.advance || a.top != b.top || a.right != b.right {
				t.Errorf("%c: got %+v, want %+v", r, b, a)
			}
			for q := range used {
				if got, want := cutFonts.kern(fc, r, q), f.kern(fc, r, q); got != want {
					t.Errorf("%c%c: got kerning %v, want %v", r, q, got, want)
				}
			}
		}
	}
}
