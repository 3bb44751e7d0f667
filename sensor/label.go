package sensor

import "strings"

// Label is the name of a series as Reading.Label has it, from how it was
// written: without control characters, valid, and at most as long as a
// series' name. What declares a series and what sends its rows meet in it.
// The empty name stays empty.
func Label(text string) string {
	if text == "" {
		return ""
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r // bytes that are no UTF-8 as the replacement character
	}, text)
	return SeriesName(text)
}
