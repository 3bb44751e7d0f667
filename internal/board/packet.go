package board

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The first bytes of the MQTT 3.1.1 packets that a board sends or gets: kind
// in the upper half, flags in the lower.
const (
	connect    = 0x10
	connack    = 0x20
	publish    = 0x30
	puback     = 0x40
	subscribe  = 0x82
	pingreq    = 0xc0
	disconnect = 0xe0

	flagRetain = 0x01
	flagQoS1   = 0x02
)

// maxPacket is the most a board accepts in one packet; hints are sentences.
const maxPacket = 64 << 10

// message is what a PUBLISH carries.
type message struct {
	topic   string
	payload []byte
	retain  bool
}

// login is what a CONNECT carries, with a will.
type login struct {
	id, user, password string
	will               message
	keepalive          uint16 // s
}

func appendConnect(b []byte, l login) []byte {
	const cleanSession, hasWill, willRetain, hasPassword, hasUser = 0x02, 0x04, 0x20, 0x40, 0x80
	flags := byte(cleanSession)
	if l.will.topic != "" {
		flags |= hasWill
	}
	if l.will.retain {
		flags |= willRetain
	}
	if l.user != "" {
		flags |= hasUser | hasPassword
	}
	body := appendField(nil, "MQTT")
	body = append(body, 4, flags)
	body = binary.BigEndian.AppendUint16(body, l.keepalive)
	body = appendField(body, l.id)
	if l.will.topic != "" {
		body = appendField(body, l.will.topic)
		body = appendField(body, string(l.will.payload))
	}
	if l.user != "" {
		body = appendField(body, l.user)
		body = appendField(body, l.password)
	}
	return append(appendHeader(b, connect, len(body)), body...)
}

// appendPublish sends at QoS 1 when id is not 0.
func appendPublish(b []byte, m message, id uint16) []byte {
	first, length := byte(publish), 2+len(m.topic)+len(m.payload)
	if m.retain {
		first |= flagRetain
	}
	if id != 0 {
		first |= flagQoS1
		length += 2
	}
	b = appendField(appendHeader(b, first, length), m.topic)
	if id != 0 {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	return append(b, m.payload...)
}

// appendSubscribe asks for one filter at QoS 0.
func appendSubscribe(b []byte, filter string, id uint16) []byte {
	b = appendHeader(b, subscribe, 2+2+len(filter)+1)
	b = binary.BigEndian.AppendUint16(b, id)
	return append(appendField(b, filter), 0)
}

func appendHeader(b []byte, first byte, length int) []byte {
	return binary.AppendUvarint(append(b, first), uint64(length)) // MQTT's lengths are varints
}

func appendField(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// readPacket returns the next packet; body is valid until the next call with
// the same buffer.
func readPacket(r *bufio.Reader, buffer []byte) (first byte, body []byte, err error) {
	if first, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	length, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, nil, err
	}
	if length > maxPacket {
		return 0, nil, fmt.Errorf("the broker sent a packet of %d bytes", length)
	}
	if int(length) > cap(buffer) {
		buffer = make([]byte, length)
	}
	body = buffer[:length]
	_, err = io.ReadFull(r, body)
	return first, body, err
}

var errPublish = errors.New("the broker sent a broken PUBLISH")

// parsePublish returns the message, and its id at QoS 1.
func parsePublish(first byte, body []byte) (m message, id uint16, err error) {
	if len(body) < 2 {
		return m, 0, errPublish
	}
	n := 2 + int(binary.BigEndian.Uint16(body))
	end := n
	if first&0x06 != 0 {
		end += 2
	}
	if len(body) < end {
		return m, 0, errPublish
	}
	if end > n {
		id = binary.BigEndian.Uint16(body[n:])
	}
	return message{topic: string(body[2:n]), payload: body[end:], retain: first&flagRetain != 0}, id, nil
}
