// Package host opens an INA219 on a real I2C bus through periph's host
// drivers. Nobody else imports those; all else about the chip stands in
// sensor/ina219.
package host

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"
	periph "periph.io/x/host/v3"

	"labbroker/sensor/ina219"
)

// ErrNoBus: this machine has no such I2C bus, or it is off.
var ErrNoBus = errors.New("no such I2C bus")

// Meter is an INA219 on a bus of its own.
type Meter struct {
	*ina219.Meter
	bus io.Closer
}

// Close gives the bus back.
func (m *Meter) Close() error { return m.bus.Close() }

// Open finds the bus ("/dev/i2c-1", "I2C1", "1", or "" for the first), and
// sets up the chip at addr (0 = 0x40) with the shunt in ohms (0 = 0.1) for a
// reading each interval. Errors: ErrNoBus, permissions, those of ina219.New.
func Open(bus string, addr uint16, ohms float64, interval time.Duration) (*Meter, error) {
	if _, err := periph.Init(); err != nil {
		return nil, fmt.Errorf("look for I2C buses: %w", err)
	}
	var names []string
	known := bus == ""
	for _, ref := range i2creg.All() {
		names = append(names, ref.Name)
		known = known || ref.Name == bus || fmt.Sprint(ref.Number) == bus
		for _, alias := range ref.Aliases {
			known = known || alias == bus
		}
	}
	if len(names) == 0 {
		if bus == "" {
			return nil, fmt.Errorf("%w: this machine shows none (on a Raspberry Pi turn I2C on with raspi-config)", ErrNoBus)
		}
		return nil, fmt.Errorf("%w: %s; this machine shows none (on a Raspberry Pi turn I2C on with raspi-config)", ErrNoBus, bus)
	}
	if !known {
		return nil, fmt.Errorf("%w: %s; there is %s", ErrNoBus, bus, strings.Join(names, ", "))
	}
	b, err := i2creg.Open(bus)
	if err != nil {
		return nil, fmt.Errorf("open I2C bus %s: %w", bus, err)
	}
	m, err := ina219.New(b, ina219.Options{
		Addr:     addr,
		Shunt:    physic.ElectricResistance(ohms * float64(physic.Ohm)),
		Interval: interval,
	})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return &Meter{Meter: m, bus: b}, nil
}
