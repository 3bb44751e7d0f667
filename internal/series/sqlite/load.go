package sqlite

import (
	"errors"
	"fmt"
	"slices"

	"labbroker/internal/journal"
	"labbroker/internal/series"
)

// load reads what the store holds in memory: the series, the counts of their
// rows, and the rows in the tails.
func (w *writer) load() error {
	for _, f := range []func() error{w.loadState, w.loadSeries, w.loadColumns, w.loadCounts, w.loadTails} {
		if err := f(); err != nil {
			return fmt.Errorf("read %s: %w", w.s.path, err)
		}
	}
	return nil
}

func (w *writer) loadState() error {
	err := w.d.query("SELECT seq, active, journal FROM state", func(v row) error {
		w.s.seq, w.active = v.int(0), int(v.int(1))
		var ok bool
		if w.s.marks, ok = journal.Decode(v.bytes(2)); !ok {
			return errors.New("the journal's numbers are damaged")
		}
		return nil
	})
	if err != nil {
		return err
	}
	last, err := w.d.number("SELECT seq FROM sqlite_sequence WHERE name = 'series'")
	w.s.lastID = series.ID(last)
	if err != nil {
		return err
	}
	return w.d.query("SELECT series FROM deleted", func(v row) error {
		w.clearing = append(w.clearing, series.ID(v.int(0)))
		return nil
	})
}

func (w *writer) loadSeries() error {
	return w.d.query("SELECT id, session, key, name FROM series", func(v row) error {
		id := series.ID(v.int(0))
		e := &entry{id: id, key: key{v.text(2), v.text(3)}}
		e.info = &series.Info{ID: id, Session: v.text(1), Name: v.text(3)}
		w.s.byID[id], w.s.byKey[e.key] = e, e
		return nil
	})
}

func (w *writer) loadColumns() error {
	return w.d.query("SELECT series, name, quantity, unit, sent, factor, guessed, by_hand, title FROM columns ORDER BY series, position", func(v row) error {
		e := w.s.byID[series.ID(v.int(0))]
		if e == nil {
			return nil
		}
		e.info.Columns = append(e.info.Columns, series.Column{
			Name: v.text(1), Quantity: series.Quantity(v.text(2)), Unit: v.text(3), Sent: v.text(4),
			Factor: v.double(5, 0), Guessed: v.int(6) != 0, Set: v.int(7) != 0,
			Title: v.text(8),
		})
		return nil
	})
}

func (w *writer) loadCounts() error {
	return w.d.query(`SELECT series, rows, start, "end" FROM blocks WHERE level = ? ORDER BY series, first`, func(v row) error {
		e := w.s.byID[series.ID(v.int(0))]
		if e == nil {
			return nil
		}
		if e.count == 0 {
			e.first = v.int(2)
		}
		e.count += v.int(1)
		e.last = v.int(3)
		return nil
	}, int64(levels-1))
}

// loadTails reads the older tail first. The other one than the active has
// rows only while it is being folded.
func (w *writer) loadTails() error {
	older := 1 - w.active
	n, upTo, err := w.loadTail(older)
	if err != nil {
		return err
	}
	if n > 0 {
		w.fold = w.newFold(older, upTo)
	}
	n, _, err = w.loadTail(w.active)
	w.tailRows = n
	return err
}

func (w *writer) loadTail(tail int) (n int, last int64, err error) {
	var foldedSeries, foldedSeq int64
	err = w.d.query("SELECT series, seq FROM folded WHERE tail = ?", func(v row) error {
		foldedSeries, foldedSeq = v.int(0), v.int(1)
		return nil
	}, int64(tail))
	if err != nil {
		return 0, 0, err
	}
	var arena []float64
	err = w.d.query(fmt.Sprintf("SELECT %s, series FROM tail%d ORDER BY seq", rowColumns(series.MaxColumns), tail), func(v row) error {
		n++
		last = v.int(0)
		id := v.int(rowLen)
		e := w.s.byID[series.ID(id)]
		if e == nil || id < foldedSeries || id == foldedSeries && last <= foldedSeq {
			return nil
		}
		columns := wide
		if !v.null(4 + wide) {
			columns = series.MaxColumns
		}
		if len(arena) < columns {
			arena = make([]float64, 8192)
		}
		r, err := scanRow(v, arena[:columns:columns])
		if err != nil {
			return fmt.Errorf("row %d: %w", last, err)
		}
		r.Values = slices.Clip(series.Clean(r.Values))
		arena = arena[len(r.Values):]
		w.keep(e, r)
		return nil
	})
	return n, last, err
}

// keep adds a committed row to memory, under cut.
func (w *writer) keep(e *entry, r series.Row) {
	e.rows = append(e.rows, r)
	if e.count == 0 {
		e.first = r.Time
	}
	e.count++
	e.last = r.Time
}
