package broker_test

import (
	"fmt"
	"testing"

	"labbroker/internal/mqtttest"
)

// TestQoS2In: whatever of a sender's exchange is repeated, over the same or a
// new connection, the message goes out once.
func TestQoS2In(t *testing.T) {
	t.Parallel()
	const publish, again, release, reconnect = "publish", "publish again", "release", "reconnect"
	tests := []struct {
		name  string
		steps []string
		want  int
	}{
		{"plain", []string{publish, release}, 1},
		{"PUBLISH twice", []string{publish, again, release}, 1},
		{"PUBREL twice", []string{publish, release, release}, 1},
		{"PUBREL of nothing", []string{release, publish, release}, 1},
		{"lost PUBREC", []string{publish, reconnect, again, release}, 1},
		{"lost PUBREC, twice", []string{publish, reconnect, again, again, reconnect, again, release}, 1},
		{"lost PUBCOMP", []string{publish, release, reconnect, release}, 1},
		{"released after the loss", []string{publish, reconnect, release}, 1},
		{"two messages", []string{publish, release, publish, release}, 2},
		{"two, and losses", []string{publish, reconnect, again, release, reconnect, release, publish, reconnect, again, release}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			ear := w.as("alice", "ear")
			ear.Subscribe("alice/x", 1)
			ear.Subscribe("alice/end", 1)
			l := login("alice", "board")
			l.Keep = true
			c := mqtttest.Connect(t, w.addr, l)
			sent := 0
			for _, step := range tt.steps {
				switch step {
				case publish, again:
					if step == publish {
						sent++
					}
					c.Send(mqtttest.Publish{Topic: "alice/x", Payload: fmt.Sprint(sent), QoS: 2, ID: 5, Dup: step == again}.Frame())
					if p := c.Await(mqtttest.PUBREC); p.ID != 5 {
						t.Errorf("got %v, want id 5", p)
					}
				case release:
					c.Send(mqtttest.Ack(mqtttest.PUBREL, 5))
					if p := c.Await(mqtttest.PUBCOMP); p.ID != 5 {
						t.Errorf("got %v, want id 5", p)
					}
				case reconnect:
					c.Vanish()
					c = mqtttest.Dial(t, w.addr)
					if !logIn(t, c, l) {
						t.Error("session present: got false, want true")
					}
				}
			}
			c.Publish("alice/end", "", 1, false)
			got := ear.Until("alice/end")
			if len(got) != tt.want {
				t.Errorf("got %v, want %d messages", got, tt.want)
			}
		})
	}
}

// TestQoS2Out: wherever a subscriber's connection breaks, the exchange goes on
// there: DUP before PUBREC, PUBREL after it, under one identifier.
func TestQoS2Out(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := login("alice", "ear")
	l.Keep = true
	connect := func() *mqtttest.Client { return mqtttest.Connect(t, w.addr, l) }
	next := func(c *mqtttest.Client) mqtttest.Packet {
		p, err := c.Next(mqtttest.Patience)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	c := connect()
	c.Subscribe("alice/x", 2)
	w.as("alice", "sender").Publish("alice/x", "once", 2, false)
	first := next(c)
	if first.Payload != "once" || first.Dup || first.QoS != 2 {
		t.Fatalf("got %v, want the message", first)
	}
	for range 2 { // PUBREC never arrives
		c.Vanish()
		c = connect()
		if p := next(c); p.ID != first.ID || !p.Dup || p.Payload != "once" {
			t.Fatalf("got %v, want it again with DUP", p)
		}
	}
	for range 2 { // PUBREC arrives, twice; PUBREL gets lost
		c.Send(mqtttest.Ack(mqtttest.PUBREC, first.ID))
		if p := next(c); p.Type != mqtttest.PUBREL || p.ID != first.ID {
			t.Fatalf("got %v, want PUBREL", p)
		}
	}
	for range 2 { // PUBCOMP never arrives
		c.Vanish()
		c = connect()
		if p := next(c); p.Type != mqtttest.PUBREL || p.ID != first.ID {
			t.Fatalf("got %v, want PUBREL", p)
		}
	}
	c.Send(mqtttest.Ack(mqtttest.PUBREC, first.ID)) // late
	if p := next(c); p.Type != mqtttest.PUBREL {
		t.Fatalf("got %v, want PUBREL", p)
	}
	c.Send(mqtttest.Ack(mqtttest.PUBCOMP, first.ID), mqtttest.Ack(mqtttest.PUBCOMP, first.ID))
	c.Alive()
	w.eventually("nothing is in use", func() bool { return w.broker.Stats().Queued == 0 })
	c.Vanish()
	connect().Alive() // and nothing comes before the answer
}

// TestAnswersBeforeTheyAreAsked: a client may acknowledge over a new
// connection what the old one brought, before it comes again.
func TestAnswersBeforeTheyAreAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := login("alice", "ear")
	l.Keep = true
	c := mqtttest.Connect(t, w.addr, l)
	c.Subscribe("alice/x", 2)
	sender := w.as("alice", "sender")
	ids := map[string]uint16{}
	for qos := byte(1); qos < 3; qos++ {
		sender.Publish("alice/x", fmt.Sprint(qos), qos, false)
		p, err := c.Next(mqtttest.Patience)
		if err != nil {
			t.Fatal(err)
		}
		ids[p.Payload] = p.ID
	}
	c.Vanish()
	c = mqtttest.Dial(t, w.addr)
	c.Send(l.Frame(), mqtttest.Ack(mqtttest.PUBACK, ids["1"]), mqtttest.Ack(mqtttest.PUBREC, ids["2"]))
	c.Await(mqtttest.CONNACK)
	released := false
	for !released { // each may have been sent before its answer was read
		p, err := c.Next(mqtttest.Patience)
		if err != nil {
			t.Fatal(err)
		}
		released = p.Type == mqtttest.PUBREL
	}
	c.Send(mqtttest.Ack(mqtttest.PUBCOMP, ids["2"]))
	w.eventually("nothing is in use", func() bool { return w.broker.Stats().Queued == 0 })
}
