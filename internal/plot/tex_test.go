package plot

import (
	"math"
	"strings"
	"testing"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	tests := []struct{ s, want string }{
		{"no formula", "no formula"},
		{`$e^{-t/\tau}\cos(\omega t)$`, "e^(−t/τ)cos(ωt)"},
		{`R [$\Omega$], $\mu$A`, "R [Ω], μA"},
		{`$V_{oc}^2$`, "V_oc²"},
		{`25$^\circ$C`, "25°C"},
		{`$10^{-3}$`, "10⁻³"},
		{`$a_1 + b_{12}$`, "a₁ + b₁₂"},
		{`$x = -2$`, "x = −2"},
		{`$\frac{a+b}{c}$`, "(a + b)/c"},
		{`$\sqrt{2}$`, "√2"},
		{`$\mathrm{mA} \cdot \text{per hour}$`, "mA ⋅ per hour"},
		{`$\log x$`, "log x"},
		{`$\cos^2 x$`, "cos² x"},
		{`$f'$`, "f′"},
		{`$x_{a_{b}}^{2^{3}}$`, "x_a_b^(2³)"},
		{`$\unknown{x} y$`, `\unknownxy`},
		{`5 $`, "5 $"},
		{`\$5 and \$6`, "$5 and $6"},
		{`100\% \_`, "100% _"},
		{`\alpha outside`, `\alpha outside`},
		{`$\frac$`, "/"},
		{`$^$`, ""},
		{`$_a$`, "_a"},
		{`$}$`, "}"},
		{`${{{$`, ""},
		{`$\left(\frac{1}{2}\right)$`, "(1/2)"},
		{`$\pm 5\,\%$`, "±5 %"},
		{`$\$$`, "$"},
		{`$\vec v$`, "v"},
		{`a$$b`, "ab"},
		{`$\`, `$\`},
		{`$\\$`, `$\$`},
	}
	for _, tt := range tests {
		if got := PlainText(tt.s); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.s, got, tt.want)
		}
	}
}

// The widths are matplotlib's own, in points at size 10, within what its
// pixels allow.
func TestLayoutIsMathtexts(t *testing.T) {
	t.Parallel()
	f, err := newFonts()
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range matplotlibWidths {
		got := f.line(s, 100).w / 10 // large, so that matplotlib's pixels do not count
		if math.Abs(got-want) > 0.02*want+0.3 {
			t.Errorf("%s: got %.2f wide, want %.2f", s, got, want)
		}
	}
}

func TestUnknownCommandsStayAsTyped(t *testing.T) {
	t.Parallel()
	f, err := newFonts()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, r := range f.line(`$\foo{\bar x} \baz$`, 10).runs {
		all.WriteString(r.text)
	}
	if got := all.String(); !strings.Contains(got, `\foo`) || !strings.Contains(got, `\baz`) {
		t.Errorf(`got %q, want \foo and \baz in it`, got)
	}
}

func TestScriptsNest(t *testing.T) {
	t.Parallel()
	f, err := newFonts()
	if err != nil {
		t.Fatal(err)
	}
	b := f.line(`$x_{a_b}^{2^3}$`, 10)
	sizes, at := map[string]float64{}, map[string]float64{}
	for _, r := range b.runs {
		sizes[r.text], at[r.text] = r.size, r.y
	}
	near := func(got, want float64) bool { return math.Abs(got-want) < 1e-9 }
	if !near(sizes["x"], 10) || !near(sizes["a"], 7) || !near(sizes["b"], 4.9) || !near(sizes["3"], 4.9) {
		t.Errorf("got sizes %v, want 10, 7 and 4.9", sizes)
	}
	if !(at["b"] < at["a"] && at["a"] < 0 && at["2"] > 0 && at["3"] > at["2"]) {
		t.Errorf("got heights %v, want subscripts below and superscripts above one another", at)
	}
}

func TestDeepNestingIsBounded(t *testing.T) {
	t.Parallel()
	f, err := newFonts()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		"$" + strings.Repeat("{", 5000) + "$",
		"$" + strings.Repeat(`\sqrt{`, 2000) + "$",
		"$" + strings.Repeat(`x^{`, 2000) + "$",
		"$" + strings.Repeat(`\frac\hat\sqrt`, 2000) + "$",
		"$" + strings.Repeat(`x^x_`, 2000) + "$",
		"$" + strings.Repeat(`\mathrm`, 5000) + "$",
	} {
		if b := f.line(s, 10); math.IsNaN(b.w) || math.IsInf(b.w, 0) {
			t.Errorf("%.20s: got width %v, want a number", s, b.w)
		}
		PlainText(s)
	}
}
