package plot

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"codeberg.org/go-fonts/dejavu/dejavusansoblique"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// face is one of the two typefaces of a picture: DejaVu Sans, which matplotlib
// uses, and its oblique for the variables of formulas.
type face int

const (
	regular face = iota
	oblique
	faces
)

// missing stands for characters that the typeface does not have.
const missing = '\uFFFD'

// fonts measures text for one picture. Not for use by two goroutines.
type fonts struct {
	raw     [faces][]byte
	parsed  [faces]*opentype.Font
	buf     sfnt.Buffer
	glyphs  [faces]map[rune]glyph
	kerns   map[pair]float64
	unknown map[rune]bool // characters without a glyph that were asked for
}

// glyph holds a character's measures in ems, y upwards from the baseline.
type glyph struct {
	index       sfnt.GlyphIndex
	advance     float64
	left, right float64
	top, bottom float64
}

type pair struct {
	face face
	a, b rune
}

func newFonts() (*fonts, error) {
	f := &fonts{
		raw:     [faces][]byte{dejavusans.TTF, dejavusansoblique.TTF},
		kerns:   map[pair]float64{},
		unknown: map[rune]bool{},
	}
	for i, raw := range f.raw {
		p, err := opentype.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("plot: reading the embedded typeface: %w", err)
		}
		f.parsed[i] = p
		f.glyphs[i] = map[rune]glyph{}
	}
	return f, nil
}

// clean makes text drawable: one line's worth of characters that have a glyph.
func (f *fonts) clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		case !f.has(regular, r):
			f.unknown[r] = true
			return missing
		}
		return r
	}, strings.ToValidUTF8(s, string(missing)))
}

func (f *fonts) has(fc face, r rune) bool {
	return r <= 0xFFFF && f.glyph(fc, r).index != 0
}

func (f *fonts) glyph(fc face, r rune) glyph {
	if g, ok := f.glyphs[fc][r]; ok {
		return g
	}
	p := f.parsed[fc]
	em := fixed.Int26_6(p.UnitsPerEm())
	scale := 1 / float64(em)
	var g glyph
	if i, err := p.GlyphIndex(&f.buf, r); err == nil {
		g.index = i
		if b, adv, err := p.GlyphBounds(&f.buf, i, em, font.HintingNone); err == nil {
			g.advance = float64(adv) * scale
			g.left, g.right = float64(b.Min.X)*scale, float64(b.Max.X)*scale
			g.top, g.bottom = -float64(b.Min.Y)*scale, -float64(b.Max.Y)*scale
		}
	}
	f.glyphs[fc][r] = g
	return g
}

// kern is what the pair moves together, in ems, mostly 0.
func (f *fonts) kern(fc face, a, b rune) float64 {
	key := pair{fc, a, b}
	if k, ok := f.kerns[key]; ok {
		return k
	}
	p := f.parsed[fc]
	em := fixed.Int26_6(p.UnitsPerEm())
	k := 0.0
	if v, err := p.Kern(&f.buf, f.glyph(fc, a).index, f.glyph(fc, b).index, em, font.HintingNone); err == nil {
		k = float64(v) / float64(em)
	}
	f.kerns[key] = k
	return k
}

// lineHeight is how far a line of text reaches above and below the baseline,
// whatever it says: an l and a p, on whole pixels of a 100 dpi picture, as
// matplotlib measures them.
func lineHeight(size float64) (ascent, descent float64) {
	px := size * 100 / 72
	return math.Round(0.76*px) * 0.72, math.Round(0.208*px) * 0.72
}
