package hooks

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"labbroker/internal/notice"
	"labbroker/internal/session"
)

// One name at several addresses is normal for a board and a laptop. It is told
// when three addresses publish at a time, or when a topic's messages come from
// one address, another, and the first again: two boards with the same code.
const (
	addressTime  = 30 * time.Second
	manyPublish  = 3
	maxWatched   = 256 // topics of a session
	throttleTime = 5 * time.Second
)

// room is what the clients of a session share.
type room struct {
	limit *rate.Limiter // nil = none
	many  atomic.Bool   // clients of several addresses are on

	mu        sync.Mutex // guards what follows
	addrs     map[string]int
	publish   map[string]time.Time // address -> when it published last
	topics    map[string]*speakers
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
	mu sync.Mutex // guards m
	m  map[string]*room
}

func (r *rooms) get(name string, limit func() *rate.Limiter) *room {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[string]*room{}
	}
	x := r.m[name]
	if x == nil {
		x = &room{addrs: map[string]int{}}
		if name != session.Instructor {
			x.limit = limit()
		}
		r.m[name] = x
	}
	return x
}

// lone is the room of a client that has no session yet.
func (r *rooms) lone(limit func() *rate.Limiter) *room {
	return &room{limit: limit(), addrs: map[string]int{}}
}

func (r *room) enter(addr string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addrs[addr]++
	r.many.Store(len(r.addrs) > 1)
}

func (r *room) leave(addr string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.addrs[addr]--; r.addrs[addr] <= 0 {
		delete(r.addrs, addr)
		delete(r.publish, addr)
	}
	r.many.Store(len(r.addrs) > 1)
	if len(r.addrs) < 2 {
		r.topics, r.publish = nil, nil
	}
}

// watchAddresses looks for one name that is used from several addresses.
func (m *member) watchAddresses(r *room, topic string) {
	if !r.many.Load() {
		return
	}
	if addrs := r.speak(host(m.addr), topic, m.gate.opt.Now()); addrs != nil {
		m.tell(notice.SeveralAddresses(m.Session(), addrs...))
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
