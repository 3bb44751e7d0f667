package broker_test

import (
	"fmt"
	"testing"

	"labbroker/internal/mqtttest"
)

func TestWill(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		will mqtttest.Will
		end  func(w *world, c *mqtttest.Client)
		sent bool
	}{
		{"vanished", mqtttest.Will{Payload: "bye", QoS: 1}, func(_ *world, c *mqtttest.Client) { c.Vanish() }, true},
		{"length zero", mqtttest.Will{QoS: 1}, func(_ *world, c *mqtttest.Client) { c.Vanish() }, true},
		{"retained", mqtttest.Will{Payload: "bye", Retain: true}, func(_ *world, c *mqtttest.Client) { c.Vanish() }, true},
		{"taken over", mqtttest.Will{Payload: "bye", QoS: 2}, func(w *world, _ *mqtttest.Client) { w.as("alice", "mourned") }, true},
		{"protocol error", mqtttest.Will{Payload: "bye"}, func(_ *world, c *mqtttest.Client) { c.Send([]byte{0xf0, 0}) }, true},
		{"second CONNECT", mqtttest.Will{Payload: "bye"}, func(_ *world, c *mqtttest.Client) { c.Send(mqtttest.Login{ID: "x"}.Frame()) }, true},
		{"disconnected", mqtttest.Will{Payload: "bye", QoS: 1}, func(_ *world, c *mqtttest.Client) { c.Disconnect() }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			ear := w.as("alice", "ear")
			ear.Subscribe("alice/gone", 2)
			ear.Subscribe("alice/end", 2)
			l := login("alice", "mourned")
			tt.will.Topic = "alice/gone"
			l.Will = &tt.will
			tt.end(w, mqtttest.Connect(t, w.addr, l))
			want := 0
			if tt.sent {
				want = 1
				if p := ear.Message(); p.Topic != "alice/gone" || p.Payload != tt.will.Payload || p.QoS != tt.will.QoS {
					t.Errorf("got %v, want the will", p)
				}
			}
			w.eventually("the end is noted", func() bool { s, _ := w.presence.Get("alice"); return !s.EndedAt.IsZero() })
			ear.Publish("alice/end", "", 1, false)
			if got := ear.Until("alice/end"); got != nil {
				t.Errorf("after the will: got %v, want nothing", got)
			}
			if got := w.tapped("alice", "gone"); len(got) != want {
				t.Errorf("recorded: got %d, want %d", len(got), want)
			}
			late := w.as("alice", "late")
			late.Subscribe("alice/gone", 0)
			late.Publish("alice/gone", "end", 0, false)
			p := late.Message()
			if tt.will.Retain != (p.Payload == "bye" && p.Retain) {
				t.Errorf("a late subscriber: got %v, retained = %v wanted", p, tt.will.Retain)
			}
		})
	}
}

// TestWillOfABusyClient: a client that is taken over while it publishes leaves
// its will too. mochi forgets it.
func TestWillOfABusyClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/gone/+", 1)
	const n = 30
	for i := range n {
		l := login("alice", "busy")
		l.Will = &mqtttest.Will{Topic: fmt.Sprintf("alice/gone/%d", i), Payload: "x", QoS: 1}
		c := mqtttest.Connect(t, w.addr, l)
		for range 200 {
			if c.Offer(mqtttest.Publish{Topic: "alice/x", Payload: "y"}.Frame()) != nil {
				break
			}
		}
	}
	w.as("alice", "busy").Alive()
	seen := map[string]bool{}
	for range n {
		seen[ear.Message().Topic] = true
	}
	if len(seen) != n {
		t.Errorf("got %d different wills, want %d", len(seen), n)
	}
}
