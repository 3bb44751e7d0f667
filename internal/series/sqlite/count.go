package sqlite

import (
	"context"

	"labbroker/internal/series"
)

// Count implements series.Counter: whole blocks count as they are, rows are
// read at the ends of the choice only.
func (s *Store) Count(ctx context.Context, id series.ID, q series.Query) (n int64, err error) {
	s.mu.Lock()
	e := s.byID[id]
	s.mu.Unlock()
	if e == nil {
		return 0, series.ErrNotFound
	}
	err = s.with(ctx, e, 0, q, func(v *view) error {
		tops, err := v.top("ASC")
		if err != nil {
			return err
		}
		pieces := make([]piece, len(tops))
		for i, u := range tops {
			pieces[i] = piece{u, levels - 1}
		}
		if pieces, err = v.divide(pieces, func(p *piece) bool { return !v.whole(&p.Unit) }); err != nil {
			return err
		}
		for i := range pieces {
			u := &pieces[i].Unit
			if v.whole(u) {
				n += u.Rows
				continue
			}
			rows, err := v.rows(nil, u.Head, u.Tail)
			if err != nil {
				return err
			}
			n += int64(len(rows))
		}
		for i := range v.memory {
			if v.wants(&v.memory[i]) {
				n++
			}
		}
		return nil
	})
	return n, err
}
