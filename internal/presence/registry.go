package presence

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/session"
)

// Further limits.
const (
	// MaxSessions bounds what is remembered; beyond it the session without a
	// client that was silent longest goes.
	MaxSessions = 12_000
	// maxTopicName is how many bytes of a topic's name are kept.
	maxTopicName = 512
)

// Summary is one session in a line.
type Summary struct {
	Session     string
	Clients     int
	Rate        float64 // accepted messages a second, mean of the last 5 s, or since they began if that is less
	LastMessage time.Time
	LastReading time.Time
	Messages    int64     // accepted since start
	LastEnd     string    // why the last connection ended; "" for a clean end
	EndedAt     time.Time // when, zero if none has ended

	Drops    int           // connections of the last minute that ended uncleanly, at most 8
	Dropped  time.Time     // when the newest of them ended
	Visits   int           // connections of the last 10 s that published and ended cleanly, at most 8
	Every    time.Duration // a board that comes, publishes and leaves cleanly comes so often; 0 = no such
	Came     time.Time     // when it came last, where Every is not 0
	SlowedAt time.Time     // when it was over its rate last, told every 5 s
}

// State is a session in full.
type State struct {
	Summary
	Connections []Client // the longest connected first
	Topics      []Topic  // by name
}

// Registry is who is there and what was said last. It is safe for concurrent
// use.
type Registry struct {
	now     func() time.Time
	version atomic.Uint64 // of the newest change anywhere, so that a dropped session's never falls
	keys    atomic.Uint64

	mu       sync.RWMutex // guards the two maps, not what they hold
	sessions map[string]*room
	clients  map[uint64]*client

	refusals refusals
}

// New returns an empty registry. now is the clock, nil = time.Now.
func New(now func() time.Time) *Registry {
	if now == nil {
		now = time.Now
	}
	return &Registry{now: now, sessions: make(map[string]*room), clients: make(map[uint64]*client), refusals: refusals{byUser: byUser{}}}
}

// client is a connection. All but messages is guarded by the registry's lock.
type client struct {
	Client
	messages atomic.Int64
}

// Connected notes a connection and returns the key that names it from now on,
// never 0. Since is set to now where it is zero.
func (r *Registry) Connected(c Client) (key uint64) {
	if c.Since.IsZero() {
		c.Since = r.now()
	}
	key = r.keys.Add(1)
	cl := &client{Client: c}
	cl.messages.Store(c.Messages)
	if c.Session != "" {
		r.refusals.welcome(c.Session)
	}
	r.mu.Lock()
	r.clients[key] = cl
	if c.Session != "" {
		s := r.room(c.Session)
		s.connected = append(s.connected, cl)
		s.touch(r)
	}
	r.mu.Unlock()
	return key
}

// Bound says that an unbound client got its session. An unknown key and a
// client that has a session already are left alone.
func (r *Registry) Bound(key uint64, session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	cl := r.clients[key]
	if cl == nil || cl.Session != "" || session == "" {
		return
	}
	cl.Session = session
	r.refusals.welcome(session)
	s := r.room(session)
	s.connected = append(s.connected, cl)
	s.touch(r)
}

// Disconnected says that the connection is gone; reason is "" for a clean
// end, else a short text. An unknown key is left alone.
func (r *Registry) Disconnected(key uint64, reason string) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	cl := r.clients[key]
	delete(r.clients, key)
	if cl == nil || cl.Session == "" {
		return
	}
	s := r.sessions[cl.Session]
	if s == nil {
		return // dropped meanwhile
	}
	for i, other := range s.connected {
		if other == cl {
			s.connected = append(s.connected[:i], s.connected[i+1:]...)
			break
		}
	}
	s.visited(cl, reason, now)
	s.lastEnd, s.endedAt = reason, now
	s.touch(r)
}

// Message notes one accepted publish of the connection key (0 = the broker's
// own) to topic, below session's prefix.
func (r *Registry) Message(key uint64, session, topic string, payload []byte, qos byte, retain bool) {
	r.Messages(key, session, topic, payload, 1, qos, retain)
}

