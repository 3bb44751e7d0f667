package host

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"

	"labbroker/sensor/ina219"
)

// bus is a chip that counts how often it was closed.
type bus struct {
	*ina219.Chip
	closed int
}

func (b *bus) Close() error { b.closed++; return nil }

func TestOpen(t *testing.T) {
	now := time.Unix(1700000000, 0)
	b := &bus{Chip: ina219.NewChip(
		func(time.Time) (physic.ElectricPotential, physic.ElectricCurrent) {
			return 3300 * physic.MilliVolt, 100 * physic.MilliAmpere
		},
		ina219.ChipOptions{Addr: 0x41, Now: func() time.Time { return now }},
	)}
	// periph knows buses by registration, as its host drivers do it.
	if err := i2creg.Register("I2C77", []string{"/dev/i2c-77"}, 77, func() (i2c.BusCloser, error) { return b, nil }); err != nil {
		t.Fatal(err)
	}
	defer i2creg.Unregister("I2C77")

	for _, name := range []string{"I2C77", "/dev/i2c-77", "77"} {
		m, err := Open(name, 0x41, 0.1, 100*time.Millisecond)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		now = now.Add(100 * time.Millisecond)
		r, err := m.Read()
		if err != nil || r.Volts() != 3.3 || math.Abs(r.Milliamps()-99.9) > 0.05 {
			t.Errorf("%s: got %g V, %g mA, %v, want 3.3 V, 99.9 mA", name, r.Volts(), r.Milliamps(), err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	if b.closed != 3 {
		t.Errorf("closed: got %d times, want 3", b.closed)
	}

	_, err := Open("77", 0x40, 0.1, 0)
	var fault *ina219.FaultError
	if !errors.As(err, &fault) || b.closed != 4 {
		t.Errorf("nobody at 0x40: got %v, closed %d times, want a fault and the bus closed", err, b.closed)
	}
	_, err = Open("/dev/i2c-99", 0x41, 0.1, 0)
	if !errors.Is(err, ErrNoBus) || !strings.Contains(err.Error(), "I2C77") {
		t.Errorf("unknown bus: got %v, want %v and which there are", err, ErrNoBus)
	}
}
