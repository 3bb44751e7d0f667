package broker_test

import (
	"fmt"
	"net"
	"sync"
	"testing"

	"labbroker/internal/mqtttest"
)

// TestSplitWrites: packets in several segments, as umqtt sends them, and in
// segments of one byte, mean what they mean in one.
func TestSplitWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/x", 2)
	c := w.as("alice", "board")
	c.Split = true
	for qos := byte(0); qos < 3; qos++ {
		c.Publish("alice/x", fmt.Sprint("split ", qos), qos, false)
		if p := ear.Message(); p.Payload != fmt.Sprint("split ", qos) {
			t.Errorf("got %v", p)
		}
	}
	slow := mqtttest.Dial(t, w.addr)
	for _, frame := range [][]byte{
		login("alice", "bytes").Frame(),
		mqtttest.Subscribe(1, 1, "alice/y"),
		mqtttest.Publish{Topic: "alice/y", Payload: "by the byte", QoS: 2, ID: 9}.Frame(),
		mqtttest.Ack(mqtttest.PUBREL, 9),
	} {
		for i := range frame {
			slow.Send(frame[i : i+1])
		}
	}
	for _, kind := range []byte{mqtttest.CONNACK, mqtttest.SUBACK, mqtttest.PUBREC, mqtttest.PUBCOMP} {
		slow.Await(kind)
	}
	if p := slow.Message(); p.Payload != "by the byte" || p.QoS != 1 {
		t.Errorf("got %v", p)
	}
}

// TestBeforeConnack: what a client says right behind its CONNECT is handled
// when that is, in its order; where the CONNECT is refused, not at all.
func TestBeforeConnack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/x", 1)
	hurried := func(l mqtttest.Login) *mqtttest.Client {
		c := mqtttest.Dial(t, w.addr)
		frames := l.Frame()
		for i := range 50 {
			frames = append(frames, mqtttest.Subscribe(uint16(2*i+1), 1, fmt.Sprint("alice/own/", i))...)
			frames = append(frames, mqtttest.Publish{Topic: fmt.Sprint("alice/own/", i), Payload: "own", QoS: 1, ID: uint16(2*i + 2)}.Frame()...)
			frames = append(frames, mqtttest.Publish{Topic: "alice/x", Payload: fmt.Sprint(i)}.Frame()...)
		}
		c.Send(append(frames, 0xe0, 0))
		return c
	}
	wrong := login("alice", "wrong")
	wrong.Password = "wrong"
	c := hurried(wrong)
	if ack := c.Await(mqtttest.CONNACK); ack.Code != 4 {
		t.Errorf("wrong password: got %v, want code 4", ack)
	}
	c.Closed()
	c = hurried(login("alice", "hurried"))
	c.Await(mqtttest.CONNACK)
	subacks, pubacks, own := 0, 0, 0
	for {
		p, err := c.Next(mqtttest.Patience)
		if err != nil {
			break
		}
		switch p.Type {
		case mqtttest.SUBACK:
			subacks++
		case mqtttest.PUBACK:
			pubacks++
		case mqtttest.PUBLISH:
			own++
		}
	}
	if subacks != 50 || pubacks != 50 || own != 50 {
		t.Errorf("got %d SUBACK, %d PUBACK, %d messages, want 50 of each", subacks, pubacks, own)
	}
	for i := range 50 {
		if p := ear.Message(); p.Payload != fmt.Sprint(i) {
			t.Fatalf("got %v, want message %d", p, i)
		}
	}
	ear.Alive()
}

// TestHalfClose: a client that closes its sending side behind its last packets
// has them handled and answered.
func TestHalfClose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/#", 1)
	for _, goodbye := range []bool{false, true} {
		conn, err := net.Dial("tcp", w.addr)
		if err != nil {
			t.Fatal(err)
		}
		c := mqtttest.Over(t, conn)
		l := login("alice", "half")
		l.Will = &mqtttest.Will{Topic: "alice/will", Payload: "x"}
		frames := l.Frame()
		const n = 200
		for i := range n {
			frames = append(frames, mqtttest.Publish{Topic: "alice/x", Payload: fmt.Sprint(i), QoS: 1, ID: uint16(i) + 1}.Frame()...)
		}
		if goodbye {
			frames = append(frames, 0xe0, 0)
		}
		c.Send(frames)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		c.Await(mqtttest.CONNACK)
		for i := range n {
			if p := c.Await(mqtttest.PUBACK); p.ID != uint16(i)+1 {
				t.Fatalf("got %v, want id %d", p, i+1)
			}
		}
		c.Closed()
		for i := range n {
			if p := ear.Message(); p.Payload != fmt.Sprint(i) {
				t.Fatalf("got %v, want message %d", p, i)
			}
		}
		if !goodbye {
			if p := ear.Message(); p.Topic != "alice/will" {
				t.Errorf("got %v, want the will", p)
			}
		}
	}
	ear.Alive()
}

// TestOneOrder of retained messages: whoever was there and whoever came later
// is left with what is retained, however many publish at once.
func TestOneOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	const topic = "alice/state"
	early := w.as("alice", "early")
	early.Subscribe(topic, 1)
	rounds := 200
	if raceDetector {
		rounds = 60
	}
	var publishing sync.WaitGroup
	for p := range 3 {
		c := w.as("alice", fmt.Sprint("p", p))
		publishing.Go(func() {
			for i := range rounds {
				if c.Offer(mqtttest.Publish{Topic: topic, Payload: fmt.Sprint(p, "-", i), Retain: true}.Frame()) != nil {
					return
				}
			}
			c.Publish(fmt.Sprint("alice/done", p), "", 1, false) // all is handled
		})
	}
	var late []*mqtttest.Client
	for i := range 20 {
		c := w.as("alice", fmt.Sprint("late", i))
		c.Subscribe(topic, 0)
		late = append(late, c)
	}
	publishing.Wait()
	desk := w.as("alice", "desk")
	desk.Subscribe(topic, 0)
	kept := desk.Message()
	if !kept.Retain {
		t.Fatalf("got %v, want the retained message", kept)
	}
	w.as("alice", "ender").Publish(topic, "end", 1, false)
	for i, c := range append(late, early) {
		last := ""
		for {
			p := c.Message()
			if p.Payload == "end" {
				break
			}
			last = p.Payload
		}
		if last != kept.Payload {
			t.Errorf("subscriber %d: the last message is %s, and %s is retained", i, last, kept.Payload)
		}
	}
}
