package durable_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
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
	for seed := range uint64(32) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { play(t, seed, 20) })
		})
	}
}

// history is what was called. Of since, a kill leaves at least the first
// written, a power cut the first synced.
type history struct {
	base            *model // at the start of since
	since           []op
	written, synced int
}

func (h *history) add(o op, now *model) {
	o.model(now)
	h.since = append(h.since, o)
}

// match finds out after which call the store was as it is now, forgets the
// ones after, and returns the state.
func (h *history) match(t *testing.T, got string, power bool) *model {
	least := h.written
	if power {
		least = h.synced
	}
	for _, o := range h.since[:h.synced] {
		o.model(h.base)
	}
	h.since, h.written, least = h.since[h.synced:], h.written-h.synced, least-h.synced
	h.synced = 0
	now := copyOf(h.base)
	for i := 0; ; i++ {
		if i >= least && now.String() == got {
			h.since, h.written = h.since[:i], i
			if power {
				h.synced = i
			}
			return now
		}
		if i == len(h.since) {
			t.Errorf("restored: got what it never was; against the last call: %s", difference(got, now.String()))
			return nil
		}
		h.since[i].model(now)
	}
}

func play(t *testing.T, seed uint64, rounds int) {
	r := newRand(seed)
	fs := new(waltest.FS)
	o := durable.Options{FS: fs, SegmentSize: 512 + r.Int64N(2000), Power: seed%3 == 0}
	h, power := &history{base: newModel()}, false
	for round := range rounds {
		s, res, err := durable.Open("store", o)
		if err != nil {
			t.Fatalf("round %d: got %v, want no error", round, err)
		}
		now := h.match(t, restored(res), power)
		if now == nil {
			_ = s.Close()
			t.Fatalf("round %d of seed %d", round, seed)
		}
		p := &player{Rand: r, m: now, fresh: s.NewClient, unused: map[durable.Handle]uint64{}}
		if r.IntN(3) > 0 {
			fs.KillAfter(1 + r.Int64N(30000))
		}
		for range r.IntN(600) {
			op := p.op(t)
			h.add(op, now)
			if op.store != nil {
				op.store(s)
			}
			if r.IntN(10) == 0 && s.Commit() == nil {
				if h.written = len(h.since); o.Power {
					h.synced = h.written
				}
			}
			if r.IntN(60) == 0 {
				<-time.After(100 * time.Millisecond)
				if !fs.Dead() {
					h.written, h.synced = len(h.since), len(h.since)
				}
			}
			if fs.Dead() {
				break
			}
		}
		if !fs.Dead() && r.IntN(2) == 0 && s.Close() == nil {
			h.written, h.synced = len(h.since), len(h.since)
			checkStats(t, fs, s.Stats())
		}
		if power = r.IntN(3) == 0; power {
			fs = fs.PowerCut(r)
		} else {
			fs = fs.Restart()
		}
		_ = s.Close()
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

// difference is the first line that differs.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("got %.200q, want %.200q", g[i], append(w, "")[min(i, len(w))])
		}
	}
	return fmt.Sprintf("got the end, want %.200q", append(w, "")[min(len(g), len(w))])
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
