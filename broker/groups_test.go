package broker_test

import (
	"fmt"
	"testing"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
)

// TestOverlapping: a client whose filters overlap gets one copy, at the highest
// QoS of those that match (3.3.5).
func TestOverlapping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	for _, kept := range []bool{false, true} {
		l := login("alice", fmt.Sprint("ear", kept))
		l.Keep = kept
		ear := mqtttest.Connect(t, w.addr, l)
		for _, s := range []struct {
			filter string
			qos    byte
		}{{"alice/#", 0}, {"alice/a/+", 2}, {"#", 1}, {"alice/a/b", 0}, {"+/a/#", 1}, {"alice/end", 0}} {
			ear.Subscribe(s.filter, s.qos)
		}
		sender := w.as("alice", "sender")
		tests := []struct {
			topic     string
			sent, got byte
		}{{"alice/a/b", 2, 2}, {"alice/a/b", 1, 1}, {"alice/a/b", 0, 0}, {"alice/c", 2, 1}, {"alice/a", 2, 1}, {"alice/a/b/c", 2, 1}}
		for _, tt := range tests {
			sender.Publish(tt.topic, "x", tt.sent, false)
			if p := ear.Message(); p.Topic != tt.topic || p.QoS != tt.got {
				t.Errorf("kept %v, %s at QoS %d: got %v, want QoS %d", kept, tt.topic, tt.sent, p, tt.got)
			}
		}
		sender.Publish("alice/end", "", 1, false)
		if got := ear.Until("alice/end"); got != nil {
			t.Errorf("kept %v: got %v more than one copy each", kept, got)
		}
		// A repeated SUBSCRIBE takes the place of the first, and an unsubscribed
		// filter leaves the others.
		ear.Subscribe("alice/a/+", 0)
		ear.Unsubscribe("#")
		sender.Publish("alice/a/b", "x", 2, false)
		if p := ear.Message(); p.QoS != 1 {
			t.Errorf("kept %v: got %v, want QoS 1 by +/a/#", kept, p)
		}
		ear.Disconnect()
		sender.Disconnect()
	}
}

// TestShared: each message goes to one member: one that is here and reads,
// else one that comes back.
func TestShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	const filter = "$share/g/alice/jobs"
	sender := w.as("alice", "sender")
	say := func(from, n int) {
		for i := range n {
			sender.Publish("alice/jobs", fmt.Sprint(from+i), 1, false)
		}
	}
	one, two := w.as("alice", "one"), w.as("alice", "two")
	l := login("alice", "absent")
	l.Keep = true
	absent := mqtttest.Connect(t, w.addr, l)
	whole := w.as("alice", "whole") // not in the group
	for _, c := range []*mqtttest.Client{one, two, absent} {
		c.Subscribe(filter, 1)
		c.Subscribe("alice/end", 1)
	}
	whole.Subscribe("alice/jobs", 1)
	absent.Disconnect()

	say(0, 100)
	sender.Publish("alice/end", "", 1, false)
	counts := []int{len(one.Until("alice/end")), len(two.Until("alice/end"))}
	if counts[0]+counts[1] != 100 || counts[0] < 40 || counts[1] < 40 {
		t.Errorf("two members: got %v of 100, want half each", counts)
	}
	one.Vanish()
	w.eventually("one is gone", func() bool { return w.broker.Stats().Clients == 3 })
	say(100, 100)
	sender.Publish("alice/end", "", 1, false)
	if got := two.Until("alice/end"); len(got) != 100 {
		t.Errorf("one member left: got %d, want 100", len(got))
	}
	two.Unsubscribe(filter)
	say(200, 100)
	sender.Publish("alice/end", "", 1, false)
	if got := two.Until("alice/end"); got != nil {
		t.Errorf("after UNSUBSCRIBE: got %v", got)
	}
	absent = mqtttest.Connect(t, w.addr, l)
	r := newReceiver(t)
	if !r.drain(absent, 103) {
		t.Fatalf("got %d messages, want 103", len(r.got))
	}
	want := 200
	for _, p := range r.got {
		if p == "" {
			continue // the ends
		}
		if p != fmt.Sprint(want) {
			t.Fatalf("the absent member: got %q, want %d", p, want)
		}
		want++
	}
	if want != 300 {
		t.Errorf("the absent member: got up to %d, want 299", want-1)
	}
	for i := range 300 {
		if p := whole.Message(); p.Payload != fmt.Sprint(i) {
			t.Fatalf("outside of the group: got %v, want message %d", p, i)
		}
	}
}

