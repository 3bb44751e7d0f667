package hooks

import (
	"sync"
	"sync/atomic"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/session"
)

// One name at several addresses is normal for a board and a laptop. It is told
// when three addresses publish at a time, or when a topic's messages come from
// one address, another, and the first again: two boards with the same code.
const (
	addressTime = 30 * time.Second
	manyPublish = 3
	maxWatched  = 256         // topics of a session
	warnTime    = time.Second // between two such notices
)

// room is what the clients of a session share. A client without a session has
// one of its own.
type room struct {
	who    policy.Who
	many   atomic.Bool // clients of several addresses are on
	paused atomic.Bool // the instructor lets nothing pass

	mu        sync.Mutex // guards what follows
	clients   int
	places    map[string]*place // by address
	topics    map[string]*speakers
	epoch     int       // of topics; what was found in an older one is outdated
	warned    time.Time // when several addresses were told last
	spent     bucket    // of the session's rate
	throttled time.Time // when that was told last
	paged     bucket    // of what its pages may say
}

// place is an address that clients of a session have.
type place struct {
	addr    string
	clients int
	said    time.Time // when it published last, while there were others
}

// speakers are the last two different addresses of a topic.
type speakers struct {
	last, before string
	at           time.Time // last's newest message
	beforeAt     time.Time // before's
}

// voice is one client's topic, with what was found of it before.
type voice struct {
	topic    string
	speakers *speakers
	epoch    int
}

// rooms has a room for each session. Its zero value is ready.
type rooms struct {
	mu sync.RWMutex // guards m
	m  map[string]*room
}

func (r *rooms) get(name string) *room {
	r.mu.RLock()
	x := r.m[name]
	r.mu.RUnlock()
	if x != nil {
		return x
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if x = r.m[name]; x != nil {
		return x
	}
	if r.m == nil {
		r.m = map[string]*room{}
	}
	x = newRoom(policy.Who{Session: name, Instructor: name == session.Instructor})
	r.m[name] = x
	return x
}

func newRoom(who policy.Who) *room { return &room{who: who, places: map[string]*place{}} }

// enter counts a client in; its place is for leave.
func (r *room) enter(addr string) *place {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients++
	p := r.places[addr]
	if p == nil {
		p = &place{addr: addr}
		r.places[addr] = p
	}
	p.clients++
	r.many.Store(len(r.places) > 1)
	return p
}

func (r *room) leave(p *place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients--
	if p.clients--; p.clients == 0 {
		delete(r.places, p.addr)
	}
	if len(r.places) > 1 {
		return
	}
	r.many.Store(false)
	r.clear()
	for _, left := range r.places {
		left.said = time.Time{}
	}
}

// clear forgets who spoke on which topic.
func (r *room) clear() {
	r.topics = nil
	r.epoch++
}

// size is how many connections the session has.
func (r *room) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clients
}

// watchAddresses looks for one name that is used from several addresses.
func (m *member) watchAddresses(v *voice, now time.Time) {
	r := m.room.Load()
	if m.place == nil || !r.many.Load() {
		return
	}
	if addrs := r.speak(m.place, v, now); addrs != nil {
		m.Notice(notice.SeveralAddresses(r.who.Session, addrs...))
	}
}

// speak notes a publish and returns the addresses if there is something to
// tell.
func (r *room) speak(from *place, v *voice, now time.Time) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	from.said = now
	quiet := now.Sub(r.warned) < warnTime
	if len(r.places) >= manyPublish && !quiet {
		var active []string
		for _, p := range r.places {
			if !p.said.IsZero() && now.Sub(p.said) < addressTime {
				active = append(active, p.addr)
			}
		}
		if len(active) >= manyPublish {
			r.warned = now
			return active
		}
	}
	s := v.speakers
	if s == nil || v.epoch != r.epoch {
		s = r.speakers(v.topic)
		v.speakers, v.epoch = s, r.epoch
	}
	switch s.last {
	case "", from.addr:
		s.last, s.at = from.addr, now
		return nil
	}
	back := s.before == from.addr && now.Sub(s.beforeAt) < addressTime
	other := s.last
	s.last, s.before, s.at, s.beforeAt = from.addr, s.last, now, s.at
	if back && !quiet {
		r.warned = now
		return []string{from.addr, other}
	}
	return nil
}

// speakers finds or makes a topic's.
func (r *room) speakers(topic string) *speakers {
	s := r.topics[topic]
	if s == nil {
		if len(r.topics) >= maxWatched {
			r.clear()
		}
		if r.topics == nil {
			r.topics = map[string]*speakers{}
		}
		s = &speakers{}
		r.topics[topic] = s
	}
	return s
}
