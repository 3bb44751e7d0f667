package durable_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/broker/durable"
)

func benchStore(b *testing.B, power bool) *durable.Store {
	s, _, err := durable.Open(b.TempDir(), durable.Options{Power: power})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	b.ReportAllocs()
	return s
}

// publishDone is a QoS 1 message on its way: kept, committed, acknowledged.
func publishDone(b *testing.B, s *durable.Store, m *durable.Message, commit bool) {
	if err := s.Publish(m); err != nil {
		b.Error(err)
	}
	if commit {
		if err := s.Commit(); err != nil {
			b.Error(err)
		}
	}
	s.Done(m.To[0].To, m.To[0].Seq)
	m.To[0].Seq++
}

func message(h durable.Handle) *durable.Message {
	return &durable.Message{Topic: "alice/mcu/ina219", Payload: make([]byte, 100), QoS: 1, To: []durable.Dest{{To: h, QoS: 1}}}
}

// One commit for 100 messages: what the calls themselves cost.
func BenchmarkPublishDone(b *testing.B) {
	s := benchStore(b, false)
	m, n := message(s.NewClient(durable.ClientInfo{Key: "alice/a"})), 0
	for b.Loop() {
		n++
		publishDone(b, s, m, n%100 == 0)
	}
}

func BenchmarkPublishCommit(b *testing.B) {
	for _, power := range []bool{false, true} {
		b.Run(fmt.Sprintf("power=%v", power), func(b *testing.B) {
			s := benchStore(b, power)
			m := message(s.NewClient(durable.ClientInfo{Key: "alice/a"}))
			for b.Loop() {
				publishDone(b, s, m, true)
			}
		})
	}
}

func BenchmarkPublishCommitParallel(b *testing.B) {
	for _, power := range []bool{false, true} {
		b.Run(fmt.Sprintf("power=%v", power), func(b *testing.B) {
			s := benchStore(b, power)
			var n atomic.Int64
			b.SetParallelism(50)
			b.RunParallel(func(pb *testing.PB) {
				m := message(s.NewClient(durable.ClientInfo{Key: fmt.Sprint(n.Add(1))}))
				for pb.Next() {
					publishDone(b, s, m, true)
				}
			})
		})
	}
}

func BenchmarkFanOut500(b *testing.B) {
	s := benchStore(b, false)
	m := message(s.NewClient(durable.ClientInfo{}))
	for range 499 {
		m.To = append(m.To, durable.Dest{To: s.NewClient(durable.ClientInfo{}), QoS: 1})
	}
	for b.Loop() {
		if err := s.Publish(m); err != nil {
			b.Fatal(err)
		}
		for i := range m.To {
			s.Done(m.To[i].To, m.To[i].Seq)
			m.To[i].Seq++
		}
	}
}

// TestRecovery prints how long it takes to open a store with 100,000 messages
// of 100 bytes waiting, after twice as many that are done, and what one of them
// costs in memory. It runs alone, since it looks at the heap.
func TestRecovery(t *testing.T) {
	dir := t.TempDir()
	s, _, err := durable.Open(dir, durable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const clients, each = 100, 1000
	var m [clients]*durable.Message
	for i := range m {
		m[i] = message(s.NewClient(durable.ClientInfo{Key: fmt.Sprint(i)}))
	}
	for range 3 * each {
		for _, m := range m {
			if err := s.Publish(m); err != nil {
				t.Fatal(err)
			}
			if seq := m.To[0].Seq; seq >= each {
				s.Done(m.To[0].To, seq-each)
			}
			m.To[0].Seq++
		}
		if err := s.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Stats()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, start := heap(), time.Now()
	s, res, err := durable.Open(dir, durable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	took, after := time.Since(start), heap()
	n := 0
	for _, c := range res.Clients {
		n += len(c.Queue)
		if c.Next != 3*each || c.Queue[0].Seq != 2*each {
			t.Errorf("client %d: got next %d, first %d, want %d and %d", c.Handle, c.Next, c.Queue[0].Seq, 3*each, 2*each)
		}
	}
	if n != clients*each {
		t.Errorf("restored: got %d messages, want %d", n, clients*each)
	}
	runtime.KeepAlive(res)
	res = nil
	index := heap()
	t.Logf("%d messages in %d bytes (%d of them needed): opened in %v, %d bytes of memory each with topic and payload, %d in the store",
		n, st.Bytes, st.Live, took, (after-before)/int64(n), (index-before)/int64(n))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
