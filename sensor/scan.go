package sensor

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of one payload.
const (
	maxBytes   = 256 << 10 // longer payloads are text, unread
	maxDepth   = 12        // of nested objects and arrays
	maxItems   = 4096      // numbers and strings of one payload
	maxNodes   = 1024      // objects and arrays of one payload
	MaxFields  = 64        // numbers of one reading
	maxStrings = 64        // longest string that may hold a number or a time
)

type kind uint8

const (
	kNone   kind = iota
	kNumber      // 5.02
	kNaN         // nan, inf
	kNull        // null, None
	kBool        // true, False
	kString
)

// item is a value of an object or array.
type item struct {
	kind     kind
	decimals uint8
	comma    bool // 5,02 with a decimal comma
	node     int32
	key      []byte // nil in arrays
	num      float64
	text     []byte // as written, without quotes
}

// node is an object or array.
type node struct {
	parent int32 // -1 = none
	array  bool
	key    []byte // in its parent; nil in arrays
	items  int32  // values directly inside
	first  int32  // where they begin in order
	nodes  int32  // objects and arrays directly inside
}

// scanner reads JSON as boards write it: also with bare nan and None, single
// quotes, tuples, missing quotes around keys, a comma too many. It keeps flat
// lists in document order and no more than its bounds.
type scanner struct {
	b     []byte
	i     int
	items []item
	nodes []node
	order []int32 // of items, node by node
	full  bool    // something was left out
}

// scan reads all of b; false where it is not JSON even so. Several values in
// a row become the elements of one array.
func (s *scanner) scan(b []byte) bool {
	s.b, s.i, s.items, s.nodes, s.full = b, 0, s.items[:0], s.nodes[:0], false
	s.nodes = append(s.nodes, node{parent: -1, array: true})
	for n := 0; ; n++ {
		s.space()
		if s.i >= len(s.b) {
			return n > 0
		}
		if c := s.b[s.i]; n > 0 && c != '{' && c != '[' {
			return false
		}
		if !s.value(0, nil, 1) {
			return false
		}
	}
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\r', '\n', 0:
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) value(parent int32, key []byte, depth int) bool {
	s.space()
	if s.i >= len(s.b) || depth > maxDepth {
		return false
	}
	switch c := s.b[s.i]; c {
	case '{':
		return s.group(parent, key, '}', depth)
	case '[':
		return s.group(parent, key, ']', depth)
	case '(':
		return s.group(parent, key, ')', depth)
	case '"', '\'':
		text, ok := s.quoted(c)
		if ok {
			s.add(item{kind: kString, node: parent, key: key, text: text})
		}
		return ok
	}
	from := s.i
	if v, dec, n := parseNumber(s.b[from:]); n > 0 {
		s.i += n
		it := item{kind: kNumber, decimals: dec, node: parent, key: key, num: v}
		if key != nil && dec == 0 && s.decimalComma() {
			var m int
			it.num, it.decimals, m = commaNumber(s.b[from:])
			it.comma = true
			s.i = from + m
		}
		it.text = s.b[from:s.i]
		if s.i < len(s.b) && !ends(s.b[s.i]) {
			return false
		}
		s.add(it)
		return true
	}
	for s.i < len(s.b) && !ends(s.b[s.i]) {
		s.i++
	}
	word := s.b[from:s.i]
	k := gap(word)
	if k == kNone && (fold(word, "true") || fold(word, "false")) {
		k = kBool
	}
	if k != kNone {
		s.add(item{kind: k, node: parent, key: key, text: word})
	}
	return k != kNone
}

// decimalComma says that the comma at the cursor is a decimal one: inside an
// object a key would have to follow it.
func (s *scanner) decimalComma() bool {
	j := s.i
	if j+1 >= len(s.b) || s.b[j] != ',' || s.b[j+1]-'0' > 9 {
		return false
	}
	for j++; j < len(s.b) && s.b[j]-'0' <= 9; j++ {
	}
	return j >= len(s.b) || s.b[j] != ':' && ends(s.b[j])
}

