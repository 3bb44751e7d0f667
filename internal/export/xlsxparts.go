package export

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"time"
)

const (
	maxCell      = 32767 // characters
	maxSheetName = 31
)

func (j *job) location() *time.Location {
	if j.o.Location == nil {
		return time.UTC
	}
	return j.o.Location
}

// zone names the location of Excel's times. One that has no name of its own
// ("Local") is described as it is at the table's start.
func (j *job) zone(t *Table) string {
	l := j.location()
	if name := l.String(); name != "Local" && name != "" {
		return name
	}
	at := t.Start
	if at.IsZero() {
		at = time.Now()
	}
	return at.In(l).Format("MST, UTC-07:00")
}

// sheetName is a name that Excel takes, used once.
func (wb *workbook) sheetName(label string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff || strings.ContainsRune(`:\/?*[]`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(label, "_"))
	clean = strings.Trim(cutUTF16(clean, maxSheetName), "' ")
	if clean == "" {
		clean = "Table"
	}
	name := clean
	for n := 2; wb.names[strings.ToLower(name)]; n++ {
		number := " (" + strconv.Itoa(n) + ")"
		name = cutUTF16(clean, maxSheetName-len(number)) + number
	}
	wb.names[strings.ToLower(name)] = true
	return name
}

// analysis adds the sheet of figures.
func (wb *workbook) analysis() error {
	const name = "Analysis"
	if _, err := wb.f.NewSheet(name); err != nil {
		return err
	}
	line := 0
	add := func(cells ...any) error {
		line++
		return wb.f.SetSheetRow(name, "A"+strconv.Itoa(line), &cells)
	}
	if err := add("Table", "Figure", "Value", "Uncertainty", "Unit", "Remark"); err != nil {
		return err
	}
	if err := wb.f.SetRowStyle(name, 1, 1, wb.bold); err != nil {
		return err
	}
	for _, t := range wb.j.tables {
		for _, f := range figuresOf(wb.j.analysis[t.Label()]) {
			var value, uncertainty any
			if f.number != nil {
				value = *f.number
			}
			if f.uncertainty != nil {
				uncertainty = *f.uncertainty
			}
			if err := add(plain(t.Label()), plain(f.title()), value, uncertainty, plain(f.unit), plain(f.text)); err != nil {
				return err
			}
		}
	}
	return wb.f.SetColWidth(name, "A", "F", 20)
}

// plain is what can stand in a cell.
func plain(text string) string { return cutUTF16(strings.ToValidUTF8(text, "\uFFFD"), maxCell) }

// xmlText escapes text; what XML cannot hold becomes a question mark in a
// square.
func xmlText(text string) []byte {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a Buffer takes everything
	return b.Bytes()
}
