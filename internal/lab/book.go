package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

// Store is what a Book looks up after a restart, and to judge sweeps.
type Store interface {
	Runs(ctx context.Context, session string) ([]series.Run, error)
	List(ctx context.Context, session string) ([]series.Info, error)
	series.Counter
}

// Verdict is what a run proves.
type Verdict struct {
	Complete bool
	By       string    // "Pmpp 412 mW"
	At       time.Time // arrival of the row that is the run's last
}

// Options are optional; the zero value keeps the file and judges no sweep.
type Options struct {
	Log *slog.Logger
	Now func() time.Time // nil = time.Now
	// Judge says whether a run is a complete sweep, by its rows. It may take
	// long and is asked on Run's goroutine. nil = no sweep ever is.
	Judge func(ctx context.Context, r series.Run) (Verdict, error)
	// Here lists the sessions that are connected now, for a lab that starts;
	// nil = none.
	Here func() []string
	// Out says that a session has no part in labs (an archived one); nil = all
	// have. It must not block.
	Out func(session string) bool
}

// Book is the labs of one data folder. It is safe for concurrent use. Methods
// with an error write the file and block meanwhile; those that events are told
// to (Connected, Message, Committed, Kept, Changed) never do.
type Book struct {
	path  string
	store Store
	o     Options

	wake chan struct{}         // capacity 1: there is something for Run to write
	ask  chan struct{}         // capacity 1: there is something for Run to judge
	now  atomic.Pointer[watch] // what the running lab asks for, for a quick look; nil = none runs

	io    sync.Mutex // guards below; taken before mu
	file  *os.File
	lines int
	torn  bool // a write failed: the last line may have no end

	mu      sync.RWMutex // guards below
	s       *state
	version uint64
	unkept  []record // ticks that are not on the disk yet
	dirty   map[*card]bool
	moved   map[string]suspect // by session.Key: where a sweep may be complete
	judged  map[int64]int64    // runs that have ended and are no complete sweep, with their last row
}

// watch is what the running lab asks for besides rows.
type watch struct {
	connected, plots, sweeps, messages bool
}

// Open reads the labs at path, or begins them, and mends what a crash left of
// a last line. Where a lab runs it goes on: rows of it are counted in store.
// The folder must exist. The caller closes the book.
func Open(ctx context.Context, path string, store Store, o Options) (*Book, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	s, lines, bad, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	b := &Book{
		path: path, store: store, o: o, s: s, lines: lines, version: 1,
		wake: make(chan struct{}, 1), ask: make(chan struct{}, 1),
		dirty: map[*card]bool{}, moved: map[string]suspect{}, judged: map[int64]int64{},
	}
	if bad > 0 {
		o.Log.Warn("labs: lines that cannot be read were left out", "path", path, "lines", bad)
	}
	if whole := len(data) > 0 && data[len(data)-1] == '\n'; !whole || bad > 0 || b.stale() {
		if err := b.rewrite(); err != nil {
			return nil, fmt.Errorf("the labs cannot be written: %w", err)
		}
	}
	if b.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, fmt.Errorf("the labs cannot be opened: %w", err)
	}
	if err := b.resume(ctx); err != nil {
		return nil, errors.Join(err, b.file.Close())
	}
	return b, nil
}

// Check says whether Open can take what is at path, and changes nothing; no
// file is no error.
func Check(path string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	if _, _, _, err := decode(data); err != nil {
		return fmt.Errorf("%s %w", path, err)
	}
	return nil
}

// maxFile bounds the file that is read: far beyond what the bounds allow.
const maxFile = 256 << 20

func read(path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("the labs cannot be read: %w", err)
	case st.Size() > maxFile:
		return nil, fmt.Errorf("%s is larger than the labs of any class", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the labs cannot be read: %w", err)
	}
	return data, nil
}

// Close writes what is left and closes the file.
func (b *Book) Close() error { return errors.Join(b.flush(), b.file.Close()) }

// Version is another number after every change of a lab or tick.
func (b *Book) Version() uint64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.version
}

// Labs lists all labs, the newest first.
func (b *Book) Labs() []Lab {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]Lab, 0, len(b.s.labs))
	for _, c := range slices.Backward(b.s.labs) {
		out = append(out, c.Lab)
	}
	return out
}

// Running is the lab that goes on.
func (b *Book) Running() (Lab, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if c := b.s.running(); c != nil {
		return c.Lab, true
	}
	return Lab{}, false
}

// Lab finds a lab with the cards of those that ticked something, in no order;
// ErrNoLab.
func (b *Book) Lab(id int64) (Lab, []Card, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.s.lab(id)
	if c == nil {
		return Lab{}, nil, ErrNoLab
	}
	cards := make([]Card, 0, len(c.cards))
	for _, x := range c.cards {
		cards = append(cards, Card{x.session, slices.Clone(x.ticks)})
	}
	return c.Lab, cards, nil
}

