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

// seatID is what client ids are told apart by.
type seatID struct{ home, id string }

// ids knows who is on with which client id. Its zero value is ready.
type ids struct {
	mu    sync.Mutex // guards the map and the seats
	seats map[seatID]*seat
	full  int // so many seats make a sweep worth it
}

// seat is an id that somebody has, or had a moment ago.
type seat struct {
	last      *member   // who is on, nil = nobody
	since     time.Time // when the last one came
	quick     int       // evictions of young connections in a row
	held      eviction  // the first of them, which may be a board's double connect
	evictions []eviction
}

type eviction struct {
	at       time.Time
	old, new string // addresses
}

// taken says whether somebody is on with m's id.
func (x *ids) taken(m *member) bool {
	if m.id == "" {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.seats[seatID{m.home, m.id}]
	return s != nil && s.last != nil
}

// arrive notes that m has its id now, which the connection from the address
// evicted had until now. When that makes a clash it returns the notice.
func (x *ids) arrive(m *member, evicted string, now time.Time) (notice.Draft, bool) {
	if m.id == "" { // the broker made one
		return notice.Draft{}, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep(now)
	s := x.seat(seatID{m.home, m.id})
	young := now.Sub(s.since) < doubleTime
	s.last, s.since = m, now
	if evicted == "" {
		s.quick = 0
		return notice.Draft{}, false
	}
	e := eviction{now, evicted, m.addr}
	if young && host(evicted) == m.host {
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
	return notice.SameClientID(m.Name(), a, b), true
}

// leave notes that m is gone, which may come after somebody else has its id.
func (x *ids) leave(m *member, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	id := seatID{m.home, m.id}
	s := x.seats[id]
	if s == nil || s.last != m {
		return
	}
	s.last = nil
	x.tidy(id, s, now)
}

func (x *ids) seat(id seatID) *seat {
	if x.seats == nil {
		x.seats = map[seatID]*seat{}
	}
	s := x.seats[id]
	if s == nil {
		s = &seat{}
		x.seats[id] = s
	}
	return s
}

// tidy forgets a seat that nobody needs. One with evictions is kept, since
// those who clash are gone at times; and a young one, whose end may be told
// before the one who takes its place comes.
func (x *ids) tidy(id seatID, s *seat, now time.Time) {
	if s.last == nil && len(s.evictions) == 0 && now.Sub(s.since) >= doubleTime {
		delete(x.seats, id)
	}
}

// forget drops old evictions, and all but the newest few.
func (s *seat) forget(now time.Time) {
	drop := max(0, len(s.evictions)-4*clashCount)
	for drop < len(s.evictions) && now.Sub(s.evictions[drop].at) >= clashTime {
		drop++
	}
	s.evictions = append(s.evictions[:0], s.evictions[drop:]...)
}

// sweep forgets the seats that were kept for a while, now and then.
func (x *ids) sweep(now time.Time) {
	if len(x.seats) < x.full {
		return
	}
	for id, s := range x.seats {
		s.forget(now)
		x.tidy(id, s, now)
	}
	x.full = 2*len(x.seats) + 1000
}
