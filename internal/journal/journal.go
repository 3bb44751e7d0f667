// Package journal keeps messages from their acknowledgement until the history
// has them: a publisher is answered as soon as its message is written here,
// and what the history did not commit before the process ended is given to it
// again at the next start.
//
// Each message has a number. The history notes the numbers of what it commits
// in the same transaction (Set), so nothing is lost and, but for a message
// whose rows were committed apart, nothing comes twice.
package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"labbroker/internal/wal"
)

// Entry is one message as it is kept.
type Entry struct {
	Number  uint64 // given by Write; the order of arrival
	Session string // spelling of the claim
	Topic   string // below the prefix
	Client  string // client id as the device sent it
	Payload []byte
	QoS     byte
	Retain  bool
	Page    bool // published from a page
	At      time.Time
}

// Options of a journal. The zero value works.
type Options struct {
	FS    wal.FS       // nil = the real one
	Log   *slog.Logger // nil = silent
	Power bool         // Settle waits for the disk, not only for the operating system

	segment int64 // bytes of a file; 0 = the log's own
}

// Journal is open. Its methods are safe for concurrent use.
type Journal struct {
	log  *wal.Log
	slog *slog.Logger

	mu     sync.Mutex // guards what follows
	number uint64     // the last one given
	files  []file     // by number
}

// file is where a file of the log begins.
type file struct {
	first uint64
	at    wal.Pos
}

// Open opens the journal in the folder dir, which it makes if there is none,
// and calls replay for each message that the history does not have, in order;
// the entry is replay's to keep, and replay's error ends Open.
func Open(dir string, have Set, o Options, replay func(Entry) error) (*Journal, error) {
	j := &Journal{slog: o.Log, number: have.last()}
	if j.slog == nil {
		j.slog = slog.New(slog.DiscardHandler)
	}
	var err error
	j.log, err = wal.Open(dir, wal.Options{
		FS: o.FS, Log: o.Log, Kind: "readings", Version: 1, Power: o.Power, SegmentSize: o.segment,
	}, func(s wal.Span, rec []byte) error {
		e, err := decode(rec)
		if err != nil {
			return fmt.Errorf("the journal's record at %s: %w", s.At, err)
		}
		j.begins(e.Number, s.At)
		j.number = max(j.number, e.Number)
		if have.Has(e.Number) {
			return nil
		}
		return replay(e)
	})
	if err != nil {
		return nil, err
	}
	return j, nil
}

// begins notes where files begin. The caller holds mu, or is alone.
func (j *Journal) begins(number uint64, at wal.Pos) {
	if n := len(j.files); n == 0 || j.files[n-1].at.Segment() != at.Segment() {
		j.files = append(j.files, file{number, at})
	}
}

// Write appends a message, gives it its number and returns the ticket for
// Settle. It does no I/O, unless megabytes wait.
func (j *Journal) Write(e *Entry) (ticket uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.number++
	e.Number = j.number
	span := j.log.Append(e.append)
	j.begins(e.Number, span.At)
	return uint64(span.End())
}

// Settle returns when what Write returned the ticket for is written, with
// Options.Power on the disk. An error is the disk's; the message is in memory,
// on its way to the history, all the same.
func (j *Journal) Settle(ticket uint64) error { return j.log.Commit(wal.Pos(ticket)) }

// Run deletes what the history has, until ctx ends. applied returns the first
// number that the history may still need.
func (j *Journal) Run(ctx context.Context, applied func() uint64) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := j.trim(applied()); err != nil {
			j.slog.Warn("an old part of the journal stays", "error", err)
		}
	}
}

// trim deletes the files in which everything is before next.
func (j *Journal) trim(next uint64) error {
	j.mu.Lock()
	keep := 0
	for keep+1 < len(j.files) && j.files[keep+1].first <= next {
		keep++
	}
	if keep == 0 {
		j.mu.Unlock()
		return nil
	}
	before := j.files[keep].at
	j.mu.Unlock()
	if err := j.log.Drop(before); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.files = append(j.files[:0], j.files[keep:]...)
	return nil
}

// Size is the bytes on the disk.
func (j *Journal) Size() int64 { return j.log.Size() }

// Close writes what waits and closes the journal.
func (j *Journal) Close() error { return j.log.Close() }

// append encodes the entry: number, time, flags, and three strings with their
// lengths; the rest is the payload.
func (e *Entry) append(b []byte) []byte {
	b = binary.AppendUvarint(b, e.Number)
	b = binary.AppendVarint(b, e.At.UnixNano())
	flags := e.QoS
	if e.Retain {
		flags |= 4
	}
	if e.Page {
		flags |= 8
	}
	b = append(b, flags)
	for _, s := range []string{e.Session, e.Topic, e.Client} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return append(b, e.Payload...)
}

var errShort = errors.New("it is shorter than its content")

func decode(b []byte) (e Entry, err error) {
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err, b = errShort, nil
			return 0
		}
		b = b[n:]
		return v
	}
	text := func() string {
		n := number()
		if n > uint64(len(b)) {
			err, b = errShort, nil
			return ""
		}
		s := string(b[:n])
		b = b[n:]
		return s
	}
	e.Number = number()
	at, n := binary.Varint(b)
	if n <= 0 || len(b) <= n {
		return e, errShort
	}
	e.At = time.Unix(0, at)
	e.QoS, e.Retain, e.Page = b[n]&3, b[n]&4 != 0, b[n]&8 != 0
	b = b[n+1:]
	e.Session, e.Topic, e.Client = text(), text(), text()
	e.Payload = append([]byte(nil), b...)
	return e, err
}
