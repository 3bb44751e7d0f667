package presence

import "time"

const (
	slot   = 250 * time.Millisecond
	window = 5 * time.Second
	slots  = int64(window / slot)
)

// meter counts messages over the last 5 s, in slots of 250 ms, without a
// ticker. The zero value is ready. The caller locks.
type meter struct {
	base   time.Time // the first message; slots count from here
	began  int64     // slot in which the present stretch of messages began
	last   int64     // slot of the newest message
	swept  int64     // the counts are of the slots up to here
	counts [slots + 1]uint32
}

func (m *meter) add(n int, now time.Time) {
	if m.base.IsZero() {
		m.base = now
	}
	at := m.slot(now)
	if at < m.last { // the clock was set back
		*m = meter{base: now}
		at = 0
	}
	if at-m.last > slots {
		m.began = at
	}
	m.sweep(at)
	m.last = at
	m.counts[at%(slots+1)] += uint32(n)
}

// rate is the mean of the last 5 s, or of the time since messages began, at
// least 1 s.
func (m *meter) rate(now time.Time) float64 {
	n := m.slot(now)
	if m.base.IsZero() || n-m.last > slots || n < m.last {
		return 0
	}
	m.sweep(n)
	sum := uint32(0)
	for _, c := range m.counts {
		sum += c
	}
	// The oldest slot counts with the part of it that is in the window.
	into := float64(now.Sub(m.base)%slot) / float64(slot)
	total := float64(sum) - into*float64(m.counts[(n+1)%(slots+1)])
	since := now.Sub(m.base) - time.Duration(m.began)*slot
	return total / min(max(since, time.Second), window).Seconds()
}

func (m *meter) slot(now time.Time) int64 { return int64(now.Sub(m.base) / slot) }

// sweep clears the slots that passed without a message.
func (m *meter) sweep(n int64) {
	for i := m.swept + 1; i <= n && i <= m.swept+slots+1; i++ {
		m.counts[i%(slots+1)] = 0
	}
	m.swept = max(m.swept, n)
}
