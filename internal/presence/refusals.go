package presence

import (
	"strings"
	"sync"
)

// maxUser is how many bytes of a refused user name are kept; maxSeen of the
// other texts.
const (
	maxUser = 64
	maxSeen = 512
)

type refusals struct {
	mu     sync.Mutex // guards what follows
	list   []Refusal  // oldest first
	byUser byUser
}

// Refused notes a connection that was refused before it had a session. A
// repeat, of the same address, client, user and code, is counted and moves to
// the front. Time is set to now where it is zero, Count to 1.
func (r *Registry) Refused(x Refusal) {
	if x.Time.IsZero() {
		x.Time = r.now()
	}
	x.Count = max(x.Count, 1)
	x.User = head(x.User, maxUser)
	x.Addr, x.Code, x.Text = head(x.Addr, maxSeen), head(x.Code, maxSeen), head(x.Text, maxSeen)
	if id := []rune(strings.ToValidUTF8(x.Client[max(0, len(x.Client)-64):], "")); len(id) > 6 {
		x.Client = string(id[len(id)-6:])
	} else {
		x.Client = string(id)
	}

	l := &r.refusals
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, old := range l.list {
		if old.Addr == x.Addr && old.Client == x.Client && old.User == x.User && old.Code == x.Code {
			x.Count += old.Count
			l.list = append(l.list[:i], l.list[i+1:]...)
			break
		}
	}
	if len(l.list) >= MaxRefusals {
		l.list = append(l.list[:0], l.list[1:]...)
	}
	l.list = append(l.list, x)
	l.byUser.put(x)
}

// Refusals lists the refused connections, newest first; never nil.
func (r *Registry) Refusals() []Refusal {
	l := &r.refusals
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Refusal, 0, len(l.list))
	for i := len(l.list) - 1; i >= 0; i-- {
		out = append(out, l.list[i])
	}
	return out
}

// head is the first n bytes of s as valid UTF-8.
func head(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Clone(strings.ToValidUTF8(s, ""))
}
