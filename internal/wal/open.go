package wal

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refusal is a sentence with a sentinel behind it.
type refusal struct {
	kind error
	text string
}

func (e *refusal) Error() string { return e.text }
func (e *refusal) Unwrap() error { return e.kind }

func refuse(kind error, format string, args ...any) error {
	return &refusal{kind, fmt.Sprintf(format, args...)}
}

// Open opens the log in the folder dir, or begins one, and calls replay for
// every record from the oldest on; rec is replay's only until it returns, and
// an error of replay ends Open. That nobody else has the folder open is up to
// the caller. A torn end is cut off, and logged; errors wrap ErrForeign,
// ErrNewer, ErrDamaged, or what the file system said.
func Open(dir string, o Options, replay func(s Span, rec []byte) error) (*Log, error) {
	l := &Log{
		dir: dir, fs: o.FS, log: o.Log, o: o, sizes: map[uint32]int64{}, disk: make(gate, 1),
		wake: make(chan struct{}, 1), quit: make(chan struct{}), gone: make(chan struct{}),
	}
	if l.fs == nil {
		l.fs = OS{}
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.o.SegmentSize <= 0 {
		l.o.SegmentSize = 4 << 20
	}
	l.o.SegmentSize = min(l.o.SegmentSize, 1<<30)
	if l.o.MaxPending <= 0 {
		l.o.MaxPending = 8 << 20
	}
	if l.o.Lag <= 0 {
		l.o.Lag = 100 * time.Millisecond
	}
	if err := l.recover(replay); err != nil {
		if l.file != nil {
			_ = l.file.Close()
		}
		return nil, err
	}
	l.written, l.synced = l.end, l.end
	if l.version < l.o.Version { // an older program must not meet newer records
		l.roll()
	}
	go l.background()
	return l, nil
}

// segments returns the numbers of the segments that are there, in order.
func (l *Log) segments() ([]uint32, error) {
	names, err := l.fs.ReadDir(l.dir)
	if err != nil {
		return nil, err
	}
	var segs []uint32
	for _, name := range names {
		digits, found := strings.CutSuffix(name, ".wal")
		n, err := strconv.ParseUint(digits, 10, 32)
		if found && err == nil && n > 0 && name == filepath.Base(l.name(uint32(n))) {
			segs = append(segs, uint32(n))
		}
	}
	slices.Sort(segs)
	for i, n := range segs[min(1, len(segs)):] {
		if n != segs[i]+1 {
			return nil, refuse(ErrDamaged, "%s is missing: put it back, or move the folder %s away, which loses what it keeps",
				l.name(segs[i]+1), l.dir)
		}
	}
	return segs, nil
}

func (l *Log) recover(replay func(Span, []byte) error) error {
	if err := l.fs.MkdirAll(l.dir); err != nil {
		return err
	}
	segs, err := l.segments()
	if err != nil {
		return err
	}
	if len(segs) == 0 {
		return l.start(1)
	}
	l.first = segs[0]
	total := int64(0)
	for _, seg := range segs {
		size, err := l.length(seg)
		if err != nil {
			return err
		}
		l.sizes[seg] = size
		total += size
	}
	done := int64(0)
	for i, seg := range segs {
		if err := l.scan(seg, i == len(segs)-1, replay); err != nil {
			return err
		}
		if done += l.sizes[seg]; l.o.Progress != nil {
			l.o.Progress(done, total)
		}
		l.total += l.sizes[seg]
	}
	last := segs[len(segs)-1]
	l.total -= l.sizes[last]
	delete(l.sizes, last)
	return nil
}

func (l *Log) length(seg uint32) (int64, error) {
	f, err := l.fs.Open(l.name(seg))
	if err != nil {
		return 0, err
	}
	n, err := f.Size()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return n, err
}

// start begins a segment on the disk, as the one that is filled.
func (l *Log) start(seg uint32) error {
	c := l.newSegment(seg)
	f, err := l.fs.Create(l.name(seg))
	if err != nil {
		return err
	}
	l.file = f
	if _, err := f.WriteAt(c.buf, 0); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if l.first == 0 {
		l.first = seg
	}
	l.fill(seg, c.seed, headerLen)
	l.version = l.o.Version
	return l.fs.SyncDir(l.dir)
}

// fill makes seg the segment that is filled, from off on.
func (l *Log) fill(seg, seed uint32, off int64) {
	l.fileSeg, l.fileSeed, l.end = seg, seed, posAt(seg, off)
	l.pending = []chunk{{seg: seg, seed: seed, off: off}}
}
