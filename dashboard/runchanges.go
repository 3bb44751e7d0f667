package dashboard

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"labbroker/internal/notice"
	"labbroker/internal/series"
)

// postRun makes a run of a stretch that somebody marked.
func (s *Server) postRun(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Series      string
		First, Last int64
		Name        string
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if in.Series == "" || in.First <= 0 || in.Last < in.First {
		return fail(http.StatusBadRequest, "Name the series and the numbers of its first and last row.")
	}
	name, err := line("name", in.Name, maxRunName)
	if err != nil {
		return err
	}
	info, err := s.Reader.Get(r.Context(), c.name, in.Series)
	if err != nil {
		return err
	}
	run := series.Run{
		Session: c.name, Series: info.ID, SeriesName: info.Name, Kind: series.RunMarked, Name: name,
	}
	err = s.Reader.Rows(r.Context(), info.ID, series.Query{First: in.First, Last: in.Last}, func(row series.Row) error {
		if run.Rows == 0 {
			run.First, run.Started = row.Seq, time.Unix(0, row.Time)
		}
		run.Last, run.Ended = row.Seq, time.Unix(0, row.Time)
		run.Rows++
		return nil
	})
	switch {
	case err != nil:
		return err
	case run.Rows == 0:
		return fail(http.StatusBadRequest, "There are no rows from %d to %d in this series.", in.First, in.Last)
	case run.Name == "":
		run.Name = "marked " + run.Started.Local().Format("15:04:05")
	}
	if run, err = s.o.Runs.AddRun(r.Context(), run); err != nil {
		return fmt.Errorf("keep a run: %w", err)
	}
	s.Changed(c.name, "runs")
	v := series.ViewOf(info, nil)
	return sendJSON(w, http.StatusOK, s.runJSON(r.Context(), &run, &v))
}

// putRun changes what people say about a run; what is left out stays.
func (s *Server) putRun(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Name, Note       *string
		Shared           *bool
		Area, Irradiance *float64
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if in.Name != nil {
		name, err := line("name", *in.Name, maxRunName)
		if err != nil {
			return err
		}
		if name == "" {
			return fail(http.StatusBadRequest, "A run needs a name.")
		}
		in.Name = &name
	}
	if in.Note != nil {
		if err := text("note", *in.Note, maxRunNote); err != nil {
			return err
		}
	}
	if err := within("area", "cm2", in.Area, maxArea); err != nil {
		return err
	}
	if err := within("irradiance", "W/m2", in.Irradiance, maxIrradiance); err != nil {
		return err
	}
	run, err := s.run(r, c)
	if err != nil {
		return err
	}
	set(&run.Name, in.Name)
	set(&run.Note, in.Note)
	set(&run.Shared, in.Shared)
	set(&run.Area, in.Area)
	set(&run.Irradiance, in.Irradiance)
	if err := s.o.Runs.SetRun(r.Context(), run); err != nil {
		return fmt.Errorf("change run %d: %w", run.ID, err)
	}
	s.Changed(c.name, "runs")
	v, err := s.runView(r.Context(), &run)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, s.runJSON(r.Context(), &run, &v))
}

// deleteRun removes the run; its rows stay in the history.
func (s *Server) deleteRun(w http.ResponseWriter, r *http.Request, c call) error {
	run, err := s.run(r, c)
	if err != nil {
		return err
	}
	err = s.o.Runs.DeleteRun(r.Context(), c.name, run.ID)
	if err != nil && !errors.Is(err, series.ErrNotFound) {
		return fmt.Errorf("remove run %d: %w", run.ID, err)
	}
	s.bench.Forget(run.ID)
	s.Changed(c.name, "runs")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// line is a text of one line, without spaces around it.
func line(what, value string, most int) (string, error) {
	value = strings.TrimSpace(value)
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "", fail(http.StatusBadRequest, "The %s %s holds characters that cannot be shown.", what, notice.Quote(value))
	}
	return value, text(what, value, most)
}

func text(what, value string, most int) error {
	if n := utf8.RuneCountInString(value); n > most {
		return fail(http.StatusBadRequest, "The %s has %d characters; %d fit.", what, n, most)
	}
	return nil
}

func within(what, unit string, value *float64, most float64) error {
	if value != nil && !(*value >= 0 && *value <= most) || value != nil && math.IsNaN(*value) {
		return fail(http.StatusBadRequest, "The %s is a number from 0 to %g %s; 0 means that it is not known.", what, most, unit)
	}
	return nil
}
