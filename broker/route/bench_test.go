package route

import (
	"fmt"
	"testing"
)

// crowd is an index of 10,000 subscriptions: 2,500 sessions that have
// subscribed to their own, one filter of each kind.
func crowd() *Index[int] {
	x := New[int]()
	for i := range 2500 {
		s := fmt.Sprint("session", i)
		x.Subscribe(i, s+"/#", 0)
		x.Subscribe(i, s+"/mcu/ina219", 1)
		x.Subscribe(i, s+"/+/set", 1)
		x.Share(i, s, "workers", s+"/jobs/+", 1)
	}
	return x
}

func BenchmarkMatch(b *testing.B) {
	x := crowd()
	for _, bb := range []struct {
		name, topic string
		want        int
	}{
		{"alone", "session1234/mcu/ina219", 2},
		{"plus", "session77/mcu/set", 2},
		{"group", "session5/jobs/7", 2},
		{"nobody", "elsewhere/mcu/ina219", 0},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			each, group := func(Sub[int]) { n++ }, func(*Group[int]) { n++ }
			for b.Loop() {
				n = 0
				x.Match(bb.topic, each, group)
			}
			if n != bb.want {
				b.Errorf("got %d, want %d", n, bb.want)
			}
		})
	}
	b.Run("everybody", func(b *testing.B) {
		x := New[int]()
		for i := range 10_000 {
			x.Subscribe(i, "class/#", 0)
		}
		n := 0
		for b.Loop() {
			n = 0
			x.Match("class/hello", func(Sub[int]) { n++ }, func(*Group[int]) {})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/subscriber")
	})
}

// BenchmarkSame is what a publisher pays for each run of messages.
func BenchmarkSame(b *testing.B) {
	x := crowd()
	v := x.Version("session1/x")
	b.ReportAllocs()
	for b.Loop() {
		if !v.Same() {
			b.Fatal("got a change")
		}
	}
}

// BenchmarkSubscribeStorm is 10,000 subscribers that come and go.
func BenchmarkSubscribeStorm(b *testing.B) {
	const n = 10_000
	for _, bb := range []struct {
		name      string
		add, drop func(x *Index[int], i int)
	}{
		{"own filters", func(x *Index[int], i int) { x.Subscribe(i, fmt.Sprintf("s%d/#", i), 0) },
			func(x *Index[int], i int) { x.Unsubscribe(i, fmt.Sprintf("s%d/#", i)) }},
		{"one filter", func(x *Index[int], i int) { x.Subscribe(i, "class/#", 0) },
			func(x *Index[int], i int) { x.Unsubscribe(i, "class/#") }},
		{"one group", func(x *Index[int], i int) { x.Share(i, "s", "g", "class/#", 0) },
			func(x *Index[int], i int) { x.Unshare(i, "s", "g", "class/#") }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				x := New[int]()
				for i := range n {
					bb.add(x, i)
				}
				for i := range n {
					bb.drop(x, i)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/subscriber")
		})
	}
}
