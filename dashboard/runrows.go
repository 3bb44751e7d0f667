package dashboard

import (
	"net/http"
)

// getRunRows are a run's rows, as /rows has them.
func (s *Server) getRunRows(w http.ResponseWriter, r *http.Request, c call) error {
	run, err := s.run(r, c)
	if err != nil {
		return err
	}
	v, err := s.runView(r.Context(), &run)
	if err != nil {
		return err
	}
	q, err := parseRange(r.URL.Query())
	if err != nil {
		return err
	}
	q.First, q.Last = run.First, run.Last
	return s.sendRows(w, r, &v, q)
}

// getRunIV is a run's I-V analysis.
func (s *Server) getRunIV(w http.ResponseWriter, r *http.Request, c call) error {
	run, err := s.run(r, c)
	if err != nil {
		return err
	}
	v, err := s.runView(r.Context(), &run)
	if err != nil {
		return err
	}
	p, err := askedPair(r, v.Columns)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		return nil
	}
	x, err := s.bench.result(r.Context(), &run, &v, p)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, &x.json)
}
