package broker_test

import (
	"strings"
	"testing"

	"labbroker/internal/account"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

func TestSubscribe(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter string
		code   byte
		why    notice.Code
	}{
		{"alice/#", 1, ""},
		{"alice", 1, ""},
		{"alice/a/+/b", 1, ""},
		{"#", 1, ""},
		{"+/x", 1, ""},
		{"class/#", 1, ""},
		{"bob/public/#", 1, ""},
		{"$share/g/alice/x", 1, ""},
		{"data", 1, notice.CodeFilterOutside},
		{"Alice/x", 1, notice.CodeFilterOutside},
		{"/alice/x", 1, notice.CodeFilterOutside},
		{"$SYS/#", 1, notice.CodeFilterOutside},
		{"bob/#", 0x80, notice.CodeFilterOther},
		{"bob/x", 0x80, notice.CodeFilterOther},
		{"$share/g/bob/x", 0x80, notice.CodeFilterOther},
		{"alice/a#", 0x80, notice.CodeFilterMalformed},
		{"alice/a+", 0x80, notice.CodeFilterMalformed},
		{"alice/#/a", 0x80, notice.CodeFilterMalformed},
		{"$share/g", 0x80, notice.CodeFilterMalformed},
		{"alice" + strings.Repeat("/", 60000), 0x80, notice.CodeTooDeep},
	}
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{mode: mode})
			w.as("bob", "b").Disconnect()
			c := w.as("alice", "board")
			for _, tt := range tests {
				w.notices.Drop("alice")
				if got := c.Subscribe(tt.filter, 1); got != tt.code {
					t.Errorf("%.40q: got %#x, want %#x", tt.filter, got, tt.code)
				}
				if tt.why != "" {
					w.noticed("alice", tt.why)
				} else if n := w.notices.List("alice"); len(n) > 0 {
					t.Errorf("%.40q: got the notice %q, want none", tt.filter, n[0].Text)
				}
			}
			c.Alive()
		})
	}
}

// TestGrantedAndDeaf: a literal filter that may not deliver is granted, and
// stays silent even when such a topic comes to be.
func TestGrantedAndDeaf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	alice := w.as("alice", "board")
	alice.Subscribe("carol/x", 1) // no session yet
	alice.Subscribe("bare", 1)
	alice.Subscribe("alice/end", 1)
	w.as("carol", "board").Publish("carol/x", "secret", 1, true)
	w.as("instructor", "desk").Publish("bare", "x", 1, true)
	alice.Publish("alice/end", "x", 1, false)
	if got := alice.Until("alice/end"); got != nil {
		t.Errorf("got %v, want nothing", got)
	}
	alice.Unsubscribe("bare")
	alice.Alive()
}

// TestShareGroupsAreASessions: two sessions that use one group name both get
// all of their own messages.
func TestShareGroupsAreASessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	alice, bob := w.as("alice", "worker"), w.as("bob", "worker")
	alice.Subscribe("$share/g/+/work", 1)
	bob.Subscribe("$SHARE/g/+/work", 1)
	second := w.as("alice", "second")
	second.Subscribe("$share/g/+/work", 1)
	sender := w.as("alice", "sender")
	for range 40 {
		sender.Publish("alice/work", "x", 1, false)
	}
	second.Unsubscribe("$share/g/+/work")
	second.Subscribe("alice/end", 0)
	alice.Subscribe("alice/end", 0)
	sender.Publish("alice/work", "last", 1, false)
	sender.Publish("alice/end", "", 1, false)
	a, b := alice.Until("alice/end"), second.Until("alice/end")
	if len(a)+len(b) != 41 {
		t.Errorf("alice's workers: got %d + %d, want 41 together", len(a), len(b))
	}
	if len(a) == 0 || a[len(a)-1].Payload != "last" {
		t.Errorf("after the second unsubscribed: got %v, want the last at the first", a)
	}
	w.as("bob", "sender").Publish("bob/work", "x", 1, false)
	if p := bob.Message(); p.Topic != "bob/work" {
		t.Errorf("bob: got %v, want bob/work", p)
	}
}

// TestUnsubscribe ends the delivery.
func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	c := w.as("alice", "board")
	c.Subscribe("alice/x", 0)
	c.Subscribe("alice/end", 0)
	c.Unsubscribe("alice/x")
	c.Publish("alice/x", "1", 1, false)
	c.Publish("alice/end", "1", 1, false)
	if got := c.Until("alice/end"); got != nil {
		t.Errorf("got %v, want nothing", got)
	}
	var ids []uint16
	for id := uint16(100); id < 103; id++ {
		c.Send(mqtttest.Unsubscribe(id, "alice/a", "$share/g/alice/b"))
		ids = append(ids, c.Await(mqtttest.UNSUBACK).ID)
	}
	if ids[0] != 100 || ids[2] != 102 {
		t.Errorf("UNSUBACK: got %v, want 100 to 102", ids)
	}
}
