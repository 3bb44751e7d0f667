package dashboard

import (
	"context"
	"net/http"
	"strings"
	"time"

	"labbroker/internal/export"
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
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(c.name, info.Name, ".csv")+`"`)
	if r.Method == http.MethodHead {
		return nil
	}
	table := export.Table{Name: info.Name, Columns: exportColumns(info.Columns), NoDevice: true}
	table.Rows = func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error {
		return s.Reader.Rows(ctx, info.ID, q, func(row series.Row) error {
			return yield(time.Unix(0, row.At(q.Clock)), time.Time{}, row.Values)
		})
	}
	return export.Write(r.Context(), w, "csv", []export.Table{table}, export.Options{})
}

// exportColumns describes columns whose values are in their units.
func exportColumns(columns []series.Column) []export.Column {
	out := make([]export.Column, len(columns))
	for i, c := range columns {
		out[i] = export.Column{Name: c.Name, Unit: c.Unit, Quantity: string(c.Quantity), Scaled: c.Scale() != 1}
	}
	return out
}

// times are a row's as exports have them; the device's is zero where it sent
// none.
func times(row *series.Row) (arrival, device time.Time) {
	if row.Device != 0 {
		device = time.Unix(0, row.Device)
	}
	return time.Unix(0, row.Time), device
}

// fileName is a name that every system can save a file under; ending has its
// dot.
func fileName(session, name, ending string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, session+"_"+name)
	const most = 100
	return strings.Trim(clean[:min(len(clean), most)], ".") + ending
}
