package plot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// subset is a typeface cut down to the characters of one picture.
type subset struct {
	face   face
	ttf    []byte
	glyphs map[rune]uint16 // numbers in the cut-down font
	family string
}

var errTypeface = errors.New("plot: the embedded typeface is damaged")

// Flags of a compound glyph's parts, from the TrueType specification.
const (
	argsAreWords  = 1 << 0
	hasScale      = 1 << 3
	moreParts     = 1 << 5
	hasXYScale    = 1 << 6
	hasTwoByTwo   = 1 << 7
	compoundStart = 10 // bytes of a glyph's header
)

// cut makes the subset for the given characters, which all have a glyph.
// Hinting stays; kerning is that of the pairs that can occur.
func (f *fonts) cut(fc face, used map[rune]bool) (subset, error) {
	t, err := tables(f.raw[fc])
	if err != nil {
		return subset{}, err
	}
	runes := slices.Sorted(maps.Keys(used))
	c := cutter{tables: t, newOf: map[uint16]uint16{}}
	if err := c.index(); err != nil {
		return subset{}, err
	}
	c.add(0)
	s := subset{face: fc, glyphs: map[rune]uint16{}, family: "DejaVu Sans"}
	for _, r := range runes {
		s.glyphs[r] = c.add(uint16(f.glyph(fc, r).index))
	}
	if err := c.outlines(); err != nil {
		return subset{}, err
	}
	style := "Book"
	if fc == oblique {
		style = "Oblique"
	}
	out := map[string][]byte{
		"OS/2": t["OS/2"], "cvt ": t["cvt "], "fpgm": t["fpgm"], "prep": t["prep"],
		"cmap": cmapTable(runes, s.glyphs), "name": nameTable(s.family, style), "post": c.post(),
		"glyf": c.glyf, "loca": c.loca(), "hmtx": c.hmtx(), "hhea": c.hhea(), "maxp": c.maxp(), "head": c.head(),
	}
	if k := f.kernTable(fc, runes, s.glyphs); k != nil {
		out["kern"] = k
	}
	s.ttf = assemble(out)
	return s, nil
}

// tables takes a font file apart.
func tables(ttf []byte) (map[string][]byte, error) {
	if len(ttf) < 12 {
		return nil, errTypeface
	}
	n := int(binary.BigEndian.Uint16(ttf[4:]))
	t := map[string][]byte{}
	for i := range n {
		e := 12 + 16*i
		if e+16 > len(ttf) {
			return nil, errTypeface
		}
		at, size := binary.BigEndian.Uint32(ttf[e+8:]), binary.BigEndian.Uint32(ttf[e+12:])
		if uint64(at)+uint64(size) > uint64(len(ttf)) {
			return nil, errTypeface
		}
		t[string(ttf[e:e+4])] = ttf[at : at+size]
	}
	return t, nil
}

type cutter struct {
	tables map[string][]byte
	offset func(gid int) int // into glyf
	count  int
	order  []uint16          // old numbers in new order
	newOf  map[uint16]uint16 // new number of an old one
	glyf   []byte
	starts []int
}

func (c *cutter) index() error {
	head, maxp, loca := c.tables["head"], c.tables["maxp"], c.tables["loca"]
	if len(head) < 54 || len(maxp) < 6 || len(c.tables["hhea"]) < 36 || len(c.tables["post"]) < 32 {
		return errTypeface
	}
	c.count = int(binary.BigEndian.Uint16(maxp[4:]))
	if binary.BigEndian.Uint16(head[50:]) == 0 {
		c.offset = func(g int) int { return 2 * int(binary.BigEndian.Uint16(loca[2*g:])) }
		if len(loca) < 2*(c.count+1) {
			return errTypeface
		}
		return nil
	}
	c.offset = func(g int) int { return int(binary.BigEndian.Uint32(loca[4*g:])) }
	if len(loca) < 4*(c.count+1) {
		return errTypeface
	}
	return nil
}

func (c *cutter) add(old uint16) uint16 {
	if n, ok := c.newOf[old]; ok {
		return n
	}
	n := uint16(len(c.order))
	c.newOf[old] = n
	c.order = append(c.order, old)
	return n
}

// outlines copies the glyphs and, as it goes, those they are made of.
func (c *cutter) outlines() error {
	for i := 0; i < len(c.order); i++ {
		g := int(c.order[i])
		if g >= c.count {
			return errTypeface
		}
		from, to := c.offset(g), c.offset(g+1)
		if from > to || to > len(c.tables["glyf"]) {
			return errTypeface
		}
		data := bytes.Clone(c.tables["glyf"][from:to])
		if len(data) >= compoundStart && int16(binary.BigEndian.Uint16(data)) < 0 {
			if err := c.renumber(data); err != nil {
				return err
			}
		}
		c.starts = append(c.starts, len(c.glyf))
		c.glyf = append(c.glyf, data...)
		for len(c.glyf)%4 != 0 {
			c.glyf = append(c.glyf, 0)
		}
	}
	c.starts = append(c.starts, len(c.glyf))
	return nil
}

func (c *cutter) renumber(data []byte) error {
	for at := compoundStart; ; {
		if at+4 > len(data) {
			return errTypeface
		}
		flags := binary.BigEndian.Uint16(data[at:])
		part := c.add(binary.BigEndian.Uint16(data[at+2:]))
		binary.BigEndian.PutUint16(data[at+2:], part)
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&hasScale != 0:
			at += 2
		case flags&hasXYScale != 0:
			at += 4
		case flags&hasTwoByTwo != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			return nil
		}
	}
}

func (c *cutter) loca() []byte {
	var b []byte
	for _, s := range c.starts {
		b = binary.BigEndian.AppendUint32(b, uint32(s))
	}
	return b
}

func (c *cutter) hmtx() []byte {
	long := int(binary.BigEndian.Uint16(c.tables["hhea"][34:]))
	old := c.tables["hmtx"]
	var b []byte
	for _, g := range c.order {
		adv := min(int(g), long-1) * 4
		bearing := adv + 2
		if int(g) >= long {
			bearing = 4*long + 2*(int(g)-long)
		}
		if bearing+2 > len(old) {
			b = append(b, 0, 0, 0, 0)
			continue
		}
		b = append(b, old[adv], old[adv+1], old[bearing], old[bearing+1])
	}
	return b
}

func (c *cutter) hhea() []byte {
	b := bytes.Clone(c.tables["hhea"])
	binary.BigEndian.PutUint16(b[34:], uint16(len(c.order)))
	return b
}

func (c *cutter) maxp() []byte {
	b := bytes.Clone(c.tables["maxp"])
	binary.BigEndian.PutUint16(b[4:], uint16(len(c.order)))
	return b
}

func (c *cutter) head() []byte {
	b := bytes.Clone(c.tables["head"])
	binary.BigEndian.PutUint32(b[8:], 0)
	binary.BigEndian.PutUint16(b[50:], 1) // long offsets
	return b
}

// post without glyph names.
func (c *cutter) post() []byte {
	b := bytes.Clone(c.tables["post"][:32])
	binary.BigEndian.PutUint32(b, 0x00030000)
	return b
}
