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
	w := newWorld(t, settings{rate: 20, burst: 100})
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
	if got := len(w.tapped("alice", "x")); got == n && time.Since(start) < time.Second {
		t.Errorf("bob waited for alice: all her %d messages were through before his 50", n)
	}
	c.Alive()
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
	for i := range 200 {
		desk.Publish("class/x", fmt.Sprint(i), 0, false)
	}
	desk.Alive()
	if n := w.notices.List("instructor"); len(n) != 0 {
		t.Errorf("the instructor was told %q, want no limit", n[0].Text)
	}
}
