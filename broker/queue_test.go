package broker

import (
	"math/rand/v2"
	"testing"
)

// TestPacketIDs follow each other, and after 65,535 comes 1.
func TestPacketIDs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		seq  uint64
		want uint16
	}{{0, 1}, {1, 2}, {65533, 65534}, {65534, 65535}, {65535, 1}, {65536, 2}, {131070, 1}, {1<<63 + 65535 - 1<<63%65535, 1}}
	for _, tt := range tests {
		if got := packetID(tt.seq); got != tt.want {
			t.Errorf("%d: got %d, want %d", tt.seq, got, tt.want)
		}
	}
}

// TestFind: over many wraps, whatever is in flight is found by its identifier
// and nothing else is taken for it.
func TestFind(t *testing.T) {
	t.Parallel()
	const flying = 4096
	for _, start := range []uint64{0, 1, 60000, 65534, 65535, 131000, 1 << 40} {
		q := queue{head: start, next: start, tail: start}
		for range flying {
			q.push(entry{state: sent})
		}
		q.next = q.tail
		for range flying { // these wait
			q.push(entry{state: ready})
		}
		for id := range 65536 {
			seq, ok := q.find(uint16(id))
			switch {
			case ok && (packetID(seq) != uint16(id) || seq < q.head || seq >= q.tail):
				t.Fatalf("from %d: identifier %d: got %d", start, id, seq)
			case id == 0 && ok:
				t.Fatalf("from %d: found the identifier 0", start)
			}
		}
		for seq := q.head; seq < q.tail; seq++ {
			if got, ok := q.find(packetID(seq)); !ok || got != seq {
				t.Fatalf("from %d: got %d, %v, want %d", start, got, ok, seq)
			}
		}
	}
	var empty queue
	if _, ok := empty.find(1); ok {
		t.Error("found an identifier in an empty queue")
	}
}

// TestQueue against a list, with acknowledgements in any order, drops, and
// numbers that wrap many times.
func TestQueue(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	q := queue{}
	var list []byte // states from q.head on
	at := func(seq uint64) *byte { return &list[seq-q.head] }
	for step := range 400_000 {
		head := q.head
		switch op := rnd.IntN(10); {
		case op < 4:
			if seq := q.push(entry{state: ready, qos: 1}); seq != head+uint64(len(list)) {
				t.Fatalf("step %d: pushed as %d, want %d", step, seq, head+uint64(len(list)))
			}
			list = append(list, ready)
		case op < 7 && q.next < q.tail && q.flying() < window: // send
			if e := q.at(q.next); e.state == ready {
				e.state = sent
				*at(q.next) = sent
			}
			q.next++
		case op < 9 && q.flying() > 0: // acknowledge
			seq := q.head + uint64(rnd.IntN(q.flying()))
			if found, ok := q.find(packetID(seq)); !ok || found != seq {
				t.Fatalf("step %d: got %d, %v, want %d", step, found, ok, seq)
			}
			*at(seq) = done
			q.end(seq)
		case op == 9 && rnd.IntN(4) == 0:
			here := rnd.IntN(2) == 0
			if !here {
				q.rewind()
			}
			from := q.head
			if here {
				from = q.next
			}
			var want uint64
			found := false
			for seq := from; seq < q.tail && !found; seq++ {
				want, found = seq, *at(seq) < released
			}
			seq, ok := q.oldest(here)
			if ok != found || ok && seq != want {
				t.Fatalf("step %d: oldest: got %d, %v, want %d, %v", step, seq, ok, want, found)
			}
			if ok {
				*at(seq) = done
				q.end(seq)
			}
		case rnd.IntN(100) == 0:
			q.rewind()
		}
		q.trim()
		for len(list) > 0 && list[0] == done {
			list = list[1:]
		}
		held := 0
		for i := range list {
			if list[i] != done {
				held++
			}
			if i < 3 && q.at(q.head+uint64(i)).state != list[i] {
				t.Fatalf("step %d: entry %d: got state %d, want %d", step, i, q.at(q.head+uint64(i)).state, list[i])
			}
		}
		if q.span() != len(list) || q.held != held || q.next < q.head || q.next > q.tail || q.waiting() < 0 {
			t.Fatalf("step %d: got %d entries, %d held, next %d in [%d, %d), want %d and %d", step, q.span(), q.held, q.next, q.head, q.tail, len(list), held)
		}
		if len(list) > 200 { // back to an empty one
			for seq := q.head; seq < q.tail; seq++ {
				q.end(seq)
			}
			q.trim()
			list = nil
			if len(q.ring) > 4*minRing {
				t.Fatalf("step %d: an empty queue keeps room for %d", step, len(q.ring))
			}
		}
	}
}