// ends says whether c ends a bare word.
func ends(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', 0, ',', ':', ']', '}', ')', '[', '{', '(':
		return true
	}
	return false
}

func (s *scanner) group(parent int32, key []byte, closer byte, depth int) bool {
	if len(s.nodes) >= maxNodes {
		return false
	}
	id := int32(len(s.nodes))
	s.nodes = append(s.nodes, node{parent: parent, array: closer != '}', key: key})
	s.nodes[parent].nodes++
	s.i++
	for {
		s.space()
		if s.i >= len(s.b) {
			return false
		}
		if s.b[s.i] == closer {
			s.i++
			return true
		}
		var k []byte
		if closer == '}' {
			var ok bool
			if k, ok = s.key(); !ok {
				return false
			}
		}
		if !s.value(id, k, depth+1) {
			return false
		}
		s.space()
		if s.i < len(s.b) && s.b[s.i] == ',' {
			s.i++
		} else if s.i >= len(s.b) || s.b[s.i] != closer {
			return false
		}
	}
}

func (s *scanner) key() (k []byte, ok bool) {
	if c := s.b[s.i]; c == '"' || c == '\'' {
		if k, ok = s.quoted(c); !ok {
			return nil, false
		}
	} else {
		from := s.i
		for s.i < len(s.b) && !ends(s.b[s.i]) {
			s.i++
		}
		if k = s.b[from:s.i]; len(k) == 0 {
			return nil, false
		}
	}
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != ':' {
		return nil, false
	}
	s.i++
	if k == nil {
		k = []byte{}
	}
	return k, true
}

// quoted reads a string. Without escapes it is a part of the payload.
func (s *scanner) quoted(q byte) ([]byte, bool) {
	s.i++
	from := s.i
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case q:
			text := s.b[from:s.i]
			s.i++
			return text, true
		case '\\':
			return s.escaped(q, from)
		}
	}
	return nil, false
}

func (s *scanner) escaped(q byte, from int) ([]byte, bool) {
	text := append([]byte(nil), s.b[from:s.i]...)
	for ; s.i < len(s.b); s.i++ {
		c := s.b[s.i]
		if c == q {
			s.i++
			return text, true
		}
		if c == '\\' {
			s.i++
			if s.i >= len(s.b) {
				return nil, false
			}
			switch c = s.b[s.i]; c {
			case 'n', 'r', 't', 'b', 'f':
				c = ' '
			case 'u':
				r, ok := s.rune4()
				if !ok {
					return nil, false
				}
				if utf16.IsSurrogate(r) {
					r = s.pair(r)
				}
				text = utf8.AppendRune(text, r)
				continue
			}
		}
		text = append(text, c)
	}
	return nil, false
}

// pair is what half a surrogate pair and the \u behind it make together; the
// replacement character where the other half is not there.
func (s *scanner) pair(high rune) rune {
	at := s.i
	if s.i+2 < len(s.b) && s.b[s.i+1] == '\\' && s.b[s.i+2] == 'u' {
		s.i += 2
		if low, ok := s.rune4(); ok {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return r
			}
		}
	}
	s.i = at
	return utf8.RuneError
}

// rune4 reads the four digits behind \u and stays on the last.
func (s *scanner) rune4() (rune, bool) {
	if s.i+4 >= len(s.b) {
		return 0, false
	}
	var r rune
	for _, c := range s.b[s.i+1 : s.i+5] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	s.i += 4
	return r, true
}

func (s *scanner) add(it item) {
	if len(s.items) >= maxItems {
		s.full = true
		return
	}
	s.nodes[it.node].items++
	s.items = append(s.items, it)
}

// sort brings the items of each node together.
func (s *scanner) sort() {
	s.order = append(s.order[:0], make([]int32, len(s.items))...)
	at := int32(0)
	for i := range s.nodes {
		s.nodes[i].first = at
		at += s.nodes[i].items
		s.nodes[i].items = 0
	}
	for i := range s.items {
		n := &s.nodes[s.items[i].node]
		s.order[n.first+n.items] = int32(i)
		n.items++
	}
}

// of are the places of a node's items, in the order they were written.
func (s *scanner) of(node int32) []int32 {
	n := &s.nodes[node]
	return s.order[n.first : n.first+n.items]
}
