package dashboard

import (
	"math"
	"net/http"
	"strings"

	"labbroker/internal/live"
	"labbroker/internal/series"
)

// getCSV streams rows as CSV: time, elapsed_s, then one column for each of the
// series. What breaks off midway breaks the connection off, so that a part
// never looks like the whole.
func (s *Server) getCSV(w http.ResponseWriter, r *http.Request, c call) error {
	info, q, err := s.asked(r, c)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(c.name, info.Name)+`"`)
	if r.Method == http.MethodHead {
		return nil
	}
	o := newOut(w)
	o.b = append(o.b, "time,elapsed_s"...)
	for _, name := range csvNames(info.Columns) {
		o.b = append(o.b, ',')
		o.b = appendCell(o.b, name)
	}
	o.b = append(o.b, '\n')
	var clock live.Clock
	var start int64
	first := true
	err = s.Reader.Rows(r.Context(), info.ID, q, func(row series.Row) error {
		at := row.At(q.Clock)
		if first {
			start, first = at, false
		}
		o.b = clock.Append(o.b, at)
		o.b = append(o.b, ',')
		o.b = appendElapsed(o.b, at-start)
		o.b = appendCells(o.b, info.Columns, row.Values)
		return o.spill()
	})
	if err != nil {
		return err
	}
	return o.flush()
}

// appendElapsed appends nanoseconds as seconds, to the millisecond as times are.
func appendElapsed(b []byte, ns int64) []byte {
	return live.AppendNumber(b, math.Round(float64(ns)/1e6)/1e3, true)
}

func appendCells(b []byte, columns []series.Column, values []float64) []byte {
	for i := range columns {
		b = append(b, ',')
		if i < len(values) && !math.IsNaN(values[i]) && !math.IsInf(values[i], 0) {
			b = live.AppendNumber(b, values[i], columns[i].Scale() != 1)
		}
	}
	return append(b, '\n')
}

// csvNames are the columns' names with their units, the unit never twice and
// no name twice.
func csvNames(columns []series.Column) []string {
	used := map[string]bool{"time": true, "elapsed_s": true}
	names := make([]string, len(columns))
	for i, c := range columns {
		base := csvName(c)
		name := base
		for n := 2; used[name]; n++ {
			name = base + "_" + itoa(n)
		}
		used[name] = true
		names[i] = name
	}
	return names
}

func csvName(c series.Column) string {
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

// appendCell appends text as one cell. A spreadsheet runs what begins with =,
// +, - or @ as a formula; students choose these names, so such a cell gets an
// apostrophe.
func appendCell(b []byte, text string) []byte {
	if strings.ContainsAny(text[:1], "=+-@\t\r\n") {
		text = "'" + text
	}
	if !strings.ContainsAny(text, "\",\r\n") && strings.TrimSpace(text) == text {
		return append(b, text...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(text, `"`, `""`)...)
	return append(b, '"')
}

// fileName is a name that every system can save a file under.
func fileName(session, name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, session+"_"+name)
	const most = 100
	return strings.Trim(clean[:min(len(clean), most)], ".") + ".csv"
}
