// Package wire splits and builds the packets of MQTT 3.1.1 that carry
// messages, on bytes alone: it keeps nothing, allocates nothing, and trusts
// nothing that came over the network. Section numbers are those of the
// standard (OASIS, 29 October 2014).
package wire

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Types of packets (2.2.1), the upper half of a packet's first byte.
const (
	CONNECT     byte = 1
	CONNACK     byte = 2
	PUBLISH     byte = 3
	PUBACK      byte = 4
	PUBREC      byte = 5
	PUBREL      byte = 6
	PUBCOMP     byte = 7
	SUBSCRIBE   byte = 8
	SUBACK      byte = 9
	UNSUBSCRIBE byte = 10
	UNSUBACK    byte = 11
	PINGREQ     byte = 12
	PINGRESP    byte = 13
	DISCONNECT  byte = 14
)

// Flags of PUBLISH (3.3.1), the lower half of its first byte.
const (
	Dup    byte = 8
	Retain byte = 1
)

// MaxHead is the most bytes of a fixed header.
const MaxHead = 5

// Violations that end a connection.
var (
	ErrKind    = errors.New("there is no such packet, or only a broker sends it")
	ErrEmpty   = errors.New("PINGREQ and DISCONNECT have no content")
	ErrLength  = errors.New("the remaining length has more than four bytes")
	ErrFlags   = errors.New("the flags of the fixed header are wrong")
	ErrQoS     = errors.New("QoS 3 does not exist")
	ErrDup     = errors.New("DUP is set at QoS 0")
	ErrShort   = errors.New("the packet is shorter than its content")
	ErrID      = errors.New("the packet identifier is 0")
	ErrTopic   = errors.New("the topic is no valid UTF-8 or has a zero byte")
	ErrAckSize = errors.New("an acknowledgement has two bytes")
)

// TooLarge is a packet over the limit, as announced.
type TooLarge struct{ Size, Limit int }

func (e TooLarge) Error() string {
	return fmt.Sprintf("packet of %d bytes, limit %d", e.Size, e.Limit)
}

// Header reads the fixed header at the front of b: head is its own size, size
// that of the whole packet, both in bytes. size is 0 while more bytes are
// needed to tell. A packet over limit bytes (0 = none) is TooLarge as soon as
// its header is there.
func Header(b []byte, limit int) (head, size int, err error) {
	if len(b) < 2 {
		return 0, 0, nil
	}
	if n := int(b[1]); n < 0x80 {
		if size = 2 + n; limit > 0 && size > limit {
			return 0, 0, TooLarge{size, limit}
		}
		return 2, size, nil
	}
	return longHeader(b, limit)
}

func longHeader(b []byte, limit int) (head, size int, err error) {
	n := int(b[1] & 0x7f)
	for i := 2; i < MaxHead; i++ {
		if i == len(b) {
			return 0, 0, nil
		}
		n |= int(b[i]&0x7f) << (7 * (i - 1))
		if b[i] < 0x80 {
			if size = i + 1 + n; limit > 0 && size > limit {
				return 0, 0, TooLarge{size, limit}
			}
			return i + 1, size, nil
		}
	}
	return 0, 0, ErrLength
}

// Check looks at a fixed header alone: whether there is such a packet, with
// such flags and such a size, so that a broken stream is known before it is
// waited for.
func Check(b []byte, head, size int) error {
	kind, flags := b[0]>>4, b[0]&0x0f
	want := byte(0)
	switch kind {
	case PUBLISH:
		return nil
	case PUBREL, SUBSCRIBE, UNSUBSCRIBE:
		want = 2
	case 0, CONNACK, SUBACK, UNSUBACK, PINGRESP, 15:
		return ErrKind
	}
	if flags != want {
		return ErrFlags
	}
	switch kind {
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		if size-head != 2 {
			return ErrAckSize
		}
	case PINGREQ, DISCONNECT:
		if size != head {
			return ErrEmpty
		}
	}
	return nil
}

