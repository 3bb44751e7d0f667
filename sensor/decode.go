package sensor

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Root is the series of numbers on the session's own topic.
const Root = "value"

// maxSeries is the longest name of a series in bytes.
const maxSeries = 200

// maxKnown bounds what a Decoder remembers of names and topics.
const maxKnown = 1024

// Decoder turns payloads into readings. The zero value is ready. It remembers
// how names are read, which is what costs time, and nothing about numbers. It
// is not for concurrent use; one for each session does.
type Decoder struct {
	s      scanner
	r      Reading
	fields []Field
	spans  []span
	names  map[string]*name
	topics map[string]*topic
	subs   map[string]string
	t      *topic
}

// Decode reads one payload with a Decoder of its own.
func Decode(topic string, payload []byte) *Reading {
	return new(Decoder).Decode(topic, payload)
}

// Decode reads one payload. topic is the part below the session's prefix, ""
// for the session's own topic. A payload without numbers has no Groups: it is
// text. Whatever the bytes are, Decode does not fail. The Reading is valid
// until the next Decode and keeps no reference to the payload.
func (d *Decoder) Decode(topic string, payload []byte) *Reading {
	d.t = d.topic(topic)
	d.drop()
	d.fields, d.spans = d.fields[:0], d.spans[:0]
	d.r = Reading{Series: d.t.whole, Groups: d.r.Groups[:0], Problems: d.r.Problems[:0]}
	if len(payload) > maxBytes {
		d.problem(TooLong, nil, payload)
		return &d.r
	}
	b := trim(payload)
	if !d.t.bin || !d.binary(payload) {
		if len(b) > 0 {
			d.text(b)
		}
	}
	d.close()
	return &d.r
}

// text reads what is not empty and not binary.
func (d *Decoder) text(b []byte) {
	switch c := b[0]; {
	case c == '{' || c == '[' || c == '(':
		if d.s.scan(b) {
			d.json()
			if d.s.full {
				d.problem(TooMany, nil, b)
			}
			return
		}
		if looksJSON(b) {
			d.problem(Broken, nil, b)
			return
		}
	case c == 'b' && len(b) > 2 && (b[1] == '\'' || b[1] == '"') && b[len(b)-1] == b[1]:
		d.problem(BytesRepr, nil, b)
		if in := trim(b[2 : len(b)-1]); len(in) > 0 && in[0] != 'b' {
			d.text(in)
		}
		return
	case (c == '"' || c == '\'') && len(b) > 2 && b[len(b)-1] == c:
		// Encoded twice: "{\"voltage\": 5.02}".
		d.s.b, d.s.i = b, 0
		if in, ok := d.s.quoted(c); ok && d.s.i == len(b) {
			if in = trim(in); len(in) > 0 && in[0] != '"' && in[0] != '\'' && in[0] != 'b' {
				d.text(in)
			}
		}
		return
	}
	_ = d.scalar(b) || d.pairs(b) || d.csv(b)
}

// looksJSON tells broken JSON from text in brackets, such as "[INFO] ready".
func looksJSON(b []byte) bool {
	in := trim(b[1:])
	if len(in) == 0 {
		return b[0] == '{'
	}
	switch c := in[0]; {
	case c == '"', c == '{', c == '[':
		return b[0] != '('
	case c == '\'':
		return b[0] == '{'
	case c == '-' || c-'0' <= 9:
		return b[0] == '['
	}
	return false
}

// problem notes a mistake; a payload has at most a few.
func (d *Decoder) problem(m Mistake, key, value []byte) {
	for _, p := range d.r.Problems {
		if p.Mistake == m && p.Key == string(key) {
			return
		}
	}
	if len(d.r.Problems) >= 8 {
		return
	}
	d.r.Problems = append(d.r.Problems, Problem{Mistake: m, Key: clean(key, maxName), Value: clean(value, 40)})
}

// clean cuts b at n bytes and makes it valid UTF-8.
func clean(b []byte, n int) string {
	if len(b) > n {
		for n > 0 && !utf8.RuneStart(b[n]) {
			n--
		}
		b = b[:n]
	}
	return strings.ToValidUTF8(string(b), "?")
}

// binary reads big-endian float32 numbers by position. Text on such a topic
// is text.
func (d *Decoder) binary(payload []byte) bool {
	if len(payload) == 0 || len(payload)%4 != 0 {
		return false
	}
	text := true
	for _, c := range payload {
		text = text && (c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t')
	}
	if text {
		return false
	}
	d.r.Positional = true
	d.begin("")
	for i := 0; i < len(payload); i += 4 {
		f := place(i / 4)
		f.Value = float64(math.Float32frombits(binary.BigEndian.Uint32(payload[i:])))
		if math.IsInf(f.Value, 0) {
			f.Value = math.NaN()
		}
		if math.IsNaN(f.Value) {
			d.problem(NotANumber, nil, []byte("nan"))
		}
		if !d.put(f) {
			break
		}
	}
	d.end()
	return true
}

// name is how key is read, remembered.
func (d *Decoder) name(key []byte) *name {
	if n, ok := d.names[string(key)]; ok {
		return n
	}
	n := parseName(string(key))
	if d.names == nil || len(d.names) >= maxKnown {
		d.names = make(map[string]*name)
	}
	if len(key) <= maxName {
		d.names[string(key)] = &n
	}
	return &n
}

// span is a group while the slab of fields still grows.
type span struct {
	sub      string
	from, to int
	clock    Clock
}

// begin opens a group, which put adds to and end closes.
func (d *Decoder) begin(sub string) {
	d.spans = append(d.spans, span{sub: sub, from: len(d.fields)})
}

func (d *Decoder) open() *span { return &d.spans[len(d.spans)-1] }

// put adds a number to the open group; false where it is full.
func (d *Decoder) put(f Field) bool {
	if len(d.fields)-d.open().from >= MaxFields {
		d.problem(TooMany, nil, nil)
		return false
	}
	d.fields = append(d.fields, f)
	return true
}

func (d *Decoder) end() {
	g := d.open()
	if g.to = len(d.fields); g.to == g.from {
		d.spans = d.spans[:len(d.spans)-1]
	}
}

// close turns the spans into the reading's groups.
func (d *Decoder) close() {
	for _, g := range d.spans {
		fields := d.fields[g.from:g.to:g.to]
		if !d.r.Positional {
			Settle(fields)
		}
		d.r.Groups = append(d.r.Groups, Group{Sub: g.sub, Fields: fields, Clock: g.clock})
	}
}

// drop lets go of what an unusually long payload needed.
func (d *Decoder) drop() {
	if cap(d.fields) > 4*MaxFields {
		d.fields = nil
	}
	if cap(d.s.items) > 4*MaxFields {
		d.s.items, d.s.nodes, d.s.order = nil, nil, nil
	}
}

// placeNames are the names of numbers that have none.
var placeNames = func() (s [MaxFields]string) {
	for i := range s {
		s[i] = "c" + strconv.Itoa(i+1)
	}
	return s
}()

// place is the i-th field of numbers without names, from 0.
func place(i int) Field {
	if i >= MaxFields {
		i = MaxFields - 1
	}
	return Field{Key: placeNames[i], Name: placeNames[i], Factor: 1, decimals: many}
}
