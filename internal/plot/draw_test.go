package plot

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font/opentype"
)

const lab = `{"title":"Solar cell $P(R_L)$","xlabel":"Resistance  [$\\Omega$]","ylabel":"P, I and U [mW]","xlog":true}`

// pdftotext comes with poppler-utils, which scripts/tools.sh installs.
func TestPDFTextIsFound(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(file, drawn(t, PDF, pictures()[1].cols, lab), 0o644); err != nil {
		t.Fatal(err)
	}
	var text string
	for _, mode := range []string{"-layout", "-raw"} { // the reader's order and the file's
		out, err := exec.Command("pdftotext", mode, file, "-").CombinedOutput()
		if err != nil {
			t.Fatalf("pdftotext (of poppler-utils): %v: %s", err, out)
		}
		text += string(out)
	}
	for _, want := range []string{"Solar cell P(RL)", "[Ω]", "P, I and U [mW]", "Current [mA]", "Voltage [V*100]", "200"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %q, want %q in it", text, want)
		}
	}
	if !regexp.MustCompile(`Resistance\s+\[`).MatchString(text) {
		t.Errorf("got %q, want Resistance [ in it", text)
	}
}

func TestPDFStructure(t *testing.T) {
	t.Parallel()
	b := drawn(t, PDF, pictures()[1].cols, lab)
	if !bytes.HasPrefix(b, []byte("%PDF-1.")) || !bytes.HasSuffix(b, []byte("%%EOF\n")) {
		t.Errorf("got %.8q ... %q, want a PDF file", b, b[len(b)-8:])
	}
	m := regexp.MustCompile(`startxref\n(\d+)\n`).FindSubmatch(b)
	if m == nil {
		t.Fatal("got no startxref, want one")
	}
	at, _ := strconv.Atoi(string(m[1]))
	lines := bytes.Split(b[at:], []byte("\n"))
	if string(lines[0]) != "xref" {
		t.Fatalf("got %q at startxref, want xref", lines[0])
	}
	count, _ := strconv.Atoi(strings.Fields(string(lines[1]))[1])
	for n := 1; n < count; n++ {
		at, _ := strconv.Atoi(string(lines[2+n][:10]))
		if want := strconv.Itoa(n) + " 0 obj"; !bytes.HasPrefix(b[at:], []byte(want)) {
			t.Errorf("got %.12q where object %d is said to be, want %q", b[at:], n, want)
		}
	}
	for _, want := range []string{"/FontFile2", "/ToUnicode", "/Identity-H", "DejaVuSans", "DejaVuSans-Oblique"} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("got no %s, want the typefaces embedded", want)
		}
	}
}

func TestSVGStructure(t *testing.T) {
	t.Parallel()
	b := drawn(t, SVG, pictures()[1].cols, lab)
	var texts []string
	d := xml.NewDecoder(bytes.NewReader(b))
	var in []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the SVG is not XML: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			in = append(in, tok.Name.Local)
			if tok.Name.Local == "script" || tok.Name.Local == "image" || tok.Name.Local == "foreignObject" {
				t.Errorf("got <%s>, want shapes and text alone", tok.Name.Local)
			}
		case xml.EndElement:
			in = in[:len(in)-1]
		case xml.CharData:
			if len(in) > 0 && in[len(in)-1] == "text" {
				texts = append(texts, string(tok))
			}
		}
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{"Solar cell ", "Resistance  [", "Ω", "P, I and U [mW]", "Current [mA]"} {
		if !strings.Contains(all, want) {
			t.Errorf("got texts %q, want %q among them", texts, want)
		}
	}
	fonts := regexp.MustCompile(`base64,([A-Za-z0-9+/=]+)`).FindAllSubmatch(b, -1)
	if len(fonts) != 2 {
		t.Fatalf("got %d embedded typefaces, want 2", len(fonts))
	}
	for _, f := range fonts {
		ttf, err := base64.StdEncoding.DecodeString(string(f[1]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opentype.Parse(ttf); err != nil {
			t.Errorf("the embedded typeface: %v", err)
		}
		if len(ttf) > 40_000 {
			t.Errorf("got a typeface of %d bytes, want it cut down", len(ttf))
		}
	}
}

// Names from the wire must not become markup or PDF operators.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	cols := []Column{
		{Title: "x", Values: []float64{1, 2}},
		{Title: `</text><script>alert(1)</script>`, Values: []float64{1, 2}},
		{Title: "(() Tj ET \\ \x00\x1b]0;", Values: []float64{2, 1}},
		{Title: "电压 \U0001F600 \u202e", Values: []float64{2, 1}},
	}
	o := Options{Title: "]]> & <b>", XLabel: "$<\"'>&$"}
	for _, f := range []Format{PDF, SVG, PNG} {
		var buf bytes.Buffer
		if err := Draw(t.Context(), &buf, f, cols, o); err != nil {
			t.Fatal(err)
		}
		if f != SVG {
			continue
		}
		if bytes.Contains(buf.Bytes(), []byte("<script")) {
			t.Error("got <script in the SVG, want it escaped")
		}
		if err := xml.Unmarshal(buf.Bytes(), new(struct{})); err != nil {
			t.Errorf("the SVG is not XML: %v", err)
		}
	}
}

