package plot

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

var (
	update = flag.Bool("update", false, "write the golden pictures of testdata again")
	dump   = flag.String("dump", "", "folder for data, options and pictures of every kind of plot, for docs/plots/side_by_side.py")
)

func drawn(t *testing.T, f Format, cols []Column, options string) []byte {
	t.Helper()
	o, _, err := ParseOptions([]byte(options))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := Draw(t.Context(), &buf, f, cols, o); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, p := range pictures() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			got := drawn(t, PNG, p.cols, p.options)
			file := filepath.Join("testdata", p.name+".png")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if *dump != "" {
				dumpPicture(t, p, got)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if far := distance(t, got, want); far > 0.006 {
				other := filepath.Join(t.ArtifactDir(), p.name+".png")
				_ = os.WriteFile(other, got, 0o644)
				t.Errorf("%s: %.2f%% of the pixels differ from the golden picture, want 0.60%% at most; drawn: %s", p.name, far*100, other)
			}
		})
	}
}

// distance is the share of pixels that differ by more than rounding can.
func distance(t *testing.T, a, b []byte) float64 {
	t.Helper()
	decode := func(b []byte) image.Image {
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	x, y := decode(a), decode(b)
	if x.Bounds() != y.Bounds() {
		t.Errorf("got a picture of %v, want %v", x.Bounds(), y.Bounds())
		return 1
	}
	differ := 0
	r := x.Bounds()
	for j := r.Min.Y; j < r.Max.Y; j++ {
		for i := r.Min.X; i < r.Max.X; i++ {
			r1, g1, b1, _ := x.At(i, j).RGBA()
			r2, g2, b2, _ := y.At(i, j).RGBA()
			d := math.Abs(float64(r1)-float64(r2)) + math.Abs(float64(g1)-float64(g2)) + math.Abs(float64(b1)-float64(b2))
			if d > 3*24*257 {
				differ++
			}
		}
	}
	return float64(differ) / float64(r.Dx()*r.Dy())
}

// dumpPicture writes what matplotlib needs to draw the same.
func dumpPicture(t *testing.T, p picture, drawn []byte) {
	t.Helper()
	type column struct {
		Title  string `json:"title"`
		Values []any  `json:"values"` // numbers, null for NaN, "inf"
	}
	var out struct {
		Options json.RawMessage `json:"options"`
		Columns []column        `json:"columns"`
	}
	out.Options = json.RawMessage(p.options)
	for _, c := range p.cols {
		d := column{Title: c.Title}
		for _, v := range c.Values {
			switch {
			case math.IsNaN(v):
				d.Values = append(d.Values, nil)
			case math.IsInf(v, 0):
				d.Values = append(d.Values, "inf")
			default:
				d.Values = append(d.Values, v)
			}
		}
		out.Columns = append(out.Columns, d)
	}
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{p.name + ".json": b, p.name + ".png": drawn} {
		if err := os.WriteFile(filepath.Join(*dump, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
