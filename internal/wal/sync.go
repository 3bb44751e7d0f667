package wal

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Sync writes and syncs everything appended so far, whatever the options say.
func (l *Log) Sync() error {
	p := l.End()
	if err := l.write(p); err != nil {
		return err
	}
	return l.syncTo(p)
}

// syncTo returns when everything written before p is synced. Those who come
// while one syncs wait for it, and mostly find that it was for them as well.
func (l *Log) syncTo(p Pos) error {
	l.disk.lock()
	defer l.disk.unlock()
	l.mu.Lock()
	done := l.synced >= p
	l.mu.Unlock()
	if done {
		return nil
	}
	return l.sync()
}

// sync syncs what is written. Disk is held.
func (l *Log) sync() error {
	l.mu.Lock()
	from, to, dir := l.synced, l.written, l.newDir
	l.syncing, l.oldest = l.oldest, time.Time{}
	if to < l.end {
		l.stir(time.Now())
	}
	l.mu.Unlock()

	start := time.Now()
	err := l.syncFile(from, to, dir)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.lastSync = time.Since(start)
	l.syncErr = err
	if err == nil {
		l.synced, l.newDir = to, false
	} else if !l.syncing.IsZero() {
		l.stir(l.syncing)
	} else if l.oldest.IsZero() {
		l.stir(start)
	}
	l.syncing = time.Time{}
	return err
}

func (l *Log) syncFile(from, to Pos, dir bool) error {
	if dir {
		if err := l.fs.SyncDir(l.dir); err != nil {
			return err
		}
	}
	if l.suspect {
		if err := l.rewrite(from, to); err != nil {
			return err
		}
	}
	err := l.file.Sync()
	l.suspect = err != nil
	return err
}

// rewrite writes again what a failed sync was for: the operating system may
// have forgotten that it is not on the disk, and would call the next sync a
// success. Disk is held, so the file stays.
func (l *Log) rewrite(from, to Pos) error {
	off := int64(0)
	if from.Segment() == to.Segment() {
		off = from.Offset()
	}
	b := make([]byte, to.Offset()-off)
	if n, err := l.file.ReadAt(b, off); n < len(b) {
		return fmt.Errorf("read what could not be synced: %w", err)
	}
	rest := b
	if off == 0 {
		rest = b[headerLen:]
	}
	for len(rest) > 0 {
		f := readFrame(rest, l.fileSeed)
		if f.size == 0 {
			return fmt.Errorf("%s: what could not be synced is lost", l.name(to.Segment()))
		}
		rest = rest[f.size:]
	}
	_, err := l.file.WriteAt(b, off)
	return err
}

// background writes and syncs what nobody waits for.
func (l *Log) background() {
	defer close(l.gone)
	failed := false
	for {
		select {
		case <-l.wake:
		case <-l.quit:
			return
		}
		for wait, due := l.due(failed); due; wait, due = l.due(failed) {
			t := time.NewTimer(wait)
			select {
			case <-t.C:
			case <-l.quit:
				t.Stop()
				return
			}
			err := l.Sync()
			if err != nil && !failed {
				l.log.Warn("the log cannot be written; it is tried again", "folder", l.dir, "err", err)
			} else if err == nil && failed {
				l.log.Info("the log can be written again", "folder", l.dir)
			}
			failed = err != nil
		}
	}
}

// due says how long to wait with the next sync, false when there is none.
func (l *Log) due(failed bool) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.oldest.IsZero() {
		return 0, false
	}
	if failed {
		return l.o.Lag / 2, true
	}
	return max(0, l.o.Lag/2-l.lastSync-time.Since(l.oldest)), true
}

// Close writes and syncs everything and ends the log. What is appended later
// is lost.
func (l *Log) Close() error {
	l.mu.Lock()
	again := l.closing
	l.closing = true
	l.mu.Unlock()
	if again {
		return ErrClosed
	}
	close(l.quit)
	<-l.gone
	err := l.Sync()

	l.mu.Lock()
	for l.leading {
		if l.cur == nil {
			l.cur = newRound()
		}
		_ = l.join(l.cur)
		l.mu.Lock()
	}
	l.closed = true
	f, end, whole := l.file, l.written, l.synced == l.end && l.synced > l.marked
	seed := l.fileSeed
	l.mu.Unlock()

	if whole { // then damage can be told from a torn end
		if _, werr := f.WriteAt(appendMark(nil, end, seed), end.Offset()); werr != nil {
			err = errors.Join(err, werr, f.Truncate(end.Offset()))
		}
	}
	return errors.Join(err, f.Close())
}

var _ io.Closer = (*Log)(nil)
