// Package qr draws QR codes, for pages and for a terminal. What is written
// into them is the caller's.
package qr

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"rsc.io/qr"
	"rsc.io/qr/coding"
)

// quiet is the light margin that readers need, in modules (ISO 18004).
const quiet = 4

// MaxBytes is the longest text: what the largest code holds at medium error
// correction, with which a slip may be creased or stained.
const MaxBytes = 2300

// SVG returns text as a picture: dark on white in any theme, with its margin,
// scaled by whoever shows it. It holds no part of the text, so it may stand in
// a page as it is. A text that is empty or longer than MaxBytes gives nil.
func SVG(text string) []byte {
	code := encode(text)
	if code == nil {
		return nil
	}
	side := code.Size + 2*quiet
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, side, side)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for code.Black(x, y) {
				x++
			}
			if x > from { // one rectangle for a row's neighbours: no seams between them
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes()
}

// Terminal returns text as lines for a console with light letters on dark, two
// modules in a character; where it is the other way round, cameras read it as
// well. A text that is empty or longer than MaxBytes gives "".
func Terminal(text string) string {
	code := encode(text)
	if code == nil {
		return ""
	}
	const margin = 2 // a console's own background goes on beside it
	blocks := [4]rune{' ', '▀', '▄', '█'}
	var b strings.Builder
	for y := -margin; y < code.Size+margin; y += 2 {
		for x := -margin; x < code.Size+margin; x++ {
			i := 0
			if !code.Black(x, y) {
				i |= 1
			}
			if !code.Black(x, y+1) {
				i |= 2
			}
			b.WriteRune(blocks[i])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// encode is nil for a text that is no code.
func encode(text string) *qr.Code {
	if text == "" || len(text) > MaxBytes {
		return nil
	}
	parts := []coding.Encoding{coding.String(text)}
	switch {
	case coding.Num(text).Check() == nil:
		parts[0] = coding.Num(text)
	case coding.Alpha(text).Check() == nil:
		parts[0] = coding.Alpha(text)
	case strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }):
		parts = []coding.Encoding{utf8{}, coding.String(text)}
	}
	version := coding.Version(coding.MinVersion)
	for bits(parts, version) > version.DataBytes(coding.M)*8 {
		if version++; version > coding.MaxVersion {
			return nil
		}
	}
	plan, err := coding.NewPlan(version, coding.M, 0)
	if err != nil {
		return nil
	}
	code, err := plan.Encode(parts...)
	if err != nil {
		return nil
	}
	return &qr.Code{Bitmap: code.Bitmap, Size: code.Size, Stride: code.Stride}
}

func bits(parts []coding.Encoding, v coding.Version) (n int) {
	for _, p := range parts {
		n += p.Bits(v)
	}
	return n
}

// utf8 says how the bytes that follow are meant (extended channel
// interpretation 26). Readers would guess, and some guess Japanese.
type utf8 struct{}

func (utf8) Check() error            { return nil }
func (utf8) Bits(coding.Version) int { return 12 }
func (utf8) Encode(b *coding.Bits, _ coding.Version) {
	b.Write(7, 4)
	b.Write(26, 8)
}
