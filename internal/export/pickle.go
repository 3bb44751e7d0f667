package export

import (
	"encoding/binary"
	"math"
	"strings"
)

// Opcodes of Python's pickle protocol 2, which every Python 3 reads.
const (
	pickleProto     = "\x80\x02"
	pickleOrdered   = "ccollections\nOrderedDict\n)R" // GLOBAL, EMPTY_TUPLE, REDUCE
	pickleUnicode   = 'X'
	pickleEmptyList = ']'
	picklePut       = 'r' // LONG_BINPUT
	pickleGet       = 'j' // LONG_BINGET
	pickleMark      = '('
	pickleFloat     = 'G'
	pickleAppends   = 'e'
	picklePop       = '0'
	pickleSetItem   = 's'
	pickleSetItems  = 'u'
	pickleStop      = '.'
)

// pickleBatch is how many rows are held before they go out.
const pickleBatch = 512

// writePickle writes what iot-plot's save_series made: an OrderedDict of
// column titles to lists of numbers. A series that was never declared, which
// save_series could not save, begins with time_unix_s and elapsed_s. Several
// tables are an OrderedDict of those.
//
// A pickle is a program, so lists grow in turns: nothing but a batch of rows
// is held, and no number of rows is needed beforehand.
func writePickle(j *job) error {
	o := newOut(j.w)
	o.b = append(o.b, pickleProto...)
	if len(j.tables) == 1 {
		if err := j.pickleTable(o, &j.tables[0]); err != nil {
			return err
		}
	} else {
		o.b = append(o.b, pickleOrdered...)
		for i, label := range labels(j.tables) {
			o.b = appendPickleText(o.b, label)
			if err := j.pickleTable(o, &j.tables[i]); err != nil {
				return err
			}
			o.b = append(o.b, pickleSetItem)
		}
	}
	o.b = append(o.b, pickleStop)
	return o.flush()
}

func (j *job) pickleTable(o *out, t *Table) error {
	times := 2
	for _, c := range t.Columns {
		if c.Title != "" {
			times = 0
		}
	}
	// The course's own first column is called time as a rule.
	headings := headingsBeside(t.Columns, Course)
	if times > 0 {
		headings = j.headings(t, false)
		headings = append([]string{unixHeading, elapsedHeading}, headings...)
	}
	o.b = append(o.b, pickleOrdered...)
	o.b = append(o.b, pickleMark)
	for i, name := range headings {
		o.b = appendPickleText(o.b, name)
		o.b = append(o.b, pickleEmptyList)
		o.b = appendPickleMemo(o.b, picklePut, i)
	}
	o.b = append(o.b, pickleSetItems)

	batch := make([][]byte, len(headings)) // of each list
	held := 0
	flush := func() error {
		for i := range batch {
			o.b = appendPickleMemo(o.b, pickleGet, i)
			o.b = append(o.b, pickleMark)
			o.b = append(o.b, batch[i]...)
			o.b = append(o.b, pickleAppends, picklePop)
			batch[i] = batch[i][:0]
			if err := o.spill(); err != nil {
				return err
			}
		}
		held = 0
		return nil
	}
	err := j.each(t, func(r *row) error {
		if times > 0 {
			batch[0] = appendPickleFloat(batch[0], seconds(r.at))
			batch[1] = appendPickleFloat(batch[1], seconds(r.elapsed))
		}
		for i := range t.Columns {
			v := math.NaN()
			if i < len(r.values) {
				v = r.values[i]
			}
			batch[times+i] = appendPickleFloat(batch[times+i], v)
		}
		if held++; held < pickleBatch {
			return nil
		}
		return flush()
	})
	if err != nil || held == 0 {
		return err
	}
	return flush()
}

func appendPickleText(b []byte, s string) []byte {
	s = strings.ToValidUTF8(s, "\uFFFD")
	b = append(b, pickleUnicode)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

func appendPickleMemo(b []byte, opcode byte, i int) []byte {
	return binary.LittleEndian.AppendUint32(append(b, opcode), uint32(i))
}

func appendPickleFloat(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, pickleFloat), math.Float64bits(v))
}
