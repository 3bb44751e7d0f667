package broker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// page is a member without a connection.
func (x *inside) page() *citizen { return &citizen{law: x.law, id: "page", user: "alice"} }

func (x *inside) say(t *testing.T, topic, payload string, qos byte, retain bool) *Said {
	t.Helper()
	said, err := x.Say(t.Context(), x.page(), topic, []byte(payload), qos, retain)
	if err != nil {
		t.Fatalf("say %s: %v", topic, err)
	}
	return said
}

// only is the one receiver.
func only(t *testing.T, s *Said) Receiver {
	t.Helper()
	list := s.Receivers()
	if len(list) != 1 {
		t.Fatalf("receivers: got %+v, want one", list)
	}
	return list[0]
}

func TestSayTellsWhoReceives(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	if got := x.say(t, "alice/led", "on", 1, false).Receivers(); len(got) != 0 {
		t.Errorf("nobody subscribes: got %+v, want none", got)
	}
	board := x.as(t, "board")
	board.Subscribe("alice/#", 1)

	said := x.say(t, "alice/led", "on", 0, false)
	if got := only(t, said); got.State != ReceiverSent || got.Client != "board" || got.Session != "alice" || got.QoS != 0 {
		t.Errorf("QoS 0: got %+v, want sent to alice's board", got)
	}
	if p := board.Message(); p.Topic != "alice/led" || p.Payload != "on" {
		t.Errorf("the board got %v, want on", p)
	}

	said = x.say(t, "alice/led", "off", 2, false)
	if got := only(t, said); got.State != ReceiverWaiting || got.QoS != 1 {
		t.Errorf("not acknowledged: got %+v, want waiting at QoS 1", got)
	}
	p := board.Await(mqtttest.PUBLISH)
	if p.Payload != "off" || p.QoS != 1 || p.Retain {
		t.Errorf("the board got %v", p)
	}
	board.Send(mqtttest.Ack(mqtttest.PUBACK, p.ID))
	ctx, cancel := context.WithTimeout(t.Context(), mqtttest.Patience)
	defer cancel()
	said.Wait(ctx)
	if got := only(t, said); got.State != ReceiverAcked || got.After <= 0 {
		t.Errorf("acknowledged: got %+v", got)
	}
	said.Wait(ctx) // nobody is left to wait for
	if ctx.Err() != nil {
		t.Error("Wait waited for nobody")
	}
}

func TestSayAtQoS2(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	board := x.as(t, "board")
	board.Subscribe("alice/#", 2)
	said := x.say(t, "alice/led", "on", 2, false)
	p := board.Await(mqtttest.PUBLISH)
	board.Send(mqtttest.Ack(mqtttest.PUBREC, p.ID))
	board.Await(mqtttest.PUBREL)
	if got := only(t, said); got.State != ReceiverWaiting {
		t.Errorf("after PUBREC: got %+v, want waiting for PUBCOMP", got)
	}
	board.Send(mqtttest.Ack(mqtttest.PUBCOMP, p.ID))
	eventually(t, "acknowledged", func() bool { return only(t, said).State == ReceiverAcked })
}

func TestSayToWhoIsAway(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	c := mqtttest.Connect(t, x.addr, mqtttest.Login{ID: "kept", User: "alice", Password: "x", Keep: true})
	c.Subscribe("alice/#", 1)
	c.Disconnect()
	eventually(t, "the board is away", func() bool { return x.clients.get("alice/kept").holder() == nil })
	if got := only(t, x.say(t, "alice/led", "on", 0, false)); got.State != ReceiverMissed {
		t.Errorf("QoS 0: got %+v, want missed", got)
	}
	said := x.say(t, "alice/led", "on", 1, false)
	if got := only(t, said); got.State != ReceiverQueued {
		t.Errorf("QoS 1: got %+v, want queued", got)
	}
	x.Disconnect("alice")
	if got := only(t, said); got.State != ReceiverLost {
		t.Errorf("forgotten: got %+v, want lost", got)
	}
}

