package runs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"labbroker/sensor/solar"
)

// bench makes a series' voltages and feeds them to a detector.
type bench struct {
	t     *testing.T
	s     sweeps
	rng   *rand.Rand
	every time.Duration
	noise float64 // V, standard deviation
	lsb   float64 // V, 0 = none
	at    int64
	n     int64
	v     []float64
	found []string
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, rng: rand.New(rand.NewPCG(3, 4)), every: 100 * time.Millisecond, at: 1e18}
	b.s.began = func(p point) { b.found = append(b.found, fmt.Sprintf("%d-", p.n)) }
	b.s.ended = func(p point) { b.found[len(b.found)-1] += fmt.Sprint(p.n) }
	return b
}

func (b *bench) row(v float64) {
	v += b.noise * b.rng.NormFloat64()
	if b.lsb > 0 {
		v = math.Round(v/b.lsb) * b.lsb
	}
	b.at += int64(b.every)
	b.n++
	b.v = append(b.v, v)
	b.s.add(point{seq: 10 * b.n, n: b.n, at: b.at, arrival: b.at, v: v}, false)
}

// hold stays at a voltage, to goes from one to another in n rows.
func (b *bench) hold(v float64, d time.Duration) *bench {
	for range int(d / b.every) {
		b.row(v)
	}
	return b
}

func (b *bench) to(from, to float64, n int) *bench {
	for i := range n {
		b.row(from + (to-from)*float64(i)/float64(n-1))
	}
	return b
}

func (b *bench) quiet(d time.Duration) *bench {
	b.at += int64(d)
	b.s.idle(b.at)
	return b
}

// want are sweeps as "first-last" row numbers, from 1; each end may be off by
// so many rows.
func (b *bench) want(off int64, want ...string) {
	b.t.Helper()
	b.s.stop()
	ok := len(b.found) == len(want)
	for i := 0; ok && i < len(want); i++ {
		var a, z, wa, wz int64
		fmt.Sscanf(b.found[i], "%d-%d", &a, &z)
		fmt.Sscanf(want[i], "%d-%d", &wa, &wz)
		ok = max(a-wa, wa-a, z-wz, wz-z) <= off
	}
	if !ok {
		b.t.Errorf("got %s, want %s (off by %d at most)", strings.Join(b.found, " "), strings.Join(want, " "), off)
	}
}

