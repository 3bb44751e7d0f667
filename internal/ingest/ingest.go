// Package ingest turns accepted messages into rows: it decodes payloads
// (through sensor), finds the series each number belongs to, joins scalars
// that come on neighbouring topics, keeps the units of columns steady, and
// tells students what looks wrong.
//
// It goes one way only: message, decode, append. Announcing is the store's
// part (series.Committed). Messages of one session must come in order, which
// they do when each client's reader calls Accept; sessions never wait for one
// another.
package ingest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/internal/session"
)

// Presence is told which topics became readings. Neither method blocks.
type Presence interface {
	// Numeric says that the topic's last payload became a reading.
	Numeric(session, topic string)
	// Reading says that the session measured something at that time.
	Reading(session string, at time.Time)
}

// Options are the settings of a Pipeline; the zero value works.
type Options struct {
	Log       *slog.Logger     // nil = slog.Default()
	Now       func() time.Time // the server's wall clock; nil = time.Now
	MaxSeries int              // a session may have; 0 = 1000
	// Mark is told of each message with a Journal number when its rows are
	// appended, all of them, or when there are none and never will be. Messages
	// of a session come in order. nil = nobody asks.
	Mark  func(journal uint64)
	Bench Bench // is told of plots and runs; nil = nobody
}

// Limits and times of the pipeline.
const (
	maxSeries   = 1000
	siblingWait = time.Second            // the longest a row waits for siblings
	tick        = 100 * time.Millisecond // how often Run looks
	idle        = time.Hour              // a silent session's state is kept
)

// Pipeline is the way from message to row. Its methods are safe for
// concurrent use.
type Pipeline struct {
	store    series.Appender
	reader   series.Reader
	notices  notice.Taker
	presence Presence
	o        Options
	clock    clockWatch

	mu       sync.RWMutex // guards the following
	sessions map[string]*state
	waiting  map[*state]bool   // with a row that waits for siblings
	moved    map[string]string // session.Key of a name that was given up -> the new one
}

// New makes a pipeline. Everything but the options is required.
func New(store series.Appender, reader series.Reader, notices notice.Taker, presence Presence, o Options) *Pipeline {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxSeries == 0 {
		o.MaxSeries = maxSeries
	}
	return &Pipeline{
		store: store, reader: reader, notices: notices, presence: presence, o: o,
		sessions: map[string]*state{}, waiting: map[*state]bool{},
	}
}

// Accept takes one message on its way. It blocks while the store has too much
// waiting, and reads the store at a session's first message; both hold up the
// publishers of this session alone.
func (p *Pipeline) Accept(m Message) {
	if m.Session == "" {
		return // an instructor's, of no session
	}
	if m.At.IsZero() {
		m.At = p.o.Now()
	}
	s := p.lock(m.Session)
	defer s.mu.Unlock()
	if !s.load(context.Background()) {
		return
	}
	s.used = m.At
	s.accept(&m)
}

// lock returns the session's state with its mutex held.
func (p *Pipeline) lock(name string) *state {
	for {
		p.mu.RLock()
		s := p.sessions[name]
		p.mu.RUnlock()
		if s == nil {
			// One state for one session, however it is written.
			p.mu.Lock()
			present := p.presentLocked(name)
			key := session.Key(present)
			if s = p.sessions[key]; s == nil {
				s = newState(p, present)
				p.sessions[key] = s
			}
			if present == name {
				p.sessions[name] = s
			}
			p.mu.Unlock()
		}
		s.mu.Lock()
		if !s.dead {
			return s
		}
		s.mu.Unlock()
	}
}

// Forget drops what is remembered of a session whose series were deleted.
func (p *Pipeline) Forget(name string) {
	p.mu.RLock()
	s := p.sessions[session.Key(name)]
	p.mu.RUnlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	p.remove(s)
	s.mu.Unlock()
}

// remove is called with s.mu held.
func (p *Pipeline) remove(s *state) {
	s.dead = true
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, v := range p.sessions {
		if v == s {
			delete(p.sessions, k)
		}
	}
	delete(p.waiting, s)
}

// Run closes rows whose siblings stay out for a second and watches the
// server's clock, until ctx ends; then it closes what is open and returns nil.
// It must end before the store is closed.
func (p *Pipeline) Run(ctx context.Context) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	p.clock.start(p.o.Now())
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			p.closeRows(time.Time{}, true)
			return nil
		case <-t.C:
		}
		now := p.o.Now()
		if step, ok := p.clock.look(now); ok {
			p.o.Log.Warn("the server's clock stepped", "by", step, "now", now)
		}
		p.closeRows(now, false)
		if n%600 == 0 {
			p.evict(now)
		}
	}
}

// closeRows ends rows that have waited long enough, all of them at the end. A
// session whose publisher is in the store's queue is not waited for; its turn
// comes with the next tick.
func (p *Pipeline) closeRows(now time.Time, all bool) {
	p.mu.RLock()
	list := make([]*state, 0, len(p.waiting))
	for s := range p.waiting {
		list = append(list, s)
	}
	p.mu.RUnlock()
	for _, s := range list {
		if all {
			s.mu.Lock()
		} else if !s.mu.TryLock() {
			continue
		}
		if s.closeOpen(now, all) && s.waiting {
			s.waiting = false
			p.mu.Lock()
			delete(p.waiting, s)
			p.mu.Unlock()
		}
		s.mu.Unlock()
	}
}

func (p *Pipeline) evict(now time.Time) {
	p.mu.RLock()
	list := make([]*state, 0, len(p.sessions))
	for _, s := range p.sessions {
		list = append(list, s)
	}
	p.mu.RUnlock()
	for _, s := range list {
		if !s.mu.TryLock() {
			continue
		}
		if !s.dead && !s.waiting && now.Sub(s.used) > idle {
			p.remove(s)
		}
		s.mu.Unlock()
	}
}
