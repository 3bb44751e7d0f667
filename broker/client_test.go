package broker

import (
	"fmt"
	"testing"

	"labbroker/broker/wire"
	"labbroker/internal/notice"
)

// absent is a client that is away, of a broker that was never run.
func absent(t *testing.T, o Options) *client {
	t.Helper()
	s, err := New(&law{}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.stranger("alice/board")
}

func (s *Server) stranger(key string) *client {
	cl := newClient(s, key, "alice", false)
	s.clients.put(cl)
	return cl
}

func (cl *client) pushText(text string) uint64 {
	return cl.push(&message{topic: "t", payload: []byte(text)}, 1, false, ready)
}

// payloads are the messages that are kept, in order.
func (cl *client) payloads() (list []string) {
	for seq := cl.q.head; seq < cl.q.tail; seq++ {
		if e := cl.q.at(seq); e.state < released {
			list = append(list, string(e.msg.payload))
		}
	}
	return list
}

// TestDropOldest: past the limit the oldest goes, one for each that comes,
// whatever stands at the head of the queue.
func TestDropOldest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		heads []byte // states of what was under way when the client left
	}{
		{"none under way", nil},
		{"one sent", []byte{sent}},
		{"several sent", []byte{sent, sent, sent}},
		{"one released", []byte{released}},
		{"all kinds", []byte{released, sent, released, sent}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cl := absent(t, Options{MaxQueued: 10})
			freed := 0
			for _, state := range tt.heads {
				cl.q.at(cl.pushText("old")).state = state
				if state == released {
					cl.drop(cl.q.at(cl.q.tail - 1))
					freed++
				}
			}
			cl.q.next = cl.q.tail
			cl.q.rewind()
			const n = 150_000
			for i := range n {
				cl.pushText(fmt.Sprint(i))
			}
			got := cl.payloads()
			// Past the numbers that one unacknowledged entry may hold up, it goes too.
			want := 10
			if len(got) < want-freed || len(got) > want {
				t.Fatalf("got %d messages, want %d", len(got), want)
			}
			for i, p := range got {
				if want := fmt.Sprint(n - len(got) + i); p != want {
					t.Fatalf("message %d: got %s, want %s", i, p, want)
				}
			}
			if limit := 2 * (10 + 65535); len(cl.q.ring) > 2*limit {
				t.Errorf("the queue has room for %d entries, want at most %d", len(cl.q.ring), limit)
			}
			count := cl.s.count.overflowed.Load()
			if want := int64(n + len(tt.heads) - freed - len(got)); count != want {
				t.Errorf("counted: got %d, want %d", count, want)
			}
			if told := cl.s.rules.(*law).told(notice.CodeQueueFull); told != 1 {
				t.Errorf("told: got %d times, want once a second", told)
			}
		})
	}
}

// TestMemoryIsShared: over the limit of all that waits, those lose who hold
// much; a client with little keeps it.
func TestMemoryIsShared(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	hog := absent(t, Options{MaxQueuedBytes: limit})
	modest := hog.s.stranger("bob/board")
	large := string(make([]byte, 10_000))
	for range 10 {
		modest.pushText("small")
	}
	for range 1000 {
		hog.pushText(large)
	}
	for range 10 {
		modest.pushText("small")
	}
	if got := len(modest.payloads()); got != 20 {
		t.Errorf("the modest one has %d messages, want 20", got)
	}
	if got := hog.s.queued.Load(); got > limit+limit/10 {
		t.Errorf("%d bytes wait, want about %d", got, limit)
	}
	if got := len(hog.payloads()); got < 90 {
		t.Errorf("the other one has %d messages, want about 100", got)
	}
	hog.s.drop(hog)
	hog.s.drop(modest)
	if got := hog.s.queued.Load(); got != 0 {
		t.Errorf("after both are gone %d bytes wait, want 0", got)
	}
}

// TestAcknowledgements in every state, known and unknown.
func TestAcknowledgements(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		qos, state    byte
		kind          byte
		after         byte
		release, goes bool // PUBREL is sent; the message is let go
		wrong         bool // against the protocol
	}{
		{"PUBACK", 1, sent, wire.PUBACK, done, false, true, false},
		{"PUBREC", 2, sent, wire.PUBREC, released, true, true, false},
		{"PUBREC again", 2, released, wire.PUBREC, released, true, false, false},
		{"PUBCOMP", 2, released, wire.PUBCOMP, done, false, false, false},
		{"PUBCOMP too early", 2, sent, wire.PUBCOMP, sent, false, false, true},
		{"PUBACK at QoS 2", 2, sent, wire.PUBACK, sent, false, false, true},
		{"PUBACK after PUBREC", 2, released, wire.PUBACK, released, false, false, true},
		{"PUBREC at QoS 1", 1, sent, wire.PUBREC, sent, false, false, true},
		{"PUBACK of what was not sent", 1, ready, wire.PUBACK, ready, false, false, false},
		{"PUBREC of what was not sent", 2, ready, wire.PUBREC, ready, true, false, false},
		{"PUBACK of what is not written", 1, written, wire.PUBACK, written, false, false, false},
		{"PUBREC of what is done", 2, done, wire.PUBREC, done, true, false, false},
		{"PUBACK of what is done", 1, done, wire.PUBACK, done, false, false, false},
	}
	for _, tt := range tests {
		for _, resumed := range []bool{false, true} {
			cl := absent(t, Options{})
			c := &conn{}
			cl.owner = c
			cl.q = queue{head: 65530, next: 65530, tail: 65530}
			first := cl.pushText("first") // keeps trim from taking it away
			seq := cl.push(&message{topic: "t"}, tt.qos, false, tt.state)
			if tt.state >= released {
				cl.drop(cl.q.at(seq))
			}
			cl.q.at(first).state = sent
			if cl.q.next = cl.q.tail; resumed {
				cl.q.rewind() // it answers what the last connection brought
			}
			bytes := cl.bytes
			release, _, err := cl.acked(c, tt.kind, packetID(seq))
			if got := cl.q.at(seq).state; got != tt.after || release != tt.release || (cl.bytes < bytes) != tt.goes || (err != nil) != tt.wrong {
				t.Errorf("%s, resumed %v: got state %d, PUBREL %v, let go %v, error %v, want %d, %v, %v, an error %v",
					tt.name, resumed, got, release, cl.bytes < bytes, err, tt.after, tt.release, tt.goes, tt.wrong)
			}
			if release, _, err := cl.acked(c, tt.kind, 7777); err != nil || release != (tt.kind == wire.PUBREC) {
				t.Errorf("%s, an unknown identifier: got PUBREL %v", tt.name, release)
			}
			if release, _, _ := cl.acked(&conn{}, wire.PUBREC, packetID(first)); release {
				t.Errorf("%s: an acknowledgement of a connection that has lost its client counts", tt.name)
			}
		}
	}
}
