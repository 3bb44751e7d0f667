package dashboard

import (
	"net/http"
	"sync"
	"time"

	"labbroker/internal/session"
)

// unread knows which problems of a session the instructor has not seen: those
// that began, or came back, since he last had its page open or put them away.
// It is kept here, not in a browser, so that two instructors' walls agree; like
// the notices it ends with the process.
type unread struct {
	mu   sync.Mutex // guards below
	seen map[string]time.Time
	open map[string]int // instructor's pages of a session
}

func newUnread() *unread { return &unread{seen: map[string]time.Time{}, open: map[string]int{}} }

// look opens a page; what it returns closes it.
func (u *unread) look(name string, now func() time.Time) (done func()) {
	key := session.Key(name)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.open[key]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.open[key]--; u.open[key] <= 0 {
			delete(u.open, key)
		}
		u.seen[key] = now()
	}
}

func (u *unread) put(name string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[session.Key(name)] = now
}

func (u *unread) drop(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.seen, session.Key(name))
}

func (u *unread) move(from, to string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at, ok := u.seen[session.Key(from)]; ok {
		delete(u.seen, session.Key(from))
		u.seen[session.Key(to)] = at
	}
}

// count is how many problems of a session are unread.
func (u *unread) count(name string, all Notices) int {
	key := session.Key(name)
	u.mu.Lock()
	seen, open := u.seen[key], u.open[key] > 0
	u.mu.Unlock()
	if open {
		return 0
	}
	return all.CountSince(name, seen)
}

// postSeen puts a session's problems away on the wall.
func (s *Server) postSeen(w http.ResponseWriter, _ *http.Request, c call) error {
	s.unread.put(c.name, s.now())
	w.WriteHeader(http.StatusNoContent)
	return nil
}