// Messages notes n accepted publishes at once, of which payload is the last.
// The payload is copied as far as it is shown. For a topic that is known it
// allocates nothing. Who publishes there often has an Ear.
func (r *Registry) Messages(key uint64, session, topic string, payload []byte, n int, qos byte, retain bool) {
	e := Ear{r: r, key: key, session: session, topic: topic}
	e.Heard(r.now(), n, payload, qos, retain)
}

// Numeric says that the topic's last payload became a reading.
func (r *Registry) Numeric(session, topic string) {
	if s := r.find(session); s != nil {
		s.numeric(r, topic)
	}
}

// Reading says that the session got a reading at that time.
func (r *Registry) Reading(session string, at time.Time) {
	s := r.find(session)
	if s == nil {
		return
	}
	s.mu.Lock()
	if at.After(s.lastReading) {
		s.lastReading = at
	}
	r.touch(s)
	s.mu.Unlock()
}

// Sessions lists all sessions seen since start, by name without regard to
// case. The instructor's own connections are no session.
func (r *Registry) Sessions() []Summary {
	now := r.now()
	r.mu.RLock()
	out := make([]Summary, 0, len(r.sessions))
	for name, s := range r.sessions {
		if name != session.Instructor {
			out = append(out, s.summary(name, now))
		}
	}
	r.mu.RUnlock()
	sort.Slice(out, func(i, j int) bool {
		a, b := session.Key(out[i].Session), session.Key(out[j].Session)
		return a < b || a == b && out[i].Session < out[j].Session
	})
	return out
}

// Get returns a deep copy of one session, false if it was never seen.
func (r *Registry) Get(session string) (State, bool) {
	st, ok := r.Brief(session)
	if ok {
		st.Topics, _ = r.TopicsSince(session, 0)
	}
	return st, ok
}

// Changed is a number that grows with every change of the session; 0 for one
// that was never seen. It is cheap.
func (r *Registry) Changed(session string) uint64 {
	if s := r.find(session); s != nil {
		return s.version.Load()
	}
	return 0
}

// TopicsSince returns the topics that changed after version, by name, and the
// version to ask with next time. Topics that fell out of the limit are not
// named.
func (r *Registry) TopicsSince(session string, version uint64) ([]Topic, uint64) {
	s := r.find(session)
	if s == nil {
		return nil, version
	}
	return s.topicsSince(version)
}

// Drop forgets a session. Its live connections are forgotten with it.
func (r *Registry) Drop(session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(session)
	r.refusals.welcome(session)
	r.version.Add(1)
}

// forget drops a room; the caller holds the lock for writing.
func (r *Registry) forget(session string) {
	if s := r.sessions[session]; s != nil {
		delete(r.sessions, session)
		s.mu.Lock()
		s.gone = true
		s.mu.Unlock()
	}
}

func (r *Registry) find(session string) *room {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.sessions[session]
}

// room finds or makes a session; the caller holds the lock for writing.
func (r *Registry) room(name string) *room {
	s := r.sessions[name]
	if s == nil {
		if len(r.sessions) >= MaxSessions {
			r.evict()
		}
		s = &room{topics: make(map[string]*topic)}
		r.sessions[strings.Clone(name)] = s
	}
	return s
}

func (r *Registry) evict() {
	var oldest string
	var at time.Time
	for name, s := range r.sessions {
		if len(s.connected) > 0 {
			continue
		}
		s.mu.Lock()
		last := s.lastMessage
		s.mu.Unlock()
		if oldest == "" || last.Before(at) {
			oldest, at = name, last
		}
	}
	r.forget(oldest)
}

// touch takes a new version; the caller holds s.mu, so that a session's never
// falls.
func (r *Registry) touch(s *room) uint64 {
	v := r.version.Add(1)
	s.version.Store(v)
	return v
}
