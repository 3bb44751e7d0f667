package plot

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"unicode/utf16"
)

// cmapTable maps each character by a segment of its own (format 4).
func cmapTable(runes []rune, glyphs map[rune]uint16) []byte {
	n := len(runes) + 1
	u16 := binary.BigEndian.AppendUint16
	var end, start, delta, at []byte
	for _, r := range runes {
		end, start = u16(end, uint16(r)), u16(start, uint16(r))
		delta, at = u16(delta, glyphs[r]-uint16(r)), u16(at, 0)
	}
	end, start, delta, at = u16(end, 0xFFFF), u16(start, 0xFFFF), u16(delta, 1), u16(at, 0)
	pow, log := 1, 0
	for pow*2 <= n {
		pow *= 2
		log++
	}
	var b []byte
	for _, v := range []int{4, 16 + 8*n, 0, 2 * n, 2 * pow, log, 2 * (n - pow)} {
		b = u16(b, uint16(v))
	}
	b = slices.Concat(b, end, []byte{0, 0}, start, delta, at)
	header := []byte{0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12} // one table: Windows, Unicode
	return append(header, b...)
}

func nameTable(family, style string) []byte {
	names := []struct {
		id   uint16
		text string
	}{{1, family}, {2, style}, {4, family + " " + style}, {6, "DejaVuSans-" + style}}
	var records, text []byte
	for _, n := range names {
		var b []byte
		for _, u := range utf16.Encode([]rune(n.text)) {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		for _, v := range []uint16{3, 1, 0x409, n.id, uint16(len(b)), uint16(len(text))} {
			records = binary.BigEndian.AppendUint16(records, v)
		}
		text = append(text, b...)
	}
	b := []byte{0, 0, 0, byte(len(names)), 0, byte(6 + len(records))}
	return slices.Concat(b, records, text)
}

// kernTable holds the pairs of the used characters; nil when none moves.
func (f *fonts) kernTable(fc face, runes []rune, glyphs map[rune]uint16) []byte {
	if len(runes) > 128 {
		return nil // a rare page of text; 16,000 pairs are not looked up for it
	}
	type moved struct {
		key uint32
		by  int16
	}
	var pairs []moved
	em := float64(f.parsed[fc].UnitsPerEm())
	for _, a := range runes {
		for _, b := range runes {
			if k := f.kern(fc, a, b); k != 0 {
				pairs = append(pairs, moved{uint32(glyphs[a])<<16 | uint32(glyphs[b]), int16(k * em)})
			}
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	slices.SortFunc(pairs, func(a, b moved) int { return cmp.Compare(a.key, b.key) })
	n := len(pairs)
	pow, log := 1, 0
	for pow*2 <= n {
		pow *= 2
		log++
	}
	var b []byte
	for _, v := range []int{0, 1, 0, 14 + 6*n, 1, n, 6 * pow, log, 6 * (n - pow)} {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	for _, p := range pairs {
		b = binary.BigEndian.AppendUint32(b, p.key)
		b = binary.BigEndian.AppendUint16(b, uint16(p.by))
	}
	return b
}

// assemble puts a font file together, its tables in order and summed up.
func assemble(t map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(t))
	n := len(names)
	pow, log := 1, 0
	for pow*2 <= n {
		pow *= 2
		log++
	}
	b := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, 16 * pow, log, 16 * (n - pow)} {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	at := 12 + 16*n
	headAt := 0
	var body []byte
	for _, name := range names {
		data := t[name]
		if name == "head" {
			headAt = at + len(body)
		}
		b = append(b, name...)
		b = binary.BigEndian.AppendUint32(b, checksum(data))
		b = binary.BigEndian.AppendUint32(b, uint32(at+len(body)))
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		body = append(body, data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	b = append(b, body...)
	binary.BigEndian.PutUint32(b[headAt+8:], 0xB1B0AFBA-checksum(b))
	return b
}

func checksum(b []byte) uint32 {
	var sum uint32
	for i := 0; i < len(b); i += 4 {
		var word [4]byte
		copy(word[:], b[i:min(i+4, len(b))])
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}
