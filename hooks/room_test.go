package hooks

import (
	"fmt"
	"testing"
	"time"

	"labbroker/hooks/policy"
)

func TestSpeak(t *testing.T) {
	t.Parallel()
	type said struct {
		addr, topic string
		after       time.Duration
	}
	tests := []struct {
		name string
		said []said
		told int // addresses in the last answer
	}{
		{"a board and a laptop", []said{{"1", "x", 0}, {"2", "y", 1}, {"1", "x", 1}, {"2", "y", 1}}, 0},
		{"a board with a new address", []said{{"1", "x", 0}, {"1", "x", 1}, {"2", "x", 1}, {"2", "x", 1}}, 0},
		{"two boards with the same code", []said{{"1", "x", 0}, {"2", "x", 1}, {"1", "x", 1}}, 2},
		{"back after long", []said{{"1", "x", 0}, {"2", "x", 1}, {"1", "x", time.Minute}}, 0},
		{"three publish", []said{{"1", "x", 0}, {"2", "y", 1}, {"3", "z", 1}}, 3},
		{"three, one long ago", []said{{"1", "x", 0}, {"2", "y", time.Minute}, {"3", "z", 1}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(policy.Who{Session: "ada"})
			for _, s := range tt.said {
				r.enter(s.addr)
			}
			voices := map[string]*voice{}
			now := time.Unix(1e9, 0)
			var got []string
			for _, s := range tt.said {
				now = now.Add(s.after)
				v := voices[s.addr+s.topic]
				if v == nil {
					v = &voice{topic: s.topic}
					voices[s.addr+s.topic] = v
				}
				got = r.speak(r.places[s.addr], v, now)
			}
			if len(got) != tt.told {
				t.Errorf("got %q, want %d addresses", got, tt.told)
			}
		})
	}
}

func TestRoomKnowsItsAddresses(t *testing.T) {
	t.Parallel()
	r := newRoom(policy.Who{Session: "ada"})
	a, b := r.enter("1"), r.enter("1")
	if r.many.Load() || r.size() != 2 {
		t.Error("one address twice: got many, or not two clients")
	}
	c := r.enter("2")
	if !r.many.Load() {
		t.Error("two addresses: got one")
	}
	now := time.Unix(1e9, 0)
	v := &voice{topic: "x"}
	r.speak(a, v, now)
	r.speak(c, v, now)
	r.leave(a)
	if !r.many.Load() {
		t.Error("the first has a connection left: got one")
	}
	r.leave(b)
	if r.many.Load() || r.size() != 1 {
		t.Error("one left: got many, or not one client")
	}
	a = r.enter("1")
	if got := r.speak(a, v, now); got != nil {
		t.Errorf("back after it was gone: got %q, want what was before forgotten", got)
	}
}

// TestWarnsNowAndThen: three that publish fast are told once a second.
func TestWarnsNowAndThen(t *testing.T) {
	t.Parallel()
	r := newRoom(policy.Who{Session: "ada"})
	now := time.Unix(1e9, 0)
	told := 0
	for i := range 300 { // 100 a second
		addr := fmt.Sprint(i % 3)
		p := r.places[addr]
		if p == nil {
			p = r.enter(addr)
		}
		if r.speak(p, &voice{topic: "x"}, now) != nil {
			told++
		}
		now = now.Add(10 * time.Millisecond)
	}
	if told != 3 {
		t.Errorf("got it told %d times in 3 s, want 3", told)
	}
}

// TestManyTopics: what is remembered of topics is bounded, and what a client
// knew of one is not used after it was forgotten.
func TestManyTopics(t *testing.T) {
	t.Parallel()
	r := newRoom(policy.Who{Session: "ada"})
	a, b := r.enter("1"), r.enter("2")
	now := time.Unix(1e9, 0)
	v := &voice{topic: "x"}
	r.speak(a, v, now)
	r.speak(b, v, now)
	for i := range 3 * maxWatched {
		r.speak(a, &voice{topic: fmt.Sprint(i)}, now)
	}
	if got := len(r.topics); got > maxWatched {
		t.Errorf("got %d topics, want at most %d", got, maxWatched)
	}
	if got := r.speak(a, v, now); got != nil {
		t.Errorf("a forgotten topic: got %q, want nothing to tell", got)
	}
	r.speak(b, &voice{topic: "x"}, now)
	if got := r.speak(a, v, now); len(got) != 2 {
		t.Errorf("anew: got %q, want both addresses", got)
	}
}
