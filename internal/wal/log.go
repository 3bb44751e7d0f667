// Package wal is an append-only log of records in segment files: appended in
// memory, written together by whoever waits first, replayed at the start, cut
// away at the old end. It knows nothing of what the records mean.
//
// Append never touches the disk. Commit writes what has been appended, for
// everybody, in the goroutine of the first who asks; the others wait, and the
// first of those that came later writes next. So a write starts when the last
// one ends, without a timer and, where nobody else waits, without another
// goroutine. A background goroutine writes and syncs what nobody asked for.
//
// What counts: a record is whole or not there, records are there in their
// order without a gap, and what Commit returned for without an error is there
// after a kill; after a power cut too where it was synced, which all is within
// Options.Lag, or before Commit returns (Options.Power). A segment is synced
// before the next one is begun, so only the last can have a torn end.
package wal

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"
)

// Errors of Open, each wrapped in one sentence that names the file and the way
// out, and of a closed log.
var (
	ErrForeign = errors.New("not a log of this kind")
	ErrNewer   = errors.New("written by a newer program")
	ErrDamaged = errors.New("the log is damaged")
	ErrClosed  = errors.New("the log is closed")
)

// Options of a log. The zero value works.
type Options struct {
	FS          FS           // nil = OS
	Log         *slog.Logger // nil = silent
	Kind        string       // what the log is for, up to 8 bytes: a log of another kind is foreign
	Version     uint16       // of the records: a log with a greater one is newer
	Power       bool         // Commit waits for the sync
	SegmentSize int64        // bytes; a segment that has reached it is the last one's predecessor; 0 = 4 MiB
	MaxPending  int          // bytes that Append holds before its caller has to write; 0 = 8 MiB

	// Lag is the ceiling of what a power cut may take without Power: syncing
	// begins after half of it, and once something has waited all of it, Commit
	// waits too. 0 = 100 ms.
	Lag time.Duration

	// Progress is told by Open how many bytes it has read. May be nil.
	Progress func(done, total int64)
}

// Log is an open log. All methods may be called from any goroutine.
type Log struct {
	dir string
	fs  FS
	log *slog.Logger
	o   Options

	// disk is held while something is synced, and to change file. It comes
	// before mu. A channel, since one waits long for it.
	disk     gate
	suspect  bool   // guarded by disk: a sync failed, what it was for must be written again
	fileSeed uint32 // guarded by disk: the sum that file's records start from

	mu       sync.Mutex // guards what follows
	pending  []chunk    // to be written; the last one is being filled
	writing  []chunk    // the leader's
	spare    []byte
	end      Pos           // of what is appended
	taken    Pos           // end of what the leader writes
	written  Pos           // end of what is written
	synced   Pos           // end of what is synced
	marked   Pos           // synced as the last mark says
	buffered int           // bytes in pending and writing
	leading  bool          // somebody writes
	cur      *round        // who waits for that write, nil = nobody
	next     *round        // who waits for the one after
	writeErr error         // of the last write, nil = it worked
	syncErr  error         // of the last sync
	oldest   time.Time     // when the first was appended that no sync has begun for; zero = none
	syncing  time.Time     // the same of those being synced
	lastSync time.Duration // how long the last sync took
	file     File          // the segment being written
	fileSeg  uint32
	version  uint16 // of the newest segment that Open found
	newDir   bool   // the folder is to be synced too
	closing  bool
	closed   bool
	first    uint32           // oldest segment
	sizes    map[uint32]int64 // of all segments but the one being filled
	total    int64            // sum of sizes

	wake chan struct{} // 1: oldest is no longer zero
	quit chan struct{}
	gone chan struct{}
}

type gate chan struct{} // 1: the one inside

func (g gate) lock()   { g <- struct{}{} }
func (g gate) unlock() { <-g }

// chunk is a stretch of one segment that is not written yet.
type chunk struct {
	seg, seed uint32
	off       int64
	buf       []byte
}

func (l *Log) name(seg uint32) string { return filepath.Join(l.dir, fmt.Sprintf("%08d.wal", seg)) }

// Append adds the record that encode appends to b, in memory. It waits only
// when Options.MaxPending is passed; then it writes first. Encode must append
// something and must not call the log.
func (l *Log) Append(encode func(b []byte) []byte) Span {
	l.mu.Lock()
	if l.end.Offset() >= l.o.SegmentSize {
		l.roll()
	}
	c := &l.pending[len(l.pending)-1]
	before := len(c.buf)
	if l.synced >= l.marked+markEvery {
		c.buf = appendMark(c.buf, l.synced, c.seed)
		l.marked = l.synced
	}
	start := len(c.buf)
	b := encode(append(c.buf, 0, 0, 0, 0, 0))
	if len(b) <= start+frameLen {
		panic("wal: an empty record")
	}
	c.buf = seal(b, start, c.seed)
	s := Span{posAt(c.seg, c.off+int64(start)), uint32(len(c.buf) - start)}
	l.end = s.End()
	l.buffered += len(c.buf) - before
	if l.oldest.IsZero() {
		l.stir(time.Now())
	}
	help := l.buffered > l.o.MaxPending && l.writeErr == nil
	l.mu.Unlock()
	if help {
		_ = l.write(s.End()) // whoever commits hears of it
	}
	return s
}

// markEvery is how many bytes there are at least between two marks.
const markEvery = 512

// stir starts the time until the next sync, at since. mu is held.
func (l *Log) stir(since time.Time) {
	l.oldest = since
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// roll begins a segment, in memory. mu is held.
func (l *Log) roll() {
	l.sizes[l.end.Segment()] = l.end.Offset()
	l.total += l.end.Offset()
	c := l.newSegment(l.end.Segment() + 1)
	l.pending = append(l.pending, c)
	l.buffered += len(c.buf)
	l.end = posAt(c.seg, headerLen)
}

// newSegment is a segment's beginning, to be written.
func (l *Log) newSegment(seg uint32) chunk {
	h := header{format: format, version: l.o.Version, segment: seg, salt: rand.Uint32()}
	copy(h.kind[:], l.o.Kind)
	b := h.encode()
	return chunk{seg: seg, seed: h.seed, buf: b}
}

// Stuck returns why the disk takes nothing, when so much waits for it that no
// more should be appended but what makes the log smaller; else nil.
func (l *Log) Stuck() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writeErr != nil && l.buffered > l.o.MaxPending {
		return l.writeErr
	}
	return nil
}

// End is the place of the next record.
func (l *Log) End() Pos {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

// Size is how many bytes all segments have, with what is not written yet.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total + l.end.Offset()
}
