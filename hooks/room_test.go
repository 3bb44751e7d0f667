package hooks

import (
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
			now := time.Unix(1e9, 0)
			var got []string
			for _, s := range tt.said {
				now = now.Add(s.after)
				got = r.speak(s.addr, s.topic, now)
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
	r.enter("1")
	r.enter("1")
	if r.many.Load() {
		t.Error("one address twice: got many")
	}
	r.enter("2")
	if !r.many.Load() {
		t.Error("two addresses: got one")
	}
	r.leave("1")
	if !r.many.Load() {
		t.Error("the first has a connection left: got one")
	}
	r.leave("1")
	if r.many.Load() {
		t.Error("one left: got many")
	}
}
