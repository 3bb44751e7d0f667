package hooks

import (
	"fmt"
	"testing"
	"time"
)

// board is a member with an id at an address.
func board(addr, id string) *member {
	return &member{home: "ada", id: id, addr: addr, host: host(addr)}
}

func TestClash(t *testing.T) {
	t.Parallel()
	type came struct {
		addr  string
		after time.Duration
	}
	s := time.Second
	tests := []struct {
		name string
		came []came
		told bool
	}{
		{"double connect", []came{{"a:1", 0}, {"a:2", 10 * time.Millisecond}}, false},
		{"two double connects", []came{{"a:1", 0}, {"a:2", 1}, {"a:3", 5 * s}, {"a:4", 1}}, false},
		{"two boards take turns", []came{{"a:1", 0}, {"b:1", s}, {"a:2", s}, {"b:2", s}}, true},
		{"behind one address", []came{{"a:1", 0}, {"a:2", 2 * s}, {"a:3", 2 * s}, {"a:4", 2 * s}}, true},
		{"in a rush", []came{{"a:1", 0}, {"a:2", 1}, {"a:3", 1}, {"a:4", 1}}, true},
		{"seldom", []came{{"a:1", 0}, {"b:1", 15 * s}, {"a:2", 15 * s}, {"b:2", 15 * s}}, false},
		{"a new address", []came{{"a:1", 0}, {"b:1", s}}, false},
	}
	for _, tt := range tests {
		for _, order := range []string{"told of the end first", "told of the end last"} {
			t.Run(tt.name+", "+order, func(t *testing.T) {
				t.Parallel()
				var x ids
				now := time.Unix(1e9, 0)
				told := false
				var old *member
				for _, c := range tt.came {
					now = now.Add(c.after)
					m, evicted := board(c.addr, "id"), ""
					if old != nil {
						evicted = old.addr
						if order == "told of the end first" {
							x.leave(old, now)
						}
					}
					if _, clash := x.arrive(m, evicted, now); clash {
						told = true
					}
					if old != nil {
						x.leave(old, now)
					}
					old = m
				}
				if told != tt.told {
					t.Errorf("got told = %v, want %v", told, tt.told)
				}
			})
		}
	}
}

// TestNobodyEvicted: who comes back to a free id is no clash, nor are clients
// without an id.
func TestNobodyEvicted(t *testing.T) {
	t.Parallel()
	var x ids
	now := time.Unix(1e9, 0)
	for i := range 10 {
		for _, id := range []string{"id", ""} {
			m := board(fmt.Sprint("a:", i), id)
			if _, clash := x.arrive(m, "", now); clash {
				t.Errorf("%q, time %d: got a clash", id, i)
			}
			x.leave(m, now)
		}
	}
}

func TestTaken(t *testing.T) {
	t.Parallel()
	var x ids
	now := time.Unix(1e9, 0)
	m := board("a:1", "id")
	if x.taken(m) {
		t.Error("before: got taken")
	}
	x.arrive(m, "", now)
	if !x.taken(board("b:1", "id")) {
		t.Error("while on: got free")
	}
	if other := (&member{home: "bob", id: "id"}); x.taken(other) {
		t.Error("another session's: got taken")
	}
	x.leave(m, now)
	if x.taken(m) {
		t.Error("afterwards: got taken")
	}
}

func TestSeatsAreForgotten(t *testing.T) {
	t.Parallel()
	var x ids
	now := time.Unix(1e9, 0)
	for i := range 3000 {
		a, b := board("a:1", fmt.Sprint(i)), board("b:1", fmt.Sprint(i))
		x.arrive(a, "", now)
		x.arrive(b, a.addr, now.Add(2*time.Second)) // an eviction that is kept for a while
		x.leave(a, now)
		x.leave(b, now)
		now = now.Add(time.Minute)
	}
	if got := len(x.seats); got > 1500 {
		t.Errorf("got %d seats after 3000 clients, want most forgotten", got)
	}
}
