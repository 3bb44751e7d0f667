package ina219

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"
)

// meter sets a bench's chip up through periph's driver and lets the first
// conversion finish.
func (b *bench) meter(t *testing.T, o Options) *Meter {
	t.Helper()
	m, err := New(b, o)
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Second)
	return m
}

func TestReadThroughPeriph(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		o         Options
		volts     physic.ElectricPotential
		amps      physic.ElectricCurrent
		v, mA, mW float64
		tolV      float64
		tolA      float64 // mA
	}{
		{"3.3 V, 100 mA", Options{}, 3300 * physic.MilliVolt, 100 * physic.MilliAmpere, 3.3, 99.9, 329, 0, 0.05},
		{"5.012 V, 81.3 mA", Options{}, 5012 * physic.MilliVolt, 81300 * physic.MicroAmpere, 5.012, 81.3, 407, 0, 0.1},
		{"nothing", Options{}, 0, 0, 0, 0, 0, 0, 0},
		{"VIN+ and VIN- swapped", Options{}, 5 * physic.Volt, -50 * physic.MilliAmpere, 5, -50, 249, 0, 0.1},
		{"open 12 V panel", Options{}, 22 * physic.Volt, 0, 22, 0, 0, 0, 0},
		{"other address", Options{Addr: 0x45}, 3300 * physic.MilliVolt, 0, 3.3, 0, 0, 0, 0},
		{"1 ohm", Options{Shunt: physic.Ohm}, physic.Volt, 12340 * physic.MicroAmpere, 1, 12.34, 12.3, 0, 0.01},
		{"10 milliohm", Options{Shunt: 10 * physic.MilliOhm}, 12 * physic.Volt, 20 * physic.Ampere, 12, 20000, 240000, 0, 10},
		{"100 readings a second", Options{Interval: 10 * time.Millisecond}, physic.Volt, physic.Ampere, 1, 1000, 1000, 0, 0.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(ChipOptions{Addr: tt.o.Addr, Shunt: tt.o.Shunt})
			b.volts, b.amps = tt.volts, tt.amps
			r, err := b.meter(t, tt.o).Read()
			if err != nil {
				t.Fatal(err)
			}
			near(t, "V", r.Volts(), tt.v, tt.tolV+1e-9)
			near(t, "mA", r.Milliamps(), tt.mA, tt.tolA+1e-9)
			near(t, "mW", r.Milliwatts(), tt.mW, math.Abs(tt.mW)*0.01+2)
		})
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: got %g, want %g +- %g", what, got, want, tolerance)
	}
}

func TestIntervalChoosesAveraging(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		interval time.Duration
		want     uint16
	}{
		{"none given", 0, 0x3fff},
		{"once a second", time.Second, 0x3fff},
		{"10 a second: 64", 100 * time.Millisecond, 0x3f77},
		{"100 a second: 8", 10 * time.Millisecond, 0x3ddf},
		{"2,000 a second: one sample", 500 * time.Microsecond, 0x3c47},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(ChipOptions{})
			b.meter(t, Options{Interval: tt.interval})
			if got := b.get(t, regConfig); got != tt.want {
				t.Errorf("configuration: got %#04x, want %#04x", got, tt.want)
			}
		})
	}
}

func TestSetUpRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		o    Options
		want error
	}{
		{"address below", Options{Addr: 0x3f}, ErrAddr},
		{"address above", Options{Addr: 0x50}, ErrAddr},
		{"no shunt like that", Options{Shunt: -physic.Ohm}, ErrShunt},
		{"a wire", Options{Shunt: physic.MicroOhm}, ErrShunt},
		{"nobody there", Options{Addr: 0x4f}, ErrNACK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := New(newBench(ChipOptions{}), tt.o); !errors.Is(err, tt.want) {
				t.Errorf("error: got %v, want %v", err, tt.want)
			}
		})
	}
}

// unreliable is a bench whose transfer number in, counted from 1, fails.
type unreliable struct {
	*bench
	fault error
	in    int
}

func (u *unreliable) Tx(addr uint16, w, r []byte) error {
	if u.in--; u.in == 0 {
		return u.fault
	}
	return u.bench.Tx(addr, w, r)
}

func TestReadErrorsNameTheCause(t *testing.T) {
	t.Parallel()
	broken := errors.New("remote I/O error")

	t.Run("fault", func(t *testing.T) {
		t.Parallel()
		b := &unreliable{bench: newBench(ChipOptions{}), fault: broken}
		m, err := New(b, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 4 { // whichever of the four transfers fails
			b.in = n + 1
			_, err := m.Read()
			var fault *FaultError
			if !errors.As(err, &fault) || fault.Addr != 0x40 || !errors.Is(err, broken) || errors.Is(err, ErrOverflow) {
				t.Fatalf("error: got %v, want a fault at 0x40 wrapping %v", err, broken)
			}
			if want := "0x40"; !strings.Contains(err.Error(), want) {
				t.Errorf("text: got %q, want it to name %s", err, want)
			}
			if _, err := m.Read(); err != nil {
				t.Fatalf("after the fault: got %v, want no error", err)
			}
		}
	})

	t.Run("overflow", func(t *testing.T) {
		t.Parallel()
		b := newBench(ChipOptions{})
		b.volts, b.amps = physic.Volt, 500*physic.MilliAmpere
		m := b.meter(t, Options{MaxCurrent: 400 * physic.MilliAmpere})
		_, err := m.Read()
		var fault *FaultError
		if !errors.Is(err, ErrOverflow) || errors.As(err, &fault) {
			t.Errorf("error: got %v, want %v and no fault", err, ErrOverflow)
		}
		b.amps = 300 * physic.MilliAmpere
		b.now = b.now.Add(time.Second)
		if r, err := m.Read(); err != nil || math.Abs(r.Milliamps()-300) > 0.2 {
			t.Errorf("back in range: got %g mA, %v, want 300", r.Milliamps(), err)
		}
	})

	t.Run("supply dipped", func(t *testing.T) {
		t.Parallel()
		b := newBench(ChipOptions{})
		b.volts, b.amps = physic.Volt, 100*physic.MilliAmpere
		m := b.meter(t, Options{})
		b.PowerCycle()
		b.now = b.now.Add(time.Second)
		if _, err := m.Read(); !errors.Is(err, ErrForgot) {
			t.Errorf("error: got %v, want %v", err, ErrForgot)
		}
	})
}

// The whole path of a reading: four transfers and a look at the source.
func BenchmarkRead(b *testing.B) {
	bench := newBench(ChipOptions{})
	bench.volts, bench.amps = 5*physic.Volt, 80*physic.MilliAmpere
	m, err := New(bench, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		bench.now = bench.now.Add(time.Second)
		if _, err := m.Read(); err != nil {
			b.Fatal(err)
		}
	}
}
