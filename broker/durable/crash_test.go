package durable_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/broker/durable"
	"labbroker/internal/wal/waltest"
)

// Random calls on a store with tiny segments, which so is always cleaning; it
// is closed, killed at some byte, or loses power, and opened again. It has to
// come back as it was after some call, not before the last one that counts.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { play(t, seed, 25) })
		})
	}
}

// history is the ops since the last one that certainly is on the disk.
type history struct {
	base   *model // at the start of since
	now    *model
	since  []op
	counts int // of since, this many must be there after the end
}

func (h *history) add(o op) {
	o.model(h.now)
	h.since = append(h.since, o)
}

// match finds the ops after which the store was as it is now, and makes that
// the base.
func (h *history) match(t *testing.T, got string) bool {
	for i := 0; ; i++ {
		if i >= h.counts && h.base.String() == got {
			h.now = newModel()
			h.since, h.counts = nil, 0
			return true
		}
		if i == len(h.since) {
			t.Errorf("restored: got\n%swhich it never was, want at the end\n%s", got, h.now)
			return false
		}
		h.since[i].model(h.base)
	}
}

func play(t *testing.T, seed uint64, rounds int) {
	r := newRand(seed)
	fs := new(waltest.FS)
	o := durable.Options{FS: fs, SegmentSize: 512 + r.Int64N(2000), Power: seed%3 == 0}
	h := &history{base: newModel(), now: newModel()}
	for round := range rounds {
		s, res, err := durable.Open("store", o)
		if err != nil {
			t.Fatalf("round %d: got %v, want no error", round, err)
		}
		if !h.match(t, restored(res)) {
			_ = s.Close()
			t.Fatalf("round %d of seed %d", round, seed)
		}
		h.now = copyOf(h.base)
		p := &player{Rand: r, m: h.now, fresh: s.NewClient, unused: map[durable.Handle]uint64{}}
		power := r.IntN(3) == 0
		if r.IntN(3) > 0 {
			fs.KillAfter(1 + r.Int64N(30000))
		}
		for range r.IntN(600) {
			op := p.op(t)
			h.add(op)
			if op.store != nil {
				op.store(s)
			}
			if r.IntN(10) == 0 && s.Commit() == nil && (o.Power || !power) {
				h.counts = len(h.since)
			}
			if r.IntN(60) == 0 {
				<-time.After(100 * time.Millisecond)
				if !fs.Dead() {
					h.counts = len(h.since)
				}
			}
			if fs.Dead() {
				break
			}
		}
		if fs.Dead() || r.IntN(2) == 0 {
			if power {
				fs = fs.PowerCut(r)
			} else {
				fs = fs.Restart()
			}
			_ = s.Close()
		} else {
			if err := s.Close(); err != nil && !fs.Dead() {
				t.Errorf("close: got %v, want no error", err)
			} else if err == nil {
				h.counts = len(h.since)
				checkStats(t, fs, s.Stats())
			}
			fs = fs.Restart()
		}
		o.FS = fs
	}
	fs = fs.Restart()
	o.FS = fs
	s, _, err := durable.Open("store", o)
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Minute)
	if st := s.Stats(); st.Bytes > 2*st.Live+6*o.SegmentSize {
		t.Errorf("the log of %d needed bytes: got %d, want it cleaned", st.Live, st.Bytes)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// checkStats finds out whether a store's books agree with a new one's.
func checkStats(t *testing.T, fs *waltest.FS, want durable.Stats) {
	t.Helper()
	s, _, err := durable.Open("store", durable.Options{FS: fs.Restart(), SegmentSize: 1 << 29})
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	got := s.Stats()
	if got.Bytes, want.Bytes = 0, 0; got != want {
		t.Errorf("stats after opening: got %+v, want %+v", got, want)
	}
}

func copyOf(m *model) *model {
	c := newModel()
	for h, mc := range m.clients {
		n := *mc
		n.subs, n.queue, n.received = clone(mc.subs), clone(mc.queue), clone(mc.received)
		c.clients[h] = &n
	}
	c.retained = clone(m.retained)
	return c
}

func clone[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }
