package plot

import (
	"strings"
	"testing"
)

func TestCleanFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, fallback string
		want           string // "" = refused
	}{
		{"IV.pdf", "S", "IV.pdf"},
		{"", "P_vs_RL", "P_vs_RL.pdf"},
		{"  ", "solar/IV", "solar/IV.pdf"},
		{"", "../../etc/passwd", "etc/passwd.pdf"},
		{"", "..", "plot.pdf"},
		{"", "a:b\x00c", "a_b_c.pdf"},
		{"", strings.Repeat("é", 300), strings.Repeat("é", 50) + ".pdf"},
		{"mcu/apps/solar/plots/P_vs_RL.pdf", "S", "mcu/apps/solar/plots/P_vs_RL.pdf"},
		{"./a//b/./x.PNG", "S", "a/b/x.png"},
		{"plots/x", "S", "plots/x.pdf"},
		{"plots/run.1", "S", ""},
		{"x.jpg", "S", ""},
		{"x.svg", "S", "x.svg"},
		{"Kennlinie Süd.pdf", "S", "Kennlinie Süd.pdf"},
		{"../x.pdf", "S", ""},
		{"a/../../x.pdf", "S", ""},
		{"a/.. /x.pdf", "S", ""},
		{"...", "S", ""},
		{"/etc/x.pdf", "S", ""},
		{"~/x.pdf", "S", ""},
		{`..\x.pdf`, "S", ""},
		{`C:\x.pdf`, "S", ""},
		{"C:x.pdf", "S", ""},
		{"a\nb.pdf", "S", ""},
		{"a\x00.pdf", "S", ""},
		{"a\u202e.pdf", "S", ""},
		{"a\xff.pdf", "S", ""},
		{"<script>.pdf", "S", ""},
		{"plots/", "S", ""},
		{".pdf", "S", ""},
		{"a/.svg", "S", ""},
		{strings.Repeat("x", 201) + ".pdf", "S", ""},
		{strings.Repeat("x", 198), "S", ""},
	}
	for _, tt := range tests {
		got, err := CleanFile(tt.name, tt.fallback)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("CleanFile(%q, %q): got %q, %v, want %q", tt.name, tt.fallback, got, err, tt.want)
		}
	}
}

func TestCleanSaved(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"", "S.pkl"},
		{"data/x", "data/x.pkl"},
		{"data/x.pickle", "data/x.pickle"},
		{"../x.pkl", ""},
	}
	for _, tt := range tests {
		if got, err := CleanSaved(tt.name, "S"); got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("CleanSaved(%q): got %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]Format{"a.pdf": PDF, "a.SVG": SVG, "d/a.png": PNG, "a": PDF, "a.pkl": PDF} {
		if got := FormatOf(file); got != want {
			t.Errorf("%s: got %s, want %s", file, got, want)
		}
	}
}
