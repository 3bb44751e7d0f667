package broker_test

import (
	"testing"

	"labbroker/internal/account"
	"labbroker/internal/mqtttest"
)

// TestCoursesClient: MQTTClient(BROKER) as the course has it, in open access.
func TestCoursesClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	host := mqtttest.Connect(t, w.addr, mqtttest.Login{ID: "host"})
	if got := host.Subscribe("alice/#", 0); got != 0 {
		t.Fatalf("subscribe: got %#x, want 0", got)
	}
	board := mqtttest.Connect(t, w.addr, mqtttest.Login{ID: "board"})
	board.Split = true
	board.Publish("alice/data", "5.012", 1, false)
	if p := host.Message(); p.Topic != "alice/data" || p.Payload != "5.012" {
		t.Errorf("got %v, want the board's message", p)
	}
	if got := w.tapped("alice", "data"); len(got) != 1 {
		t.Errorf("recorded: got %q, want one message", got)
	}
	if st, ok := w.presence.Get("alice"); !ok || st.Clients != 2 || st.Messages != 1 {
		t.Errorf("presence: got %+v, want two clients and one message", st.Summary)
	}
	// Bound is bound.
	board.Publish("bob/data", "1", 1, false)
	if got := w.tapped("bob", "data"); got != nil {
		t.Errorf("recorded of bob: got %q, want nothing", got)
	}
}

// TestUnboundReadsLittle: before it is bound a client gets class and public
// only, whatever it subscribed to.
func TestUnboundReadsLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	watcher := mqtttest.Connect(t, w.addr, mqtttest.Login{ID: "watcher"})
	watcher.Subscribe("#", 1)
	alice := w.as("alice", "board")
	alice.Publish("alice/secret", "x", 1, false)
	alice.Publish("alice/public/shown", "x", 1, false)
	if got := watcher.Until("alice/public/shown"); got != nil {
		t.Errorf("got %v before the public message, want nothing", got)
	}
	w.as("instructor", "desk").Publish("class/hello", "x", 1, false)
	if p := watcher.Message(); p.Topic != "class/hello" {
		t.Errorf("got %v, want class/hello", p)
	}
}

// TestBoundStaysBound: umqtt.robust comes back with clean=0 and does not
// subscribe again; what waits for it is its session's.
func TestBoundStaysBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	robust := mqtttest.Login{ID: "robust", Keep: true}
	c := mqtttest.Connect(t, w.addr, robust)
	c.Subscribe("alice/set", 1)
	c.Disconnect()
	alice := w.as("alice", "host")
	alice.Publish("alice/set", "while away", 1, false)
	c, ack := mqtttest.Try(t, w.addr, robust)
	if !ack.Present {
		t.Error("session present: got false, want true")
	}
	if p := c.Message(); p.Payload != "while away" {
		t.Errorf("got %v, want what waited", p)
	}
	alice.Publish("alice/set", "now", 1, false)
	if p := c.Message(); p.Payload != "now" {
		t.Errorf("got %v, want what is live", p)
	}
}

// TestWillBinds: a will's first level binds a client without user name.
func TestWillBinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	host := w.as("alice", "host")
	host.Subscribe("alice/#", 1)
	board := mqtttest.Connect(t, w.addr, mqtttest.Login{ID: "b", Will: &mqtttest.Will{Topic: "alice/gone", Payload: "bye", QoS: 1}})
	w.eventually("bound", func() bool { s, _ := w.presence.Get("alice"); return s.Clients == 2 })
	board.Vanish()
	if p := host.Message(); p.Topic != "alice/gone" || p.Payload != "bye" {
		t.Errorf("got %v, want the will", p)
	}
	if _, ack := mqtttest.Try(t, w.addr, mqtttest.Login{ID: "c", Will: &mqtttest.Will{Topic: "class/gone"}}); ack.Code != 5 {
		t.Errorf("a will that binds nobody: got code %d, want 5", ack.Code)
	}
}
