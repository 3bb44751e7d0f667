package export

import (
	"math"
	"strconv"
	"strings"

	"labbroker/internal/live"
)

// Headings of the columns that every table has.
const (
	timeHeading    = "time"
	elapsedHeading = "elapsed_s"
	deviceHeading  = "device_time"
	unixHeading    = "time_unix_s" // instead of time where a format has numbers only
)

// Headings are the columns' names with their units, or their titles where
// headings is Course and there is one; the unit never twice and no name twice,
// nor any that tables begin with (time, elapsed_s) or the given ones.
func Headings(columns []Column, headings string, taken ...string) []string {
	return headingsBeside(columns, headings, append(taken, timeHeading, elapsedHeading)...)
}

// headingsBeside is Headings for a table that begins with the taken ones only.
func headingsBeside(columns []Column, headings string, taken ...string) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		if headings == Course && c.Title != "" {
			names[i] = c.Title
		} else {
			names[i] = nameUnit(c)
		}
		names[i] = strings.ToValidUTF8(names[i], "\uFFFD")
	}
	return unique(names, "_", taken...)
}

// AsSent says whether an export in this format and with these headings shows
// the column's values as they were sent, under its declared title, rather than
// in its unit. A pickle is what save_series made, and always does.
func AsSent(format, headings string, c Column) bool {
	return course(format, headings) && c.Title != ""
}

func course(format, headings string) bool { return headings == Course || format == "pkl" }

func nameUnit(c Column) string {
	switch {
	case c.Name == "" && c.Unit == "":
		return "value"
	case c.Name == "":
		return c.Unit
	case c.Unit == "", c.Name == c.Unit, strings.HasSuffix(c.Name, "_"+c.Unit):
		return c.Name
	}
	return c.Name + "_" + c.Unit
}

// unique makes names different from each other and from the taken ones, by a
// number behind a separator. It changes names in place.
func unique(names []string, separator string, taken ...string) []string {
	used := make(map[string]bool, len(names)+len(taken))
	for _, t := range taken {
		used[t] = true
	}
	for i, base := range names {
		for n := 2; used[names[i]]; n++ {
			names[i] = base + separator + strconv.Itoa(n)
		}
		used[names[i]] = true
	}
	return names
}

// harmless is text for a CSV cell. A spreadsheet runs what begins with =, +, -
// or @ as a formula; students choose these names, so such a cell gets an
// apostrophe.
func harmless(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r\n") {
		return "'" + text
	}
	return text
}

// AppendCell appends text as one CSV cell that no spreadsheet takes for a
// formula. Semicolons are quoted since some countries' spreadsheets split
// there.
func AppendCell(b []byte, text string) []byte {
	text = harmless(text)
	if !strings.ContainsAny(text, "\",;\r\n") && strings.TrimSpace(text) == text {
		return append(b, text...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(text, `"`, `""`)...)
	return append(b, '"')
}

// appendElapsed appends nanoseconds as seconds, to the millisecond as times are.
func appendElapsed(b []byte, ns int64) []byte {
	return live.AppendNumber(b, math.Round(float64(ns)/1e6)/1e3, true)
}
