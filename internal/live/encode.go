package live

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"labbroker/internal/series"
)

// Clock formats times as the API shows them, RFC 3339 in UTC with
// milliseconds. It remembers the last second, since rows come in order. The
// zero value is ready; not for several goroutines.
type Clock struct {
	second int64
	text   [19]byte // "2026-11-22T23:00:00"
	known  bool
}

// Append appends the time of Unix nanoseconds ns, without quotes.
func (c *Clock) Append(b []byte, ns int64) []byte {
	second, ms := ns/1e9, ns%1e9
	if ms < 0 {
		second, ms = second-1, ms+1e9
	}
	if second != c.second || !c.known {
		c.second, c.known = second, true
		time.Unix(second, 0).UTC().AppendFormat(c.text[:0], "2006-01-02T15:04:05")
	}
	ms /= 1e6
	b = append(b, c.text[:]...)
	return append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

// AppendNumber appends v in the fewest digits that give v again. clean says
// that v was multiplied by a factor: then the noise of the multiplication is
// rounded off (0.0813 A is 81.3 mA, not 81.30000000000001). v is finite.
func AppendNumber(b []byte, v float64, clean bool) []byte {
	start := len(b)
	b = appendFloat(b, v)
	if !clean || len(b)-start <= 16 {
		return b
	}
	var tmp [32]byte
	rounded, err := strconv.ParseFloat(string(strconv.AppendFloat(tmp[:0], v, 'e', 11, 64)), 64)
	if err != nil {
		return b
	}
	return appendFloat(b[:start], rounded)
}

func appendFloat(b []byte, v float64) []byte {
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, v, format, -1, 64)
}

// AppendValue appends v as a JSON number, null for a gap. scale is what a
// stored value is multiplied by, 1 for one that is already in the column's
// unit; clean as in AppendNumber.
func AppendValue(b []byte, v, scale float64, clean bool) []byte {
	v *= scale
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	return AppendNumber(b, v, clean)
}

// AppendRow appends a row as the API shows it, [seq,"time",v,...], with one
// value per column. stored says that the values are as sent rather than in
// the columns' units; ns is the time to show.
func (c *Clock) AppendRow(b []byte, r *series.Row, ns int64, columns []series.Column, stored bool) []byte {
	b = append(b, '[')
	b = strconv.AppendInt(b, r.Seq, 10)
	b = append(b, `,"`...)
	b = c.Append(b, ns)
	b = append(b, '"')
	for i := range columns {
		b = append(b, ',')
		if i >= len(r.Values) {
			b = append(b, "null"...)
			continue
		}
		factor, scale := columns[i].Scale(), 1.0
		if stored {
			scale = factor
		}
		b = AppendValue(b, r.Values[i], scale, factor != 1)
	}
	return append(b, ']')
}

// part is the rows of one series in one frame.
type part struct {
	info *series.Info
	rows []series.Row
}

// appendRows appends the event "rows". stored as in AppendRow.
func appendRows(b []byte, parts []part, seq int64, stored bool) []byte {
	var clock Clock
	b = append(b, "id: "...)
	b = strconv.AppendInt(b, seq, 10)
	b = append(b, "\nevent: rows\ndata: {\"series\":["...)
	for i := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = appendString(b, parts[i].info.Name)
		b = append(b, `,"rows":[`...)
		device, restarts := false, false
		for j := range parts[i].rows {
			r := &parts[i].rows[j]
			if j > 0 {
				b = append(b, ',')
			}
			b = clock.AppendRow(b, r, r.Time, parts[i].info.Columns, stored)
			device = device || r.Device != 0
			restarts = restarts || r.Restart
		}
		b = append(b, ']')
		if device {
			b = appendDevice(b, parts[i].rows)
		}
		b = append(b, `,"restarts":[`...)
		if restarts {
			b = appendRestarts(b, parts[i].rows)
		}
		b = append(b, "]}"...)
	}
	return append(b, "]}\n\n"...)
}

func appendDevice(b []byte, rows []series.Row) []byte {
	var clock Clock
	b = append(b, `,"device":[`...)
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		if rows[i].Device == 0 {
			b = append(b, "null"...)
			continue
		}
		b = append(b, '"')
		b = clock.Append(b, rows[i].Device)
		b = append(b, '"')
	}
	return append(b, ']')
}

func appendRestarts(b []byte, rows []series.Row) []byte {
	first := true
	for i := range rows {
		if !rows[i].Restart {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = strconv.AppendInt(b, rows[i].Seq, 10)
	}
	return b
}

// appendString appends s as JSON, with <, > and & escaped.
func appendString(b []byte, s string) []byte {
	j, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return append(b, `""`...)
	}
	return append(b, j...)
}

// appendEvent appends one event; data has no line break. seq > 0 becomes its id.
func appendEvent(b []byte, name string, data []byte, seq int64) []byte {
	if seq > 0 {
		b = append(b, "id: "...)
		b = strconv.AppendInt(b, seq, 10)
		b = append(b, '\n')
	}
	b = append(b, "event: "...)
	b = append(b, name...)
	b = append(b, "\ndata: "...)
	b = append(b, data...)
	return append(b, "\n\n"...)
}

// Round rounds v to so many significant digits; what is not finite is 0.
func Round(v float64, n int) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', n, 64), 64)
	if err != nil { // of a value that is not finite
		return 0
	}
	return short
}
