package broker_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/account"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestExpiry: who stays away too long is forgotten with all it had; who comes
// back in time, or is here, is not.
func TestExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{Expiry: 400 * time.Millisecond}})
	keep := func(id string) mqtttest.Login {
		l := login("alice", id)
		l.Keep = true
		return l
	}
	here := mqtttest.Connect(t, w.addr, keep("here"))
	here.Subscribe("alice/x", 1)
	for i := range 3 {
		c := mqtttest.Connect(t, w.addr, keep(fmt.Sprint("away", i)))
		c.Subscribe("alice/x", 1)
		c.Disconnect()
	}
	host := w.as("alice", "host")
	host.Publish("alice/x", "waits", 1, false)
	w.eventually("three are forgotten", func() bool { return w.broker.Stats().Expired == 3 })
	st := w.broker.Stats()
	if st.Kept != 2 || st.Subscriptions != 1 || st.Queued != 1 {
		t.Errorf("left: got %d clients, %d subscriptions, %d messages, want 2, 1, 1", st.Kept, st.Subscriptions, st.Queued)
	}
	if _, ack := mqtttest.Try(t, w.addr, keep("away1")); ack.Present {
		t.Error("session present: got true, want false")
	}
	if p := here.Message(); p.Payload != "waits" {
		t.Errorf("who is here: got %v, want the message", p)
	}
	w.eventually("nothing waits", func() bool { st := w.broker.Stats(); return st.Queued == 0 && st.QueuedBytes == 0 })
}

// TestFullHouse: over the limit nobody new gets in, but a board that was reset
// takes its own place.
func TestFullHouse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{MaxClients: 2}})
	w.as("alice", "host")
	old := w.as("alice", "board")
	if _, ack := mqtttest.Try(t, w.addr, login("alice", "third")); ack.Code != 3 {
		t.Errorf("one too many: got %v, want code 3", ack)
	}
	w.refused(notice.CodeLimit)
	back := w.as("alice", "board")
	old.Closed()
	back.Alive()
	if got := w.broker.Stats().OverClients; got != 1 {
		t.Errorf("counted: got %d, want 1", got)
	}
}

// TestRemovedWhileComingBack: whenever a session's clients are ended, a
// connection is either closed or whole.
func TestRemovedWhileComingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	l := login("alice", "board")
	l.Keep = true
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				w.broker.Disconnect("alice")
			}
		}
	})
	whole := 0
	for i := range 150 {
		c := mqtttest.Dial(t, w.addr)
		frames := append(l.Frame(), mqtttest.Subscribe(1, 1, "alice/x")...)
		frames = append(frames, mqtttest.Publish{Topic: "alice/x", Payload: "x", QoS: 1, ID: 2}.Frame()...)
		_ = c.Offer(frames)
		granted, heard := false, false
		for !heard {
			p, err := c.Next(mqtttest.Patience)
			if err != nil {
				break
			}
			switch p.Type {
			case mqtttest.SUBACK:
				if granted = p.Codes[0] == 1; !granted {
					t.Fatalf("round %d: got %v, want it granted or closed", i, p)
				}
			case mqtttest.PUBLISH:
				heard = true
				whole++
			}
		}
		if i%2 == 0 {
			c.Vanish()
		} else {
			_ = c.Offer(mqtttest.Frame(mqtttest.DISCONNECT << 4))
		}
	}
	close(stop)
	all.Wait()
	t.Logf("%d of 150 were whole", whole)
	w.broker.Disconnect("alice")
	w.eventually("nothing is left", func() bool {
		st := w.broker.Stats()
		return st.Kept == 0 && st.Subscriptions == 0 && st.Queued == 0 && st.Clients == 0
	})
}
