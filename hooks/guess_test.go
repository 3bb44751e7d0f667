package hooks

import (
	"fmt"
	"testing"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// TestGuessingInAClass: one of forty students behind one address guesses at
// another's name, as fast as a program can. That is slowed, told to whose name
// it is, and costs the others nothing: neither their log-in nor what their
// address may connect.
func TestGuessingInAClass(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{ConnectRate: 50, ConnectBurst: 200})
	old := w.as("ada", "adas-board") // was in before
	old.Ended("")
	codes := map[byte]int{}
	for i := range 10_000 {
		c := login("ada", fmt.Sprint("guess", i))
		c.Password = fmt.Sprint("p", i)
		_, r := w.gate.Admit(c)
		if r == nil {
			t.Fatal("a guess got in")
		}
		codes[r.Code]++
	}
	if got := codes[rules.BadCredentials]; got != 30 || codes[rules.Unavailable] != 10_000-30 {
		t.Errorf("got %v, want 30 guesses looked at and the rest told to wait", codes)
	}
	for i := range 40 {
		w.as(fmt.Sprint("s", i), "board") // fails the test if it is refused
	}
	w.as("ada", "adas-board")
	told := false
	w.mu.Lock()
	for _, n := range w.notices {
		told = told || n.session == "ada" && n.Code == notice.CodeGuessing
	}
	w.mu.Unlock()
	if !told {
		t.Errorf("got notices %v, want ada told that somebody guesses", len(w.notices))
	}
	c := login("ada", "another")
	if _, r := w.gate.Admit(c); r == nil {
		t.Error("the right password from an unknown client while guesses go on: got in, want it to wait")
	}
	w.pass(3 * time.Second)
	if _, r := w.gate.Admit(c); r != nil {
		t.Errorf("after a while: got refused with %d, want in", r.Code)
	}

	// A board with one wrong password in its loop keeps nobody out.
	c = login("Bob", "typo")
	c.Password = "typo"
	for range 100 {
		w.pass(100 * time.Millisecond)
		if _, r := w.gate.Admit(c); r == nil || r.Code != rules.BadCredentials {
			t.Fatalf("a wrong password again: got %+v, want it refused as wrong", r)
		}
	}
	w.as("Bob", "right")
}

// TestArrived: every client that asks is told of, whether it gets in or not.
func TestArrived(t *testing.T) {
	t.Parallel()
	var came []string
	w := newWorld(t, policy.Claim, Options{Arrived: func(a string) { came = append(came, a) }})
	w.as("ada", "board")
	c := login("", "nobody")
	c.Addr = "10.0.0.9:7"
	if _, r := w.gate.Admit(c); r == nil {
		t.Error("without a name: got in")
	}
	if got, want := fmt.Sprint(came), "[10.0.0.1:1000 10.0.0.9:7]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNoNameBindsLater: a client that came without a name in open access and is
// still there when the mode has changed gets no session by a topic.
func TestNoNameBindsLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Open, Options{})
	m := w.admit(login("", "stranger"))
	w.policy.Store(policy.New(policy.Claim, []string{"ada", "Bob"}))
	m.bind("ada", true)
	if got := m.Session(); got != "" {
		t.Errorf("got bound to %s, want to none", got)
	}
}
