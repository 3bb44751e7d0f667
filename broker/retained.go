package broker

import (
	"strings"
	"sync"

	"labbroker/broker/route"
)

// retained are the last retained messages by topic. The zero value is ready.
type retained struct {
	// turns make what happens to one topic happen one after the other: that a
	// message is kept and sent to subscribers, and that a new subscriber is sent
	// what is kept. Else one could be left with an older message than the
	// retained one. They are taken before all other locks.
	turns [64]sync.Mutex

	mu   sync.RWMutex // guards what follows
	tree route.Tree[*message]
	sys  int // topics of $SYS and the like, which no limit counts
}

func (r *retained) turn(topic string) *sync.Mutex {
	h := uint32(2166136261) // FNV-1a
	for i := range len(topic) {
		h = (h ^ uint32(topic[i])) * 16777619
	}
	return &r.turns[h%uint32(len(r.turns))]
}

// set makes a message its topic's retained one; one without payload clears the
// topic. kept says that something changed that should be stored; full that the
// limit (0 = none) leaves no room for another topic.
func (r *retained) set(topic string, m *message, limit int) (kept, full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sys := 0
	if strings.HasPrefix(topic, "$") {
		sys, limit = 1, 0
	}
	if len(m.payload) == 0 {
		if kept = r.tree.Delete(topic); kept {
			r.sys -= sys
		}
		return kept, false
	}
	if limit > 0 && r.tree.Len()-r.sys >= limit {
		if _, had := r.tree.Get(topic); !had {
			return false, true
		}
	}
	if r.tree.Set(topic, m) {
		r.sys += sys
	}
	return true, false
}

// get returns a topic's message, nil if it has none.
func (r *retained) get(topic string) *message {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m, _ := r.tree.Get(topic)
	return m
}

// match returns the messages whose topics a filter matches.
func (r *retained) match(filter string) []*message {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []*message
	r.tree.Match(filter, func(_ string, m *message) { list = append(list, m) })
	return list
}

func (r *retained) len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.tree.Len()
}

// DropRetained forgets the retained messages of a session's topics.
func (s *Server) DropRetained(session string) {
	b := batch{s: s}
	for _, m := range s.kept.match(session + "/#") {
		r := run{topic: m.topic, msgs: []*message{{topic: m.topic}}}
		turn := s.kept.turn(m.topic)
		turn.Lock()
		b.retain(&r, nil)
		turn.Unlock()
	}
	s.commit()
}

// MoveRetained takes the retained messages of a session's topics below another
// name. What is retained there already stays. A crash leaves both, or one, and
// a second call does the rest.
func (s *Server) MoveRetained(from, to string) {
	b := batch{s: s}
	for _, m := range s.kept.match(from + "/#") {
		topic := to + strings.TrimPrefix(m.topic, from)
		turn := s.kept.turn(topic)
		turn.Lock()
		if s.kept.get(topic) == nil {
			b.retain(&run{topic: topic, msgs: []*message{{topic: topic, payload: m.payload, qos: m.qos, retain: true}}}, nil)
		}
		turn.Unlock()
	}
	s.commit()
	s.DropRetained(from)
}

func (s *Server) commit() {
	if s.store == nil {
		return
	}
	if err := s.store.Commit(); err != nil {
		s.unwritten(err)
	}
}