// TestSharedApart: groups with other names, filters or sessions each get a
// copy, and a member that has subscribed itself too gets its own.
func TestSharedApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	sender := w.as("alice", "sender")
	var members []*mqtttest.Client
	for i, filter := range []string{"$share/g/alice/public/#", "$share/h/alice/public/#", "$share/g/alice/public/x"} {
		c := w.as("alice", fmt.Sprint("m", i))
		c.Subscribe(filter, 1)
		members = append(members, c)
	}
	bob := w.as("bob", "b")
	bob.Subscribe("$share/g/alice/public/#", 1)
	members = append(members, bob)
	both := w.as("alice", "both")
	both.Subscribe("$share/own/alice/public/x", 1)
	both.Subscribe("alice/public/x", 0)
	const n = 20
	for i := range n {
		sender.Publish("alice/public/x", fmt.Sprint(i), 1, false)
	}
	for j, c := range members {
		for i := range n {
			if p := c.Message(); p.Payload != fmt.Sprint(i) || p.QoS != 1 {
				t.Fatalf("member %d: got %v, want message %d", j, p, i)
			}
		}
		c.Alive()
	}
	for range 2 * n {
		both.Message()
	}
	both.Alive()
}

// TestManyRetained: all of them arrive at one subscriber, at every QoS, and
// also when it is one that is kept, or its buffer is small.
func TestManyRetained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{State: t.TempDir(), WriteBuffer: 64 << 10, SysInterval: 1 << 40}})
	n := 10_000
	if raceDetector {
		n = 6000
	}
	sender := w.as("alice", "sender")
	go func() {
		var frames []byte
		for i := range n {
			frames = append(frames, mqtttest.Publish{Topic: fmt.Sprint("alice/r/", i), Payload: fmt.Sprint(i), QoS: byte(1 + i%2), ID: uint16(i) + 1, Retain: true}.Frame()...)
		}
		_ = sender.Offer(frames)
	}()
	for left := n; left > 0; {
		p, err := sender.Next(mqtttest.Patience)
		if err != nil {
			t.Fatal(err)
		}
		if p.Type == mqtttest.PUBREC {
			sender.Send(mqtttest.Ack(mqtttest.PUBREL, p.ID))
			continue
		}
		left--
	}
	for qos := byte(0); qos < 3; qos++ {
		for _, kept := range []bool{false, true} {
			l := login("alice", fmt.Sprint("late", qos, kept))
			l.Keep = kept
			c := mqtttest.Connect(t, w.addr, l)
			c.Send(mqtttest.Subscribe(1, qos, "alice/r/#"))
			c.Await(mqtttest.SUBACK)
			r := newReceiver(t)
			if !r.drain(c, n) {
				t.Fatalf("QoS %d, kept %v: the connection ended after %d", qos, kept, len(r.got))
			}
			seen := map[string]bool{}
			for _, p := range r.got {
				seen[p] = true
			}
			if len(seen) != n || len(r.got) != n {
				t.Errorf("QoS %d, kept %v: got %d messages, %d of them different, want %d", qos, kept, len(r.got), len(seen), n)
			}
			c.Disconnect()
		}
	}
	if st := w.broker.Stats(); st.Dropped != 0 || st.Cut != 0 || st.Overflowed != 0 {
		t.Errorf("got %d dropped, %d cut, %d overflowed, want none", st.Dropped, st.Cut, st.Overflowed)
	}
}
