package presence

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

func TestEar(t *testing.T) {
	t.Parallel()
	r := New(nil)
	key := r.Connected(Client{Session: "ada", ID: "board"})
	e := r.Ear(key, "ada", "mcu/v")
	hear := func(n int, payload string) { e.Heard(time.Now(), n, []byte(payload), 1, false) }
	check := func(what string, messages, count int64, text string) {
		t.Helper()
		s, _ := r.Get("ada")
		if s.Messages != messages {
			t.Errorf("%s: messages: got %d, want %d", what, s.Messages, messages)
		}
		for _, x := range s.Topics {
			if x.Topic == "mcu/v" {
				if x.Count != count || x.Text != text || x.QoS != 1 {
					t.Errorf("%s: got %+v, want %d times, %q at last", what, x, count, text)
				}
				return
			}
		}
		t.Errorf("%s: got %+v, want the topic mcu/v", what, s.Topics)
	}
	hear(1, "1")
	hear(40, "41")
	check("a batch", 41, 41, "41")
	r.Message(0, "ada", "mcu/v", []byte("by itself"), 1, false)
	check("another's", 42, 42, "by itself")
	if s, _ := r.Get("ada"); s.Connections[0].Messages != 41 {
		t.Errorf("the connection's: got %d, want 41", s.Connections[0].Messages)
	}

	for i := range MaxTopics { // it falls out of the limit
		r.Message(0, "ada", fmt.Sprint(i), nil, 0, false)
	}
	hear(2, "44")
	check("a topic that fell out", 42+MaxTopics+2, 2, "44")

	r.Drop("ada")
	hear(3, "new")
	check("a dropped session", 3, 3, "new")
	hear(1, string(bytes.Repeat([]byte("x"), 1000)))
	check("a long payload", 4, 4, string(bytes.Repeat([]byte("x"), MaxText)))
}

// TestEarOfNoSession counts for the connection only.
func TestEarOfNoSession(t *testing.T) {
	t.Parallel()
	r := New(nil)
	key := r.Connected(Client{Session: "instructor"})
	e := r.Ear(key, "", "somewhere")
	e.Heard(time.Now(), 2, nil, 0, false)
	e.Heard(time.Now(), 3, nil, 0, false)
	s, _ := r.Get("instructor")
	if got := s.Connections[0].Messages; got != 5 || len(s.Topics) != 0 {
		t.Errorf("got %d messages and topics %v, want 5 and none", got, s.Topics)
	}
}

func TestEarAllocatesNothing(t *testing.T) {
	r := New(nil)
	e := r.Ear(r.Connected(Client{Session: "ada"}), "ada", "mcu/ina219")
	payload := []byte(`{"voltage":5.012,"current_mA":81.3}`)
	e.Heard(time.Now(), 1, payload, 0, false)
	if n := testing.AllocsPerRun(100, func() { e.Heard(time.Now(), 20, payload, 0, false) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkEar(b *testing.B) {
	r := New(nil)
	e := r.Ear(r.Connected(Client{Session: "ada"}), "ada", "mcu/ina219")
	payload := []byte(`{"voltage":5.012,"current_mA":81.3}`)
	b.ReportAllocs()
	for b.Loop() {
		e.Heard(time.Now(), 1, payload, 0, false)
	}
}

func BenchmarkEarParallel(b *testing.B) {
	r := New(nil)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		key := r.Connected(Client{Session: "ada"})
		e := r.Ear(key, fmt.Sprint("s", key), "mcu/ina219")
		payload := []byte(`{"voltage":5.012,"current_mA":81.3}`)
		for pb.Next() {
			e.Heard(time.Now(), 1, payload, 0, false)
		}
	})
}
