package journal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"labbroker/internal/wal/waltest"
)

// TestSet against a map.
func TestSet(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s Set
		want := map[uint64]bool{}
		for range 400 {
			n := 1 + r.Uint64N(300)
			s.Add(n)
			want[n] = true
			next := uint64(1)
			for want[next] {
				next++
			}
			if got := s.Next(); got != next {
				t.Fatalf("Next: got %d, want %d", got, next)
			}
		}
		b, ok := Decode(s.Append(nil))
		if !ok {
			t.Fatal("what Append wrote was not read")
		}
		for n := range uint64(320) {
			if n > 0 && (s.Has(n) != want[n] || b.Has(n) != want[n]) {
				t.Errorf("%d: got %v, decoded %v, want %v", n, s.Has(n), b.Has(n), want[n])
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{5, 2, 0, 9, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := Decode(b)
		if !ok {
			return
		}
		again, ok := Decode(s.Append(nil))
		if !ok || again.below != s.below || !slices.Equal(again.above, s.above) {
			t.Errorf("%x: got %v, want %v", b, again, s)
		}
	})
}

func FuzzEntry(f *testing.F) {
	e := Entry{Number: 7, Session: "ada", Topic: "x", Client: "b", Payload: []byte("1"), QoS: 1, At: time.Unix(1, 2)}
	f.Add(e.append(nil))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = decode(b) })
}

// TestReplay: after each end, a killed process or a power cut, what was settled
// and is not in the history comes again, in order, as it was.
func TestReplay(t *testing.T) {
	t.Parallel()
	fs := &waltest.FS{}
	var have Set
	var want []string
	for round := range 6 {
		var got []string
		j, err := Open("j", have, Options{FS: fs, Power: true, segment: 512}, func(e Entry) error {
			got = append(got, fmt.Sprint(e.Number, e.Session, e.Topic, e.Client, string(e.Payload), e.QoS, e.Retain, e.Page, e.At.UnixNano()))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: got %q, want %q", round, got, want)
		}
		for i := range 50 {
			e := Entry{Session: "ada", Topic: "mcu/v", Client: "board", Payload: fmt.Appendf(nil, "%d", i), QoS: byte(1 + i%2), Retain: i%3 == 0, Page: i%5 == 0, At: time.Unix(1000, int64(i))}
			ticket := j.Write(&e)
			if err := j.Settle(ticket); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprint(e.Number, e.Session, e.Topic, e.Client, string(e.Payload), e.QoS, e.Retain, e.Page, e.At.UnixNano()))
			if i%2 == round%2 || round%3 == 0 {
				have.Add(e.Number)
				want = want[:len(want)-1]
			}
		}
		before := j.Size()
		if err := j.trim(have.Next()); err != nil {
			t.Fatal(err)
		}
		if after := j.Size(); round == 0 && after >= before {
			t.Errorf("size after all was applied: got %d, want less than %d", after, before)
		}
		dead := fs
		if round%2 == 0 {
			fs = dead.PowerCut(rand.New(rand.NewPCG(uint64(round), 2)))
		} else {
			fs = dead.Restart()
		}
		_ = j.Close() // of the dead one
	}
}

func BenchmarkWriteSettle(b *testing.B) {
	j, err := Open(b.TempDir(), Set{}, Options{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	e := Entry{Session: "ada", Topic: "mcu/ina219", Client: "board", Payload: []byte(`{"v":5.01,"i":81.3,"p":407.3}`), QoS: 1, At: time.Unix(1e9, 0)}
	for b.Loop() {
		if err := j.Settle(j.Write(&e)); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}
