package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
)

// chunk is how many rows a reader takes at once, so that a slow caller holds
// neither a connection nor the log.
const chunk = 16384

// view is one consistent sight of a series: a read transaction, and the rows
// in memory that are not in it.
type view struct {
	d       *db
	id      int64
	columns int
	q       series.Query
	from    int64 // time, inclusive
	to      int64 // exclusive
	last    int64 // Seq, inclusive
	memory  []series.Row
	arena   []float64
}

// view opens a view; close it.
func (s *Store) view(ctx context.Context, e *entry, columns int, q series.Query) (*view, error) {
	d, err := s.reader(ctx)
	if err != nil {
		return nil, err
	}
	v := &view{d: d, id: int64(e.id), columns: columns, q: q}
	v.from, v.to = q.Span()
	v.q.After, v.last = q.Seqs()
	s.cut.RLock()
	v.memory = cut(e.rows, v.q.After, v.last)
	err = d.exec("BEGIN")
	if err == nil {
		_, err = d.number("SELECT active FROM state") // begins the transaction in fact
	}
	s.cut.RUnlock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read: %w", err), v.close(s))
	}
	return v, nil
}

func (v *view) close(s *Store) error {
	err := v.d.exec("ROLLBACK")
	s.pool <- v.d
	return err
}

// Rows implements series.Reader. It holds no lock and no connection while f
// runs.
func (s *Store) Rows(ctx context.Context, id series.ID, q series.Query, f func(series.Row) error) error {
	s.mu.Lock()
	e := s.byID[id]
	if e == nil {
		s.mu.Unlock()
		return series.ErrNotFound
	}
	columns := e.info.Columns
	s.mu.Unlock()

	values := make([]float64, len(columns))
	tell := func(rows []series.Row) error {
		for _, r := range rows {
			if q.Sent {
				series.Fill(values, r.Values)
			} else {
				series.Scale(values, r.Values, columns)
			}
			r.Values = values
			if err := f(r); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	if q.Limit > 0 || q.Points > 0 {
		var rows []series.Row
		err := s.with(ctx, e, len(columns), q, func(v *view) (err error) {
			if q.Limit > 0 {
				if v.q.After, err = v.before(q.Limit); err != nil {
					return err
				}
				q.After = v.q.After
			}
			if q.Points > 0 {
				rows, err = v.overview()
			}
			return err
		})
		if err != nil || rows != nil {
			return errors.Join(err, tell(rows))
		}
	}
	for more := true; more; {
		var rows []series.Row
		err := s.with(ctx, e, len(columns), q, func(v *view) (err error) {
			rows, more, err = v.next()
			q.After = v.q.After
			return err
		})
		if err != nil {
			return err
		}
		if err := tell(rows); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) with(ctx context.Context, e *entry, columns int, q series.Query, f func(*view) error) error {
	v, err := s.view(ctx, e, columns, q)
	if err != nil {
		return err
	}
	return errors.Join(f(v), v.close(s))
}

// cut returns the rows with Seq greater than after, at most last.
func cut(rows []series.Row, after, last int64) []series.Row {
	i := sort.Search(len(rows), func(i int) bool { return rows[i].Seq > after })
	n := sort.Search(len(rows)-i, func(n int) bool { return rows[i+n].Seq > last })
	return rows[i : i+n]
}

// wants says whether the query chooses the row.
func (v *view) wants(r *series.Row) bool {
	t := r.At(v.q.Clock)
	return r.Seq > v.q.After && r.Seq <= v.last && t >= v.from && t < v.to
}

// whole says whether the query chooses all of the unit's rows.
func (v *view) whole(u *rollup.Unit) bool {
	lo, hi := u.Span(v.q.Clock)
	return u.First > v.q.After && u.Last <= v.last && lo >= v.from && hi < v.to
}

// units returns the blocks of a level that begin from first to last and have
// times the query asks for.
func (v *view) units(level int, first, last int64, order string) (list []rollup.Unit, err error) {
	span := "arrived_to >= ? AND arrived < ?"
	if v.q.Clock == series.Device {
		span = "device_to >= ? AND device < ?"
	}
	err = v.d.query("SELECT "+blockColumns+" FROM blocks WHERE level = ? AND series = ? AND first BETWEEN ? AND ? AND last > ? AND "+span+" ORDER BY first "+order,
		func(x row) error {
			u, err := scanBlock(x)
			list = append(list, u)
			return err
		}, int64(level), v.id, first, min(last, v.last), v.q.After, v.from, v.to)
	return list, err
}

// top returns the coarsest blocks that the query touches.
func (v *view) top(order string) ([]rollup.Unit, error) {
	first, err := v.d.number("SELECT max(first) FROM blocks WHERE level = ? AND series = ? AND first <= ?", int64(levels-1), v.id, v.q.After+1)
	if err != nil {
		return nil, err
	}
	return v.units(levels-1, first, math.MaxInt64, order)
}

// next returns about a chunk of rows and moves v.q.After behind them.
func (v *view) next() (rows []series.Row, more bool, err error) {
	tops, err := v.top("ASC")
	if err != nil {
		return nil, false, err
	}
	for _, t := range tops {
		list, err := v.units(0, t.First, t.Last, "ASC")
		if err != nil {
			return nil, false, err
		}
		for len(list) > 0 {
			if len(rows) >= chunk {
				return rows, true, nil
			}
			n, head, tail, seq := stretch(list)
			if rows, err = v.rows(rows, head, tail); err != nil {
				return nil, false, err
			}
			list = list[n:]
			v.q.After = seq
		}
	}
	for i := range v.memory {
		if v.wants(&v.memory[i]) {
			rows = append(rows, v.memory[i])
		}
	}
	return rows, false, nil
}

// stretch joins blocks that stand side by side: the first n, from head to
// tail, the last row's Seq.
func stretch(list []rollup.Unit) (n int, head, tail, seq int64) {
	head, tail, seq = list[0].Head, list[0].Tail, list[0].Last
	for n = 1; n < len(list) && list[n].Head == tail+1 && tail-head < chunk/4; n++ {
		tail, seq = list[n].Tail, list[n].Last
	}
	return n, head, tail, seq
}

// rows appends the rows from head to tail that the query chooses.
func (v *view) rows(rows []series.Row, head, tail int64) ([]series.Row, error) {
	err := v.d.query("SELECT "+rowColumns(v.columns)+" FROM rows WHERE n BETWEEN ? AND ?", func(x row) error {
		r, err := v.scan(x)
		if v.wants(&r) {
			rows = append(rows, r)
		}
		return err
	}, head, tail)
	return rows, err
}

func (v *view) scan(x row) (series.Row, error) {
	if len(v.arena) < v.columns {
		v.arena = make([]float64, max(v.columns, 4096))
	}
	values := v.arena[:v.columns:v.columns]
	v.arena = v.arena[v.columns:]
	return scanRow(x, values)
}

// before returns the Seq before the query's last n rows.
func (v *view) before(n int) (after int64, err error) {
	for i := len(v.memory) - 1; i >= 0; i-- {
		if r := &v.memory[i]; v.wants(r) {
			if n--; n == 0 {
				return r.Seq - 1, nil
			}
		}
	}
	tops, err := v.top("DESC")
	if err != nil {
		return 0, err
	}
	for _, t := range tops {
		list, err := v.units(0, t.First, t.Last, "DESC")
		if err != nil {
			return 0, err
		}
		for i := range list {
			u := &list[i]
			if v.whole(u) && u.Rows < int64(n) {
				n -= int(u.Rows)
				continue
			}
			rows, err := v.rows(nil, u.Head, u.Tail)
			if err != nil {
				return 0, err
			}
			if len(rows) >= n {
				return rows[len(rows)-n].Seq - 1, nil
			}
			n -= len(rows)
		}
	}
	return v.q.After, nil
}
