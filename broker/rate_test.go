package broker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestRate: over the rate a session is read more slowly; nothing is lost, the
// keepalive does not end it, and it is told.
func TestRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{rate: 20}) // 100 at once
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/throttle", 0)
	l := login("alice", "board")
	l.Keepalive = 1
	c := mqtttest.Connect(t, w.addr, l)
	start := time.Now()
	const n = 140
	for i := range n {
		c.Send(mqtttest.Publish{Topic: "alice/x", Payload: fmt.Sprint(i)}.Frame())
	}
	bob := w.as("bob", "board")
	for i := range 50 {
		bob.Publish("bob/x", fmt.Sprint(i), 1, false)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("bob waited %s for alice, want nothing of it", took)
	}
	c.Alive()
	if took := time.Since(start); took < 1900*time.Millisecond {
		t.Errorf("%d messages took %s, want 2 s", n, took)
	}
	got := w.tapped("alice", "x")
	for i := range got {
		if got[i] != fmt.Sprint(i) {
			t.Fatalf("message %d: got %q", i, got[i])
		}
	}
	if len(got) != n {
		t.Errorf("recorded: got %d, want %d", len(got), n)
	}
	w.noticed("alice", notice.CodeRateSlowed)
	if p := ear.Message(); !strings.HasPrefix(p.Payload, "slowed, ") || p.Retain {
		t.Errorf("alice/throttle: got %v", p)
	}
	desk := w.as("instructor", "desk")
	start = time.Now()
	for i := range 200 {
		desk.Publish("class/x", fmt.Sprint(i), 0, false)
	}
	desk.Alive()
	if took := time.Since(start); took > time.Second {
		t.Errorf("the instructor's messages took %s, want no limit", took)
	}
}