// Publish is a PUBLISH packet's places in its frame.
type Publish struct {
	Head    byte   // the first byte
	QoS     byte   // 0 to 2
	Topic   []byte // not looked at: see ValidTopic
	ID      uint16 // 0 at QoS 0
	IDAt    int    // where the identifier stands in the frame; at QoS 0 where the payload begins
	Payload []byte
}

// ParsePublish takes a whole frame apart, whose fixed header has head bytes.
func ParsePublish(frame []byte, head int) (p Publish, err error) {
	p.Head = frame[0]
	p.QoS = p.Head >> 1 & 3
	if p.QoS == 3 {
		return p, ErrQoS
	}
	if p.QoS == 0 && p.Head&Dup != 0 {
		return p, ErrDup
	}
	b := frame[head:]
	if len(b) < 2 {
		return p, ErrShort
	}
	n := int(b[0])<<8 | int(b[1])
	if len(b) < 2+n {
		return p, ErrShort
	}
	p.Topic = b[2 : 2+n]
	b = b[2+n:]
	p.IDAt = head + 2 + n
	if p.QoS > 0 {
		if len(b) < 2 {
			return p, ErrShort
		}
		if p.ID = uint16(b[0])<<8 | uint16(b[1]); p.ID == 0 {
			return p, ErrID
		}
		b = b[2:]
	}
	p.Payload = b
	return p, nil
}

// ParseAck returns the packet identifier of PUBACK, PUBREC, PUBREL or PUBCOMP,
// which has passed Check.
func ParseAck(frame []byte, head int) (id uint16, err error) {
	if id = uint16(frame[head])<<8 | uint16(frame[head+1]); id == 0 {
		return 0, ErrID
	}
	return id, nil
}

// ValidTopic says whether the bytes may stand in a string of MQTT (1.5.3):
// UTF-8 without the zero character. Wildcards are the policy's business.
func ValidTopic(b []byte) bool {
	for _, c := range b {
		if c == 0 {
			return false
		}
	}
	return utf8.Valid(b)
}

// AppendAck appends an acknowledgement of type t.
func AppendAck(b []byte, t byte, id uint16) []byte {
	first := t << 4
	if t == PUBREL {
		first |= 2
	}
	return append(b, first, 2, byte(id>>8), byte(id))
}

// AppendPublish appends a PUBLISH; id is left out at QoS 0. flags are Dup and
// Retain.
func AppendPublish(b []byte, flags, qos byte, topic string, id uint16, payload []byte) []byte {
	n := 2 + len(topic) + len(payload)
	if qos > 0 {
		n += 2
	}
	b = append(b, PUBLISH<<4|flags|qos<<1)
	b = appendLength(b, n)
	b = append(b, byte(len(topic)>>8), byte(len(topic)))
	b = append(b, topic...)
	if qos > 0 {
		b = append(b, byte(id>>8), byte(id))
	}
	return append(b, payload...)
}

// AppendQoS0 appends a frame that was received at QoS 1 or 2 as one of QoS 0,
// without flags.
func AppendQoS0(b, frame []byte, head int, p *Publish) []byte {
	if p.QoS == 0 {
		b = append(b, PUBLISH<<4)
		return append(b, frame[1:]...)
	}
	b = append(b, PUBLISH<<4)
	b = appendLength(b, len(frame)-head-2)
	b = append(b, frame[head:p.IDAt]...)
	return append(b, p.Payload...)
}

func appendLength(b []byte, n int) []byte {
	for n >= 0x80 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

// Each calls do with each whole packet of b; it stops at a broken or partial
// one.
func Each(b []byte, do func(packet []byte)) {
	for len(b) > 0 {
		_, size, err := Header(b, 0)
		if err != nil || size == 0 || size > len(b) {
			return
		}
		do(b[:size])
		b = b[size:]
	}
}
