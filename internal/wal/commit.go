package wal

import "time"

// round is those who wait for one write.
type round struct {
	turn chan struct{} // closed when it is up to the first of them to write
	done chan struct{} // closed after the write
	err  error         // to be read after done
}

func newRound() *round { return &round{turn: make(chan struct{}), done: make(chan struct{})} }

// Commit returns when everything before p is written, with Options.Power and
// whenever Options.Lag is passed synced too. An error says why the disk did
// not take it; it stays in memory and the next Commit tries again.
func (l *Log) Commit(p Pos) error {
	if err := l.write(p); err != nil {
		return err
	}
	if l.o.Power || l.late() {
		return l.syncTo(p)
	}
	return nil
}

// Flush commits everything appended so far.
func (l *Log) Flush() error { return l.Commit(l.End()) }

// late says whether Commit has to wait for the disk, because too much would be
// lost by a power cut.
func (l *Log) late() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.syncing
	if t.IsZero() {
		t = l.oldest
	}
	return l.syncErr != nil || !t.IsZero() && time.Since(t) > l.o.Lag
}

func (l *Log) write(p Pos) error {
	l.mu.Lock()
	switch {
	case l.written >= p:
		l.mu.Unlock()
		return nil
	case l.closed:
		l.mu.Unlock()
		return ErrClosed
	case !l.leading:
		l.leading = true
		return l.lead()
	case p <= l.taken:
		if l.cur == nil {
			l.cur = newRound()
		}
		return l.join(l.cur)
	case l.next != nil:
		return l.join(l.next)
	}
	r := newRound()
	l.next = r
	l.mu.Unlock()
	<-r.turn
	l.mu.Lock()
	return l.lead()
}

// join waits for a round; it releases mu.
func (l *Log) join(r *round) error {
	l.mu.Unlock()
	<-r.done
	return r.err
}

// lead writes everything pending and hands over to the next round. Leading is
// set and mu is held, which it releases.
func (l *Log) lead() error {
	last := l.pending[len(l.pending)-1]
	l.pending, l.writing = append(l.writing[:0], chunk{
		seg: last.seg, seed: last.seed, off: last.off + int64(len(last.buf)), buf: l.spare[:0],
	}), l.pending
	l.spare, l.taken = nil, l.end
	l.mu.Unlock()

	n, err := 0, error(nil)
	for n < len(l.writing) {
		if err = l.put(l.writing[n]); err != nil {
			break
		}
		n++
	}

	l.mu.Lock()
	for _, c := range l.writing[:n] {
		l.written = posAt(c.seg, c.off+int64(len(c.buf)))
		l.buffered -= len(c.buf)
	}
	if l.writeErr = err; err != nil {
		l.keep(l.writing[n:])
	} else if b := l.writing[n-1].buf; cap(b) <= 1<<20 {
		l.spare = b
	}
	clear(l.writing)
	r := l.cur
	l.cur, l.next = l.next, nil
	if l.cur != nil {
		close(l.cur.turn)
	} else {
		l.leading = false
	}
	l.mu.Unlock()
	if r != nil {
		r.err = err
		close(r.done)
	}
	return err
}

// keep puts what could not be written before what came since. mu is held.
func (l *Log) keep(left []chunk) {
	all := append([]chunk(nil), left...)
	since := l.pending
	if last := &all[len(all)-1]; last.seg == since[0].seg {
		last.buf = append(last.buf, since[0].buf...)
		since = since[1:]
	}
	l.pending = append(all, since...)
}

// put writes a chunk to where it belongs. What an attempt before has left
// there is the same bytes' beginning, and is overwritten.
func (l *Log) put(c chunk) error {
	if c.seg != l.fileSeg {
		if err := l.advance(c); err != nil {
			return err
		}
	}
	if len(c.buf) == 0 {
		return nil
	}
	_, err := l.file.WriteAt(c.buf, c.off)
	if err != nil {
		_ = l.file.Truncate(c.off) // gives a full disk back what is of no use
	}
	return err
}

// advance makes c's segment the file that is written. The one before is synced first,
// so that no other than the last segment can have a torn end.
func (l *Log) advance(c chunk) error {
	l.disk.lock()
	defer l.disk.unlock()
	if err := l.sync(); err != nil {
		return err
	}
	f, err := l.fs.Create(l.name(c.seg))
	if err != nil {
		return err
	}
	l.mu.Lock()
	old := l.file
	l.fileSeed = c.seed
	l.file, l.fileSeg, l.newDir = f, c.seg, true
	l.mu.Unlock()
	return old.Close()
}
