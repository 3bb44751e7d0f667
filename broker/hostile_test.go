package broker_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// settle waits until no more goroutines are left than there were, but for
// those of other tests.
func (w *world) settle(before int) {
	w.t.Helper()
	w.eventually("the connections are gone", func() bool { return w.broker.Stats().Connections == 0 })
	w.eventually("their goroutines are gone", func() bool { return runtime.NumGoroutine() <= before+20 })
}

// TestSilentThousand: a thousand connections that never say CONNECT cost some
// memory, for a while, and nobody else anything. It runs alone, to count.
func TestSilentThousand(t *testing.T) {
	w := newWorld(t, settings{Options: broker.Options{ConnectTimeout: 2 * time.Second}})
	w.as("alice", "first").Disconnect()
	w.eventually("the first is gone", func() bool { return w.broker.Stats().Connections == 0 })
	memory, goroutines := inUse(), runtime.NumGoroutine()
	other := w.watch()
	const n = 1000
	for i := range n {
		c := mqtttest.Dial(t, w.addr)
		if i%2 == 1 {
			c.Send([]byte{0x10, 60, 0, 4, 'M', 'Q'}) // and no more
		}
	}
	start := time.Now()
	w.as("alice", "board").Disconnect()
	w.eventually("all are there", func() bool { return w.broker.Stats().Connects == 3 })
	with := inUse()
	t.Logf("%d connections took %d KB; a board was served in %v", w.broker.Stats().Connections, int64(with-memory)>>10, time.Since(start))
	w.refused(notice.CodeNoConnect)
	t.Log(other.watched())
	w.settle(goroutines)
	t.Logf("after them %d KB are left", (int64(inUse())-int64(memory))>>10)
}

// TestMalformedFlood: frames that no client should send, on many connections at
// once; each ends, another session is served all along, and nothing is left.
func TestMalformedFlood(t *testing.T) {
	w := newWorld(t, settings{})
	w.as("alice", "first").Disconnect()
	goroutines := runtime.NumGoroutine()
	other := w.watch()
	str := mqtttest.Str
	frames := [][]byte{
		{0xf0, 0}, {0x00, 0}, {0x36, 3, 0, 1, 'a'}, {0x30, 0xff, 0xff, 0xff, 0xff, 0xff},
		{0x30, 0xff, 0xff, 0xff, 0x7f}, {0x82, 0}, {0x80, 2, 0, 1}, {0x82, 2, 0, 0}, {0x62, 2, 0, 0}, {0x40, 3, 0, 1, 0},
		{0xc0, 1, 0}, {0xe0, 1, 0}, {0x20, 2, 0, 0}, {0x90, 3, 0, 1, 0}, {0x38, 3, 0, 1, 'a'},
		mqtttest.Frame(0x30, str("alice/+")), mqtttest.Frame(0x82, []byte{0, 1}, str("a"), []byte{3}),
		mqtttest.Frame(0x82, []byte{0, 1}, []byte{0xff, 0xff, 'a'}), mqtttest.Frame(0xa2, []byte{0, 1}),
		mqtttest.Frame(0x32, str("alice/x"), []byte{0, 0}), mqtttest.Login{ID: "again"}.Frame(),
	}
	rounds := 40
	if raceDetector {
		rounds = 5
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range rounds {
				for j, frame := range frames {
					c := mqtttest.Dial(t, w.addr)
					if i%2 == 0 {
						_ = c.Offer(login("alice", fmt.Sprint("bad", g)).Frame())
					}
					for range 20 {
						if c.Offer(frame) != nil {
							break
						}
					}
					for {
						if _, err := c.Next(mqtttest.Patience); err != nil {
							if err.Error() != "EOF" {
								t.Errorf("frame %d: got %v, want the connection closed", j, err)
							}
							break
						}
					}
					c.Vanish()
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d connections with malformed frames; %s", 4*rounds*len(frames), other.watched())
	w.settle(goroutines)
	if st := w.broker.Stats(); st.Clients != 0 || st.Kept != 0 {
		t.Errorf("left: got %d clients and %d sessions, want none", st.Clients, st.Kept)
	}
}

// TestReconnects: one client id that comes ten thousand times, in its own
// place, with a DISCONNECT or without.
func TestReconnects(t *testing.T) {
	w := newWorld(t, settings{})
	w.as("alice", "first").Disconnect()
	w.eventually("the first is gone", func() bool { return w.broker.Stats().Connections == 0 })
	memory, goroutines := inUse(), runtime.NumGoroutine()
	n := 10_000
	if raceDetector {
		n = 500
	}
	other := w.watch()
	var last *mqtttest.Client
	for i := range n {
		l := login("alice", "flapping")
		l.Keep = i%3 > 0
		c := mqtttest.Dial(t, w.addr)
		logIn(t, c, l)
		if i%10 == 0 {
			c.Subscribe("alice/x", 1)
		}
		switch i % 4 {
		case 0:
			c.Disconnect()
		case 1:
			c.Vanish()
		} // else the next one takes its place
		if last != nil {
			last.Vanish()
		}
		last = c
	}
	last.Vanish()
	t.Log(other.watched())
	w.settle(goroutines)
	t.Logf("after %d connections %d KB are left", n, (int64(inUse())-int64(memory))>>10)
	if st := w.broker.Stats(); st.Clients != 0 || st.Kept > 1 || st.Subscriptions > 1 {
		t.Errorf("left: got %d clients, %d sessions, %d subscriptions, want 0, at most 1 and 1", st.Clients, st.Kept, st.Subscriptions)
	}
}
