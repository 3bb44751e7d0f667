package hooks

import (
	"testing"
	"time"
)

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
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var x ids
			now := time.Unix(1e9, 0)
			told := false
			for _, c := range tt.came {
				now = now.Add(c.after)
				if _, clash := x.arrive("id", &member{addr: c.addr}, now); clash {
					told = true
				}
			}
			if told != tt.told {
				t.Errorf("got told = %v, want %v", told, tt.told)
			}
		})
	}
}

func TestSeatsAreForgotten(t *testing.T) {
	t.Parallel()
	var x ids
	now := time.Unix(1e9, 0)
	for i := range 3000 {
		id, m := string(rune('0'+i)), &member{addr: "a:1"}
		x.lock(id)
		x.arrive(id, m, now)
		x.arrive(id, m, now.Add(2*time.Second)) // an eviction that is kept for a while
		x.unlock(id)
		x.leave(id, m)
		now = now.Add(time.Minute)
	}
	if got := len(x.seats); got > 1500 {
		t.Errorf("got %d seats after 3000 clients, want most forgotten", got)
	}
}

func TestBindings(t *testing.T) {
	t.Parallel()
	var b bindings
	b.set("x", "ada")
	if got := b.get("x", false); got != "ada" {
		t.Errorf("got %q, want ada", got)
	}
	if got := b.get("x", true); got != "" {
		t.Errorf("clean: got %q, want none", got)
	}
	if got := b.get("x", false); got != "" {
		t.Errorf("after clean: got %q, want none", got)
	}
	for i := range maxBindings + 10 {
		b.set(string(rune(i)), "x")
	}
	if got := len(b.names); got > maxBindings {
		t.Errorf("got %d, want at most %d", got, maxBindings)
	}
}
