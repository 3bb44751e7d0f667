package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// controlTables came with version 4. place orders the controls of a session.
const controlTables = `
CREATE TABLE controls(
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, session TEXT NOT NULL, place INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX controls_of ON controls(key, place, id);
`

var _ series.Controls = (*Store)(nil)

// Controls implements series.Controls.
func (s *Store) Controls(ctx context.Context, sess string) ([]series.Control, error) {
	list := []series.Control{}
	err := s.lookUp(ctx, "SELECT id, session, data FROM controls WHERE key = ? ORDER BY place, id", func(v row) error {
		list = append(list, series.Control{ID: v.int(0), Session: v.text(1), Data: json.RawMessage(v.text(2))})
		return nil
	}, session.Key(sess))
	if err != nil {
		return nil, fmt.Errorf("read controls: %w", err)
	}
	return list, nil
}

// PutControl implements series.Controls.
func (s *Store) PutControl(ctx context.Context, c series.Control) (series.Control, error) {
	if len(c.Data) > series.MaxControlBytes {
		return c, series.ErrFull
	}
	k := session.Key(c.Session)
	if c.ID != 0 {
		return c, s.update(ctx, "UPDATE controls SET data = ? WHERE key = ? AND id = ?", string(c.Data), k, c.ID)
	}
	if err := s.enter(); err != nil {
		return c, err
	}
	id := int64(0)
	err := s.change(ctx, func(d *db) error {
		id = 0
		n, err := d.number("SELECT count(*) FROM controls WHERE key = ?", k)
		if err != nil || n >= series.MaxControls {
			return err
		}
		err = d.exec(`INSERT INTO controls(key, session, place, data)
VALUES (?1, ?2, (SELECT coalesce(max(place), 0) + 1 FROM controls WHERE key = ?1), ?3)`, k, c.Session, string(c.Data))
		id = d.lastRow()
		return err
	})
	if err == nil && id == 0 {
		err = series.ErrFull
	}
	c.ID = id
	return c, err
}

// DeleteControl implements series.Controls.
func (s *Store) DeleteControl(ctx context.Context, sess string, id int64) error {
	return s.update(ctx, "DELETE FROM controls WHERE key = ? AND id = ?", session.Key(sess), id)
}

// OrderControls implements series.Controls.
func (s *Store) OrderControls(ctx context.Context, sess string, ids []int64) error {
	if err := s.enter(); err != nil {
		return err
	}
	k := session.Key(sess)
	return s.change(ctx, func(d *db) error {
		return d.whole(func() error {
			if err := d.exec("UPDATE controls SET place = place + 1000000 WHERE key = ?", k); err != nil {
				return err
			}
			for i, id := range ids[:min(len(ids), series.MaxControls)] {
				if err := d.exec("UPDATE controls SET place = ? WHERE key = ? AND id = ?", int64(i+1), k, id); err != nil {
					return err
				}
			}
			// Places stay small, however often they change.
			return d.exec(`UPDATE controls SET place = (SELECT count(*) FROM controls o WHERE o.key = controls.key AND (o.place, o.id) < (controls.place, controls.id)) + 1
WHERE key = ? AND place > 1000000`, k)
		})
	})
}
