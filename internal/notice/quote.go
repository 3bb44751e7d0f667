package notice

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuote is how many characters of a student's text a sentence shows.
const maxQuote = 80

// Quote shows hostile text as code between backticks: what cannot be printed
// is escaped, a backtick becomes an apostrophe, and what is longer than 80
// characters is cut and ends with an ellipsis. The result is valid UTF-8
// without control characters, whatever s is.
func Quote(s string) string { return "`" + Clean(s) + "`" }

// Clean is Quote without the backticks around it.
func Clean(s string) string {
	var b strings.Builder
	b.Grow(min(len(s), maxQuote) + 4)
	for n := 0; s != ""; n++ {
		if n == maxQuote {
			b.WriteString("…")
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x`)
			b.WriteString(strconv.FormatUint(uint64(s[0]), 16))
		case r == '`':
			b.WriteByte('\'')
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// number writes v as a student would: few digits, no exponent where the size
// allows it.
func number(v float64) string {
	if a := abs(v); a != 0 && (a < 1e-4 || a >= 1e7) {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	s := strconv.FormatFloat(v, 'f', 4, 64)
	s = strings.TrimRight(s, "0")
	return strings.TrimSuffix(s, ".")
}

func abs(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}
