package qr

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var texts = []struct{ name, text string }{
	{"address", "http://192.168.1.5:8080/join"},
	{"digits", "0123456789"},
	{"letters", "HTTP://LABBROKER.LOCAL:8080/JOIN"},
	{"long address", "http://192.168.100.200:8080/code?code=k7m3pq"},
	{"umlauts", "Müller Ω µA 日本"},
	{"WiFi", `WIFI:T:WPA;S:EE49 lab;P:a\;b\:c\\d;;`},
	{"several lines", "name ada\npassword brave-otter-71\n"},
	{"one letter", "x"},
	{"longest", strings.Repeat("a", MaxBytes)},
}

// TestReaderReads shows both pictures to a QR reader that is not ours.
func TestReaderReads(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Fatalf("the QR reader is missing; scripts/tools.sh installs it: %v", err)
	}
	dir := t.TempDir()
	for i, tt := range texts {
		pictures := map[string]image.Image{"SVG": paint(t, SVG(tt.text)), "Terminal": paintLines(Terminal(tt.text))}
		for kind, picture := range pictures {
			file := filepath.Join(dir, fmt.Sprint(i, kind, ".png"))
			save(t, file, picture)
			out, err := exec.Command("zbarimg", "--quiet", "--raw", file).Output()
			if err != nil {
				t.Errorf("%s, %s: the reader finds nothing: %v", tt.name, kind, err)
				continue
			}
			if got := strings.TrimSuffix(string(out), "\n"); got != tt.text {
				t.Errorf("%s, %s: got %q, want %q", tt.name, kind, got, tt.text)
			}
		}
	}
}

func TestNoCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", strings.Repeat("a", MaxBytes+1)} {
		if got := SVG(text); got != nil {
			t.Errorf("SVG of %d bytes: got %d bytes, want nil", len(text), len(got))
		}
		if got := Terminal(text); got != "" {
			t.Errorf("Terminal of %d bytes: got %q, want none", len(text), got)
		}
	}
}

// TestHoldsNoText: whatever is encoded, the picture is safe in a page.
func TestHoldsNoText(t *testing.T) {
	t.Parallel()
	const evil = `"/></svg><script>alert(1)</script>`
	if got := SVG(evil); bytes.Contains(got, []byte("script")) || len(got) == 0 {
		t.Errorf("got %s, want a picture without the text", got)
	}
}

const scale = 6

// paint draws what SVG writes: paths of rectangles, after one another.
func paint(t *testing.T, svg []byte) image.Image {
	t.Helper()
	var doc struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			Fill string `xml:"fill,attr"`
			D    string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(svg, &doc); err != nil {
		t.Fatal(err)
	}
	var x, y, w, h int
	if _, err := fmt.Sscanf(doc.ViewBox, "0 0 %d %d", &w, &h); err != nil {
		t.Fatal(err)
	}
	picture := image.NewGray(image.Rect(0, 0, w*scale, h*scale))
	for _, p := range doc.Paths {
		c := map[string]color.Gray{"#fff": {255}, "#000": {0}}[p.Fill]
		for part := range strings.SplitSeq(strings.TrimPrefix(p.D, "M"), "M") {
			if _, err := fmt.Sscanf(part, "%d %dh%dv%d", &x, &y, &w, &h); err != nil {
				t.Fatalf("%q: %v", part, err)
			}
			draw.Draw(picture, image.Rect(x*scale, y*scale, (x+w)*scale, (y+h)*scale), image.NewUniform(c), image.Point{}, draw.Src)
		}
	}
	return picture
}

// paintLines draws blocks as a console with light letters on dark shows them.
func paintLines(text string) image.Image {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	wide := len([]rune(lines[0]))
	picture := image.NewGray(image.Rect(0, 0, wide*scale, 2*len(lines)*scale))
	for y, line := range lines {
		for x, r := range []rune(line) {
			for half, lit := range []bool{r == '▀' || r == '█', r == '▄' || r == '█'} {
				if lit {
					at := image.Rect(x*scale, (2*y+half)*scale, (x+1)*scale, (2*y+half+1)*scale)
					draw.Draw(picture, at, image.White, image.Point{}, draw.Src)
				}
			}
		}
	}
	return picture
}

func save(t *testing.T, file string, picture image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
