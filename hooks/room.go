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
	maxWatched  = 256 // topics of a session
)

// room is what the clients of a session share. A client without a session has
// one of its own.
type room struct {
	who  policy.Who
	many atomic.Bool // clients of several addresses are on

	mu        sync.Mutex // guards what follows
	clients   int
	addrs     map[string]int
	publish   map[string]time.Time // address -> when it published last
	topics    map[string]*speakers
	spent     bucket    // of the session's rate
	throttled time.Time // when that was told last
}

// speakers are the last two different addresses of a topic.
type speakers struct {
	last, before string
	at           time.Time // last's newest message
	beforeAt     time.Time // before's
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

func newRoom(who policy.Who) *room { return &room{who: who, addrs: map[string]int{}} }

func (r *room) enter(addr string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients++
	r.addrs[addr]++
	r.many.Store(len(r.addrs) > 1)
}

func (r *room) leave(addr string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients--
	if r.addrs[addr]--; r.addrs[addr] <= 0 {
		delete(r.addrs, addr)
		delete(r.publish, addr)
	}
	r.many.Store(len(r.addrs) > 1)
	if len(r.addrs) < 2 {
		r.topics, r.publish = nil, nil
	}
}

// size is how many connections the session has.
func (r *room) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clients
}

// watchAddresses looks for one name that is used from several addresses.
func (m *member) watchAddresses(topic string, now time.Time) {
	r := m.room.Load()
	if !r.many.Load() {
		return
	}
	if addrs := r.speak(m.host, topic, now); addrs != nil {
		m.Notice(notice.SeveralAddresses(r.who.Session, addrs...))
	}
}

// speak notes a publish and returns the addresses if there is something to
// tell.
func (r *room) speak(addr, topic string, now time.Time) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.publish == nil {
		r.publish, r.topics = map[string]time.Time{}, map[string]*speakers{}
	}
	r.publish[addr] = now
	var active []string
	if len(r.publish) >= manyPublish {
		for a, at := range r.publish {
			if now.Sub(at) < addressTime {
				active = append(active, a)
			}
		}
	}
	if len(active) >= manyPublish {
		return active
	}
	s := r.topics[topic]
	switch {
	case s == nil:
		if len(r.topics) >= maxWatched {
			clear(r.topics)
		}
		r.topics[topic] = &speakers{last: addr, at: now}
		return nil
	case s.last == addr:
		s.at = now
		return nil
	}
	back := s.before == addr && now.Sub(s.beforeAt) < addressTime
	other := s.last
	s.last, s.before, s.at, s.beforeAt = addr, s.last, now, s.at
	if back {
		return []string{addr, other}
	}
	return nil
}
