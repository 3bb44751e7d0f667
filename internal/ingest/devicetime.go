package ingest

import (
	"math"
	"time"

	"labbroker/sensor"
)

// Seconds from the Unix epoch to that of MicroPython, 2000-01-01.
const epoch2000 = 946684800

const (
	far   = 366 * 24 * time.Hour // no clock that was ever set is that wrong
	zones = 15 * time.Hour       // clocks of other zones are at most that far off
)

// scales are what a count can count, in nanoseconds.
var scales = [...]struct {
	kind sensor.ClockKind
	ns   float64
}{{sensor.ClockSeconds, 1e9}, {sensor.ClockMillis, 1e6}, {sensor.ClockMicros, 1e3}, {sensor.ClockCount, 1}}

// deviceClock turns a device's time into Unix nanoseconds by its own clock.
// Dates and counts from 1970 or 2000 are taken as they are; a count from when
// the board started is laid upon the arrival of its first message.
type deviceClock struct {
	set     bool
	kind    sensor.ClockKind
	boot    bool
	ns      float64 // per count; 0 = not known yet
	offset  int64   // device time of 0, of counts with a known epoch; the zone of local dates
	anchor  float64 // count at the first arrival after a start
	arrival int64   // that arrival
	last    float64 // the last count
	lastAt  int64   // the last device time
}

// at is the device's time of a message that arrived then, 0 where it makes no
// sense. restart says that the clock stepped back.
func (d *deviceClock) at(c sensor.Clock, arrival int64) (device int64, restart bool) {
	switch c.Kind {
	case sensor.ClockDate:
		return d.date(c, 0)
	case sensor.ClockLocal:
		if !d.set || d.kind != c.Kind {
			d.offset = 0
			if off := arrival - c.Unix; time.Duration(off).Abs() < zones {
				d.offset = int64(time.Duration(off).Round(15 * time.Minute))
			}
		}
		return d.date(c, d.offset)
	}
	if c.Value != c.Value || math.Abs(c.Value) > 1e19 {
		return 0, false
	}
	// Looked for each time: a board that counted from its start may get the
	// time from the network.
	ns, offset, ok := d.epoch(c, arrival)
	if !ok && d.set && d.kind == c.Kind && d.boot {
		return d.count(c, arrival)
	}
	if !ok {
		// It had the time and has it no more: it started again.
		again := d.set && d.kind == c.Kind
		d.begin(c, arrival)
		return arrival, again
	}
	device = int64(c.Value*ns) + offset
	restart = d.set && d.kind == c.Kind && !d.boot && device < d.lastAt-int64(time.Second)
	d.set, d.kind, d.boot, d.ns, d.offset, d.last, d.lastAt = true, c.Kind, false, ns, offset, c.Value, device
	return device, restart
}

func (d *deviceClock) date(c sensor.Clock, zone int64) (int64, bool) {
	at := c.Unix + zone
	restart := d.set && d.kind == c.Kind && at < d.lastAt-int64(time.Second)
	d.set, d.kind, d.boot, d.offset, d.lastAt = true, c.Kind, false, zone, at
	return at, restart
}

// epoch finds the way to read a count that comes nearest to its arrival; ok
// is false where none comes near, as the count is from the board's start.
func (d *deviceClock) epoch(c sensor.Clock, arrival int64) (ns float64, offset int64, ok bool) {
	best := float64(far)
	for _, s := range scales {
		if c.Kind != sensor.ClockCount && c.Kind != s.kind {
			continue
		}
		for _, e := range [...]int64{0, epoch2000 * int64(time.Second)} {
			if off := math.Abs(c.Value*s.ns + float64(e) - float64(arrival)); off < best {
				best, ns, offset, ok = off, s.ns, e, true
			}
		}
	}
	return ns, offset, ok
}

// begin lays a count upon its arrival.
func (d *deviceClock) begin(c sensor.Clock, arrival int64) {
	ns := 0.0
	for _, s := range scales[:3] {
		if c.Kind == s.kind {
			ns = s.ns
		}
	}
	if ns == 0 && d.set && d.boot && d.kind == c.Kind {
		ns = d.ns
	}
	*d = deviceClock{set: true, kind: c.Kind, boot: true, ns: ns, anchor: c.Value, arrival: arrival, last: c.Value, lastAt: arrival}
}

// count reads a count since the board's start.
func (d *deviceClock) count(c sensor.Clock, arrival int64) (device int64, restart bool) {
	if c.Value < d.last {
		d.begin(c, arrival)
		return arrival, true
	}
	ns := d.ns
	if ns == 0 {
		ns = d.unit(c.Value, arrival)
	}
	past := (c.Value - d.anchor) * ns
	if past > float64(far) {
		d.begin(c, arrival)
		return arrival, false
	}
	d.last, d.lastAt = c.Value, d.arrival+int64(past)
	return d.lastAt, false
}

// unit concludes what is counted: from how fast it grows once half a second
// has passed, before that from its look, since a burst arrives at once.
func (d *deviceClock) unit(v float64, arrival int64) float64 {
	grown, passed := v-d.anchor, float64(arrival-d.arrival)
	if passed < 0.5e9 || grown <= 0 {
		if v == math.Trunc(v) && d.anchor == math.Trunc(d.anchor) && d.anchor >= 1000 {
			return 1e6
		}
		return 1e9
	}
	ns, best := 1e9, math.Inf(1)
	for _, s := range scales[:3] {
		if off := math.Abs(math.Log(grown * s.ns / passed)); off < best {
			ns, best = s.ns, off
		}
	}
	d.ns = ns
	return ns
}
