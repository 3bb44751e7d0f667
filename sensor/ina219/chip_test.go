package ina219

import (
	"errors"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"
)

// bench is a chip whose clock and inputs the test sets.
type bench struct {
	*Chip
	now   time.Time
	volts physic.ElectricPotential
	amps  physic.ElectricCurrent
	looks int // at the source
}

func newBench(o ChipOptions) *bench {
	b := &bench{now: time.Unix(1700000000, 0)}
	o.Now = func() time.Time { return b.now }
	b.Chip = NewChip(func(time.Time) (physic.ElectricPotential, physic.ElectricCurrent) {
		b.looks++
		return b.volts, b.amps
	}, o)
	return b
}

func (b *bench) set(t *testing.T, reg byte, v uint16) {
	t.Helper()
	if err := b.Tx(b.addr, []byte{reg, byte(v >> 8), byte(v)}, nil); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) get(t *testing.T, reg byte) uint16 {
	t.Helper()
	var r [2]byte
	if err := b.Tx(b.addr, []byte{reg}, r[:]); err != nil {
		t.Fatal(err)
	}
	return uint16(r[0])<<8 | uint16(r[1])
}

func (b *bench) want(t *testing.T, want map[byte]uint16) {
	t.Helper()
	for _, reg := range []byte{regConfig, regShunt, regBus, regCurrent, regPower, regCalibration} {
		w, ok := want[reg]
		if !ok {
			continue
		}
		if got := b.get(t, reg); got != w {
			t.Errorf("register %d: got %#04x, want %#04x", reg, got, w)
		}
	}
}

// The worked example of SBOS448: 10 A through 2 milliohm at 11.98 V, current
// LSB 1 mA.
func TestDatasheetExample(t *testing.T) {
	t.Parallel()
	b := newBench(ChipOptions{Shunt: 2 * physic.MilliOhm})
	b.volts, b.amps = 11980*physic.MilliVolt, 10*physic.Ampere
	b.set(t, regCalibration, 0x5000)
	b.now = b.now.Add(2 * time.Millisecond)
	b.want(t, map[byte]uint16{
		regConfig: 0x399f, regShunt: 0x07d0, regBus: 0x5d98 | busReady, regCurrent: 0x2710, regPower: 0x1766,
	})
}

func TestRangesAndResolution(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		config uint16
		volts  physic.ElectricPotential
		amps   physic.ElectricCurrent // through 0.1 ohm
		shunt  uint16
		bus    uint16 // counts
	}{
		{"one step", 0x399f, 4 * physic.MilliVolt, 100 * physic.MicroAmpere, 1, 1},
		{"rounds to nothing", 0x399f, 1900 * physic.MicroVolt, 49 * physic.MicroAmpere, 0, 0},
		{"negative current", 0x399f, physic.Volt, -25 * physic.MilliAmpere, 0xff06, 250},
		{"no negative bus voltage", 0x399f, -physic.Volt, 0, 0, 0},
		{"320 mV is the end", 0x399f, physic.Volt, 5 * physic.Ampere, 32000, 250},
		{"-320 mV is the other", 0x399f, physic.Volt, -5 * physic.Ampere, 0x8300, 250},
		{"160 mV", 0x319f, physic.Volt, 5 * physic.Ampere, 16000, 250},
		{"80 mV", 0x299f, physic.Volt, 5 * physic.Ampere, 8000, 250},
		{"40 mV", 0x219f, physic.Volt, 5 * physic.Ampere, 4000, 250},
		{"32 V is the end", 0x399f, 40 * physic.Volt, 0, 0, 8000},
		{"16 V range", 0x199f, 22 * physic.Volt, 0, 0, 4000},
		{"9 bits", 0x3807, 1010 * physic.MilliVolt, 4200 * physic.MicroAmpere, 40, 256},
		{"11 bits", 0x3917, 1010 * physic.MilliVolt, 4400 * physic.MicroAmpere, 44, 252},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(ChipOptions{})
			b.volts, b.amps = tt.volts, tt.amps
			b.set(t, regConfig, tt.config)
			b.now = b.now.Add(time.Second)
			b.want(t, map[byte]uint16{regShunt: tt.shunt, regBus: tt.bus<<3 | busReady})
		})
	}
}

func TestConversionTakesTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		config uint16
		took   time.Duration
	}{
		{"12 bits", 0x399f, 2 * 532 * time.Microsecond},
		{"9 bits", 0x3807, 2 * 84 * time.Microsecond},
		{"10 bits", 0x388f, 2 * 148 * time.Microsecond},
		{"128 averages", 0x3fff, 2 * 68096 * time.Microsecond},
		{"shunt only", 0x399d, 532 * time.Microsecond},
		{"bus only", 0x399e, 532 * time.Microsecond},
		{"triggered", 0x399b, 2 * 532 * time.Microsecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(ChipOptions{})
			b.set(t, regConfig, tt.config)
			b.now = b.now.Add(tt.took - time.Microsecond)
			if b.get(t, regBus)&busReady != 0 {
				t.Errorf("ready 1 us before %s", tt.took)
			}
			b.now = b.now.Add(time.Microsecond)
			if b.get(t, regBus)&busReady == 0 {
				t.Errorf("not ready after %s", tt.took)
			}
		})
	}
}

