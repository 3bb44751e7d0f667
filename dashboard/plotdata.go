package dashboard

import (
	"context"
	"net/http"
	"path"
	"strings"
	"time"

	"labbroker/dashboard/bench"
	"labbroker/internal/export"
	"labbroker/internal/series"
)

// sendPlotData sends the rows behind a plot as the course had them: headings
// as declared, values as sent.
func (s *Server) sendPlotData(w http.ResponseWriter, r *http.Request, p *series.Plot, v *series.View, format string) error {
	f, err := export.FormatOf(format, 1)
	if err != nil {
		return err
	}
	name := path.Base(p.File)
	if format != "pkl" {
		name = strings.TrimSuffix(name, path.Ext(name)) + f.Extension
	}
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Disposition", attachment(name))
	if r.Method == http.MethodHead {
		return nil
	}
	t := export.Table{Session: p.Session, Name: v.Name, Count: v.Rows}
	for _, c := range v.Columns {
		t.Columns = append(t.Columns, export.Column{Name: c.Name, Title: bench.SentTitle(c), Unit: c.Sent, Quantity: string(c.Quantity)})
	}
	q := p.Query()
	if q.Last == 0 { // formats that read twice see the same rows
		q.Last = s.Hub.Seq(p.Session)
	}
	t.Rows = func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error {
		return v.Each(ctx, s.Reader, q, func(row series.Row) error {
			arrival, device := times(&row)
			return yield(arrival, device, row.Values)
		})
	}
	o := export.Options{Headings: export.Course, Dir: s.exports.Dir()}
	return exportError(export.Write(r.Context(), w, format, []export.Table{t}, o))
}
