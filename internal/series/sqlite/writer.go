package sqlite

import (
	"fmt"
	"slices"
	"time"

	"labbroker/internal/series"
)

const (
	// window is between the beginnings of two commits: what arrives in it
	// shares one fsync. A row that arrives on its own is committed at once.
	window = 25 * time.Millisecond
	// shift is how long one commit may insert and one background step may
	// work, so that commits stay well under 100 ms apart.
	shift = 10 * time.Millisecond
)

// writer is the store's one goroutine that changes the file.
type writer struct {
	s     *Store
	d     *db
	tails [2]*inserter
	rows  *inserter

	active   int // the tail that takes commits
	tailRows int // in it
	fold     *fold
	clearing []series.ID // deleted series that still have rows in the file

	queue  []item // taken from pending; queue[:next] is committed
	next   int
	lines  []line
	marks  []uint64 // numbers of the journal in this commit
	meta   []change
	doomed []*entry
	waits  []chan error
	tasks  []*task
	tried  int // of them, in this commit
	round  int64
	began  time.Time // the last commit's begin
	told   []series.Committed
	failed time.Time // since when writing fails; zero = it works
	tries  int       // since then
	broken bool      // given up; commits only probe
	log    checkpointer
	err    error // what could not be kept at the end
}

// change is a series whose description is to be written.
type change struct {
	e    *entry
	info *series.Info
}

func newWriter(s *Store, d *db) *writer {
	return &writer{
		s: s, d: d, rows: &inserter{d: d, table: "rows"},
		tails: [2]*inserter{{d: d, table: "tail0", named: true}, {d: d, table: "tail1", named: true}},
		log:   checkpointer{path: s.path},
	}
}

func (w *writer) run() {
	for {
		ending := w.wait()
		w.take()
		if w.has() {
			w.began = time.Now()
			if err := w.commit(); err != nil {
				w.fail(err, ending)
			} else {
				w.healthy()
			}
		}
		if ending {
			w.take()
			if !w.has() {
				w.log.wait()
				return
			}
			continue
		}
		if !w.log.step(w.d) {
			w.background()
		}
	}
}

// wait returns when a commit may begin: when there is something to write, at
// most once a window. Time left goes to the background work.
func (w *writer) wait() (ending bool) {
	if !w.has() && !w.busy() {
		select {
		case <-w.s.work:
		case <-w.s.quit:
			return true
		}
	}
	rest := window - time.Since(w.began)
	if !w.failed.IsZero() {
		rest = 10*window - time.Since(w.began)
	} else if w.busy() {
		rest -= shift // background works in the meantime
	}
	if rest > 0 {
		t := time.NewTimer(rest)
		defer t.Stop()
		select {
		case <-t.C:
		case <-w.s.quit:
			return true
		}
	}
	select {
	case <-w.s.quit:
		return true
	default:
		return false
	}
}

// has says whether there is something for the next commit.
func (w *writer) has() bool {
	return w.next < len(w.queue) || len(w.meta)+len(w.doomed)+len(w.waits)+len(w.tasks) > 0 || w.broken
}