func TestReadyBit(t *testing.T) {
	t.Parallel()
	b := newBench(ChipOptions{})
	ready := func() bool { return b.get(t, regBus)&busReady != 0 }
	cycle := 2 * 532 * time.Microsecond
	steps := []struct {
		name string
		do   func()
		want bool
	}{
		{"switched on", func() {}, false},
		{"first conversion", func() { b.now = b.now.Add(cycle) }, true},
		{"reading it leaves it", func() {}, true},
		{"reading power clears it", func() { b.get(t, regPower) }, false},
		{"next conversion", func() { b.now = b.now.Add(cycle) }, true},
		{"writing a mode clears it", func() { b.set(t, regConfig, 0x399b) }, false},
		{"triggered conversion", func() { b.now = b.now.Add(cycle) }, true},
		{"clear it", func() { b.get(t, regPower) }, false},
		{"a trigger is for one", func() { b.now = b.now.Add(10 * cycle) }, false},
		{"trigger again", func() { b.set(t, regConfig, 0x399b); b.now = b.now.Add(cycle) }, true},
		{"power-down leaves it", func() { b.set(t, regConfig, 0x3998) }, true},
		{"and measures nothing", func() { b.get(t, regPower); b.now = b.now.Add(time.Hour) }, false},
	}
	for _, s := range steps {
		s.do()
		if got := ready(); got != s.want {
			t.Errorf("%s: ready: got %t, want %t", s.name, got, s.want)
		}
	}
}

func TestOneLookPerConversion(t *testing.T) {
	t.Parallel()
	b := newBench(ChipOptions{})
	b.now = b.now.Add(time.Hour)
	for range 10 {
		b.get(t, regShunt)
	}
	if b.looks != 1 {
		t.Errorf("looks at the source: got %d, want 1", b.looks)
	}
}

func TestResetForgetsAll(t *testing.T) {
	t.Parallel()
	b := newBench(ChipOptions{})
	b.volts, b.amps = physic.Volt, physic.Ampere
	b.set(t, regCalibration, 4095)
	b.set(t, regConfig, 0x3fff)
	b.now = b.now.Add(time.Second)
	b.want(t, map[byte]uint16{regConfig: 0x3fff, regCalibration: 4094, regShunt: 10000})
	b.set(t, regConfig, configReset|0x1234)
	b.want(t, map[byte]uint16{regConfig: configDefault, regShunt: 0, regBus: 0, regCurrent: 0, regPower: 0, regCalibration: 0})
}

func TestOverflowFlag(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		calibration uint16
		volts       physic.ElectricPotential
		amps        physic.ElectricCurrent
		want        bool
	}{
		{"inside", 4096, 12 * physic.Volt, 3 * physic.Ampere, false},
		{"current", 8192, physic.Volt, 1700 * physic.MilliAmpere, true},
		{"negative current", 8192, physic.Volt, -1700 * physic.MilliAmpere, true},
		{"full range never overflows", 4194, 32 * physic.Volt, 3200 * physic.MilliAmpere, false},
		{"largest calibration", 65534, physic.Volt, 300 * physic.MilliAmpere, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(ChipOptions{})
			b.volts, b.amps = tt.volts, tt.amps
			b.set(t, regCalibration, tt.calibration)
			b.now = b.now.Add(time.Second)
			if got := b.get(t, regBus)&busOverflow != 0; got != tt.want {
				t.Errorf("overflow: got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestBusManners(t *testing.T) {
	t.Parallel()
	b := newBench(ChipOptions{Addr: 0x41})
	if err := b.Tx(0x40, []byte{0}, nil); !errors.Is(err, ErrNACK) {
		t.Errorf("wrong address: got %v, want %v", err, ErrNACK)
	}
	if err := b.Tx(0x41, nil, nil); err != nil {
		t.Errorf("probing its own address: got %v, want no error", err)
	}
	b.set(t, regConfig, 0x3fff)
	var r [2]byte
	if err := b.Tx(0x41, nil, r[:]); err != nil || r != [2]byte{0x3f, 0xff} {
		t.Errorf("reading on without a pointer: got %x, %v, want 3fff", r, err)
	}
	if got := b.get(t, 9); got != 0 {
		t.Errorf("register 9: got %#x, want 0", got)
	}

	broken := errors.New("wire broken")
	b.Fail(broken, 2)
	for i, want := range []error{broken, broken, nil} {
		if err := b.Tx(0x41, []byte{0}, r[:]); err != want {
			t.Errorf("transfer %d: got %v, want %v", i, err, want)
		}
	}
}
