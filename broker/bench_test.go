package broker

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// BenchmarkPairs: each publisher has a subscriber of its own. One operation is
// one message from the first to the last byte.
func BenchmarkPairs(b *testing.B) {
	for qos := range 3 {
		for _, pairs := range []int{1, 50} {
			b.Run(fmt.Sprintf("qos=%d/pairs=%d", qos, pairs), func(b *testing.B) {
				crowdBench(b, qos, pairs, 1, 1)
			})
		}
	}
}

// BenchmarkFanOut: one publisher, fifty subscribers. One operation is one
// delivery.
func BenchmarkFanOut(b *testing.B) {
	for qos := range 3 {
		b.Run(fmt.Sprintf("qos=%d", qos), func(b *testing.B) { crowdBench(b, qos, 1, 1, 50) })
	}
}

// BenchmarkFanIn: fifty publishers, one subscriber.
func BenchmarkFanIn(b *testing.B) {
	for qos := range 3 {
		b.Run(fmt.Sprintf("qos=%d", qos), func(b *testing.B) { crowdBench(b, qos, 1, 50, 1) })
	}
}

// crowdBench has rooms with publishers and subscribers in each.
func crowdBench(b *testing.B, qos, rooms, publishers, subscribers int) {
	x := newInside(b, &law{}, Options{})
	payload := bytes.Repeat([]byte("5"), 64)           // about what a board sends of an INA219
	each := max(1, b.N/(rooms*publishers*subscribers)) // messages of one publisher
	var subs, pubs []*talker
	var topics []string
	for r := range rooms {
		topic := fmt.Sprint("room/", r, "/data")
		for i := range subscribers {
			subs = append(subs, newTalker(b, x.addr, fmt.Sprint("s", r, "-", i), fmt.Sprint(qos, topic)))
		}
		for i := range publishers {
			pubs = append(pubs, newTalker(b, x.addr, fmt.Sprint("p", r, "-", i)))
			topics = append(topics, topic)
		}
	}
	// At QoS 0 nothing but the subscribers' pace keeps publishers from losing
	// messages, so they go in steps.
	step := each
	if qos == 0 {
		step = max(1, 4000/(publishers*subscribers))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for sent := 0; sent < each; sent += step {
		n := min(step, each-sent)
		var all sync.WaitGroup
		for _, s := range subs {
			all.Go(func() {
				if err := s.receive(n*publishers, qos); err != nil {
					b.Error(err)
				}
			})
		}
		for i, p := range pubs {
			all.Go(func() {
				if err := p.send(topics[i], n, qos, 200, payload); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
	}
	b.StopTimer()
	if st := x.Stats(); st.Dropped > 0 || st.Cut > 0 {
		b.Errorf("%d messages dropped, %d connections cut", st.Dropped, st.Cut)
	}
}
