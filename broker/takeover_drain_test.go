package broker_test

import (
	"fmt"
	"testing"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
)

// TestTakeOverWhileDraining: a subscriber with a long queue is taken over
// again and again while it works it off, and more comes meanwhile: nothing is
// lost or out of order, and at QoS 2 nothing comes twice.
func TestTakeOverWhileDraining(t *testing.T) {
	t.Parallel()
	for qos := byte(1); qos < 3; qos++ {
		for _, state := range []bool{false, true} {
			t.Run(fmt.Sprintf("QoS %d, stored %v", qos, state), func(t *testing.T) {
				t.Parallel()
				o := broker.Options{}
				if state {
					o.State = t.TempDir()
				}
				w := newWorld(t, settings{Options: o})
				l := login("alice", "late")
				l.Keep = true
				c := mqtttest.Connect(t, w.addr, l)
				c.Subscribe("alice/x", qos)
				c.Disconnect()
				n := 6000 // more than the window
				if raceDetector {
					n = 3000
				}
				sender := w.as("alice", "sender")
				publish := func(from, to int) {
					for i := from; i < to; i++ {
						sender.Send(mqtttest.Publish{Topic: "alice/x", Payload: fmt.Sprint(i), QoS: qos, ID: uint16(i%60000) + 1}.Frame())
					}
					for left := to - from; left > 0; {
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
				}
				publish(0, n)
				r := newReceiver(t)
				c = mqtttest.Connect(t, w.addr, l)
				const rounds = 12
				for round := range rounds {
					// Some of it, of which not all is acknowledged.
					for range 50 + round*40 {
						p, err := c.Next(mqtttest.Patience)
						if err != nil {
							break
						}
						if b := r.take(p); b != nil && p.ID%5 != 0 {
							_ = c.Offer(b)
						}
					}
					publish(n, n+20)
					n += 20
					old := c
					c = mqtttest.Connect(t, w.addr, l)
					for { // what was still on its way
						p, err := old.Next(mqtttest.Patience)
						if err != nil {
							break
						}
						_ = r.take(p)
					}
				}
				if !r.drain(c, n) {
					t.Fatalf("the connection ended after %d messages", len(r.got))
				}
				for i, p := range r.got {
					if p != fmt.Sprint(i) {
						t.Fatalf("message %d: got %q", i, p)
					}
				}
				sender.Publish("alice/x", "end", qos, false)
				for {
					p := c.Message()
					if p.Payload == "end" {
						break
					}
					if qos == 2 || !p.Dup {
						t.Errorf("after all had come: got %v", p)
					}
				}
				t.Logf("%d messages, of which %d came again", n, r.again)
				w.eventually("nothing waits", func() bool { st := w.broker.Stats(); return st.Queued == 0 && st.QueuedBytes == 0 })
			})
		}
	}
}
