package wal

import (
	"fmt"
	"io"
)

// load opens a segment, reads it whole and checks its header. A last one may
// have been cut off while it was begun: then torn.
func (l *Log) load(seg uint32, last bool) (f File, b []byte, h header, torn bool, err error) {
	if f, err = l.fs.Open(l.name(seg)); err != nil {
		return nil, nil, h, false, err
	}
	if b, err = readAll(f); err != nil {
		err = fmt.Errorf("read %s: %w", l.name(seg), err)
	} else {
		h, torn, err = l.check(b, seg, last)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, h, false, err
	}
	return f, b, h, torn, nil
}

func readAll(f File) ([]byte, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); n < len(b) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b, nil
}

func (l *Log) check(b []byte, seg uint32, last bool) (h header, torn bool, err error) {
	if last && (len(b) < headerLen || allZero(b[:headerLen])) {
		return h, true, nil
	}
	h, known, ok := decodeHeader(b)
	var kind [8]byte
	copy(kind[:], l.o.Kind)
	switch {
	case !known || ok && (h.kind != kind || h.segment != seg):
		return h, false, refuse(ErrForeign, "%s is not a file that labbroker wrote there: move it away", l.name(seg))
	case h.format > format || h.version > l.o.Version:
		return h, false, refuse(ErrNewer, "%s was written by a newer labbroker (format %d.%d, this one knows %d.%d): start the newer one",
			l.name(seg), h.format, h.version, format, l.o.Version)
	case !ok:
		return h, false, l.damaged(seg, 0)
	}
	return h, false, nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func (l *Log) damaged(seg uint32, off int) error {
	return refuse(ErrDamaged, "%s is damaged at byte %d: put the folder %s back from a copy, or move it away, which loses what it keeps",
		l.name(seg), off, l.dir)
}

// scan replays one segment; the last one becomes the one that is filled.
func (l *Log) scan(seg uint32, last bool, replay func(Span, []byte) error) error {
	f, b, h, torn, err := l.load(seg, last)
	if err != nil {
		return err
	}
	if last {
		l.file = f
	} else {
		defer f.Close()
	}
	if torn {
		l.log.Warn("the last file of the log was not begun to the end; it is begun again", "file", l.name(seg), "bytes", len(b))
		if err := f.Close(); err != nil {
			return err
		}
		l.file = nil
		return l.start(seg)
	}
	off := headerLen
	for off < len(b) {
		r := readFrame(b[off:], h.seed)
		if r.size == 0 {
			if !last || syncedBehind(b, off, func(i int) Pos { return posAt(seg, int64(i)) }, h.seed) {
				return l.damaged(seg, off)
			}
			break
		}
		if r.data == nil {
			l.marked = r.synced
		} else if err := replay(Span{posAt(seg, int64(off)), uint32(r.size)}, r.data); err != nil {
			return fmt.Errorf("%s, byte %d: %w", l.name(seg), off, err)
		}
		off += r.size
	}
	if !last {
		return nil
	}
	if off < len(b) {
		l.log.Warn("the end of the log was not written to the end; it is cut off", "file", l.name(seg), "byte", off, "bytes", len(b)-off)
		if err := f.Truncate(int64(off)); err != nil {
			return err
		}
	}
	l.fill(seg, h.seed, int64(off))
	l.version = h.version
	// What a killed process wrote was perhaps never synced, and counts now. Nor
	// was perhaps the file's name.
	if err := f.Sync(); err != nil {
		return err
	}
	return l.fs.SyncDir(l.dir)
}

// ReadSegment calls each for every record of a segment that is complete, which
// all but the last are. Each may keep rec. It does not hold up the log; the
// segment must not be dropped meanwhile.
func (l *Log) ReadSegment(seg uint32, each func(s Span, rec []byte) error) error {
	f, b, h, _, err := l.load(seg, false)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for off := headerLen; off < len(b); {
		r := readFrame(b[off:], h.seed)
		if r.size == 0 {
			return l.damaged(seg, off)
		}
		if r.data != nil {
			if err := each(Span{posAt(seg, int64(off)), uint32(r.size)}, r.data); err != nil {
				return err
			}
		}
		off += r.size
	}
	return nil
}

// Read returns the record at s, as Append returned it, when it is written.
func (l *Log) Read(s Span) ([]byte, error) {
	if err := l.write(s.End()); err != nil {
		return nil, err
	}
	f, err := l.fs.Open(l.name(s.At.Segment()))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, b := make([]byte, headerLen), make([]byte, s.Size)
	if n, err := f.ReadAt(head, 0); n < len(head) {
		return nil, err
	}
	if n, err := f.ReadAt(b, s.At.Offset()); n < len(b) {
		return nil, err
	}
	h, _, _ := decodeHeader(head)
	r := readFrame(b, h.seed)
	if r.data == nil {
		return nil, l.damaged(s.At.Segment(), int(s.At.Offset()))
	}
	return r.data, nil
}

// Oldest returns the oldest segment and its size; ok says that it is complete,
// so that it may be read and dropped.
func (l *Log) Oldest() (seg uint32, size int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	size, ok = l.sizes[l.first]
	if l.first >= l.fileSeg {
		ok = false
	}
	return l.first, size, ok
}

// Drop deletes the segments before the one of p that are complete. One goes
// after the other, so that a power cut leaves no gap.
func (l *Log) Drop(before Pos) error {
	for {
		seg, size, ok := l.Oldest()
		if !ok || seg >= before.Segment() {
			return nil
		}
		// First, for the case that the removal before this one is not safe yet.
		if err := l.fs.SyncDir(l.dir); err != nil {
			return err
		}
		if err := l.fs.Remove(l.name(seg)); err != nil {
			return err
		}
		l.mu.Lock()
		l.first++
		l.total -= size
		delete(l.sizes, seg)
		l.mu.Unlock()
	}
}
