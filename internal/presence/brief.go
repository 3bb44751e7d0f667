package presence

import "sort"

// Brief is Get without the topics: cheap enough for every tick of a live page.
func (r *Registry) Brief(session string) (State, bool) {
	now := r.now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.sessions[session]
	if s == nil {
		return State{}, false
	}
	st := State{Summary: s.summary(session, now), Connections: make([]Client, 0, len(s.connected))}
	for _, cl := range s.connected {
		c := cl.Client
		c.Messages = cl.messages.Load()
		st.Connections = append(st.Connections, c)
	}
	sort.SliceStable(st.Connections, func(i, j int) bool {
		return st.Connections[i].Since.Before(st.Connections[j].Since)
	})
	return st, true
}
