package presence

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestConcurrent(t *testing.T) {
	t.Parallel()
	r := New(nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			s := fmt.Sprint("s", g%3)
			last := uint64(0)
			for i := range 200 {
				key := r.Connected(Client{Session: s, ID: "x"})
				r.Message(key, s, fmt.Sprint(i%30), []byte("5.02"), 0, i%2 == 0)
				r.Numeric(s, fmt.Sprint(i%30))
				r.Reading(s, time.Now())
				if _, v := r.TopicsSince(s, last); v < last && v != 0 {
					t.Errorf("version fell from %d to %d", last, v)
				} else {
					last = v
				}
				r.Get(s)
				r.Sessions()
				r.Refused(Refusal{Addr: s})
				r.Refusals()
				r.Disconnected(key, "")
				if g == 7 && i%100 == 0 {
					r.Drop(s)
				}
			}
		})
	}
	wg.Wait()
	for _, s := range r.Sessions() {
		if s.Clients != 0 {
			t.Errorf("%s: got %d clients, want 0", s.Session, s.Clients)
		}
	}
}

func TestMessageAllocatesNothing(t *testing.T) {
	r := New(nil)
	key := r.Connected(Client{Session: "ada"})
	payload := []byte(`{"voltage":5.012,"current_mA":81.3}`)
	n := testing.AllocsPerRun(100, func() {
		r.Message(key, "ada", "mcu/ina219", payload, 0, false)
		r.Numeric("ada", "mcu/ina219")
	})
	if n != 0 {
		t.Errorf("got %v allocations for a known topic, want 0", n)
	}
}

func BenchmarkMessage(b *testing.B) {
	r := New(nil)
	key := r.Connected(Client{Session: "ada"})
	payload := []byte(`{"voltage":5.012,"current_mA":81.3}`)
	b.ReportAllocs()
	for b.Loop() {
		r.Message(key, "ada", "mcu/ina219", payload, 0, false)
	}
}

func BenchmarkMessageParallel(b *testing.B) {
	r := New(nil)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		s := fmt.Sprint("s", time.Now().UnixNano())
		key := r.Connected(Client{Session: s})
		payload := []byte(`{"voltage":5.012,"current_mA":81.3}`)
		for pb.Next() {
			r.Message(key, s, "mcu/ina219", payload, 0, false)
		}
	})
}
