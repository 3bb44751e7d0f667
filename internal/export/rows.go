package export

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"
)

// job is one call of Write.
type job struct {
	ctx    context.Context
	w      io.Writer
	tables []Table
	o      Options
	course bool // titles as headings

	analysis map[string]json.RawMessage // by label

	read, told int64 // rows, of all tables
}

// headings are the columns'; device says that device_time stands beside them.
func (j *job) headings(t *Table, device bool) []string {
	var taken []string
	if device {
		taken = []string{deviceHeading}
	}
	if j.course {
		return Headings(t.Columns, Course, taken...)
	}
	return Headings(t.Columns, "", taken...)
}

// row is what a format's writer gets; its values last until the next one.
type row struct {
	at      int64 // Unix nanoseconds
	device  int64 // the same; 0 = none
	elapsed int64 // nanoseconds since the table's start
	values  []float64
}

// reportEvery is how many rows pass between two looks at the context and two
// calls of Progress.
const reportEvery = 4096

// each calls f for every row of the table.
func (j *job) each(t *Table, f func(*row) error) error {
	var r row
	start, known := t.Start.UnixNano(), !t.Start.IsZero()
	err := t.Rows(j.ctx, func(at, device time.Time, values []float64) error {
		r.at, r.device, r.values = at.UnixNano(), 0, values
		if !device.IsZero() {
			r.device = device.UnixNano()
		}
		if !known {
			start, known = r.at, true
		}
		r.elapsed = r.at - start
		if j.read++; j.read%reportEvery == 0 {
			if err := j.ctx.Err(); err != nil {
				return err
			}
			j.report(false)
		}
		return f(&r)
	})
	if err != nil {
		return err
	}
	return j.ctx.Err()
}

func (j *job) report(end bool) {
	if j.o.Progress != nil && (end || j.read != j.told) {
		j.told = j.read
		j.o.Progress(j.read)
	}
}

var errFound = errors.New("found")

// hasDevice looks through the rows for the first one with device time.
func (j *job) hasDevice(t *Table) (bool, error) {
	if t.NoDevice {
		return false, nil
	}
	n := 0
	err := t.Rows(j.ctx, func(_, device time.Time, _ []float64) error {
		if !device.IsZero() {
			return errFound
		}
		if n++; n%reportEvery == 0 {
			return j.ctx.Err()
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// out gathers text and writes it in large pieces.
type out struct {
	w io.Writer
	b []byte
}

const outBuffer = 64 << 10

func newOut(w io.Writer) *out { return &out{w: w, b: make([]byte, 0, outBuffer+4<<10)} }

// spill writes what has gathered once it is enough.
func (o *out) spill() error {
	if len(o.b) < outBuffer {
		return nil
	}
	return o.flush()
}

func (o *out) flush() error {
	_, err := o.w.Write(o.b)
	o.b = o.b[:0]
	return err
}
