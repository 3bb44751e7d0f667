package journal

import (
	"encoding/binary"
	"slices"
)

// Set is numbers of messages: all before Next, and some above. The zero value
// is empty; numbers begin with 1. It is not safe for concurrent use.
type Set struct {
	below uint64 // all up to this one are in
	above []span // in order, apart from each other and from below
}

type span struct{ first, last uint64 }

// Next is the first number that is not in the set.
func (s *Set) Next() uint64 { return s.below + 1 }

// last is the greatest number in the set.
func (s *Set) last() uint64 {
	if n := len(s.above); n > 0 {
		return s.above[n-1].last
	}
	return s.below
}

// Has says whether a number is in the set.
func (s *Set) Has(n uint64) bool {
	if n <= s.below {
		return true
	}
	i, found := s.find(n)
	return found || i < len(s.above) && s.above[i].first <= n
}

// find returns the place of the first span that ends at n or later.
func (s *Set) find(n uint64) (int, bool) {
	return slices.BinarySearchFunc(s.above, n, func(a span, n uint64) int {
		switch {
		case a.last < n:
			return -1
		case a.last > n:
			return 1
		}
		return 0
	})
}

// Add puts a number into the set.
func (s *Set) Add(n uint64) {
	if s.Has(n) {
		return
	}
	if n == s.below+1 {
		s.below = n
		if len(s.above) > 0 && s.above[0].first == n+1 {
			s.below = s.above[0].last
			s.above = slices.Delete(s.above, 0, 1)
		}
		return
	}
	i, _ := s.find(n)
	before := i > 0 && s.above[i-1].last == n-1
	after := i < len(s.above) && s.above[i].first == n+1
	switch {
	case before && after:
		s.above[i-1].last = s.above[i].last
		s.above = slices.Delete(s.above, i, i+1)
	case before:
		s.above[i-1].last = n
	case after:
		s.above[i].first = n
	default:
		s.above = slices.Insert(s.above, i, span{n, n})
	}
}

// Clone returns a copy.
func (s *Set) Clone() Set { return Set{s.below, slices.Clone(s.above)} }

// Append appends the set's encoding: distances from number to number.
func (s *Set) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, s.below)
	at := s.below
	for _, a := range s.above {
		b = binary.AppendUvarint(b, a.first-at)
		b = binary.AppendUvarint(b, a.last-a.first)
		at = a.last
	}
	return b
}

// Decode reads what Append wrote; nothing is the empty set. ok is false for
// anything else.
func Decode(b []byte) (s Set, ok bool) {
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			ok, b = false, nil
			return 0
		}
		b = b[n:]
		return v
	}
	if ok = true; len(b) == 0 {
		return s, true
	}
	s.below = next()
	for at := s.below; ok && len(b) > 0; {
		first := at + next()
		last := first + next()
		if ok = ok && first > at+1 && last >= first; !ok {
			return Set{}, false
		}
		s.above = append(s.above, span{first, last})
		at = last
	}
	return s, ok
}