func TestSayRetains(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{MaxRetained: 1})
	x.say(t, "alice/led", "on", 1, true)
	board := x.as(t, "board")
	board.Subscribe("alice/led", 1)
	if p := board.Message(); p.Payload != "on" || !p.Retain {
		t.Errorf("got %v, want on, retained", p)
	}
	x.say(t, "alice/more", "on", 1, true)
	if x.law.told(notice.CodeTooManyRetained) != 1 {
		t.Error("one retained message too many was not told")
	}
	x.say(t, "alice/led", "", 0, true)
	if x.kept.get("alice/led") != nil {
		t.Error("the retained message was not cleared")
	}
}

func TestSayRefuses(t *testing.T) {
	t.Parallel()
	wait := time.Duration(0)
	x := newInside(t, &law{take: func() time.Duration { return wait }}, Options{TopicLevels: 3, MaxPacket: 100})
	for name, topic := range map[string]string{"empty": "", "wildcard": "alice/+", "zero byte": "alice/\x00", "bytes": "alice/\xff", "deep": "a/b/c/d"} {
		if _, err := x.Say(t.Context(), x.page(), topic, nil, 0, false); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: got %v, want refused", name, err)
		}
	}
	if _, err := x.Say(t.Context(), x.page(), "a", make([]byte, 100), 0, false); !errors.Is(err, ErrTooLarge) {
		t.Errorf("large: got %v, want too large", err)
	}
	wait = sayWait + 1
	var fast *TooFastError
	if _, err := x.Say(t.Context(), x.page(), "a", nil, 0, false); !errors.As(err, &fast) || fast.Wait != wait {
		t.Errorf("too fast: got %v, want that", err)
	}
	wait = 0
	if err := x.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Say(t.Context(), x.page(), "a", nil, 0, false); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: got %v, want closed", err)
	}
}

func TestForgottenSaysAreNotFollowed(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	board := x.as(t, "board")
	board.Subscribe("alice/#", 1)
	cl := x.clients.get("alice/board")
	heard := func() int {
		cl.mu.Lock()
		defer cl.mu.Unlock()
		return len(cl.heard)
	}
	for range maxHeard + 5 {
		x.say(t, "alice/led", "on", 1, false)
	}
	if got := heard(); got != maxHeard {
		t.Errorf("got %d messages followed, want %d", got, maxHeard)
	}
	said := x.say(t, "alice/led", "on", 1, false)
	said.Forget()
	if got := heard(); got != maxHeard-1 {
		t.Errorf("after Forget: got %d, want %d", got, maxHeard-1)
	}
}

// TestSayToWhoTakesNothing: at QoS 0 nothing is acknowledged, but that a
// connection takes nothing shows.
func TestSayToWhoTakesNothing(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	board := x.as(t, "board")
	board.Subscribe("alice/#", 0)
	c := x.clients.get("alice/board").conn.Load()
	waits := func() (bytes int, stuck bool) {
		c.out.mu.Lock()
		defer c.out.mu.Unlock()
		return c.out.size(), c.out.stuck != 0
	}
	payload := strings.Repeat("x", 128<<10)
	say := func() string { return only(t, x.say(t, "alice/led", payload, 0, false)).State }
	if got := say(); got != ReceiverSent {
		t.Errorf("at first: got %s, want sent", got)
	}
	for n, full := 0, false; !full; n++ { // far more than sockets hold
		if say(); n > 1000 {
			t.Fatal("the connection takes everything, want that it is full in the end")
		}
		eventually(t, "it is written, or nothing can be written", func() bool {
			waiting, stuck := waits()
			full = stuck
			return waiting == 0 || stuck
		})
	}
	got := say()
	if got != ReceiverStuck {
		t.Errorf("with something waiting: got %s, want stuck", got)
	}
	for n := 0; n < 100 && got == ReceiverStuck; n++ { // and more than the broker holds
		got = say()
	}
	if got != ReceiverDropped {
		t.Errorf("in the end: got %s, want dropped", got)
	}
}
