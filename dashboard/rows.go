package dashboard

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"labbroker/internal/live"
	"labbroker/internal/series"
)

// outBuffer is how much of an export is held before it goes out. An error
// before that is still a clean answer; after it the connection breaks off.
const outBuffer = 64 << 10

// out collects an export and sends it in pieces.
type out struct {
	w io.Writer
	b []byte
}

func newOut(w io.Writer) *out { return &out{w: w, b: make([]byte, 0, outBuffer+4096)} }

// spill sends what has gathered once it is enough.
func (o *out) spill() error {
	if len(o.b) < outBuffer {
		return nil
	}
	return o.flush()
}

func (o *out) flush() error {
	_, err := o.w.Write(o.b)
	o.b = o.b[:0]
	return err
}

func (s *Server) getSeries(w http.ResponseWriter, r *http.Request, c call) error {
	infos, err := s.Reader.List(r.Context(), c.name)
	if err != nil {
		return err
	}
	b, err := encodeSeries(infos)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err = w.Write(append(b, '\n'))
	return err
}

// getRows streams rows as JSON: a million of them are never in memory at once.
func (s *Server) getRows(w http.ResponseWriter, r *http.Request, c call) error {
	info, q, err := s.asked(r, c)
	if err != nil {
		return err
	}
	v := series.ViewOf(info, nil)
	return s.sendRows(w, r, &v, q)
}

func (s *Server) sendRows(w http.ResponseWriter, r *http.Request, v *series.View, q series.Query) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Method == http.MethodHead {
		return nil
	}
	o := newOut(w)
	columns, err := json.Marshal(columnsJSON(v.Columns, nil))
	if err != nil {
		return err
	}
	o.b = append(o.b, `{"columns":`...)
	o.b = append(o.b, columns...)
	o.b = append(o.b, `,"rows":[`...)
	var clock live.Clock
	var restarts []int64
	first := true
	err = v.Each(r.Context(), s.Reader, q, func(row series.Row) error {
		if !first {
			o.b = append(o.b, ',')
		}
		first = false
		o.b = clock.AppendRow(o.b, &row, row.At(q.Clock), v.Columns, false)
		if row.Restart {
			restarts = append(restarts, row.Seq)
		}
		return o.spill()
	})
	if err != nil {
		return err
	}
	o.b = append(o.b, `],"restarts":[`...)
	for i, seq := range restarts {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = strconv.AppendInt(o.b, seq, 10)
	}
	o.b = append(o.b, "]}\n"...)
	return o.flush()
}

// asked is the series and the rows that a request names.
func (s *Server) asked(r *http.Request, c call) (series.Info, series.Query, error) {
	name, q, err := parseQuery(r.URL.Query())
	if err != nil {
		return series.Info{}, q, err
	}
	info, err := s.Reader.Get(r.Context(), c.name, name)
	return info, q, err
}
