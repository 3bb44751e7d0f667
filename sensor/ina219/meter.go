// Package ina219 reads the class's current sensor, TI's INA219, through
// periph's driver, and models the chip's registers so that the same driver
// runs where there is no chip.
//
// A Meter is periph's driver with errors that say what went wrong; a Chip is
// the model, an i2c.Bus like any other. Opening a real bus is the part of
// ina219/host.
package ina219

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/ina219"
)

// DefaultAddr is the chip's address with A0 and A1 at ground.
const DefaultAddr = 0x40

// DefaultShunt is the shunt on the usual breakout boards.
const DefaultShunt = 100 * physic.MilliOhm

// fullScale is the greatest shunt voltage that the chip measures.
const fullScale = 320 * physic.MilliVolt

// Errors of a Meter, to be tested with errors.Is. A FaultError (errors.As)
// wraps the bus's own error.
var (
	// ErrOverflow: the chip's arithmetic overflowed, the reading is no use.
	ErrOverflow = errors.New("the INA219 reports an overflow: the current is beyond the range it was set up for")
	// ErrForgot: the chip restarted and lost its calibration; a new Meter
	// sets it up again.
	ErrForgot = errors.New("the INA219 lost its settings: its supply dipped")
	// ErrAddr: there is no INA219 with this address.
	ErrAddr = errors.New("an INA219 has an address from 0x40 to 0x4f")
	// ErrShunt: no such shunt can be calibrated.
	ErrShunt = errors.New("the shunt must be from 0.001 to 100 ohm")
)

// FaultError is a failed transfer on the I2C bus: nobody answered at the
// address, or the bus itself is in trouble.
type FaultError struct {
	Op   string // "set up" or "read"
	Addr uint16
	Err  error // the bus driver's own error
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("%s INA219 at 0x%02x: I2C: %v", e.Op, e.Addr, e.Err)
}

// Unwrap returns the bus driver's error.
func (e *FaultError) Unwrap() error { return e.Err }

// Reading is one measurement. Power is what the chip multiplied, never
// negative, also when the current is.
type Reading struct {
	Voltage physic.ElectricPotential // at VIN-, the load's side, in steps of 4 mV
	Shunt   physic.ElectricPotential // VIN+ to VIN-, in steps of 10 uV
	Current physic.ElectricCurrent
	Power   physic.Power
}

// Volts, Milliamps and Milliwatts are the reading as a payload carries it.
func (r Reading) Volts() float64      { return float64(r.Voltage) / float64(physic.Volt) }
func (r Reading) Milliamps() float64  { return float64(r.Current) / float64(physic.MilliAmpere) }
func (r Reading) Milliwatts() float64 { return float64(r.Power) / float64(physic.MilliWatt) }

// Options of a Meter; the zero value is the usual breakout board.
type Options struct {
	Addr       uint16                    // 0 = DefaultAddr
	Shunt      physic.ElectricResistance // 0 = DefaultShunt
	MaxCurrent physic.ElectricCurrent    // 0 = what 320 mV at the shunt allow
	// Interval between readings. The chip averages as many samples as fit
	// into it; 0 = the most, 128, which take 136 ms.
	Interval time.Duration
}

// Meter is an INA219 on a bus that it borrows. It is not safe for concurrent
// use.
type Meter struct {
	dev  *ina219.Dev
	tap  *tap
	addr uint16
}

// New sets the chip up: calibration, the 32 V range, 320 mV at the shunt,
// continuous conversion. The first good reading is there one Interval later.
// Errors: ErrAddr, ErrShunt, a FaultError.
func New(bus i2c.Bus, o Options) (*Meter, error) {
	if o.Addr == 0 {
		o.Addr = DefaultAddr
	}
	if o.Shunt == 0 {
		o.Shunt = DefaultShunt
	}
	if o.Addr < 0x40 || o.Addr > 0x4f {
		return nil, fmt.Errorf("set up INA219 at 0x%02x: %w", o.Addr, ErrAddr)
	}
	if o.Shunt < physic.MilliOhm || o.Shunt > 100*physic.Ohm {
		return nil, fmt.Errorf("set up INA219 with shunt %s: %w", o.Shunt, ErrShunt)
	}
	if o.MaxCurrent == 0 {
		o.MaxCurrent = physic.ElectricCurrent(float64(fullScale) / (float64(o.Shunt) / float64(physic.Ohm)))
	}
	m := &Meter{tap: &tap{Bus: bus}, addr: o.Addr}
	dev, err := ina219.New(m.tap, &ina219.Opts{
		Address: int(o.Addr), SenseResistor: o.Shunt, MaxCurrent: o.MaxCurrent,
	})
	if err != nil {
		return nil, m.explain("set up", err)
	}
	// The driver leaves the chip in the 16 V range with 128 averages. An open
	// 12 V panel has 22 V, and 10 readings a second want fresh values.
	config := configFor(o.Interval)
	if err := m.tap.Tx(o.Addr, []byte{regConfig, byte(config >> 8), byte(config)}, nil); err != nil {
		return nil, m.explain("set up", err)
	}
	m.dev = dev
	return m, nil
}

// Read returns the newest finished measurement. It takes four transfers on
// the bus and waits for no conversion. Errors: a FaultError, ErrOverflow,
// ErrForgot.
func (m *Meter) Read() (Reading, error) {
	m.tap.err = nil
	p, err := m.dev.Sense()
	if err != nil {
		return Reading{}, m.explain("read", err)
	}
	// Calibrated, a shunt voltage always comes with a current.
	if p.Current == 0 && (p.Shunt > 10*physic.MicroVolt || p.Shunt < -10*physic.MicroVolt) {
		return Reading{}, fmt.Errorf("read INA219 at 0x%02x: %w", m.addr, ErrForgot)
	}
	return Reading{Voltage: p.Voltage, Shunt: p.Shunt, Current: p.Current, Power: p.Power}, nil
}

// explain turns the driver's error, which names neither the cause nor always
// the chip, into one that does.
func (m *Meter) explain(op string, err error) error {
	if m.tap.err != nil {
		return &FaultError{Op: op, Addr: m.addr, Err: m.tap.err}
	}
	if op == "read" {
		// Without a fault on the bus the driver has one error: overflow.
		return fmt.Errorf("read INA219 at 0x%02x: %w", m.addr, ErrOverflow)
	}
	return fmt.Errorf("%s INA219 at 0x%02x: %w", op, m.addr, err)
}

// tap remembers the bus's error, which periph's driver replaces by its own.
type tap struct {
	i2c.Bus
	err error
}

func (t *tap) Tx(addr uint16, w, r []byte) error {
	err := t.Bus.Tx(addr, w, r)
	if err != nil {
		t.err = err
	}
	return err
}