// Whatever the numbers are, there is a picture.
func TestAwkwardData(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	cases := map[string][]Column{
		"no columns":        nil,
		"no rows":           {{Title: "x"}, {Title: "y"}},
		"one row":           {{Values: []float64{1}}, {Values: []float64{2}}},
		"one number":        {{Values: []float64{5}}},
		"all NaN":           {{Values: []float64{nan, nan}}, {Values: []float64{1, nan}}},
		"infinite":          {{Values: []float64{0, 1, 2}}, {Values: []float64{inf, -inf, inf}}},
		"all the same":      {{Values: []float64{3, 3, 3}}, {Values: []float64{1e9, 1e9, 1e9}}},
		"zeros":             {{Values: []float64{0, 0}}, {Values: []float64{0, 0}}},
		"largest":           {{Values: []float64{0, 1}}, {Values: []float64{-math.MaxFloat64, math.MaxFloat64}}},
		"large":             {{Values: []float64{0, 1}}, {Values: []float64{-1e300, 1e300}}},
		"smallest":          {{Values: []float64{0, 5e-324}}, {Values: []float64{5e-324, 1e-310}}},
		"next to one":       {{Values: []float64{1, math.Nextafter(1, 2)}}, {Values: []float64{1e15, 1e15 + 1}}},
		"far from nothing":  {{Values: []float64{1e-300, 1e300}}, {Values: []float64{1e-299, 1e299}}},
		"negative":          {{Values: []float64{-1, -2}}, {Values: []float64{-1, -5}}},
		"different lengths": {{Values: []float64{1, 2, 3}}, {Values: []float64{1}}, {Values: []float64{1, 2, 3, 4, 5}}},
	}
	for name, cols := range cases {
		for _, o := range []Options{{}, {XLog: true}, {YLog: true}, {XLog: true, YLog: true}, {Hist: true}, {Hist: true, XLog: true, YLog: true}, {Formats: []Style{{Marker: Circle}}}} {
			var buf bytes.Buffer
			if err := Draw(t.Context(), &buf, SVG, cols, o); err != nil {
				t.Errorf("%s, %+v: %v", name, o, err)
			}
			if s := buf.String(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
				t.Errorf("%s, %+v: got NaN or Inf in the SVG, want numbers", name, o)
			}
			if o.XLog && o.YLog { // pixels take their time under the race detector
				continue
			}
			if err := Draw(t.Context(), io.Discard, PNG, cols, Options{Width: 1, Height: 1, Hist: o.Hist, XLog: o.XLog}); err != nil {
				t.Errorf("%s, %+v: %v", name, o, err)
			}
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	x := Column{Title: "x", Values: []float64{-1, 0, 1, 2}}
	y := Column{Title: "y", Values: []float64{1, 2, 3, math.Inf(1)}}
	tests := []struct {
		name string
		cols []Column
		o    Options
		want []string
	}{
		{"all drawn", []Column{x, {Title: "y", Values: []float64{1, 2, 3, 4}}}, Options{}, nil},
		{"infinite", []Column{x, y}, Options{}, []string{"1 point with an infinite value"}},
		{"masked", []Column{x, y}, Options{XLog: true}, []string{"2 points with zero or a negative value", "infinite", "one point"}},
		{"one point", []Column{{Values: x.Values[3:]}, {Values: []float64{1}}}, Options{}, []string{"one point makes no line"}},
		{"one point with a marker", []Column{{Values: x.Values[3:]}, {Values: []float64{1}}}, Options{Formats: []Style{{Marker: Circle}}}, nil},
		{"nothing", nil, Options{}, []string{"no values to draw yet"}},
		{"no letter", []Column{x, {Title: "电压", Values: []float64{1, 1, 1, 1}}}, Options{}, []string{"the typeface has no 压电"}},
		{"too many", make([]Column, 70), Options{}, []string{"70 columns, the first 64", "no values"}},
	}
	for _, tt := range tests {
		got := Notes(tt.cols, tt.o)
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			continue
		}
		for i, w := range tt.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: got %q, want %q in it", tt.name, got[i], w)
			}
		}
	}
}

func TestDrawStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, f := range []Format{PDF, SVG, PNG} {
		var buf bytes.Buffer
		if err := Draw(ctx, &buf, f, pictures()[0].cols, Options{}); !errors.Is(err, context.Canceled) || buf.Len() > 0 {
			t.Errorf("%s: got %v and %d bytes, want it cancelled and nothing written", f, err, buf.Len())
		}
	}
	if err := Draw(t.Context(), io.Discard, "gif", nil, Options{}); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v, want ErrFormat", err)
	}
}

// The picture is as large as the figure says, at 100 dots per inch, and says
// so.
func TestPNGSize(t *testing.T) {
	t.Parallel()
	b := drawn(t, PNG, pictures()[0].cols, `{"figsize":[0.001,99999],"grid":false}`)
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if c.Height < 3000 || c.Height > 4200 || c.Width > 300 {
		t.Errorf("got %d by %d pixels, want the limits 0.5 and 40 inches kept", c.Width, c.Height)
	}
	if !bytes.Contains(b[:80], []byte("pHYs\x00\x00\x0f\x61")) {
		t.Errorf("got no resolution of 3937 dots per metre in %q", b[:80])
	}
}

// Pictures of the same data are the same bytes, so they can be cached and
// compared.
func TestDrawIsRepeatable(t *testing.T) {
	t.Parallel()
	p := pictures()[1]
	for _, f := range []Format{PDF, SVG, PNG} {
		if !bytes.Equal(drawn(t, f, p.cols, p.options), drawn(t, f, p.cols, p.options)) {
			t.Errorf("%s: got different files from the same data", f)
		}
	}
}
