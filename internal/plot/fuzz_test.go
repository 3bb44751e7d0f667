package plot

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"math"
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParseOptions(f *testing.F) {
	for _, s := range []string{`{}`, `null`, lab, `{"figsize":[1e400,2]}`, `{"format":["o",null,3,"--"]}`, `{"args":{"args":{}},"layout":"scatter_plot"}`, `{"hist":null,"grid":"off"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, notes, err := ParseOptions(raw)
		if err != nil {
			return
		}
		w, h := o.Size()
		if !(w >= MinSize && w <= MaxSize && h >= MinSize && h <= MaxSize) {
			t.Errorf("got a figure of %v by %v, want it within the limits", w, h)
		}
		for _, s := range []string{o.Title, o.XLabel, o.YLabel} {
			if utf8.RuneCountInString(s) > maxText {
				t.Errorf("got a text of %d characters, want %d at most", utf8.RuneCountInString(s), maxText)
			}
		}
		if len(o.Formats) > MaxColumns || len(notes) > 21 {
			t.Errorf("got %d formats and %d notes, want them bounded", len(o.Formats), len(notes))
		}
	})
}

func FuzzParseStyle(f *testing.F) {
	for _, s := range []string{"r--", "o", "-.k", "C9", "P", "#ff00ff", "tab:blue", "b'o'", "--.", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		st, _ := ParseStyle(s)
		if st.Marker != "" && (len(st.Marker) != 1 || !strings.Contains(markers, string(st.Marker))) {
			t.Errorf("got marker %q", st.Marker)
		}
		if st.Color != "" && (len(st.Color) != 7 || st.Color[0] != '#') {
			t.Errorf("got colour %q", st.Color)
		}
		if st.Line != "" && st.Line != Solid && len(dashes(st.Line)) == 0 {
			t.Errorf("got line %q", st.Line)
		}
	})
}

func FuzzTeX(f *testing.F) {
	for _, s := range []string{`$e^{-t/\tau}\cos(\omega t)$`, `$\frac{a}{b_1^2}$`, `$\sqrt[3]{x}$`, `a $ b`, `$\left( x \right.$`, `\$$\$$`, `$\mathrm{\text{a}}$`, "$'_'^$", `$\hat{x}\vec y$`, `$\sum_{i=0}^n$`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		fonts, err := newFonts()
		if err != nil {
			t.Fatal(err)
		}
		b := fonts.block(s, 10)
		for _, v := range []float64{b.w, b.asc, b.desc} {
			if math.IsNaN(v) || math.IsInf(v, 0) || v > 1e6 {
				t.Errorf("%q: got a size of %v", s, v)
			}
		}
		PlainText(s)
	})
}

func FuzzCleanFile(f *testing.F) {
	for _, s := range []string{"a/b.pdf", "../x", "/x", `\x`, "x.jpg", "C:x", ".. /x.pdf", "a/./b", "\x00", ""} {
		f.Add(s, "S")
	}
	f.Fuzz(func(t *testing.T, name, fallback string) {
		for _, clean := range []func(string, string) (string, error){CleanFile, CleanSaved} {
			got, err := clean(name, fallback)
			if err != nil {
				if strings.TrimSpace(name) == "" {
					t.Errorf("got %v for no name and the series %q, want a name", err, fallback)
				}
				continue
			}
			if path.Clean(got) != got || path.IsAbs(got) || strings.HasPrefix(got, "..") || strings.Contains(got, "/..") || len(got) > maxFile ||
				strings.ContainsFunc(got, hostile) || !utf8.ValidString(got) || path.Ext(got) == "" {
				t.Errorf("%q: got %q, want a clean relative name with an ending", name, got)
			}
			if again, err := clean(got, "x"); err != nil || again != got {
				t.Errorf("%q: got %q, %v from cleaning again, want the same", got, again, err)
			}
		}
	})
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, uint8(0))
	f.Add(binary.LittleEndian.AppendUint64(nil, math.Float64bits(1e300)), uint8(3))
	f.Fuzz(func(t *testing.T, raw []byte, flags uint8) {
		cols := make([]Column, 1+flags>>6)
		for i := 0; i+8 <= len(raw) && i < 800; i += 8 {
			c := &cols[i/8%len(cols)]
			c.Values = append(c.Values, math.Float64frombits(binary.LittleEndian.Uint64(raw[i:])))
		}
		o := Options{XLog: flags&1 != 0, YLog: flags&2 != 0, Hist: flags&4 != 0}
		if flags&8 != 0 {
			o.Formats = []Style{{Marker: Star}, {Marker: Cross, Line: Dotted}}
		}
		var buf bytes.Buffer
		if err := Draw(t.Context(), &buf, SVG, cols, o); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(buf.Bytes(), []byte("NaN")) || bytes.Contains(buf.Bytes(), []byte("Inf")) {
			t.Error("got NaN or Inf in the SVG, want numbers")
		}
		if err := xml.Unmarshal(buf.Bytes(), new(struct{})); err != nil {
			t.Errorf("the SVG is not XML: %v", err)
		}
	})
}
