package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

const plotColumns = "id, session, series, series_name, kind, file, options, first, last, time, message, columns, rollover"

// PutPlot implements series.Plots.
func (s *Store) PutPlot(ctx context.Context, p series.Plot) (series.Plot, error) {
	if len(p.Options) == 0 {
		p.Options = json.RawMessage("{}")
	}
	if err := s.enter(); err != nil {
		return series.Plot{}, err
	}
	k := session.Key(p.Session)
	e := s.byID[p.Series]
	if e == nil || e.key.session != k {
		s.mu.Unlock()
		return series.Plot{}, series.ErrNotFound
	}
	id := int64(0)
	err := s.change(ctx, func(d *db) error {
		if id = 0; e.gone.Load() {
			return nil
		}
		if err := d.exec("DELETE FROM plots WHERE key = ? AND file = ?", k, p.File); err != nil {
			return err
		}
		err := d.exec(`INSERT INTO plots(key, session, series, series_name, kind, file, options, first, last, time, message, columns, rollover)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`, k, p.Session, int64(p.Series), p.SeriesName, string(p.Kind), p.File, string(p.Options),
			p.First, p.Last, p.Time.UnixNano(), p.Message, packPlaces(p.Columns), int64(p.Rollover))
		if err != nil {
			return err
		}
		id = d.lastRow()
		return d.exec("DELETE FROM plots WHERE id IN (SELECT id FROM plots WHERE key = ? ORDER BY id DESC LIMIT -1 OFFSET ?)", k, int64(s.o.plots))
	})
	if err == nil && id == 0 {
		err = series.ErrNotFound
	}
	p.ID = id
	return p, err
}

// DeletePlot implements series.Plots.
func (s *Store) DeletePlot(ctx context.Context, sess string, id int64) error {
	return s.update(ctx, "DELETE FROM plots WHERE key = ? AND id = ?", session.Key(sess), id)
}

// Plots implements series.Plots.
func (s *Store) Plots(ctx context.Context, sess string) ([]series.Plot, error) {
	return s.plots(ctx, "WHERE key = ? ORDER BY id DESC", session.Key(sess))
}

// PlotFile implements series.Plots.
func (s *Store) PlotFile(ctx context.Context, sess, file string) (series.Plot, error) {
	list, err := s.plots(ctx, "WHERE key = ? AND file = ?", session.Key(sess), file)
	if err == nil && len(list) == 0 {
		err = series.ErrNotFound
	}
	if err != nil {
		return series.Plot{}, err
	}
	return list[0], nil
}

func (s *Store) plots(ctx context.Context, where string, args ...any) ([]series.Plot, error) {
	list := []series.Plot{}
	err := s.lookUp(ctx, "SELECT "+plotColumns+" FROM plots "+where, func(v row) error {
		p := series.Plot{
			ID: v.int(0), Session: v.text(1), Series: series.ID(v.int(2)), SeriesName: v.text(3), Kind: series.PlotKind(v.text(4)),
			File: v.text(5), Options: json.RawMessage(v.text(6)), First: v.int(7), Last: v.int(8),
			Time: time.Unix(0, v.int(9)).UTC(), Message: v.text(10), Rollover: int(v.int(12)),
		}
		var err error
		p.Columns, err = unpackPlaces(v, 11)
		list = append(list, p)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("read plots: %w", err)
	}
	return list, nil
}
