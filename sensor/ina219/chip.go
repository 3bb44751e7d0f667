package ina219

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// ErrNACK is a Chip's answer to an address that is not its own: nobody pulls
// the line down.
var ErrNACK = errors.New("no answer from that address")

// Source is what the chip is wired to: at that moment, the voltage at VIN- and
// the current from VIN+ to VIN-.
type Source func(at time.Time) (physic.ElectricPotential, physic.ElectricCurrent)

// ChipOptions of a Chip; the zero value is the usual breakout board.
type ChipOptions struct {
	Addr  uint16                    // 0 = DefaultAddr
	Shunt physic.ElectricResistance // 0 = DefaultShunt
	Now   func() time.Time          // the chip's oscillator; nil = time.Now
}

// Chip is a register model of the INA219 on a bus of its own, after TI
// SBOS448: ranges, resolution and conversion time by configuration, reset,
// conversion-ready and overflow flags, and the arithmetic of the current and
// power registers. A conversion takes one look at the source, where the real
// chip averages many.
//
// Its methods may be called concurrently.
type Chip struct {
	source Source
	addr   uint16
	shunt  physic.ElectricResistance
	now    func() time.Time

	mu      sync.Mutex // guards all below
	reg     [registers]uint16
	pointer byte
	since   time.Time // start of the running conversion
	idle    bool      // a triggered conversion is finished
	fault   error
	faults  int // transfers that still fail; negative: all
}

var _ i2c.BusCloser = (*Chip)(nil)

// NewChip is a chip that was just switched on, measuring source.
func NewChip(source Source, o ChipOptions) *Chip {
	c := &Chip{source: source, addr: o.Addr, shunt: o.Shunt, now: o.Now}
	if c.addr == 0 {
		c.addr = DefaultAddr
	}
	if c.shunt == 0 {
		c.shunt = DefaultShunt
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.PowerCycle()
	return c
}

// Fail makes the next n transfers fail with err, all of them when n is
// negative, none when it is 0.
func (c *Chip) Fail(err error, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault, c.faults = err, n
}

// PowerCycle switches the chip off and on: it forgets what it was told.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

func (c *Chip) reset() {
	c.reg = [registers]uint16{regConfig: configDefault}
	c.pointer, c.since, c.idle = 0, c.now(), false
}

// Tx is one transfer: the first byte written chooses the register, two more
// set it; reading gives its two bytes, most significant first.
func (c *Chip) Tx(addr uint16, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.faults != 0 {
		if c.faults > 0 {
			c.faults--
		}
		return c.fault
	}
	if addr != c.addr {
		return fmt.Errorf("0x%02x: %w", addr, ErrNACK)
	}
	c.convert()
	if len(w) > 0 {
		c.pointer = w[0]
	}
	if len(w) >= 3 {
		c.write(uint16(w[1])<<8 | uint16(w[2]))
	}
	if len(r) == 0 || c.pointer >= registers {
		clear(r)
		return nil
	}
	value := c.reg[c.pointer]
	for i := range r {
		r[i] = byte(value >> (8 * (1 - i%2)))
	}
	if c.pointer == regPower {
		c.reg[regBus] &^= busReady
	}
	return nil
}

func (c *Chip) write(v uint16) {
	switch c.pointer {
	case regConfig:
		if v&configReset != 0 {
			c.reset()
			return
		}
		c.reg[regConfig] = v
		c.since, c.idle = c.now(), false
		if v&(modeShunt|modeBus) != 0 {
			c.reg[regBus] &^= busReady
		}
	case regCalibration:
		c.reg[regCalibration] = v &^ 1 // the lowest bit does not exist
	}
}

// convert brings the registers to what the newest finished conversion left.
func (c *Chip) convert() {
	config := c.reg[regConfig]
	shuntTime, shuntBits := conversion(config >> configShuntADC & 0xf)
	busTime, busBits := conversion(config >> configBusADC & 0xf)
	var cycle time.Duration
	if config&modeShunt != 0 {
		cycle += shuntTime
	}
	if config&modeBus != 0 {
		cycle += busTime
	}
	finished := int64(0)
	if cycle > 0 && !c.idle {
		finished = int64(c.now().Sub(c.since) / cycle)
	}
	if finished < 1 {
		return
	}
	if config&modeContinuous == 0 {
		finished, c.idle = 1, true
	}
	c.since = c.since.Add(time.Duration(finished) * cycle)

	volts, amps := c.source(c.since)
	if config&modeShunt != 0 {
		drop := float64(amps) / float64(physic.Ampere) * float64(c.shunt) / float64(physic.Ohm)
		limit := 4000 << (config >> configGain & 3)
		c.reg[regShunt] = uint16(int16(quantise(drop, 10e-6, shuntBits, -limit, limit)))
	}
	bus := c.reg[regBus] >> 3
	if config&modeBus != 0 {
		limit := 4000
		if config&configRange32 != 0 {
			limit = 8000
		}
		bus = uint16(quantise(float64(volts)/float64(physic.Volt), 4e-3, busBits, 0, limit))
	}
	c.multiply(bus)
}

// multiply is the chip's arithmetic on the newest shunt and bus voltages.
func (c *Chip) multiply(bus uint16) {
	current := int64(int16(c.reg[regShunt])) * int64(c.reg[regCalibration]) / 4096
	power := max(current, -current) * int64(bus) / 5000
	c.reg[regCurrent], c.reg[regPower] = uint16(current), uint16(power)
	c.reg[regBus] = bus<<3 | busReady
	if current > math.MaxInt16 || current < math.MinInt16 || power > math.MaxUint16 {
		c.reg[regBus] |= busOverflow
	}
}

// quantise is the ADC: value in steps of lsb, of which coarser resolutions
// than 12 bits skip some, within the range.
func quantise(value, lsb float64, bits, low, high int) int {
	step := float64(int(1) << (12 - bits))
	n := math.Round(value/(lsb*step)) * step
	return int(min(max(n, float64(low)), float64(high)))
}

// SetSpeed accepts every speed.
func (c *Chip) SetSpeed(physic.Frequency) error { return nil }

// Close does nothing; the chip goes on.
func (c *Chip) Close() error { return nil }

func (c *Chip) String() string { return "INA219 model" }
