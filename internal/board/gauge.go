package board

import (
	"errors"
	"io"
	"log/slog"
	"math"
	"strconv"
	"time"

	"labbroker/sensor/ina219"
)

// Backoff of retries: doubled from the first to the last.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// gauge is the sensor as the publishing loop sees it: it gives readings or
// nothing, says in the log what is wrong, once, and when it is over, and opens
// the meter again after a fault. It is not safe for concurrent use.
type gauge struct {
	open  func() (Meter, error)
	log   *slog.Logger
	tally *Tally

	meter Meter // nil = to be opened
	next  time.Time
	wait  time.Duration
	wrong string // the trouble that was logged; "" = none
	since time.Time
	times int
}

// start opens the meter. An error that is no fault on the bus, such as a bus
// that does not exist, is returned: trying again would not help.
func (g *gauge) start() error {
	meter, err := g.open()
	var fault *ina219.FaultError
	if err != nil && !errors.As(err, &fault) {
		return err
	}
	g.meter = meter
	if err != nil {
		g.meter = nil
		g.fail(time.Now(), err)
	}
	return nil
}

// read returns a reading, or false when there is none this time.
func (g *gauge) read(now time.Time) (ina219.Reading, bool) {
	if g.meter == nil {
		if now.Before(g.next) {
			return ina219.Reading{}, false
		}
		meter, err := g.open()
		if err != nil {
			g.fail(now, err)
			return ina219.Reading{}, false
		}
		g.meter = meter
		return ina219.Reading{}, false // the first conversion has only begun
	}
	r, err := g.meter.Read()
	switch {
	case err == nil:
		if g.wrong != "" {
			g.log.Info("The INA219 reads again.", "after", now.Sub(g.since).Round(time.Second/10).String(), "missed", g.times)
		}
		g.wrong, g.times, g.wait = "", 0, 0
		return r, true
	case errors.Is(err, ina219.ErrOverflow):
		g.complain(now, err, "This reading is left out; use a smaller shunt for a larger current.")
	default:
		g.close()
		g.fail(now, err)
	}
	return ina219.Reading{}, false
}

// fail plans the next try at opening.
func (g *gauge) fail(now time.Time, err error) {
	g.wait = min(max(2*g.wait, firstRetry), lastRetry)
	g.next = now.Add(g.wait)
	g.complain(now, err, "Check the wires SDA, SCL, 3.3 V and GND and the address; it is tried again.")
}

// complain logs a trouble when it is a new one.
func (g *gauge) complain(now time.Time, err error, hint string) {
	if g.wrong == "" {
		g.since = now
	}
	g.times++
	if g.wrong == err.Error() {
		return
	}
	g.wrong = err.Error()
	g.tally.trouble(g.wrong)
	g.log.Warn("No reading: " + g.wrong + ". " + hint)
}

func (g *gauge) close() {
	if c, ok := g.meter.(io.Closer); ok {
		if err := c.Close(); err != nil {
			g.log.Warn("The I2C bus did not close: " + err.Error())
		}
	}
	g.meter = nil
}

// appendReading is the payload, as the course's devices send it.
func appendReading(b []byte, r ina219.Reading, at time.Time) []byte {
	b = append(b, `{"voltage":`...)
	b = appendNumber(b, r.Volts())
	b = append(b, `,"current_mA":`...)
	b = appendNumber(b, r.Milliamps())
	b = append(b, `,"power_mW":`...)
	b = appendNumber(b, r.Milliwatts())
	b = append(b, `,"t":`...)
	b = strconv.AppendInt(b, at.UnixMilli(), 10)
	return append(b, '}')
}

// appendNumber keeps three decimals, more than the chip has.
func appendNumber(b []byte, x float64) []byte {
	return strconv.AppendFloat(b, math.Round(x*1000)/1000, 'f', -1, 64)
}
