package memory

import (
	"context"
	"slices"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

var _ series.Controls = (*Store)(nil)

func (s *Store) controlsOf(sess string) (list []series.Control) {
	for _, c := range s.controls {
		if session.Key(c.Session) == session.Key(sess) {
			list = append(list, c)
		}
	}
	return list
}

// Controls implements series.Controls.
func (s *Store) Controls(_ context.Context, sess string) ([]series.Control, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]series.Control{}, s.controlsOf(sess)...), nil
}

// PutControl implements series.Controls.
func (s *Store) PutControl(_ context.Context, c series.Control) (series.Control, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return c, series.ErrClosed
	case len(c.Data) > series.MaxControlBytes, c.ID == 0 && len(s.controlsOf(c.Session)) >= series.MaxControls:
		return c, series.ErrFull
	case c.ID == 0:
		s.lastControl++
		c.ID = s.lastControl
		s.controls = append(s.controls, c)
		return c, nil
	}
	i := s.control(c.Session, c.ID)
	if i < 0 {
		return c, series.ErrNotFound
	}
	s.controls[i].Data = c.Data
	return c, nil
}

func (s *Store) control(sess string, id int64) int {
	return slices.IndexFunc(s.controls, func(c series.Control) bool { return c.ID == id && session.Key(c.Session) == session.Key(sess) })
}

// DeleteControl implements series.Controls.
func (s *Store) DeleteControl(_ context.Context, sess string, id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.control(sess, id)
	if i < 0 {
		return series.ErrNotFound
	}
	s.controls = slices.Delete(s.controls, i, i+1)
	return nil
}

// OrderControls implements series.Controls.
func (s *Store) OrderControls(_ context.Context, sess string, ids []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := func(c series.Control) int {
		if i := slices.Index(ids, c.ID); i >= 0 && session.Key(c.Session) == session.Key(sess) {
			return i
		}
		return len(ids)
	}
	slices.SortStableFunc(s.controls, func(a, b series.Control) int { return at(a) - at(b) })
	return nil
}
