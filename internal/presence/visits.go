package presence

import (
	"slices"
	"time"

	"labbroker/internal/session"
)

// Reasons for an end that say nothing of the client or its network.
const (
	// Dismissed is the end of a connection that the instructor ended.
	Dismissed = "the instructor disconnected it"
	// Stopped is the end with the broker's own.
	Stopped = "the broker stopped"
	// Removed is the end with the session, or with its password.
	Removed = "its password was changed, or the session removed"
	// Changed is the end with another access mode: who may come back is asked anew.
	Changed = "who may connect has changed"
)

const (
	maxVisits = 8
	// dropTime is how long an unclean end counts among Summary.Drops.
	dropTime = time.Minute
	// rhythmVisits is how many visits show a rhythm, at most one of which may
	// have been missed; a rhythm needs one fewer.
	rhythmVisits = 4
	// briskTime is the time of Summary.Visits.
	briskTime = 10 * time.Second
)

// visit is a connection that has ended.
type visit struct {
	began, ended time.Time
	clean        bool // by the client's DISCONNECT
	dropped      bool // neither clean nor ended by the class's own doing
	said         bool // it published
}

// visited notes a connection's end; the registry's lock is held.
func (s *room) visited(cl *client, reason string, now time.Time) {
	v := visit{began: cl.Since, ended: now, clean: reason == "", said: cl.messages.Load() > 0}
	v.dropped = !v.clean && reason != Dismissed && reason != Stopped && reason != Removed && reason != Changed
	if len(s.visits) == maxVisits {
		s.visits = append(s.visits[:0], s.visits[1:]...)
	}
	s.visits = append(s.visits, v)
}

// recall fills in what the visits tell; the registry's lock is held.
func (s *room) recall(out *Summary, now time.Time) {
	var clean []visit
	for _, v := range s.visits {
		if v.dropped && now.Sub(v.ended) < dropTime {
			out.Drops++
			out.Dropped = v.ended
		}
		if v.clean && v.said {
			clean = append(clean, v)
			if now.Sub(v.ended) < briskTime {
				out.Visits++
			}
		}
	}
	out.Every, out.Came = rhythm(clean)
	for _, cl := range s.connected {
		if out.Every > 0 && now.Sub(cl.Since) > out.Every*3/4 {
			out.Every, out.Came = 0, time.Time{} // who stays does not sleep
		} else if out.Every > 0 && cl.Since.After(out.Came) {
			out.Came = cl.Since
		}
	}
}

// rhythm is how far apart visits of a board that sleeps in between begin, and
// when the newest began; 0 where they are too few, too long, or come as they
// like.
func rhythm(visits []visit) (every time.Duration, newest time.Time) {
	if len(visits) > rhythmVisits {
		visits = visits[len(visits)-rhythmVisits:]
	}
	if len(visits) < rhythmVisits-1 {
		return 0, time.Time{}
	}
	gaps := make([]time.Duration, 0, rhythmVisits)
	for i := 1; i < len(visits); i++ {
		gaps = append(gaps, visits[i].began.Sub(visits[i-1].began))
	}
	slices.Sort(gaps)
	every = gaps[(len(gaps)-1)/2] // of two the shorter
	fit, slack := 0, max(every/5, 400*time.Millisecond)
	for _, g := range gaps {
		if (g - every).Abs() <= slack {
			fit++
		}
	}
	last := visits[len(visits)-1]
	if fit < rhythmVisits-2 || every < time.Second || last.ended.Sub(last.began) > every*3/4 {
		return 0, time.Time{}
	}
	return every, last.began
}

// Slowed says that the session is read more slowly, being over its rate.
func (r *Registry) Slowed(session string) {
	now := r.now()
	s := r.find(session)
	if s == nil {
		return
	}
	s.mu.Lock()
	s.slowed = now
	r.touch(s)
	s.mu.Unlock()
}

// Clear forgets what a session has said, and stays with who is connected.
func (r *Registry) Clear(session string) {
	s := r.find(session)
	if s == nil {
		return
	}
	s.mu.Lock()
	for _, t := range s.topics {
		t.gone = true // an Ear may still hold it
	}
	s.topics, s.newest, s.oldest = make(map[string]*topic), nil, nil
	s.messages, s.lastMessage, s.lastReading = 0, time.Time{}, time.Time{}
	r.touch(s)
	s.mu.Unlock()
}

// byUser are the newest refusals by user name, for those who have a name's
// session before them.
type byUser map[string]Refusal

// maxByUser bounds it; any other goes beyond.
const maxByUser = MaxSessions

func (b byUser) put(x Refusal) {
	if session.Check(x.User) != nil {
		return
	}
	key := session.Key(x.User)
	if _, known := b[key]; !known && len(b) >= maxByUser {
		for other := range b {
			delete(b, other)
			break
		}
	}
	b[key] = x
}

// RefusedAs is the newest refusal of who gave this session's name, false if
// there was none since one got in.
func (r *Registry) RefusedAs(name string) (Refusal, bool) {
	l := &r.refusals
	l.mu.Lock()
	defer l.mu.Unlock()
	x, ok := l.byUser[session.Key(name)]
	return x, ok
}

// welcome forgets the refusals of a session that got in.
func (l *refusals) welcome(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byUser, session.Key(name))
}
