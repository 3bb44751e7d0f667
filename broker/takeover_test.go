package broker_test

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"

	"labbroker/internal/mqtttest"
)

// TestTakeOverOfAWebSocket: whoever holds the id goes at once, whatever it came
// over.
func TestTakeOverOfAWebSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	page := httptest.NewServer(w.broker.WebSocket())
	defer page.Close()
	over := func() *mqtttest.Client {
		conn, _ := dialWebSocket(t, page.URL, "mqtt")
		c := mqtttest.Over(t, conn)
		c.Send(login("alice", "browser").Frame())
		c.Await(mqtttest.CONNACK)
		return c
	}
	old := over()
	over().Alive()
	old.Closed()
	w.as("alice", "browser").Alive()
	w.eventually("one connection is left", func() bool { return w.broker.Stats().Connections == 1 })
}

// TestExactlyOnceOverTakeOvers: a sender at QoS 2 that is thrown out at any
// moment, and goes on where it was, has each of its messages delivered once
// and in order.
func TestExactlyOnceOverTakeOvers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/once", 0)
	l := login("alice", "sender")
	l.Keep = true
	const rounds, burst = 40, 50
	id := uint16(1)
	for round := range rounds {
		c := mqtttest.Connect(t, w.addr, l)
		var all sync.WaitGroup
		if round < rounds-1 { // the next one comes in the middle of the burst
			all.Go(func() { mqtttest.Connect(t, w.addr, l).Vanish() })
		}
		var frames []byte
		for i := range burst {
			p := mqtttest.Publish{Topic: "alice/once", Payload: fmt.Sprint(int(id) + i), QoS: 2, ID: id + uint16(i)}
			frames = append(frames, p.Frame()...)
		}
		_ = c.Offer(frames)
		released := id
		for {
			p, err := c.Next(mqtttest.Patience)
			if err != nil {
				break
			}
			if p.Type == mqtttest.PUBREC {
				released = p.ID + 1
			}
			if p.Type == mqtttest.PUBREC && p.ID == id+burst-1 {
				c.Vanish()
				break
			}
		}
		all.Wait()
		// Whatever was not acknowledged comes again, and then all is released.
		c = mqtttest.Connect(t, w.addr, l)
		for i := released; i < id+burst; i++ {
			c.Send(mqtttest.Publish{Topic: "alice/once", Payload: fmt.Sprint(i), QoS: 2, ID: i, Dup: true}.Frame())
			c.Await(mqtttest.PUBREC)
		}
		for i := id; i < id+burst; i++ {
			c.Send(mqtttest.Ack(mqtttest.PUBREL, i))
			c.Await(mqtttest.PUBCOMP)
		}
		id += burst
		c.Vanish()
	}
	w.as("alice", "host").Publish("alice/once", "end", 1, false)
	for want := 1; ; want++ {
		p := ear.Message()
		if p.Payload == "end" {
			if want != rounds*burst+1 {
				t.Errorf("got %d messages, want %d", want-1, rounds*burst)
			}
			return
		}
		if p.Payload != fmt.Sprint(want) {
			t.Fatalf("got %v, want message %d", p, want)
		}
	}
}
