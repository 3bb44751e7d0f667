package broker

import (
	"sync"

	"labbroker/broker/durable"
	"labbroker/broker/route"
)

// retained are the last retained messages by topic. The zero value is ready.
type retained struct {
	mu    sync.RWMutex // guards tree
	tree  route.Tree[*message]
	bytes int64
}

// set makes a message its topic's retained one; one without payload clears the
// topic. kept says that something changed that should be stored; full that the
// limit (0 = none) leaves no room for another topic.
func (r *retained) set(topic string, m *message, limit int) (kept, full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(m.payload) == 0 {
		return r.tree.Delete(topic), false
	}
	if limit > 0 && r.tree.Len() >= limit {
		if _, had := r.tree.Get(topic); !had {
			return false, true
		}
	}
	r.tree.Set(topic, m)
	return true, false
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
	for _, filter := range []string{session + "/#"} {
		for _, m := range s.kept.match(filter) {
			s.kept.set(m.topic, &message{topic: m.topic}, 0)
			if s.store != nil {
				if err := s.store.Publish(&durable.Message{Topic: m.topic, Keep: true}); err != nil {
					s.unwritten(err)
				}
			}
		}
	}
	if s.store != nil {
		if err := s.store.Commit(); err != nil {
			s.unwritten(err)
		}
	}
}
