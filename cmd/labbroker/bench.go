package main

import (
	"context"

	"labbroker/dashboard"
	"labbroker/internal/runs"
	"labbroker/internal/series"
)

// openBench makes the recorder of runs and plots and lets it go on where an
// earlier server stopped. What it cannot read of runs stops nobody's readings:
// it is logged.
func (s *server) openBench() *runs.Recorder {
	r := runs.New(s.store, s.notices, runs.Options{Log: s.log, Changed: s.changed, Kept: s.kept, Answer: s.answer, URL: s.plotURL})
	if err := r.Restore(context.Background()); err != nil {
		s.log.Error("the runs of the last time were not all ended", "error", err)
	}
	s.recorder.Store(r)
	return r
}

// committed hands what the store has kept to the pages and to the recorder of
// runs.
func (s *server) committed(list []series.Committed) {
	s.hub.Committed(list)
	if r := s.recorder.Load(); r != nil {
		r.Committed(list)
	}
	if b := s.labs.Load(); b != nil {
		b.Committed(list)
	}
}

// changed tells the pages of runs and plots; there are none yet while the
// recorder is restored.
func (s *server) changed(name, what string) {
	if s.pages != nil {
		s.pages.Changed(name, what)
	} else if b := s.labs.Load(); b != nil && what == runs.Runs {
		b.Changed(name)
	}
}

// answer is the server's word to a board that asked for a plot.
func (s *server) answer(topic string, payload []byte) error {
	return s.publish(topic, payload, 0, false)
}

// plotURL is where browsers on the network find a plot.
func (s *server) plotURL(name, file string) string {
	a := s.addresses().HTTP
	if len(a) == 0 {
		a = []string{"http://" + loopback(s.web.Addr())}
	}
	return a[0] + dashboard.PlotURL(name, file)
}
