package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"labbroker/internal/live"
	"labbroker/internal/notice"
	"labbroker/internal/series"
)

// putUnits corrects the unit of a column, for the past and the future.
func (s *Server) putUnits(w http.ResponseWriter, r *http.Request, c call) error {
	if s.o.Units == nil {
		return fail(http.StatusNotImplemented, "Units cannot be set on this server.")
	}
	var in struct{ Series, Column, Unit string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if in.Series == "" || in.Column == "" {
		return fail(http.StatusBadRequest, "Name the series and the column; the unit may be empty for automatic.")
	}
	info, err := s.Reader.Get(r.Context(), c.name, in.Series)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(info.Columns, func(x series.Column) bool { return x.Name == in.Column }) {
		return fail(http.StatusNotFound, "The series has no column %s.", notice.Quote(in.Column))
	}
	column, err := s.o.Units.SetUnit(r.Context(), c.name, in.Series, in.Column, in.Unit)
	switch {
	case errors.Is(err, series.ErrNotFound), errors.Is(err, series.ErrClosed), errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return fail(http.StatusBadRequest, "The unit was not set: %v.", err)
	}
	s.Hub.Mark(c.name, live.MarkSeries)
	return sendJSON(w, http.StatusOK, columnsJSON([]series.Column{column}, unitChoices)[0])
}

func (s *Server) postKey(w http.ResponseWriter, _ *http.Request, c call) error {
	key, err := s.Accounts.NewKey(c.name)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	return sendJSON(w, http.StatusOK, map[string]string{"key": key})
}

func (s *Server) deleteKey(w http.ResponseWriter, _ *http.Request, c call) error {
	if err := s.Accounts.RevokeKey(c.name); err != nil {
		return fmt.Errorf("revoke a key: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteSession removes a session and all it has: the instructor any, a
// session itself only where the simulator made it.
func (s *Server) deleteSession(w http.ResponseWriter, r *http.Request, c call) error {
	if !c.instructor && !simulated(c.name) {
		return fail(http.StatusForbidden, "Only the instructor removes a session.")
	}
	if s.o.Delete == nil {
		return fail(http.StatusNotImplemented, "Sessions cannot be removed on this server.")
	}
	if err := s.o.Delete(r.Context(), c.name); err != nil {
		return fmt.Errorf("remove session %s: %w", c.name, err)
	}
	s.forget(c.name)
	s.dropClass(c.name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
