package hooks

import (
	"sync"
	"time"

	"labbroker/internal/notice"
)

// Two boards with one client id evict each other: evictions of so many within
// the time are a clash.
const (
	clashCount = 3
	clashTime  = 20 * time.Second
	// doubleTime: the course's boards connect twice in a row. One eviction of a
	// connection this young is no clash; several in a row are.
	doubleTime = time.Second
)

// ids knows who is on with which id in mochi. Its zero value is ready.
type ids struct {
	mu    sync.Mutex // guards the map and the seats, not their turns
	seats map[string]*seat
	full  int // so many seats make a sweep worth it
}

// seat is an id that somebody has, or had a moment ago.
type seat struct {
	turn chan struct{} // capacity 1, full while somebody comes or goes
	want int           // how many hold or wait for turn
	last *member       // who is on, nil = nobody

	since     time.Time // when last came
	quick     int       // evictions of young connections in a row
	held      eviction  // the first of them, which may be a board's double connect
	evictions []eviction
}

type eviction struct {
	at       time.Time
	old, new string // addresses
}

func (x *ids) seat(id string) *seat {
	if x.seats == nil {
		x.seats = map[string]*seat{}
	}
	s := x.seats[id]
	if s == nil {
		s = &seat{turn: make(chan struct{}, 1)}
		x.seats[id] = s
	}
	return s
}

// lock waits until nobody else comes or goes with this id.
func (x *ids) lock(id string) {
	x.mu.Lock()
	s := x.seat(id)
	s.want++
	x.mu.Unlock()
	s.turn <- struct{}{}
}

func (x *ids) unlock(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.seats[id]
	<-s.turn
	s.want--
	x.tidy(id, s)
}

// tidy forgets a seat that nobody needs. One with evictions is kept, since
// those who clash are gone at times.
func (x *ids) tidy(id string, s *seat) {
	if s.want == 0 && s.last == nil && len(s.evictions) == 0 {
		delete(x.seats, id)
	}
}

// arrive notes that m has the id now. When that makes a clash it returns the
// notice.
func (x *ids) arrive(id string, m *member, now time.Time) (notice.Draft, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep(now)
	s := x.seat(id)
	old, young := s.last, now.Sub(s.since) < doubleTime
	s.last, s.since = m, now
	if old == nil {
		s.quick = 0
		return notice.Draft{}, false
	}
	e := eviction{now, old.addr, m.addr}
	if young && host(old.addr) == host(m.addr) {
		s.quick++
		switch s.quick {
		case 1:
			s.held = e
			return notice.Draft{}, false
		case 2:
			s.evictions = append(s.evictions, s.held)
		}
	} else {
		s.quick = 0
	}
	s.evictions = append(s.evictions, e)
	s.forget(now)
	if len(s.evictions) < clashCount {
		return notice.Draft{}, false
	}
	a, b := host(e.old), host(e.new)
	if a == b { // behind one address: the ports tell them apart
		a, b = e.old, e.new
	}
	return notice.SameClientID(m.name(), a, b), true
}

// forget drops old evictions, and all but the newest few.
func (s *seat) forget(now time.Time) {
	drop := max(0, len(s.evictions)-4*clashCount)
	for drop < len(s.evictions) && now.Sub(s.evictions[drop].at) >= clashTime {
		drop++
	}
	s.evictions = append(s.evictions[:0], s.evictions[drop:]...)
}

// sweep forgets seats that were kept for their evictions only, now and then.
func (x *ids) sweep(now time.Time) {
	if len(x.seats) < x.full {
		return
	}
	for id, s := range x.seats {
		s.forget(now)
		x.tidy(id, s)
	}
	x.full = 2*len(x.seats) + 1000
}

// leave notes that m is gone.
func (x *ids) leave(id string, m *member) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.seats[id]
	if s == nil || s.last != m {
		return
	}
	s.last = nil
	x.tidy(id, s)
}

// maxBindings bounds the kept sessions of clients without a user name.
const maxBindings = 10_000

// bindings remembers which session a client without user name was bound to, as
// long as its session is kept: umqtt.robust comes back with clean=0 and does
// not subscribe again.
type bindings struct {
	mu    sync.Mutex // guards names
	names map[string]string
}

func (b *bindings) set(id, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.names == nil {
		b.names = map[string]string{}
	}
	if len(b.names) >= maxBindings {
		clear(b.names)
	}
	b.names[id] = name
}

// get returns the session of a client that comes back; clean forgets it.
func (b *bindings) get(id string, clean bool) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if clean {
		delete(b.names, id)
		return ""
	}
	return b.names[id]
}
