package sqlite

import (
	"labbroker/internal/journal"
	"labbroker/internal/series"
)

// maxWaitingBytes bounds the memory of what waits for the next commits, about.
const maxWaitingBytes = 64 << 20

// item is a row that waits for its commit; without an entry it is a mark, for
// the commit with the rows before it.
type item struct {
	e    *entry
	row  series.Row
	mark uint64 // number in the journal
}

func (i *item) bytes() int { return 72 + 8*len(i.row.Values) }

// Append implements series.Appender. Rows of a series that was deleted are
// refused with series.ErrNotFound.
func (s *Store) Append(b series.Batch) error {
	for i := range b.Rows {
		b.Rows[i].Values = series.Clean(b.Rows[i].Values)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed && !s.off && (s.waiting >= s.o.waiting || s.waitingBytes >= maxWaitingBytes) {
		s.room.Wait()
	}
	e := s.byID[b.Series]
	switch {
	case s.closed:
		return series.ErrClosed
	case s.off:
		s.dropped += int64(len(b.Rows))
		return series.ErrOff
	case e == nil:
		return series.ErrNotFound
	}
	for i := range b.Rows {
		s.seq++
		b.Rows[i].Seq = s.seq
		it := item{e: e, row: b.Rows[i]}
		s.pending = append(s.pending, it)
		s.waitingBytes += it.bytes()
	}
	s.waiting += len(b.Rows)
	s.wake()
	return nil
}

// Mark notes a number of the journal as done with the rows that were appended
// before: a commit that has them has the number too. It never waits, and alone
// it makes no commit.
func (s *Store) Mark(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == 0 {
		s.marks.Add(number)
		return
	}
	it := item{mark: number}
	s.pending = append(s.pending, it)
	s.waiting++
	s.waitingBytes += it.bytes()
}

// Marks are the numbers that the history has, as the file says.
func (s *Store) Marks() journal.Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks.Clone()
}

// Applied is the first number of the journal that the history may still need.
func (s *Store) Applied() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks.Next()
}

// wake tells the writer that there is something to do.
func (s *Store) wake() {
	select {
	case s.work <- struct{}{}:
	default:
	}
}

// settle is called by the writer, with mu held, when items have been kept or
// given up.
func (s *Store) settle(items []item) {
	for i := range items {
		s.waitingBytes -= items[i].bytes()
	}
	s.waiting -= len(items)
	s.room.Broadcast()
}
