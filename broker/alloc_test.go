package broker

import (
	"bytes"
	"testing"

	"labbroker/broker/wire"
)

// TestForwardingAllocatesNothing: a message of QoS 0 that goes from one client
// to others costs no memory, its way through the kernel included; a few
// allocations of the broker's own clockwork are in the same time.
func TestForwardingAllocatesNothing(t *testing.T) {
	x := newInside(t, &law{}, Options{})
	subs := []*talker{newTalker(t, x.addr, "s1", "0room/+"), newTalker(t, x.addr, "s2", "1#")}
	pub := newTalker(t, x.addr, "p")
	const n = 1000
	var frames []byte
	for range n {
		frames = wire.AppendPublish(frames, 0, 0, "room/data", 0, bytes.Repeat([]byte("5"), 60))
	}
	got := testing.AllocsPerRun(30, func() {
		if _, err := pub.Write(frames); err != nil {
			t.Fatal(err)
		}
		for _, s := range subs {
			if err := s.receive(n, 0); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Logf("%.1f allocations for %d messages to two subscribers", got, n)
	if got/n >= 0.1 {
		t.Errorf("got %.2f allocations a message, want none", got/n)
	}
}
