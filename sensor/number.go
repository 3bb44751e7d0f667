package sensor

import (
	"bytes"
	"math"
	"strconv"
)

// many stands for more decimals than anyone prints on purpose, and for a
// number whose decimals are not known.
const many = 255

var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseNumber reads a decimal number at the start of b. decimals is the count
// of digits behind its point as written; used is 0 where there is none. The
// short numbers that boards send are exact without strconv, since both digits
// and power fit a float64.
func parseNumber(b []byte) (v float64, decimals uint8, used int) {
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	var mant uint64
	digits, dec := 0, 0
	start := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		mant = mant*10 + uint64(b[i]-'0')
		digits++
	}
	if i < len(b) && b[i] == '.' {
		i++
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			mant = mant*10 + uint64(b[i]-'0')
			digits++
			dec++
		}
	}
	if digits == 0 {
		return 0, 0, 0
	}
	exp := false
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		j := i + 1
		if j < len(b) && (b[j] == '-' || b[j] == '+') {
			j++
		}
		if j < len(b) && b[j]-'0' <= 9 {
			for ; j < len(b) && b[j]-'0' <= 9; j++ {
			}
			i, exp = j, true
		}
	}
	if !exp && digits <= 15 && dec < len(pow10) {
		v = float64(mant) / pow10[dec]
		if b[0] == '-' {
			v = -v
		}
		return v, uint8(dec), i
	}
	from := 0
	if start > 0 && b[0] == '+' {
		from = start
	}
	if i-from > 400 {
		return 0, 0, 0
	}
	v, err := strconv.ParseFloat(string(b[from:i]), 64)
	if err != nil || math.IsInf(v, 0) {
		v = math.NaN()
	}
	if exp {
		return v, many, i
	}
	return v, uint8(min(dec, many)), i
}

// commaNumber reads a number with a decimal comma at the start of b.
func commaNumber(b []byte) (v float64, decimals uint8, used int) {
	var buf [40]byte
	n := copy(buf[:], b)
	i := bytes.IndexByte(buf[:n], ',')
	if i < 1 || bytes.IndexByte(buf[:i], '.') >= 0 {
		return 0, 0, 0
	}
	buf[i] = '.'
	if j := bytes.IndexAny(buf[i+1:n], ".,"); j >= 0 {
		n = i + 1 + j
	}
	if v, decimals, used = parseNumber(buf[:n]); decimals == 0 {
		used = 0
	}
	return v, decimals, used
}

// gap says whether b is one of the words for "no number": kind is kNaN for
// nan and inf, kNull for null, None and the like, kNone otherwise.
func gap(b []byte) kind {
	if len(b) == 0 || len(b) > 9 {
		return kNone
	}
	if b[0] == '-' || b[0] == '+' {
		b = b[1:]
	}
	switch {
	case fold(b, "nan"), fold(b, "inf"), fold(b, "infinity"):
		return kNaN
	case fold(b, "null"), fold(b, "none"), fold(b, "undefined"):
		return kNull
	}
	return kNone
}

// fold compares b with lower-case ASCII, whatever its capitals.
func fold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// trim takes white space and NUL bytes off both ends.
func trim(b []byte) []byte {
	return bytes.Trim(b, " \t\r\n\x00\v\f")
}
