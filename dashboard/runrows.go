package dashboard

import (
	"net/http"
	"strconv"

	"labbroker/dashboard/bench"
	"labbroker/internal/notice"
	"labbroker/internal/series"
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
	x, err := s.bench.IV(r.Context(), &run, &v, p)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, x)
}

// askedPair is bench.PairOf, or what ?v= and ?i= choose: columns by name, or by
// their place from 0.
func askedPair(r *http.Request, columns []series.Column) (bench.Pair, error) {
	p, ok := bench.PairOf(columns)
	q := r.URL.Query()
	for _, one := range []struct {
		key string
		to  *int
	}{{"v", &p.V}, {"i", &p.I}} {
		text := q.Get(one.key)
		if text == "" {
			if !ok && (q.Get("v") == "" || q.Get("i") == "") {
				return p, fail(http.StatusNotFound,
					"This run has no voltage and current that are known as such. Set the units of its columns, or name the columns with v= and i=.")
			}
			continue
		}
		n, err := columnIndex(columns, text)
		if err != nil {
			return p, err
		}
		*one.to = n
	}
	if p.V == p.I {
		return p, fail(http.StatusBadRequest, "Voltage and current are two columns: v and i name the same one.")
	}
	return p, nil
}

func columnIndex(columns []series.Column, text string) (int, error) {
	for n := range columns {
		if columns[n].Name == text || columns[n].Title != "" && columns[n].Title == text {
			return n, nil
		}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(columns) {
		return n, nil
	}
	return 0, fail(http.StatusNotFound, "The series has no column %s.", notice.Quote(text))
}
