package export

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
)

// spool turns rows into columns: it takes a table's rows and gives back one
// column after the other. What exceeds one block waits in a temporary file.
type spool struct {
	j       *job
	columns int // spoolTime, spoolDevice, then the table's
	block   int // rows in a block
	buf     []byte
	held    int // rows in buf
	f       *os.File
	rows    int64
	start   int64 // Unix nanoseconds where elapsed_s is 0
	device  bool  // some row has device time
}

// A spool's own columns, both Unix nanoseconds as int64; the table's follow.
const (
	spoolTime   = 0
	spoolDevice = 1
	spoolValues = 2
)

// notATime is what NumPy takes for a missing time.
const notATime = math.MinInt64

const spoolBuffer = 1 << 20

// newSpool reads all of the table. The caller closes the spool.
func (j *job) newSpool(t *Table) (*spool, error) {
	s := &spool{j: j, columns: spoolValues + len(t.Columns)}
	s.block = max(1, spoolBuffer/8/s.columns)
	s.buf = make([]byte, 8*s.block*s.columns)
	if err := s.fill(t); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *spool) fill(t *Table) error {
	err := s.j.each(t, func(r *row) error {
		if s.rows == 0 {
			s.start = r.at - r.elapsed
		}
		s.put(spoolTime, uint64(r.at))
		device := int64(notATime)
		if r.device != 0 {
			device, s.device = r.device, true
		}
		s.put(spoolDevice, uint64(device))
		for i := range t.Columns {
			v := math.NaN()
			if i < len(r.values) {
				v = r.values[i]
			}
			s.put(spoolValues+i, math.Float64bits(v))
		}
		s.held++
		s.rows++
		if s.held < s.block {
			return nil
		}
		return s.flush()
	})
	if err != nil || s.f == nil || s.held == 0 {
		return err
	}
	return s.flush()
}

func (s *spool) put(column int, bits uint64) {
	binary.LittleEndian.PutUint64(s.buf[8*(column*s.block+s.held):], bits)
}

// flush writes the block, its columns without the room that was not used.
func (s *spool) flush() (err error) {
	if s.f == nil {
		if s.f, err = os.CreateTemp(s.j.o.Dir, "export-*.tmp"); err != nil {
			return err
		}
	}
	for c := range s.columns {
		at := 8 * c * s.block
		if _, err := s.f.Write(s.buf[at : at+8*s.held]); err != nil {
			return err
		}
	}
	s.held = 0
	return nil
}

// column calls f with the column's numbers in order, some at a time, 8 bytes
// each, little endian; f may change them.
func (s *spool) column(c int, f func([]byte) error) error {
	if s.f == nil {
		// f may change what it gets, and a column may be asked for twice.
		return f(append([]byte(nil), s.buf[8*c*s.block:8*(c*s.block+s.held)]...))
	}
	for first := int64(0); first < s.rows; first += int64(s.block) {
		if err := s.j.ctx.Err(); err != nil {
			return err
		}
		n := min(int64(s.block), s.rows-first)
		piece := s.buf[:8*n]
		if _, err := s.f.ReadAt(piece, 8*(first*int64(s.columns)+int64(c)*n)); err != nil {
			return err
		}
		if err := f(piece); err != nil {
			return err
		}
	}
	return nil
}

// writeColumn writes the column's 8-byte numbers as they are.
func (s *spool) writeColumn(w io.Writer, c int) error {
	return s.column(c, func(b []byte) error {
		_, err := w.Write(b)
		return err
	})
}

// writeSeconds writes a column of times as float64 seconds since the given
// Unix nanoseconds, NaN for missing ones.
func (s *spool) writeSeconds(w io.Writer, c int, since int64) error {
	return s.column(c, func(b []byte) error {
		for i := 0; i < len(b); i += 8 {
			ns, v := int64(binary.LittleEndian.Uint64(b[i:])), math.NaN()
			if ns != notATime {
				v = seconds(ns - since)
			}
			binary.LittleEndian.PutUint64(b[i:], math.Float64bits(v))
		}
		_, err := w.Write(b)
		return err
	})
}

// seconds keeps what a float64 of today's Unix time can hold, microseconds.
func seconds(ns int64) float64 {
	return float64(ns/1e9) + math.Round(float64(ns%1e9)/1e3)/1e6
}

func (s *spool) close() error {
	if s.f == nil {
		return nil
	}
	return errors.Join(s.f.Close(), os.Remove(s.f.Name()))
}
