// Package mqtttest is a raw MQTT 3.1.1 client for tests of the broker: it sends
// what no decent client would, byte by byte if asked, and shows what really
// came back. No product code imports it.
package mqtttest

import (
	"encoding/binary"
	"fmt"
)

// Packet types.
const (
	CONNECT byte = iota + 1
	CONNACK
	PUBLISH
	PUBACK
	PUBREC
	PUBREL
	PUBCOMP
	SUBSCRIBE
	SUBACK
	UNSUBSCRIBE
	UNSUBACK
	PINGREQ
	PINGRESP
	DISCONNECT
)

// Frame makes a packet of a first byte and a body.
func Frame(first byte, body ...[]byte) []byte {
	n := 0
	for _, b := range body {
		n += len(b)
	}
	out := []byte{first}
	for left := n; ; {
		d := byte(left & 0x7f)
		if left >>= 7; left > 0 {
			d |= 0x80
		}
		if out = append(out, d); left == 0 {
			break
		}
	}
	for _, b := range body {
		out = append(out, b...)
	}
	return out
}

// Str is a string with its length before it.
func Str(s string) []byte { return append(U16(uint16(len(s))), s...) }

// U16 is a big-endian number of two bytes.
func U16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

// Login is what a CONNECT holds. The zero value is a clean session without a
// client id, user name or keepalive.
type Login struct {
	ID        string
	Keep      bool   // clean session = 0
	User      string // with Password: both are sent if either is not ""
	Password  string
	NoPass    bool // the user name only
	Empty     bool // user name and password are sent, of length zero
	Keepalive uint16
	Will      *Will
	Level     byte   // 0 = 4
	Flags     byte   // further connect flags, to make it malformed
	Protocol  string // "" = "MQTT"
}

// Will is a last will.
type Will struct {
	Topic, Payload string
	QoS            byte
	Retain         bool
}

// Frame is the CONNECT.
func (l Login) Frame() []byte {
	flags := l.Flags
	body := Str(l.ID)
	if l.Level == 5 {
		body = append([]byte{0}, body...)
	}
	if !l.Keep {
		flags |= 0x02
	}
	if w := l.Will; w != nil {
		flags |= 0x04 | w.QoS<<3
		if w.Retain {
			flags |= 0x20
		}
		if l.Level == 5 {
			body = append(body, 0)
		}
		body = append(append(body, Str(w.Topic)...), Str(w.Payload)...)
	}
	if l.User != "" || l.Password != "" || l.Empty {
		flags |= 0x80
		body = append(body, Str(l.User)...)
		if !l.NoPass {
			flags |= 0x40
			body = append(body, Str(l.Password)...)
		}
	}
	level, protocol := l.Level, l.Protocol
	if level == 0 {
		level = 4
	}
	if protocol == "" {
		protocol = "MQTT"
	}
	return Frame(CONNECT<<4, Str(protocol), []byte{level, flags}, U16(l.Keepalive), body)
}

// Publish is a PUBLISH. id counts at QoS 1 and 2.
type Publish struct {
	Topic, Payload string
	QoS            byte
	ID             uint16
	Retain, Dup    bool
}

// Frame is the PUBLISH.
func (p Publish) Frame() []byte {
	first := PUBLISH<<4 | p.QoS<<1
	if p.Retain {
		first |= 1
	}
	if p.Dup {
		first |= 8
	}
	var id []byte
	if p.QoS > 0 {
		id = U16(p.ID)
	}
	return Frame(first, Str(p.Topic), id, []byte(p.Payload))
}

// Subscribe is a SUBSCRIBE of filters at one QoS.
func Subscribe(id uint16, qos byte, filters ...string) []byte {
	body := U16(id)
	for _, f := range filters {
		body = append(append(body, Str(f)...), qos)
	}
	return Frame(SUBSCRIBE<<4|2, body)
}

// Unsubscribe is an UNSUBSCRIBE.
func Unsubscribe(id uint16, filters ...string) []byte {
	body := U16(id)
	for _, f := range filters {
		body = append(body, Str(f)...)
	}
	return Frame(UNSUBSCRIBE<<4|2, body)
}

// Ack is PUBACK, PUBREC, PUBREL or PUBCOMP.
func Ack(kind byte, id uint16) []byte {
	first := kind << 4
	if kind == PUBREL {
		first |= 2
	}
	return Frame(first, U16(id))
}

// Packet is one that the broker sent, taken apart as far as its type goes.
type Packet struct {
	Type, Flags    byte
	Body           []byte
	Topic, Payload string // PUBLISH
	QoS            byte
	Retain, Dup    bool
	ID             uint16
	Codes          []byte // SUBACK
	Code           byte   // CONNACK
	Present        bool   // CONNACK: session present
}

func (p Packet) String() string {
	switch p.Type {
	case PUBLISH:
		return fmt.Sprintf("PUBLISH %q %q qos=%d retain=%v dup=%v id=%d", p.Topic, p.Payload, p.QoS, p.Retain, p.Dup, p.ID)
	case CONNACK:
		return fmt.Sprintf("CONNACK %d present=%v", p.Code, p.Present)
	}
	return fmt.Sprintf("packet of type %d id=%d codes=%x", p.Type, p.ID, p.Codes)
}

// parse takes the first whole packet off b; n is 0 if there is none.
func parse(b []byte) (p Packet, n int) {
	if len(b) < 2 {
		return p, 0
	}
	length, shift, i := 0, 0, 1
	for {
		if i >= len(b) {
			return p, 0
		}
		length |= int(b[i]&0x7f) << shift
		shift += 7
		i++
		if b[i-1]&0x80 == 0 {
			break
		}
	}
	if len(b) < i+length {
		return p, 0
	}
	p = Packet{Type: b[0] >> 4, Flags: b[0] & 15, Body: append([]byte(nil), b[i:i+length]...)}
	body := p.Body
	switch {
	case p.Type == PUBLISH && len(body) > 1:
		p.QoS, p.Retain, p.Dup = p.Flags>>1&3, p.Flags&1 != 0, p.Flags&8 != 0
		t := 2 + int(binary.BigEndian.Uint16(body))
		p.Topic = string(body[2:t])
		if p.QoS > 0 {
			p.ID = binary.BigEndian.Uint16(body[t:])
			t += 2
		}
		p.Payload = string(body[t:])
	case p.Type == CONNACK && len(body) == 2:
		p.Present, p.Code = body[0]&1 != 0, body[1]
	case len(body) >= 2:
		p.ID, p.Codes = binary.BigEndian.Uint16(body), body[2:]
	}
	return p, i + length
}
