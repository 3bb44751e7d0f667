package hooks

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// TestConnectRate: a class behind one address comes back at once; what connects
// in a loop is held up, and nobody else.
func TestConnectRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, policy.Claim, Options{ConnectRate: 50, Now: time.Now})
		connect := func(addr string) *rules.Refusal {
			c := login("ada", "board")
			c.Addr = addr
			_, r := w.gate.Admit(c)
			return r
		}
		for round := range 3 {
			for i := range 300 {
				if r := connect(fmt.Sprint("10.0.0.1:", i)); r != nil {
					t.Fatalf("round %d, client %d: got %s, want in", round, i, r.Draft.Text)
				}
			}
		}
		for range 100 {
			connect("10.0.0.1:1")
		}
		r := connect("10.0.0.1:1")
		if r == nil || r.Code != rules.Unavailable || r.Draft.Code != notice.CodeConnectRate {
			t.Fatalf("after 1000 at once: got %+v, want code 3 and why", r)
		}
		if r := connect("10.0.0.2:1"); r != nil {
			t.Errorf("another address: got %s, want in", r.Draft.Text)
		}
		time.Sleep(time.Second) // of the bubble's clock
		in := 0
		for range 200 {
			if connect("10.0.0.1:1") == nil {
				in++
			}
		}
		if in != 50 {
			t.Errorf("a second later: got %d in, want 50", in)
		}
	})
}

func TestConnectRateOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	for range 5000 {
		if _, r := w.gate.Admit(login("ada", "board")); r != nil {
			t.Fatal(r.Draft.Text)
		}
	}
}

func TestAddressesAreForgotten(t *testing.T) {
	t.Parallel()
	var a addresses
	now := time.Unix(1e9, 0)
	for i := range 3000 {
		a.allow(fmt.Sprint(i), now, 50, 1000)
		now = now.Add(time.Second)
	}
	if got := len(a.m); got > 1100 {
		t.Errorf("got %d addresses of 3000, want most forgotten", got)
	}
	a = addresses{}
	for i := range 3 * maxAddresses {
		a.allow(fmt.Sprint(i), now, 50, 1000)
	}
	if got := len(a.m); got > 2*maxAddresses+1000 {
		t.Errorf("all at once: got %d addresses, want a bound", got)
	}
}

// TestSessionClients: a session has so many connections at a time; who takes
// the place of an own one gets in, and so does the instructor.
func TestSessionClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Open, Options{SessionClients: 3})
	var on []*member
	for i := range 3 {
		on = append(on, w.as("ada", fmt.Sprint("board", i)))
		w.as("instructor", fmt.Sprint("desk", i))
	}
	w.as("instructor", "one more")
	w.as("Bob", "board")

	refused := func(c *rules.Connect) {
		t.Helper()
		_, r := w.gate.Admit(c)
		if r == nil || r.Code != rules.Unavailable || r.Draft.Code != notice.CodeSessionClients {
			t.Fatalf("got %+v, want code 3 and why", r)
		}
		w.told("refused", "ada", notice.CodeSessionClients)
	}
	refused(login("ada", "board3"))
	refused(login("ADA", ""))
	byWill := login("", "board1")
	byWill.Will = &rules.Will{Topic: "ada/gone"}
	refused(byWill)

	again := w.as("ada", "board1") // it lost its connection, which nobody noticed
	on[1].Ended("taken over")
	refused(login("ada", "board3"))

	bound := w.as("", "unbound")
	bound.Publish("ada/x")
	if bound.Session() != "ada" {
		t.Errorf("one that is bound later: got %q, want ada", bound.Session())
	}
	again.Ended("")
	refused(login("ada", "board3"))
	on[0].Ended("")
	w.as("ada", "board3")
	refused(login("ada", "board4"))
}
