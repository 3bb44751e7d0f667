package presence

import (
	"fmt"
	"testing"
	"time"
)

// TestVisits is what a session's ended connections tell.
func TestVisits(t *testing.T) {
	t.Parallel()
	type stay struct {
		after, length time.Duration // after the begin of the one before
		reason        string
		silent        bool
	}
	const s = time.Second
	clean := func(after, length time.Duration) stay { return stay{after: after, length: length} }
	for _, tc := range []struct {
		name  string
		stays []stay
		then  time.Duration // after the last end
		every time.Duration
		drops int
	}{
		{"none", nil, 0, 0, 0},
		{"two visits", []stay{clean(0, s), clean(60*s, s)}, s, 0, 0},
		{"three visits", []stay{clean(0, s), clean(60*s, s), clean(61*s, s)}, s, 60 * s, 0},
		{"three visits that come as they like", []stay{clean(0, s), clean(20*s, s), clean(61*s, s)}, s, 0, 0},
		{"one of four was missed", []stay{clean(0, s), clean(60*s, s), clean(120*s, s), clean(60*s, s)}, s, 60 * s, 0},
		{"two of four were missed", []stay{clean(0, s), clean(120*s, s), clean(190*s, s), clean(60*s, s)}, s, 0, 0},
		{"the rhythm changes", []stay{clean(0, s), clean(60*s, s), clean(60*s, s), clean(10*s, s), clean(10*s, s), clean(10*s, s)}, s, 10 * s, 0},
		{"they say nothing", []stay{{0, s, "", true}, {60 * s, s, "", true}, {60 * s, s, "", true}}, s, 0, 0},
		{"they stay long", []stay{clean(0, 55*s), clean(60*s, 55*s), clean(60*s, 55*s)}, s, 0, 0},
		{"several a second", []stay{clean(0, 0), clean(s/2, 0), clean(s/2, 0)}, 0, 0, 0},
		{"lost three times", []stay{{0, s, "connection lost", false}, {5 * s, s, "taken over", false}, {5 * s, s, "keepalive", false}}, s, 0, 3},
		{"a minute ago", []stay{{0, s, "connection lost", false}, {5 * s, s, "taken over", false}}, 60 * s, 0, 0},
		{"by the class's own doing", []stay{{0, s, Dismissed, false}, {5 * s, s, Removed, false}, {5 * s, s, Stopped, false}}, s, 0, 0},
		{"a lost visit among the sleeper's", []stay{clean(0, s), clean(20*s, s), {20 * s, s, "connection lost", false}, clean(20*s, s), clean(20*s, s)}, s, 20 * s, 1},
	} {
		c := newClock()
		r := New(c.Now)
		began := c.Now()
		for _, st := range tc.stays {
			began = began.Add(st.after)
			c.add(began.Sub(c.Now()))
			key := r.Connected(Client{Session: "ada"})
			if !st.silent {
				r.Message(key, "ada", "x", nil, 0, false)
			}
			c.add(st.length)
			r.Disconnected(key, st.reason)
		}
		c.add(tc.then)
		st, _ := r.Get("ada")
		if st.Every != tc.every || st.Drops != tc.drops {
			t.Errorf("%s: got every %v and %d drops, want %v and %d", tc.name, st.Every, st.Drops, tc.every, tc.drops)
		}
		if tc.every > 0 && !st.Came.Equal(began) {
			t.Errorf("%s: got came %v, want %v", tc.name, st.Came, began)
		}
	}
}

// TestVisitsNow is what a connection that stands adds to the visits before.
func TestVisitsNow(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	for range 20 {
		key := r.Connected(Client{Session: "ada"})
		r.Message(key, "ada", "x", nil, 0, false)
		r.Disconnected(key, "")
		c.add(20 * time.Second)
	}
	if n := len(r.sessions["ada"].visits); n != maxVisits {
		t.Errorf("visits kept: got %d, want %d", n, maxVisits)
	}
	r.Connected(Client{Session: "ada"})
	if st, _ := r.Get("ada"); st.Every != 20*time.Second || !st.Came.Equal(c.Now()) {
		t.Errorf("awake: got every %v, came %v, want 20 s, now", st.Every, st.Came)
	}
	c.add(16 * time.Second)
	if st, _ := r.Get("ada"); st.Every != 0 {
		t.Errorf("stays: got every %v, want none", st.Every)
	}
}

func TestBriskVisits(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	for range 4 {
		key := r.Connected(Client{Session: "ada"})
		r.Message(key, "ada", "x", nil, 0, false)
		r.Disconnected(key, "")
		c.add(3 * time.Second)
	}
	if st, _ := r.Get("ada"); st.Visits != 3 {
		t.Errorf("got %d visits in 10 s, want 3", st.Visits)
	}
}

func TestRefusedAs(t *testing.T) {
	t.Parallel()
	r := New(nil)
	r.Refused(Refusal{User: "Ada", Code: "wrong-password", Text: "why"})
	r.Refused(Refusal{User: "not a name", Code: "bad-name"})
	if x, ok := r.RefusedAs("ada"); !ok || x.Code != "wrong-password" {
		t.Errorf("got %+v %v, want Ada's", x, ok)
	}
	if _, ok := r.RefusedAs("not a name"); ok {
		t.Error("got a refusal of what is no name, want none")
	}
	r.Connected(Client{Session: "ada"})
	if x, ok := r.RefusedAs("ada"); ok {
		t.Errorf("after it got in: got %+v, want none", x)
	}
	for i := range maxByUser + 5 {
		r.Refused(Refusal{User: fmt.Sprint("s", i), Code: "wrong-password"})
	}
	if n := len(r.refusals.byUser); n != maxByUser {
		t.Errorf("got %d, want %d", n, maxByUser)
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	r := New(nil)
	key := r.Connected(Client{Session: "ada"})
	e := r.Ear(key, "ada", "x")
	e.Heard(time.Now(), 3, []byte("1"), 0, false)
	r.Slowed("ada")
	r.Slowed("nobody")
	r.Clear("ada")
	r.Clear("nobody")
	st, _ := r.Get("ada")
	if len(st.Topics) != 0 || st.Messages != 0 || !st.LastMessage.IsZero() || len(st.Connections) != 1 || st.SlowedAt.IsZero() {
		t.Errorf("got %+v, want nothing said, the connection, and when it was slowed", st)
	}
	e.Heard(time.Now(), 2, []byte("2"), 0, false)
	if st, _ = r.Get("ada"); len(st.Topics) != 1 || st.Topics[0].Text != "2" || st.Topics[0].Count != 2 || st.Messages != 2 {
		t.Errorf("heard again: got %+v, want the new message alone", st)
	}
}
