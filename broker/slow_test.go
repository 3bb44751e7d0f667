package broker_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestStopsReading: a subscriber that reads no more is bounded, whatever its
// QoS; who publishes to it waits for a while at most, others not at all; and
// what it did not get at QoS 1 and 2 comes when it is back, in order.
func TestStopsReading(t *testing.T) {
	t.Parallel()
	for qos := byte(0); qos < 3; qos++ {
		for _, keep := range []bool{false, true} {
			t.Run(fmt.Sprintf("QoS %d, kept %v", qos, keep), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, settings{Options: broker.Options{SlowTime: 300 * time.Millisecond, WriteBuffer: 64 << 10}})
				l := login("alice", "stuck")
				l.Keep = keep
				stuck := narrow(t, w.addr)
				logIn(t, stuck, l)
				stuck.Subscribe("alice/flood", qos)

				other := w.watch()

				sender := w.as("alice", "sender")
				load := strings.Repeat("x", 4000)
				const n = 2500 // 10 MB: more than sockets hold
				var longest time.Duration
				for i := range n {
					start := time.Now()
					sender.Publish("alice/flood", fmt.Sprint(i, " ", load), qos, false)
					longest = max(longest, time.Since(start))
				}
				t.Logf("the longest publish took %v; %s", longest, other.watched())
				st := w.broker.Stats()
				if qos == 0 {
					w.noticed("alice", notice.CodeDropped)
					if st.Dropped == 0 || st.Cut != 0 || st.Queued != 0 {
						t.Errorf("got %d dropped, %d cut, %d queued, want some, 0, 0", st.Dropped, st.Cut, st.Queued)
					}
					return
				}
				w.noticed("alice", notice.CodeCut)
				if st.Cut != 1 {
					t.Errorf("cut: got %d, want 1", st.Cut)
				}
				if !keep {
					w.eventually("nothing waits", func() bool { st := w.broker.Stats(); return st.Queued == 0 && st.QueuedBytes == 0 })
					return
				}
				back := mqtttest.Dial(t, w.addr)
				if !logIn(t, back, l) {
					t.Error("session present: got false, want true")
				}
				r := newReceiver(t)
				if !r.drain(back, n) {
					t.Fatalf("the connection ended after %d messages", len(r.got))
				}
				for i, p := range r.got {
					if !strings.HasPrefix(p, fmt.Sprint(i, " ")) {
						t.Fatalf("message %d: got %.10q", i, p)
					}
				}
			})
		}
	}
}

// TestBackToALongQueue: who works off what waited for it is not slow, though
// more comes meanwhile.
func TestBackToALongQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{SlowTime: 200 * time.Millisecond}})
	l := login("alice", "late")
	l.Keep = true
	c := mqtttest.Connect(t, w.addr, l)
	c.Subscribe("alice/x", 1)
	c.Disconnect()
	sender := w.as("alice", "sender")
	n, more := 20_000, 1500
	var frames []byte
	for i := range n {
		frames = append(frames, mqtttest.Publish{Topic: "alice/x", Payload: fmt.Sprint(i), QoS: 1, ID: uint16(i%60000) + 1}.Frame()...)
	}
	go func() { _ = sender.Offer(frames) }()
	for range n {
		sender.Await(mqtttest.PUBACK)
	}
	c = mqtttest.Connect(t, w.addr, l)
	for i := range more { // while it reads nothing yet
		sender.Publish("alice/x", fmt.Sprint(n+i), 1, false)
	}
	r := newReceiver(t)
	if !r.drain(c, n+more) {
		t.Fatalf("the connection ended after %d of %d messages", len(r.got), n+more)
	}
	for i, p := range r.got {
		if p != fmt.Sprint(i) {
			t.Fatalf("message %d: got %q", i, p)
		}
	}
	if got := w.broker.Stats().Cut; got != 0 {
		t.Errorf("cut: got %d, want 0", got)
	}
}

