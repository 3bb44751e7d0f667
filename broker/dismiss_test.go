package broker

import (
	"testing"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
)

// TestDismiss ends one of a session's connections, says its will, tells why,
// and lets it come back to what is kept for it.
func TestDismiss(t *testing.T) {
	t.Parallel()
	ended := make(chan string, 4)
	l := &law{ended: func(reason string) { ended <- reason }}
	x := newInside(t, l, Options{})
	login := mqtttest.Login{
		ID: "board", User: "alice", Password: "x", Keep: true, Will: &mqtttest.Will{Topic: "will", Payload: "gone"},
	}
	board, host := mqtttest.Connect(t, x.addr, login), x.as(t, "host")
	board.Subscribe("led", 1)
	host.Subscribe("will", 0)
	if x.Dismiss("alice", "127.0.0.1:1") || x.Dismiss("bob", board.Addr()) {
		t.Error("got a connection ended that is not there, or another session's")
	}
	if !x.Dismiss("alice", board.Addr()) {
		t.Fatal("got none ended, want the board's")
	}
	board.Closed()
	if m := host.Message(); m.Topic != "will" {
		t.Errorf("got %v, want the board's will", m)
	}
	if reason := <-ended; reason != presence.Dismissed {
		t.Errorf("got the end %q, want %q", reason, presence.Dismissed)
	}
	if n := l.told(notice.CodeDismissed); n != 1 {
		t.Errorf("told: got %d times, want once", n)
	}
	host.Alive()
	host.Publish("led", "on", 1, false)
	again, ack := mqtttest.Try(t, x.addr, login)
	if !ack.Present || again.Message().Topic != "led" {
		t.Errorf("back again: got %v, want its session, and what waited", ack)
	}
}
