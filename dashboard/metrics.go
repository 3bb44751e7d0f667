package dashboard

import (
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// figures are the dashboard's own metrics.
type figures struct {
	failed  prometheus.Counter
	handler http.Handler
}

func (s *Server) newFigures(registry *prometheus.Registry) (figures, error) {
	f := figures{
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "labbroker_http_signin_failures_total", Help: "Wrong passwords and keys over HTTP.",
		}),
		handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
	for _, c := range []prometheus.Collector{
		f.failed,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "labbroker_live_watchers", Help: "Open live streams of browsers.",
		}, func() float64 { return float64(s.Hub.Watching()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "labbroker_live_cut_total", Help: "Live streams cut because the browser read too slowly.",
		}, func() float64 { return float64(s.Hub.Cuts()) }),
	} {
		if err := registry.Register(c); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (s *Server) getMetrics(w http.ResponseWriter, r *http.Request, _ call) error {
	s.figures.handler.ServeHTTP(w, r)
	return nil
}

func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request, _ call) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, "ok\n")
	return err
}

// getMQTT hands the connection over to the broker.
func (s *Server) getMQTT(w http.ResponseWriter, r *http.Request, _ call) error {
	if s.o.MQTT == nil {
		return fail(http.StatusNotFound, "There is nothing at this address.")
	}
	if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		w = u.Unwrap()
	}
	s.o.MQTT.ServeHTTP(w, r)
	return nil
}