// Card is a session's checklist in the running lab; false where none runs.
func (b *Book) Card(name string) (Lab, Card, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.s.running()
	if c == nil {
		return Lab{}, Card{}, false
	}
	card := Card{Session: name, Ticks: make([]Tick, len(c.Steps))}
	if x := c.cards[session.Key(name)]; x != nil {
		copy(card.Ticks, x.ticks)
	}
	return c.Lab, card, true
}

// Done is how many of how many steps of the running lab each session has done,
// by session.Key; those without a tick are left out. of is 0 where none runs.
func (b *Book) Done() (done map[string]int, of int) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.s.running()
	if c == nil {
		return nil, 0
	}
	done = make(map[string]int, len(c.cards))
	for key, x := range c.cards {
		done[key] = Card{Ticks: x.ticks}.Done()
	}
	return done, len(c.Steps)
}

// PageRows is how many rows of the lab came from a page on the session's
// behalf.
func (b *Book) PageRows(id int64, name string) int64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if c := b.s.lab(id); c != nil {
		if x := c.cards[session.Key(name)]; x != nil {
			return x.pages.Rows
		}
	}
	return 0
}

// Start begins a lab. ErrRunning, ErrFull, or a *Mistake.
func (b *Book) Start(name string, steps []Step) (Lab, error) {
	if err := check(name, steps); err != nil {
		return Lab{}, err
	}
	r := record{Op: opStart, Name: name, Steps: slices.Clone(steps)}
	err := b.change(func(s *state) (*record, error) {
		switch {
		case s.running() != nil:
			return nil, ErrRunning
		case len(s.labs) >= MaxLabs:
			return nil, ErrFull
		}
		r.Lab, r.At = s.last+1, b.o.Now().UTC()
		return &r, nil
	})
	if err != nil {
		return Lab{}, err
	}
	if b.o.Here != nil {
		for _, name := range b.o.Here() {
			b.Connected(name, "connected at the start")
		}
	}
	return Lab{ID: r.Lab, Name: name, Steps: r.Steps, Started: r.At}, nil
}

// End ends a lab: nothing ticks it from now on. ErrNoLab, ErrEnded.
func (b *Book) End(id int64) error {
	return b.change(func(s *state) (*record, error) {
		c := s.lab(id)
		switch {
		case c == nil:
			return nil, ErrNoLab
		case !c.Running():
			return nil, ErrEnded
		}
		return &record{Op: opEnd, Lab: id, At: c.end(b.o.Now().UTC())}, nil
	})
}

// Remove forgets a lab with its ticks. ErrNoLab, ErrRunning.
func (b *Book) Remove(id int64) error {
	return b.change(func(s *state) (*record, error) {
		switch c := s.lab(id); {
		case c == nil:
			return nil, ErrNoLab
		case c.Running():
			return nil, ErrRunning
		}
		return &record{Op: opRemove, Lab: id}, nil
	})
}

// SetManual ticks a step of the kind Manual for a session, or takes the tick
// away, also when the lab has ended. ErrNoLab, ErrAuto, ErrSession.
func (b *Book) SetManual(id int64, name string, step int, on bool) error {
	return b.change(func(s *state) (*record, error) {
		c := s.lab(id)
		switch {
		case c == nil || step < 0 || step >= len(c.Steps):
			return nil, ErrNoLab
		case c.Steps[step].Kind != Manual:
			return nil, ErrAuto
		case b.out(name):
			return nil, ErrSession
		}
		r := &record{Op: opTick, Lab: id, Session: name, Step: step, At: b.o.Now().UTC(), By: "ticked by the instructor"}
		x := c.cards[session.Key(name)]
		if !on {
			r.Op, r.At, r.By = opUntick, time.Time{}, ""
		}
		if done := x != nil && x.ticks[step].Done(); done == on {
			return nil, nil // it is so
		}
		return r, nil
	})
}

// Rename gives what a session has done to its new name. A session without
// anything is no error.
func (b *Book) Rename(from, to string) error {
	return b.change(func(s *state) (*record, error) {
		for _, c := range s.labs {
			if c.cards[session.Key(from)] != nil {
				return &record{Op: opRename, Session: from, To: to}, nil
			}
		}
		return nil, nil
	})
}

// Drop forgets a session that was removed, in all labs.
func (b *Book) Drop(name string) error {
	return b.change(func(s *state) (*record, error) {
		for _, c := range s.labs {
			if c.cards[session.Key(name)] != nil {
				return &record{Op: opDrop, Session: name}, nil
			}
		}
		return nil, nil
	})
}

// Clear forgets all labs.
func (b *Book) Clear() error {
	return b.change(func(*state) (*record, error) { return &record{Op: opClear}, nil })
}

// FromPage says whether rows of a run came from a page on its session's behalf
// in that lab.
func (b *Book) FromPage(id int64, r *series.Run) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if c := b.s.lab(id); c != nil {
		if x := c.cards[session.Key(r.Session)]; x != nil {
			return x.pages.touch(r)
		}
	}
	return false
}