// take moves what waits into the writer's hands.
func (w *writer) take() {
	s := w.s
	select {
	case <-s.work:
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.next == len(w.queue) {
		used := w.queue[:0]
		clear(w.queue)
		if cap(used) > 1<<16 {
			used = nil // a burst's; do not hold on to it
		}
		w.queue, s.pending, w.next = s.pending, used, 0
	} else {
		s.wake() // pending stays for the commit after the next
	}
	for _, e := range s.dirty {
		e.listed = false
		if e.dirty && !e.gone.Load() {
			w.meta = append(w.meta, change{e, e.info})
			e.dirty = false
		}
	}
	s.dirty = s.dirty[:0]
	for _, f := range s.test {
		f(w.d)
	}
	s.test = nil
	w.doomed = append(w.doomed, s.doomed...)
	w.waits = append(w.waits, s.waiters...)
	w.tasks = append(w.tasks, s.changes...)
	s.doomed, s.waiters, s.changes = s.doomed[:0], s.waiters[:0], nil
}

// crowd is by how much the active tail outgrows its size while the other one
// is still being folded: commits then leave more of the time to folding.
func (w *writer) crowd() int { return 1 + w.tailRows/w.s.o.tailRows }

// commit writes descriptions first, then rows in order of Seq, for at most a
// shift, and tells what was kept.
func (w *writer) commit() error {
	if err := w.d.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	n, last, err := w.write()
	if err == nil {
		err = w.d.exec("COMMIT")
	}
	if err != nil {
		_ = w.d.exec("ROLLBACK") // fails where SQLite rolled back by itself
		w.tails[w.active].next = 0
		return err
	}
	w.tailRows += n
	w.publish(last)
	return nil
}

// write inserts queue[next:last], n rows of it.
func (w *writer) write() (n, last int, err error) {
	for _, c := range w.meta {
		if err := w.describe(c.e, c.info); err != nil {
			return 0, 0, fmt.Errorf("describe %q: %w", c.info.Name, err)
		}
	}
	for _, e := range w.doomed {
		if err := w.doom(e); err != nil {
			return 0, 0, err
		}
	}
	w.tried = 0
	for _, t := range w.tasks {
		if err := t.try(w.d); err != nil {
			return 0, 0, err
		}
		w.tried++
		if time.Since(w.began) > shift {
			break
		}
	}
	seq := int64(0)
	w.marks = w.marks[:0]
	for last = w.next; last < len(w.queue); {
		w.lines = w.lines[:0]
		end := min(last+1024, len(w.queue))
		for ; last < end; last++ {
			it := &w.queue[last]
			if it.e == nil {
				w.marks = append(w.marks, it.mark)
			} else if seq = it.row.Seq; !it.e.gone.Load() {
				w.lines = append(w.lines, line{it.e.id, &it.row})
			}
		}
		if _, err := w.tails[w.active].put(w.lines); err != nil {
			return 0, 0, fmt.Errorf("keep rows: %w", err)
		}
		n += len(w.lines)
		if time.Since(w.began) > shift/time.Duration(w.crowd()) {
			break
		}
	}
	if w.broken {
		err = w.d.exec("UPDATE state SET seq = seq")
	} else if last > w.next {
		err = w.note(seq)
	}
	return n, last, err
}

// note writes how far the store has come: the last Seq, 0 = as before, and the
// numbers of the journal.
func (w *writer) note(seq int64) error {
	if len(w.marks) == 0 {
		return w.d.exec("UPDATE state SET seq = max(seq, ?)", seq)
	}
	marks := w.s.Marks()
	for _, n := range w.marks {
		marks.Add(n)
	}
	return w.d.exec("UPDATE state SET seq = max(seq, ?), journal = ?", seq, marks.Append(nil))
}

// publish makes queue[next:last] readable, then tells of it.
func (w *writer) publish(last int) {
	items := w.queue[w.next:last]
	w.round++
	w.told = w.told[:0]
	var touched []*entry
	w.s.cut.Lock()
	for i := range items {
		e := items[i].e
		if e == nil || e.gone.Load() {
			continue
		}
		if e.mark != w.round {
			e.mark, e.from = w.round, len(e.rows)
			touched = append(touched, e)
		}
		w.keep(e, items[i].row)
	}
	for _, e := range w.doomed {
		e.rows = nil
		w.clearing = append(w.clearing, e.id)
	}
	w.s.cut.Unlock()

	changed := make(map[*entry]*series.Info, len(w.meta))
	w.s.mu.Lock()
	for _, c := range w.meta {
		info := c.info
		if name := c.e.info.Session; name != info.Session { // renamed meanwhile
			next := *info
			next.Session, info = name, &next
		}
		changed[c.e] = info
		if c.e.mark != w.round {
			w.told = append(w.told, series.Committed{Info: info, Changed: true})
		}
	}
	w.s.settle(items)
	for _, n := range w.marks {
		w.s.marks.Add(n)
	}
	for _, e := range touched {
		info := changed[e]
		if info == nil {
			info = e.info
		}
		w.told = append(w.told, series.Committed{Info: info, Changed: changed[e] != nil})
	}
	w.s.mu.Unlock()
	offset := len(w.told) - len(touched)
	for i, e := range touched {
		w.told[offset+i].Rows = e.rows[e.from:len(e.rows):len(e.rows)]
	}
	w.next = last
	for _, c := range w.waits {
		c <- nil
	}
	for _, t := range w.tasks[:w.tried] {
		t.done <- t.err
	}
	w.tasks = slices.Delete(w.tasks, 0, w.tried)
	w.waits, w.meta, w.doomed = w.waits[:0], w.meta[:0], w.doomed[:0]
	w.s.measure(items)
	if w.s.o.Committed != nil && len(w.told) > 0 {
		w.s.o.Committed(w.told)
		w.told = nil // theirs now
	}
}

func (w *writer) close() error { return w.log.finish(w.d) }