// flood publishes n messages at a QoS without reading anything, and returns
// when all are written or the connection ended.
func flood(c *mqtttest.Client, topic string, n int, qos byte) {
	var frames []byte
	for i := range n {
		frames = append(frames, mqtttest.Publish{Topic: topic, Payload: fmt.Sprint(i), QoS: qos, ID: uint16(i) + 1}.Frame()...)
		if len(frames) > 16<<10 || i == n-1 {
			if c.Offer(frames) != nil {
				return
			}
			frames = frames[:0]
		}
	}
}

// readAll reads what flood left: acknowledgements and messages, each answered.
func readAll(t *testing.T, c *mqtttest.Client, n int) (got []string, err error) {
	acks := 0
	r := newReceiver(t)
	for acks < n || len(r.got) < n || len(r.inside) > 0 {
		p, err := c.Next(mqtttest.Patience)
		if err == nil {
			switch p.Type {
			case mqtttest.PUBACK, mqtttest.PUBCOMP:
				acks++
			case mqtttest.PUBREC:
				err = c.Offer(mqtttest.Ack(mqtttest.PUBREL, p.ID))
			default:
				err = c.Offer(r.take(p))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("after %d acknowledgements and %d messages of %d: %w", acks, len(r.got), n, err)
		}
	}
	return r.got, nil
}

// TestSlowToEachOther: two clients that flood each other, and one that floods
// itself, and read only when all is written, come out of it with all messages:
// neither waits for the other, however long it might.
func TestSlowToEachOther(t *testing.T) {
	t.Parallel()
	for qos := byte(1); qos < 3; qos++ {
		for _, names := range [][]string{{"a", "b"}, {"self"}} {
			t.Run(fmt.Sprintf("QoS %d, %d", qos, len(names)), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, settings{Options: broker.Options{SlowTime: time.Minute}})
				start := time.Now()
				const n = 9000 // past the window and the mark
				var list []*mqtttest.Client
				for _, name := range names {
					c := w.as("alice", name)
					c.Subscribe("alice/to/"+name, qos)
					list = append(list, c)
				}
				other := w.watch()
				var all sync.WaitGroup
				for i, c := range list {
					all.Go(func() {
						flood(c, "alice/to/"+names[(i+1)%len(names)], n, qos)
						got, err := readAll(t, c, n)
						if err != nil {
							s, _ := w.presence.Get("alice")
							t.Errorf("%v; the last end: %q", err, s.LastEnd)
						}
						for i, p := range got {
							if p != fmt.Sprint(i) {
								t.Errorf("message %d: got %q", i, p)
								return
							}
						}
					})
				}
				all.Wait()
				t.Logf("took %v; %s", time.Since(start), other.watched())
			})
		}
	}
}

// TestFloodsItself without end or reading: it is ended or bounded, and nobody
// else notices.
func TestFloodsItself(t *testing.T) {
	t.Parallel()
	for qos := byte(1); qos < 3; qos++ {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			t.Parallel()
			const limit = 8 << 20
			w := newWorld(t, settings{Options: broker.Options{WriteBuffer: 64 << 10, MaxQueued: 2000, MaxQueuedBytes: limit}})
			c := narrow(t, w.addr)
			logIn(t, c, login("alice", "self"))
			c.Subscribe("alice/self", qos)
			other := w.watch()
			load := strings.Repeat("x", 1000)
			most := int64(0)
			sent := 0
			for ; sent < 200_000; sent++ {
				if c.Offer(mqtttest.Publish{Topic: "alice/self", Payload: load, QoS: qos, ID: uint16(sent) | 1}.Frame()) != nil {
					break
				}
				if sent%1000 == 0 {
					most = max(most, w.broker.Stats().QueuedBytes)
				}
			}
			t.Logf("%d messages, at most %d KB waiting; %s", sent, most>>10, other.watched())
			if most > 2*limit {
				t.Errorf("got %d bytes waiting, want at most about %d", most, limit)
			}
			c.Vanish()
			w.eventually("nothing is left", func() bool {
				st := w.broker.Stats()
				return st.QueuedBytes == 0 && st.Queued == 0 && st.Connections == 0
			})
		})
	}
}
