// Package sqlite keeps series in one SQLite file, labbroker.db, which sqlite3
// and DB Browser can read while the class runs: see the views readings and
// numbers.
//
// A row's way: Append gives it its Seq and queues it; the one writer
// goroutine commits what is queued, with an fsync, into a tail, a table in
// order of arrival, and announces it. When a tail is full the other one takes
// over, and the full one is folded in the background: each series' rows go in
// one stretch to the end of the table rows, and blocks say where they stand
// and what their extremes are. What stands in a tail is held in memory too,
// so readers join blocks and memory and never scan a tail.
//
// What a chart needs of a million rows is computed by series/rollup.
package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
	sqlite "modernc.org/sqlite/lib"

	"labbroker/internal/journal"
	"labbroker/internal/series"
	"labbroker/internal/session"
)

// Options are optional settings of a Store; the zero value works.
type Options struct {
	// Log takes what nobody else is told: nil = nowhere.
	Log *slog.Logger
	// Committed is told of rows and changed columns after each commit, from
	// the writer's goroutine: it must not block long, nor call Append,
	// SetColumn, DeleteSession or Close.
	Committed func([]series.Committed)
	// Free tells the bytes free for the folder; nil asks the file system.
	Free func(dir string) (bytes uint64, err error)
	// Off makes Append return series.ErrOff for good; reading works.
	Off bool

	tailRows int           // rows of a full tail; 0 = 262,144
	guard    time.Duration // between looks at the free space; 0 = 3 s
	patience time.Duration // how long failing commits are repeated; 0 = 10 s
	steps    []step        // nil = steps
	waiting  int           // rows that may wait; 0 = 400,000
	runs     int           // of a session; 0 = series.MaxRuns
	plots    int           // of a session; 0 = series.MaxPlots
}

// Store keeps series. Its methods may be called at any time from any
// goroutine.
type Store struct {
	o    Options
	dir  string
	path string
	lock *flock.Flock
	w    *writer
	work chan struct{} // capacity 1: the writer has something to do
	quit chan struct{} // closed by Close
	bg   sync.WaitGroup
	pool chan *db // readers; nil = not dialled yet

	mu           sync.Mutex // guards the following
	room         *sync.Cond // on mu: less is waiting
	byKey        map[key]*entry
	byID         map[series.ID]*entry
	seq          int64 // the last one given
	lastID       series.ID
	pending      []item // in order of Seq
	waiting      int    // items pending or in the writer's hands
	waitingBytes int
	dirty        []*entry
	waiters      []chan error // SetColumn, for the next commit
	changes      []*task      // of runs and plots, for the next commit
	doomed       []*entry     // deleted, to be told to the file
	marks        journal.Set  // of the journal, committed or without rows
	closed       bool
	off          bool // Append refuses
	dropped      int64
	test         []func(*db) // for tests: run by the writer
	guardState

	// cut makes the rows in memory and a reader's view of the file fit: it is
	// held while rows move from one to the other.
	cut sync.RWMutex
}

var (
	_ series.Appender = (*Store)(nil)
	_ series.Reader   = (*Store)(nil)
	_ series.Keeper   = (*Store)(nil)
	_ series.Runs     = (*Store)(nil)
	_ series.RunEnds  = (*Store)(nil)
	_ series.Plots    = (*Store)(nil)
	_ series.Counter  = (*Store)(nil)
)

// readers is how many queries run at once; further ones wait.
const readers = 4

// Open opens the data folder, making it and its file when they are new. Its
// errors are one sentence and wrap ErrForeign, ErrNewer, ErrLocked or
// ErrUnwritable where one of them is the cause. The store's goroutines end
// with Close.
func Open(dir string, o Options) (_ *Store, err error) {
	o.defaults()
	if err := check(dir, len(o.steps)+1); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, refuse(ErrUnwritable, "the data folder %s cannot be made: %v", dir, reason(err))
	}
	lock, err := takeLock(dir, os.O_CREATE|os.O_RDWR)
	if err != nil {
		return nil, err
	}
	s := &Store{
		o: o, dir: dir, path: filepath.Join(dir, fileName), lock: lock, off: o.Off,
		work: make(chan struct{}, 1), quit: make(chan struct{}), pool: make(chan *db, readers),
		byKey: map[key]*entry{}, byID: map[series.ID]*entry{},
	}
	s.room = sync.NewCond(&s.mu)
	for range readers {
		s.pool <- nil
	}
	d, err := openFile(s.path, o.steps)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	s.w = newWriter(s, d)
	if err := s.w.load(); err != nil {
		return nil, errors.Join(err, d.close(), lock.Unlock())
	}
	s.look()
	s.bg.Go(s.w.run)
	s.bg.Go(s.watch)
	return s, nil
}

func (o *Options) defaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Free == nil {
		o.Free = free
	}
	if o.tailRows == 0 {
		o.tailRows = 1 << 18
	}
	if o.guard == 0 {
		o.guard = 3 * time.Second
	}
	if o.patience == 0 {
		o.patience = 10 * time.Second
	}
	if o.waiting == 0 {
		o.waiting = 400_000
	}
	if o.runs == 0 {
		o.runs = series.MaxRuns
	}
	if o.plots == 0 {
		o.plots = series.MaxPlots
	}
	if o.steps == nil {
		o.steps = steps
	}
}

// Close commits what was appended and closes the file. What stands in the
// tails is folded after the next Open.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.room.Broadcast()
	s.mu.Unlock()
	close(s.quit)
	s.bg.Wait()

	errs := []error{s.w.err}
	for range readers {
		if d := <-s.pool; d != nil {
			errs = append(errs, d.close())
		}
	}
	close(s.pool)
	errs = append(errs, s.w.close(), s.lock.Unlock())
	return errors.Join(errs...)
}

// List implements series.Reader, in the order in which series began.
func (s *Store) List(_ context.Context, sess string) ([]series.Info, error) {
	k := session.Key(sess)
	type pair struct {
		e    *entry
		info *series.Info
	}
	var found []pair
	s.mu.Lock()
	for _, e := range s.byID {
		if sess == "" || e.key.session == k {
			found = append(found, pair{e, e.info})
		}
	}
	s.mu.Unlock()
	slices.SortFunc(found, func(a, b pair) int { return int(a.e.id - b.e.id) })
	list := make([]series.Info, len(found))
	for i, p := range found {
		list[i] = s.joined(p.e, p.info)
	}
	return list, nil
}

// Get implements series.Reader.
func (s *Store) Get(_ context.Context, sess, name string) (series.Info, error) {
	s.mu.Lock()
	e := s.byKey[key{session.Key(sess), name}]
	if e == nil {
		s.mu.Unlock()
		return series.Info{}, series.ErrNotFound
	}
	info := e.info
	s.mu.Unlock()
	return s.joined(e, info), nil
}

// reader takes a connection from the pool, waiting for one; give it back.
func (s *Store) reader(ctx context.Context) (*db, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case d, ok := <-s.pool:
		if !ok {
			return nil, series.ErrClosed
		}
		if d != nil {
			return d, nil
		}
	}
	d, err := dial(s.path, sqlite.SQLITE_OPEN_READONLY, "PRAGMA busy_timeout=2000; PRAGMA cache_size=-8000")
	if err != nil {
		s.pool <- nil
	}
	return d, err
}