func TestSweeps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(b *bench)
		off  int64
		want []string
	}{
		{"rising between pauses", func(b *bench) { b.hold(0, 20*time.Second).to(0, 6, 100).hold(6, 20*time.Second) }, 4, []string{"200-301"}},
		{"falling between pauses", func(b *bench) { b.hold(6, 20*time.Second).to(6, 0, 100).hold(0, 20*time.Second) }, 4, []string{"200-301"}},
		{"as the first and last thing", func(b *bench) { b.to(0, 6, 40) }, 0, []string{"1-40"}},
		{"twelve steps", func(b *bench) { b.to(0, 5.5, 12).to(0, 5.5, 12) }, 0, []string{"1-12", "13-24"}},
		{"too few rows", func(b *bench) { b.to(0, 6, 6).to(0, 6, 6) }, 0, nil},
		{"a triangle: a run for each leg", func(b *bench) { b.to(0, 6, 61).to(5.9, 0, 60).to(0.1, 6, 60).to(5.9, 0, 60) }, 0,
			[]string{"1-61", "61-121", "121-181", "181-241"}},
		{"a sawtooth", func(b *bench) { b.to(0, 6, 50).to(0, 6, 50).to(0, 6, 50) }, 0, []string{"1-50", "51-100", "101-150"}},
		{"noise", func(b *bench) {
			b.noise = 0.03
			b.hold(0.1, 15*time.Second).to(0.1, 6, 200).hold(6, 15*time.Second)
		}, 8, []string{"150-350"}},
		{"steps of 4 mV, and their noise", func(b *bench) {
			b.noise, b.lsb = 0.003, 0.004
			b.hold(0, 15*time.Second).to(0, 0.58, 100).hold(0.58, 15*time.Second).to(0.58, 0, 100).hold(0, 15*time.Second)
		}, 12, []string{"150-250", "400-500"}},
		{"steps held, and repeated", func(b *bench) {
			for i := range 20 {
				b.hold(0.3*float64(i), 3*time.Second)
			}
			b.hold(5.7, 20*time.Second)
		}, 32, []string{"30-575"}},
		{"one row that is far off", func(b *bench) {
			b.to(0, 3, 30).row(26)
			b.to(3.1, 6, 30)
		}, 0, []string{"1-61"}},
		{"read by hand, a row in 30 s", func(b *bench) {
			b.every = 30 * time.Second
			b.hold(0, 5*time.Minute).to(0, 6, 20).quiet(10 * time.Minute)
		}, 4, []string{"10-30"}},
		{"rows stay out", func(b *bench) { b.to(0, 6, 30).quiet(time.Minute).to(6, 0, 30) }, 0, []string{"1-30", "31-60"}},
		{"all in one message", func(b *bench) {
			b.every = 0
			b.to(0, 6, 20).quiet(time.Minute).to(0, 6, 20).quiet(time.Minute)
		}, 0, []string{"1-20", "21-40"}},
		{"below zero", func(b *bench) { b.to(-1, 0.7, 60).to(0.7, -1, 60) }, 1, []string{"1-60", "60-120"}},
		{"an hour of a battery", func(b *bench) {
			b.noise, b.lsb = 0.002, 0.004
			b.to(4.1, 3.0, 36000)
		}, 0, nil},
		{"an hour of a battery, no steps", func(b *bench) { b.to(4.1, 3.0, 36000) }, 0, nil},
		{"a battery, a row a minute", func(b *bench) {
			b.every = time.Minute
			b.to(4.1, 3.0, 60)
		}, 0, nil},
		{"nothing connected", func(b *bench) {
			b.noise, b.lsb = 0.006, 0.004
			b.hold(0, 30*time.Minute)
		}, 0, nil},
		{"noise only", func(b *bench) {
			b.noise = 0.05
			b.hold(5, 30*time.Minute)
		}, 0, nil},
		{"a load switched on and off", func(b *bench) {
			for range 20 {
				b.hold(4.1, 5*time.Second).hold(3.7, 5*time.Second)
			}
		}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c.make(b)
			b.want(c.off, c.want...)
		})
	}
}

// TestSolarBench sweeps the simulated panel, with an INA219's steps: a run a
// period, each from about 0 V to the open circuit.
func TestSolarBench(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		panel := solar.NewBench(seed, solar.Options{Sweep: true})
		b := newBench(t)
		b.lsb = 0.004
		b.at = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC).UnixNano()
		var ends [][2]int64
		b.s.began = func(p point) { ends = append(ends, [2]int64{p.n, 0}) }
		b.s.ended = func(p point) { ends[len(ends)-1][1] = p.n }
		for range 10 * 200 { // 200 s at 10 Hz
			v, _ := panel.At(time.Unix(0, b.at))
			b.row(float64(v) / 1e9)
		}
		b.s.stop()
		if len(ends) < 10 || len(ends) > 11 {
			t.Errorf("seed %d: got %d sweeps, want 10 or 11", seed, len(ends))
		}
		for _, e := range ends[1 : len(ends)-1] {
			first, last := b.v[e[0]-1], b.v[e[1]-1]
			top := 0.0
			for _, v := range b.v[e[0]-1 : e[1]] {
				top = max(top, v)
			}
			if first > 0.1 || last < top-0.1 || top < 4 || e[1]-e[0] < 180 {
				t.Errorf("seed %d: sweep of rows %d to %d from %.3f to %.3f V (top %.3f), want one from 0 to open", seed, e[0], e[1], first, last, top)
			}
		}
	}
}
