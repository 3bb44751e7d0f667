package presence

import "time"

// Ear is where one connection's messages on one topic are noted: Messages with
// everything looked up before. It is for one goroutine at a time, and not to be
// copied once it has heard.
type Ear struct {
	r       *Registry
	key     uint64
	session string
	topic   string

	// Looked up at the first message; a session or topic that is gone since
	// is looked up again.
	found  bool
	client *client
	room   *room
	known  *topic
}

// Ear returns the one of connection key (0 = the broker's own) for a topic
// below session's prefix; session "" counts for the connection only. The
// strings are kept.
func (r *Registry) Ear(key uint64, session, topic string) Ear {
	return Ear{r: r, key: key, session: session, topic: topic}
}

// Heard notes n accepted publishes, of which payload is the last, at a time by
// the registry's clock; the payload is copied as far as it is shown.
func (e *Ear) Heard(now time.Time, n int, payload []byte, qos byte, retain bool) {
	for {
		if !e.found {
			e.find()
		}
		if e.room == nil {
			break
		}
		t, ok := e.room.message(e.r, e.known, e.topic, payload, n, qos, retain, now)
		e.known = t
		if ok {
			break
		}
		e.found = false
	}
	if e.client != nil {
		e.client.messages.Add(int64(n))
	}
}

// find looks the client and the session's room up; there is none for session
// "".
func (e *Ear) find() {
	e.r.mu.RLock()
	e.client, e.room = e.r.clients[e.key], e.r.sessions[e.session]
	e.r.mu.RUnlock()
	if e.room == nil && e.session != "" {
		e.r.mu.Lock()
		e.room = e.r.room(e.session)
		e.r.mu.Unlock()
	}
	e.known, e.found = nil, true
}
