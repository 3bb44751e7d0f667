package dashboard

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"labbroker/internal/desk"
	"labbroker/internal/notice"
	"labbroker/internal/session"
)

// goesOnFor is how long after the start a mistake is taken for one that goes on
// over the restart: boards need a while to come back.
const goesOnFor = 5 * time.Minute

// unread knows which problems of a session the instructor has not seen: those
// that began, or came back, since they last had its page open or put them away.
// It is kept here, not in a browser, so that two instructors' walls agree. The
// notices end with the process; what they have seen and goes on after a restart
// (the desk has it) is not unread again.
type unread struct {
	desk *desk.Book
	now  func() time.Time
	anew time.Time // until then mistakes may be those of before the start

	mu   sync.Mutex // guards below
	seen map[string]time.Time
	open map[string]int // instructor's pages of a session
}

func newUnread(d *desk.Book, now func() time.Time) *unread {
	return &unread{desk: d, now: now, anew: now().Add(goesOnFor), seen: map[string]time.Time{}, open: map[string]int{}}
}

// look opens a page; what it returns closes it.
func (u *unread) look(name string, all Notices) (done func()) {
	key := session.Key(name)
	u.mu.Lock()
	u.open[key]++
	u.mu.Unlock()
	u.note(name, all)
	return func() {
		u.put(name, all)
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.open[key]--; u.open[key] <= 0 {
			delete(u.open, key)
		}
	}
}

// put puts away what a session has now.
func (u *unread) put(name string, all Notices) {
	u.mu.Lock()
	u.seen[session.Key(name)] = u.now()
	u.mu.Unlock()
	u.note(name, all)
}

// note has the desk know what goes on, for a next process.
func (u *unread) note(name string, all Notices) {
	var kinds []uint32
	now := u.now()
	all.Each(name, func(k notice.Kind, _, last time.Time) {
		if now.Sub(last) < notice.Silence {
			kinds = append(kinds, uint32(k))
		}
	})
	u.desk.Looked(name, kinds)
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
	before := u.desk.SeenBefore(name)
	n := 0
	all.Each(name, func(k notice.Kind, began, _ time.Time) {
		if began.After(seen) && !(began.Before(u.anew) && slices.Contains(before, uint32(k))) {
			n++
		}
	})
	return n
}

// postSeen puts a session's problems away on the wall.
func (s *Server) postSeen(w http.ResponseWriter, _ *http.Request, c call) error {
	s.unread.put(c.name, s.Notices)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
