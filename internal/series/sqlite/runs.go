package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

const runColumns = "id, session, series, series_name, kind, first, last, rows, started, ended, name, note, shared, area, irradiance, columns"

// AddRun implements series.Runs.
func (s *Store) AddRun(ctx context.Context, r series.Run) (series.Run, error) {
	if err := s.enter(); err != nil {
		return series.Run{}, err
	}
	k := session.Key(r.Session)
	e := s.byID[r.Series]
	if e == nil || e.key.session != k {
		s.mu.Unlock()
		return series.Run{}, series.ErrNotFound
	}
	id := int64(0)
	err := s.change(ctx, func(d *db) error {
		if id = 0; e.gone.Load() {
			return nil
		}
		err := d.exec(`INSERT INTO runs(key, session, series, series_name, kind, first, last, rows, started, ended, name, note, shared, area, irradiance, columns)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, k, r.Session, int64(r.Series), r.SeriesName, string(r.Kind), r.First, r.Last, r.Rows,
			packTime(r.Started), packTime(r.Ended), r.Name, r.Note, r.Shared, number(r.Area), number(r.Irradiance), packPlaces(r.Columns))
		if err != nil {
			return err
		}
		id = d.lastRow()
		n, err := d.number("SELECT count(*) FROM runs WHERE key = ?", k)
		if n <= int64(s.o.runs) || err != nil {
			return err
		}
		return d.exec(`DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE key = ? AND id <> ?
ORDER BY (kind = 'sweep' AND NOT named AND note = '' AND NOT shared) DESC, id LIMIT ?)`, k, id, n-int64(s.o.runs))
	})
	if err == nil && id == 0 {
		err = series.ErrNotFound
	}
	r.ID = id
	return r, err
}

// SetRun implements series.Runs.
func (s *Store) SetRun(ctx context.Context, r series.Run) error {
	return s.update(ctx, `UPDATE runs SET named = named OR name <> ?, name = ?, note = ?, shared = ?, area = ?, irradiance = ? WHERE key = ? AND id = ?`,
		r.Name, r.Name, r.Note, r.Shared, number(r.Area), number(r.Irradiance), session.Key(r.Session), r.ID)
}

// EndRun implements series.RunEnds.
func (s *Store) EndRun(ctx context.Context, r series.Run) error {
	return s.update(ctx, `UPDATE runs SET last = ?, rows = ?, ended = ? WHERE key = ? AND id = ?`,
		r.Last, r.Rows, packTime(r.Ended), session.Key(r.Session), r.ID)
}

// DeleteRun implements series.Runs.
func (s *Store) DeleteRun(ctx context.Context, sess string, id int64) error {
	return s.update(ctx, "DELETE FROM runs WHERE key = ? AND id = ?", session.Key(sess), id)
}

// update runs a statement that changes one row, ErrNotFound where it changes
// none.
func (s *Store) update(ctx context.Context, query string, args ...any) error {
	if err := s.enter(); err != nil {
		return err
	}
	found := false
	err := s.change(ctx, func(d *db) error {
		if err := d.exec(query, args...); err != nil {
			return err
		}
		n, err := d.number("SELECT changes()")
		found = n > 0
		return err
	})
	if err == nil && !found {
		err = series.ErrNotFound
	}
	return err
}

// Runs implements series.Runs.
func (s *Store) Runs(ctx context.Context, sess string) ([]series.Run, error) {
	return s.runs(ctx, "WHERE key = ? ORDER BY id DESC", session.Key(sess))
}

// Run implements series.Runs.
func (s *Store) Run(ctx context.Context, sess string, id int64) (series.Run, error) {
	list, err := s.runs(ctx, "WHERE key = ? AND id = ?", session.Key(sess), id)
	if err == nil && len(list) == 0 {
		err = series.ErrNotFound
	}
	if err != nil {
		return series.Run{}, err
	}
	return list[0], nil
}

// SharedRuns implements series.Runs.
func (s *Store) SharedRuns(ctx context.Context) ([]series.Run, error) {
	return s.runs(ctx, "WHERE shared <> 0 ORDER BY id DESC")
}

// LatestRuns implements series.RunEnds.
func (s *Store) LatestRuns(ctx context.Context) ([]series.Run, error) {
	return s.runs(ctx, "WHERE last = 0 OR id IN (SELECT id FROM (SELECT id, max(first) FROM runs WHERE kind = 'series' GROUP BY series)) ORDER BY id")
}

func (s *Store) runs(ctx context.Context, where string, args ...any) ([]series.Run, error) {
	list := []series.Run{}
	err := s.lookUp(ctx, "SELECT "+runColumns+" FROM runs "+where, func(v row) error {
		r := series.Run{
			ID: v.int(0), Session: v.text(1), Series: series.ID(v.int(2)), SeriesName: v.text(3), Kind: series.RunKind(v.text(4)),
			First: v.int(5), Last: v.int(6), Rows: v.int(7), Started: unpackTime(v, 8), Ended: unpackTime(v, 9),
			Name: v.text(10), Note: v.text(11), Shared: v.int(12) != 0, Area: v.double(13, 0), Irradiance: v.double(14, 0),
		}
		var err error
		r.Columns, err = unpackPlaces(v, 15)
		list = append(list, r)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return list, nil
}

// number is v, 0 where the file takes no such number.
func number(v float64) float64 {
	if v-v != 0 {
		return 0
	}
	return v
}

// packTime is a time for the file, NULL for none.
func packTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

func unpackTime(v row, i int) time.Time {
	if v.null(i) {
		return time.Time{}
	}
	return time.Unix(0, v.int(i)).UTC()
}

func packPlaces(places []int) any {
	if places == nil {
		return nil
	}
	b, err := json.Marshal(places)
	if err != nil {
		panic(err) // integers only
	}
	return string(b)
}

func unpackPlaces(v row, i int) (places []int, err error) {
	if b := v.bytes(i); b != nil {
		err = json.Unmarshal(b, &places)
	}
	return places, err
}
