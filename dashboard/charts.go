package dashboard

import (
	"context"
	"net/http"

	"labbroker/dashboard/bench"
	"labbroker/dashboard/chart"
	"labbroker/internal/series"
)

func (s *Server) getCharts(w http.ResponseWriter, r *http.Request, c call) error {
	name := r.URL.Query().Get("series")
	if name == "" {
		return fail(http.StatusBadRequest, "Name the series: ?series=NAME.")
	}
	dark, err := isDark(r.URL.Query())
	if err != nil {
		return err
	}
	info, err := s.Reader.Get(r.Context(), c.name, name)
	if err != nil {
		return err
	}
	out, err := chart.Of(info.Columns, dark)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, out)
}

// maxChart is the most rows of a plot's chart; a longer stretch is thinned out.
const maxChart = 5000

func (s *Server) sendPlotChart(w http.ResponseWriter, r *http.Request, p *series.Plot, v *series.View, dark bool) error {
	if p.Kind == series.PlotSaved {
		return fail(http.StatusBadRequest, "A saved series is no plot: its rows are at data=csv.")
	}
	c, err := s.plotChart(r.Context(), p, v, dark)
	if err != nil {
		return err
	}
	b, err := c.Encode()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err = w.Write(b)
	return err
}

func (s *Server) plotChart(ctx context.Context, p *series.Plot, v *series.View, dark bool) (*chart.Plot, error) {
	o, err := plotOptions(p)
	if err != nil {
		return nil, err
	}
	most := maxChart * max(1, len(v.Columns))
	if o.Hist {
		most = bench.MaxNumbers
	}
	columns, err := bench.Columns(ctx, s.Reader, p, v, o.Hist, most)
	if err != nil {
		return nil, err
	}
	return chart.OfPlot(columns, o, dark)
}
