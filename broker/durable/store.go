package durable

import (
	"log/slog"
	"sync"

	"labbroker/internal/wal"
)

// Errors of Open, each wrapped in one sentence that names the file and the way
// out, and of Commit after Close.
var (
	ErrForeign = wal.ErrForeign
	ErrNewer   = wal.ErrNewer
	ErrDamaged = wal.ErrDamaged
	ErrClosed  = wal.ErrClosed
)

// item is where the record stands that says of something that it is there.
type item struct {
	at   wal.Pos
	size uint32
}

type subscription struct {
	item
	qos byte
}

type client struct {
	item
	info     ClientInfo
	next     uint64
	subs     map[string]subscription
	queue    queue
	received map[uint16]*body
}

// kept stands between a topic and its body, so that the topic's string is
// stored once.
type kept struct{ *body }

// Store is the open store. All methods may be called from any goroutine. Calls
// for a client that was dropped do nothing.
type Store struct {
	log     *wal.Log
	text    *slog.Logger
	segment int64

	mu       sync.Mutex // guards what follows, and the order of records
	clients  map[Handle]*client
	retained map[string]*kept
	last     Handle
	live     int64 // bytes of the records that something needs
	total    int64 // bytes of the log
	queued   int   // entries of all queues
	dirty    bool  // the cleaner is at work, or called

	clean chan struct{} // 1: dirty was set
	quit  chan struct{}
	gone  chan struct{}
}

// Stats of a store.
type Stats struct {
	Clients, Queued, Retained int
	Bytes, Live               int64 // of the log, and of what is needed in it
}

// Open reads the folder dir, which it makes if there is none; nobody else may
// have it open, which the caller sees to. It takes as long as reading the files
// takes. Errors wrap ErrForeign, ErrNewer, ErrDamaged, or what the file system
// said.
func Open(dir string, o Options) (*Store, *Restored, error) {
	s := &Store{
		text: o.Log, segment: o.SegmentSize, clients: map[Handle]*client{}, retained: map[string]*kept{},
		clean: make(chan struct{}, 1), quit: make(chan struct{}), gone: make(chan struct{}),
	}
	if s.text == nil {
		s.text = slog.New(slog.DiscardHandler)
	}
	if s.segment <= 0 {
		s.segment = 4 << 20
	}
	s.segment = max(s.segment, 512) // else the headers alone would be too much
	r := newReplay()
	log, err := wal.Open(dir, wal.Options{
		FS: o.FS, Log: o.Log, Kind: "broker", Version: 1, Power: o.Power,
		SegmentSize: s.segment, Progress: o.Progress,
	}, r.read)
	if err != nil {
		return nil, nil, err
	}
	s.log = log
	restored := r.fill(s)
	s.total = log.Size()
	go s.cleaner()
	s.mu.Lock()
	s.check()
	s.mu.Unlock()
	return s, restored, nil
}

// add appends a record. mu is held.
func (s *Store) add(encode func(b []byte) []byte) item {
	p := s.log.Append(encode)
	s.total += int64(p.Size)
	return item{p.At, p.Size}
}

// move says that what stood at was now stands at now.
func (s *Store) move(was *item, now item) {
	s.live += int64(now.size) - int64(was.size)
	*was = now
}

// unref gives up one need of a body.
func (s *Store) unref(b *body) {
	if b.refs > 0 {
		b.refs--
	}
	if b.refs == 0 {
		s.live -= int64(b.size)
	}
}

// Commit returns when everything that was called before is written (Power:
// and synced to the disk). While the disk refuses, it returns why; what was
// refused is kept in memory and tried again with the next Commit.
func (s *Store) Commit() error { return s.log.Flush() }

// Stats may be called any time.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{len(s.clients), s.queued, len(s.retained), s.log.Size(), s.live}
}

// Close writes and syncs what there is, and ends the store.
func (s *Store) Close() error {
	s.mu.Lock()
	select {
	case <-s.quit:
		s.mu.Unlock()
		return ErrClosed
	default:
		close(s.quit)
	}
	s.mu.Unlock()
	<-s.gone
	return s.log.Close()
}
