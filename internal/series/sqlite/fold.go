package sqlite

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
)

// fold is a full tail on its way into rows, series by series. How far it has
// come stands in the table folded, in the same transaction.
type fold struct {
	tail int
	upTo int64    // Seq of the tail's last row
	list []*entry // that have rows to fold, by ID
	pos  int
}

func (w *writer) newFold(tail int, upTo int64) *fold {
	f := &fold{tail: tail, upTo: upTo}
	w.s.mu.Lock()
	for _, e := range w.s.byID {
		f.list = append(f.list, e)
	}
	w.s.mu.Unlock()
	f.list = slices.DeleteFunc(f.list, func(e *entry) bool { return len(e.rows) == 0 || e.rows[0].Seq > upTo })
	slices.SortFunc(f.list, func(a, b *entry) int { return cmp.Compare(a.id, b.id) })
	return f
}

// busy says whether there is background work that can go on.
func (w *writer) busy() bool {
	return w.failed.IsZero() && (w.fold != nil || w.tailRows >= w.s.o.tailRows || len(w.clearing) > 0) && !w.s.noSpace()
}

// background does one step of what can wait: folding before clearing up after
// deleted sessions. Where the active tail outgrows its size, folding takes
// the greater part of the writer's time.
func (w *writer) background() {
	if !w.busy() {
		return
	}
	until := time.Now().Add(shift * time.Duration(min(2, w.crowd())))
	// Nothing is told of these transactions, so they need no fsync of their
	// own: the next commit's covers them.
	err := w.d.script("PRAGMA synchronous=NORMAL")
	switch {
	case err != nil:
	case w.fold == nil && w.tailRows >= w.s.o.tailRows:
		err = w.swap()
	case w.fold != nil:
		err = w.foldStep(until)
	default:
		err = w.clearStep()
	}
	if err = errors.Join(err, w.d.script("PRAGMA synchronous=FULL")); err != nil {
		w.fail(fmt.Errorf("background: %w", err), false)
	}
}

// swap lets the other tail take commits and begins to fold the full one.
func (w *writer) swap() error {
	if err := w.d.exec("UPDATE state SET active = ?", int64(1-w.active)); err != nil {
		return err
	}
	upTo, err := w.d.number(fmt.Sprintf("SELECT max(seq) FROM tail%d", w.active))
	if err != nil {
		return err
	}
	w.fold = w.newFold(w.active, upTo)
	w.active, w.tailRows = 1-w.active, 0
	w.tails[w.active].next = 0
	return nil
}

// folded is how many rows of an entry a step has moved.
type folded struct {
	e *entry
	n int
}

func (w *writer) foldStep(until time.Time) error {
	if err := w.d.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	moved, pos, err := w.foldRows(until)
	if err == nil {
		err = w.foldMark(moved, pos)
	}
	if err == nil {
		w.s.cut.Lock()
		if err = w.d.exec("COMMIT"); err == nil {
			for _, m := range moved {
				m.e.drop(m.n)
			}
		}
		w.s.cut.Unlock()
	}
	if err != nil {
		_ = w.d.exec("ROLLBACK") // fails where SQLite rolled back by itself
		for _, m := range moved {
			m.e.read = false
		}
		return fmt.Errorf("fold: %w", err)
	}
	if w.fold.pos = pos; pos == len(w.fold.list) {
		w.fold = nil
	}
	return nil
}

// drop forgets the first n rows; called under cut.
func (e *entry) drop(n int) {
	if rest := e.rows[n:]; len(rest) <= 4*n {
		e.rows = slices.Clone(rest)
	} else {
		e.rows = rest
	}
}

// foldRows moves rows until then, at least one block, and returns the place
// in the list that it has come to.
func (w *writer) foldRows(until time.Time) (moved []folded, pos int, err error) {
	f := w.fold
	for pos = f.pos; pos < len(f.list); pos++ {
		e := f.list[pos]
		if e.gone.Load() {
			continue
		}
		n := sort.Search(len(e.rows), func(i int) bool { return e.rows[i].Seq > f.upTo })
		moved = append(moved, folded{e, 0})
		m := &moved[len(moved)-1]
		if err := w.readOpen(e); err != nil {
			return moved, pos, err
		}
		for m.n < n && time.Now().Before(until) {
			part := e.rows[m.n:min(n, m.n+leaf)]
			if err := w.foldBlock(e, part); err != nil {
				return moved, pos, err
			}
			m.n += len(part)
		}
		if m.n > 0 {
			if err := w.saveOpen(e); err != nil {
				return moved, pos, err
			}
		}
		if m.n < n {
			return moved, pos, nil
		}
	}
	return moved, pos, nil
}

// foldMark writes how far the fold has come, and empties the tail at the end.
func (w *writer) foldMark(moved []folded, pos int) error {
	f := w.fold
	if pos == len(f.list) {
		if err := w.d.exec(fmt.Sprintf("DELETE FROM tail%d", f.tail)); err != nil {
			return err
		}
		return w.d.exec("UPDATE folded SET series = 0, seq = 0 WHERE tail = ?", int64(f.tail))
	}
	for i := len(moved) - 1; i >= 0; i-- {
		if m := moved[i]; m.n > 0 {
			return w.d.exec("UPDATE folded SET series = ?, seq = ? WHERE tail = ?", int64(m.e.id), m.e.rows[m.n-1].Seq, int64(f.tail))
		}
	}
	return nil
}

// foldBlock appends at most leaf rows and their block.
func (w *writer) foldBlock(e *entry, rows []series.Row) error {
	w.lines = w.lines[:0]
	for i := range rows {
		w.lines = append(w.lines, line{e.id, &rows[i]})
	}
	last, err := w.rows.put(w.lines)
	if err != nil {
		return err
	}
	var u rollup.Unit
	for i := range rows {
		u.Row(&rows[i], last-int64(len(rows)-1-i))
	}
	if err := saveBlock(w.d, 0, e.id, &u); err != nil {
		return err
	}
	whole := true // the level below begins a new unit here
	for l := 1; l < levels; l++ {
		open := &e.open[l-1]
		open.Add(&u)
		if whole = whole && open.Rows >= capacity(l); whole {
			if err := saveBlock(w.d, l, e.id, open); err != nil {
				return err
			}
			*open = rollup.Unit{Columns: open.Columns[:0]}
		}
	}
	return nil
}

func (w *writer) saveOpen(e *entry) error {
	for l := 1; l < levels; l++ {
		if e.open[l-1].Rows > 0 {
			if err := saveBlock(w.d, l, e.id, &e.open[l-1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readOpen reads the units that still grow.
func (w *writer) readOpen(e *entry) error {
	if e.read {
		return nil
	}
	whole := true
	for l := 1; l < levels; l++ {
		e.open[l-1] = rollup.Unit{}
		err := w.d.query("SELECT "+blockColumns+" FROM blocks WHERE level = ? AND series = ? ORDER BY first DESC LIMIT 1", func(v row) (err error) {
			e.open[l-1], err = scanBlock(v)
			return err
		}, int64(l), int64(e.id))
		if err != nil {
			return err
		}
		if whole = whole && e.open[l-1].Rows >= capacity(l); whole {
			e.open[l-1] = rollup.Unit{}
		}
	}
	e.read = true
	return nil
}
