// Package board is a board of the class as a program: it reads an INA219 and
// publishes the readings over MQTT 3.1.1, as an ESP32 on the bench does. The
// real sensor on a Raspberry Pi and every simulated board run the same code.
//
// It speaks to the broker's port only and knows nothing of the broker's code.
package board

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"labbroker/internal/session"
	"labbroker/sensor/ina219"
	"labbroker/sensor/ina219/host"
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
	Phase time.Duration // before the first interval, so that many boards take turns

	// Connected is told how each attempt to connect went, before anything is
	// published; nil = nobody asks. It must not block.
	Connected func(error)
}

// DefaultTopic is where the course's devices publish, below their session.
const DefaultTopic = "mcu/ina219"

// DefaultRate is what a rate of 0 means, readings a second. Others are between
// minRate and maxRate.
const (
	DefaultRate = 10
	minRate     = 0.001
	maxRate     = 1000
)

// ErrRate: no such rate.
var ErrRate = errors.New("a board's rate is from 0.001 to 1000 readings a second")

// complete fills in what is not given, or says what makes no sense.
func (o Options) complete() (Options, Address, error) {
	address, err := ParseAddress(o.Broker)
	if err != nil {
		return o, address, err
	}
	if err := session.Check(o.Session); err != nil {
		return o, address, fmt.Errorf("session %q: %w", o.Session, err)
	}
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	if !(o.Rate >= minRate && o.Rate <= maxRate) {
		return o, address, fmt.Errorf("rate %g: %w", o.Rate, ErrRate)
	}
	if o.User == "" {
		o.User = o.Session
	}
	if o.ClientID == "" {
		o.ClientID = "labbroker-" + o.Session + "-" + rand.Text()[:6]
	}
	if o.Topic == "" {
		o.Topic = DefaultTopic
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tally == nil {
		o.Tally = new(Tally)
	}
	if o.Connected == nil {
		o.Connected = func(error) {}
	}
	if o.Open == nil {
		o.Open = func() (Meter, error) { return host.Open(o.Bus, o.Addr, o.Shunt, o.interval()) }
	}
	return o, address, nil
}

func (o Options) interval() time.Duration { return time.Duration(float64(time.Second) / o.Rate) }
