package hooks

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
)

// TestTake: after the burst a session's clients together publish at its rate.
func TestTake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		rate  float64
		burst int
		batch int
		free  int // messages before the first wait
	}{
		{"five seconds' worth", 200, 0, 1, 1000},
		{"a burst of its own", 200, 50, 1, 50},
		{"in batches", 200, 100, 20, 100},
		{"less than one a second", 0.1, 0, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, policy.Claim, Options{SessionRate: tt.rate, SessionBurst: tt.burst, Now: time.Now})
				a, b := w.as("ada", "a"), w.as("ada", "b")
				bob := w.as("Bob", "c")
				sent := 0
				for wait := time.Duration(0); wait == 0; sent += tt.batch {
					wait = []*member{a, b}[sent/tt.batch%2].Take(tt.batch, 10, 0)
				}
				if got := sent - tt.batch; got != tt.free {
					t.Errorf("before the first wait: got %d messages, want %d", got, tt.free)
				}
				if wait := bob.Take(1, 10, 0); wait != 0 {
					t.Errorf("another session: got %v to wait, want none", wait)
				}
				began := time.Now()
				const more = 100
				for range more / tt.batch {
					<-time.After(a.Take(tt.batch, 10, 0))
				}
				want := time.Duration((more + float64(tt.batch)) / tt.rate * float64(time.Second))
				if took := time.Since(began); (took - want).Abs() > want/100 {
					t.Errorf("%d messages over the rate: took %v, want %v", more, took, want)
				}
				if got := w.gate.Stats().Slowed; got != int64(1+more/tt.batch) {
					t.Errorf("counted: got %d, want %d", got, 1+more/tt.batch)
				}
				time.Sleep(time.Hour) // of the bubble's clock: the bucket is full, not fuller
				if wait := a.Take(w.gate.opt.SessionBurst+1, 10, 0); wait <= 0 || wait > time.Duration(1.01/tt.rate*1e9) {
					t.Errorf("after an hour: got %v to wait for one more than the burst, want one's worth", wait)
				}
			})
		})
	}
}

// TestUnlimited holds for the instructor, and for all without a rate.
func TestUnlimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Open, Options{SessionRate: 1})
	none := newWorld(t, policy.Open, Options{})
	tests := []struct {
		name string
		m    *member
		want bool
	}{
		{"a session", w.as("ada", "a"), false},
		{"a client without one", w.as("", "a"), false},
		{"the instructor", w.as("instructor", "a"), true},
		{"without a rate", none.as("ada", "a"), true},
	}
	for _, tt := range tests {
		wait := tt.m.Take(1000, 10, 0)
		if got := tt.m.Unlimited(); got != tt.want || (wait == 0) != tt.want {
			t.Errorf("%s: got unlimited %v and %v to wait, want %v", tt.name, got, wait, tt.want)
		}
	}
}

// TestThrottle: a session hears now and then that it is slowed, and by how much.
func TestThrottle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{SessionRate: 10, SessionBurst: 1})
	m := w.as("ada", "board")
	m.Take(1, 10, 0)
	w.told("within the rate", "", "")
	for range 20 {
		m.Take(1, 16, 2000) // 100 messages more have come
	}
	list := w.heard()
	if len(list) != 1 || list[0].Code != notice.CodeRateSlowed || !strings.Contains(list[0].Text, "10 s old") {
		t.Errorf("got %v, want it once, with the age", list)
	}
	w.pass(throttleTime)
	m.Take(100, 16, 0)
	want := []string{"ada/throttle slowed, 11 s behind: is a sleep missing?", "ada/throttle slowed, 10 s behind: is a sleep missing?"}
	if fmt.Sprint(w.said) != fmt.Sprint(want) {
		t.Errorf("said: got %q, want %q", w.said, want)
	}
}
