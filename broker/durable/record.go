package durable

import (
	"encoding/binary"
	"errors"
	"time"
)

// A record begins with a byte: what it is in the lower four bits, flags in the
// upper four. Numbers are varints; a string that comes last has no length.
const (
	opClient   = 1 // handle, next, left (signed ms since 1970, 0 = connected), len, key, session
	opDrop     = 2 // handle
	opSub      = 3 // flags qos(2); handle, filter
	opUnsub    = 4 // handle, filter
	opPublish  = 5 // flags qos(2) keep from; [handle, id]; n, n x dest; len, topic, payload
	opReceived = 6 // handle, id: what is left of opPublish when only its identifier counts
	opRelease  = 7 // handle, id
	opPubrec   = 8 // handle, seq
	opDone     = 9 // flag range; handle, seq, [how many more]
)

// A dest is handle<<3 | retain<<2 | qos, and seq.

const (
	flagKeep  = 1 << 6
	flagFrom  = 1 << 7
	flagRange = 1 << 4
)

var errRecord = errors.New("a record of a kind that this labbroker does not know")

// record is a decoded record. What is in it is part of the bytes it was
// decoded from, To is used again for the next one.
type record struct {
	op         byte
	qos        byte
	handle     Handle // From of a publish
	id         uint16
	seq, to    uint64 // to: the last one of a range
	next       uint64
	left       time.Time
	keep       bool
	text, more []byte // key and session, filter, topic and payload
	dests      []Dest
}

// cursor reads a record; past its end it gives zeros and is bad.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) uint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.b, c.bad = nil, true
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) handle() Handle {
	v := c.uint()
	if v == 0 || v > 1<<32-1 {
		c.bad = true
	}
	return Handle(v)
}

func (c *cursor) id() uint16 {
	v := c.uint()
	if v == 0 || v > 1<<16-1 {
		c.bad = true
	}
	return uint16(v)
}

func (c *cursor) bytes() []byte {
	n := c.uint()
	if n > uint64(len(c.b)) {
		c.b, c.bad = nil, true
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) rest() []byte {
	b := c.b
	c.b = nil
	return b
}

func (r *record) decode(b []byte) error {
	if len(b) == 0 {
		return errRecord
	}
	flags := b[0]
	*r = record{op: flags & 15, dests: r.dests[:0]}
	c := cursor{b: b[1:]}
	if r.op != opPublish || flags&flagFrom != 0 {
		r.handle = c.handle()
	}
	switch r.op {
	case opClient:
		r.next = c.uint()
		v := c.uint()
		if ms := int64(v>>1) ^ -int64(v&1); ms != 0 {
			r.left = time.UnixMilli(ms)
		}
		r.text = c.bytes()
		r.more = c.rest()
	case opDrop:
	case opSub, opUnsub:
		r.qos = flags >> 4 & 3
		r.text = c.rest()
	case opPublish:
		r.qos, r.keep = flags>>4&3, flags&flagKeep != 0
		if flags&flagFrom != 0 {
			r.id = c.id()
		}
		for n := c.uint(); n > 0 && !c.bad; n-- {
			v, seq := c.uint(), c.uint()
			if v>>3 == 0 || v>>35 != 0 {
				c.bad = true
			}
			r.dests = append(r.dests, Dest{To: Handle(v >> 3), Retain: v&4 != 0, QoS: byte(v & 3), Seq: seq})
		}
		r.text = c.bytes()
		r.more = c.rest()
	case opReceived, opRelease:
		r.id = c.id()
	case opPubrec:
		r.seq = c.uint()
	case opDone:
		r.seq = c.uint()
		r.to = r.seq
		if flags&flagRange != 0 {
			r.to += c.uint()
		}
		c.bad = c.bad || r.to < r.seq
	default:
		return errRecord
	}
	if c.bad || len(c.b) > 0 {
		return errRecord
	}
	return nil
}

func appendClient(b []byte, h Handle, next uint64, i ClientInfo) []byte {
	b = binary.AppendUvarint(append(b, opClient), uint64(h))
	b = binary.AppendUvarint(b, next)
	ms := int64(0)
	if !i.Left.IsZero() {
		ms = i.Left.UnixMilli()
	}
	b = binary.AppendVarint(b, ms)
	b = binary.AppendUvarint(b, uint64(len(i.Key)))
	return append(append(b, i.Key...), i.Session...)
}

// appendShort is for the records of a handle and a number or nothing.
func appendShort(b []byte, op byte, h Handle, numbers ...uint64) []byte {
	b = binary.AppendUvarint(append(b, op), uint64(h))
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func appendFilter(b []byte, op byte, h Handle, filter string) []byte {
	return append(binary.AppendUvarint(append(b, op), uint64(h)), filter...)
}

func appendPublish[T string | []byte](b []byte, m *Message, topic T, payload []byte) []byte {
	op := opPublish | m.QoS<<4
	if m.Keep {
		op |= flagKeep
	}
	if m.FromID != 0 {
		b = append(b, op|flagFrom)
		b = binary.AppendUvarint(b, uint64(m.From))
		b = binary.AppendUvarint(b, uint64(m.FromID))
	} else {
		b = append(b, op)
	}
	b = binary.AppendUvarint(b, uint64(len(m.To)))
	for i := range m.To {
		d := &m.To[i]
		v := uint64(d.To)<<3 | uint64(d.QoS)
		if d.Retain {
			v |= 4
		}
		b = binary.AppendUvarint(binary.AppendUvarint(b, v), d.Seq)
	}
	b = binary.AppendUvarint(b, uint64(len(topic)))
	return append(append(b, topic...), payload...)
}
