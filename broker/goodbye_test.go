package broker

import (
	"testing"

	"labbroker/internal/mqtttest"
)

// TestBackBeforeGoodbyeIsRead: a board that says DISCONNECT and connects again
// at once leaves no will, though its old connection is busy until it is taken
// over. One that only vanishes, or is taken over, does.
func TestBackBeforeGoodbyeIsRead(t *testing.T) {
	t.Parallel()
	busy, goOn := make(chan struct{}, 1), make(chan struct{}, 1)
	l := &law{see: func(name string) {
		if name == "work" {
			busy <- struct{}{}
			<-goOn
		}
	}}
	x := newInside(t, l, Options{})
	ear := x.as(t, "ear")
	ear.Subscribe("will", 0)
	ear.Subscribe("end", 0)
	work := mqtttest.Publish{Topic: "work", Payload: "1"}.Frame()
	goodbye := mqtttest.Frame(mqtttest.DISCONNECT << 4)
	more := mqtttest.Publish{Topic: "more", Payload: "1"}.Frame()
	tests := []struct {
		name  string
		first []byte // in one segment with work
		then  []byte // in another, while the broker is busy
		will  bool
	}{
		{"in the kernel", nil, goodbye, false},
		{"behind another message", more, append(more[:len(more):len(more)], goodbye...), false},
		{"in the buffer", goodbye, nil, false},
		{"in two halves", goodbye[:1], goodbye[1:], false},
		{"none", nil, more, true},
		{"half of one", nil, goodbye[:1], true},
	}
	login := mqtttest.Login{ID: "board", User: "alice", Password: "x", Will: &mqtttest.Will{Topic: "will", Payload: "x"}}
	for _, tt := range tests {
		c := mqtttest.Connect(t, x.addr, login)
		old := x.clients.get("alice/board").holder()
		c.Send(append(work[:len(work):len(work)], tt.first...))
		<-busy
		if len(tt.then) > 0 {
			c.Send(tt.then)
		}
		next := mqtttest.Dial(t, x.addr)
		next.Send(login.Frame())
		<-old.done // it is being closed
		goOn <- struct{}{}
		next.Await(mqtttest.CONNACK)
		next.Disconnect()
		x.as(t, "other").Publish("end", "x", 0, false)
		got := ear.Until("end")
		if will := len(got) > 0; will != tt.will {
			t.Errorf("%s: got %v, want a will: %v", tt.name, got, tt.will)
		}
	}
}
