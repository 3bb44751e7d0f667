package board

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Tally counts what one or many boards do; all may be read at any time.
// Published is Acknowledged, Lost and what is still in flight. Its zero value
// is ready.
type Tally struct {
	Connected    atomic.Int64 // now
	Connects     atomic.Int64 // ever
	Published    atomic.Int64 // readings written to the connection
	Acknowledged atomic.Int64
	Lost         atomic.Int64 // never acknowledged: the connection ended first
	Skipped      atomic.Int64 // readings not sent: too many waited for their acknowledgement
	Latency      Latencies    // from publish to acknowledgement
	Hints        atomic.Int64 // sentences from the broker on <session>/errors
	Trouble      atomic.Pointer[string]
}

// InFlight is what was published and neither acknowledged nor lost.
func (t *Tally) InFlight() int64 {
	// Acknowledged first: a message is published before it is acknowledged.
	done := t.Acknowledged.Load() + t.Lost.Load()
	return t.Published.Load() - done
}

func (t *Tally) trouble(text string) { t.Trouble.Store(&text) }

// Latencies is a distribution of durations, exact to 1.6 percent, that many
// may add to. Its zero value is empty.
type Latencies struct {
	buckets [64 * perOctave]atomic.Int64
	longest atomic.Int64 // ns
}

// perOctave is the number of buckets between one power of two and the next.
const perOctave = 64

// Add counts one duration; negative ones count as 0.
func (l *Latencies) Add(d time.Duration) {
	ns := max(int64(d), 0)
	l.buckets[bucket(uint64(ns))].Add(1)
	for {
		longest := l.longest.Load()
		if ns <= longest || l.longest.CompareAndSwap(longest, ns) {
			return
		}
	}
}

// bucket: below perOctave each number has its own, then each octave has
// perOctave equal ones.
func bucket(ns uint64) int {
	octave := max(bits.Len64(ns)-bits.Len(perOctave), 0)
	return octave*perOctave + int(ns>>octave)
}

// upper is the greatest number of a bucket.
func upper(bucket int) uint64 {
	octave := max(bucket/perOctave-1, 0)
	return uint64(bucket-octave*perOctave+1)<<octave - 1
}

// Reset empties the distribution.
func (l *Latencies) Reset() {
	for i := range l.buckets {
		l.buckets[i].Store(0)
	}
	l.longest.Store(0)
}

// Summary of a distribution; zero when it is empty.
type Summary struct {
	Count              int64
	P50, P95, P99, Max time.Duration
}

// Summary counts what there is.
func (l *Latencies) Summary() Summary {
	var counts [len(l.buckets)]int64
	var s Summary
	for i := range l.buckets {
		counts[i] = l.buckets[i].Load()
		s.Count += counts[i]
	}
	if s.Count == 0 {
		return s
	}
	s.Max = time.Duration(l.longest.Load())
	quantile := func(q float64) time.Duration {
		rank, seen := int64(q*float64(s.Count-1))+1, int64(0)
		for i, n := range counts {
			if seen += n; seen >= rank {
				return min(time.Duration(upper(i)), s.Max)
			}
		}
		return s.Max
	}
	s.P50, s.P95, s.P99 = quantile(0.50), quantile(0.95), quantile(0.99)
	return s
}
