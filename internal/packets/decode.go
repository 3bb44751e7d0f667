package packets

import (
	"strings"
	"unicode/utf8"
)

// names are the packets' types by the upper half of their first byte (MQTT
// 3.1.1, 2.2.1).
var names = [16]string{
	1: "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT",
}

// maxFilters is how many filters of one packet are read.
const maxFilters = 64

// Packet is what a packet's bytes mean. What is not in it, or was cut off, is
// zero. Strings are valid UTF-8.
type Packet struct {
	Type     string // "PUBLISH"; "" = no packet of MQTT 3.1.1
	Dup      bool
	QoS      byte
	Retain   bool
	ID       uint16 // 0 = none
	Topic    string // of PUBLISH
	Filters  []Filter
	Codes    []byte   // of CONNACK and SUBACK
	Present  bool     // CONNACK: the session was kept
	Connect  *Connect // of CONNECT
	Head     int      // bytes of the fixed header
	At       int      // where the payload begins, of PUBLISH
	Payload  int      // its bytes in the whole packet
	Cut      bool     // there are fewer bytes than it has
	Unfit    bool     // its bytes are not laid out as MQTT has it
	Refusing bool     // it says no: a code of CONNACK or SUBACK
}

// Filter is one of SUBSCRIBE or UNSUBSCRIBE.
type Filter struct {
	Filter string `json:"filter"`
	QoS    byte   `json:"qos"`
}

// Connect is what a CONNECT says. A password is never read.
type Connect struct {
	Protocol    string `json:"protocol"`
	Level       byte   `json:"level"`
	Clean       bool   `json:"clean"`
	Keepalive   uint16 `json:"keepalive"` // seconds, 0 = none
	ID          string `json:"id"`
	User        string `json:"user"`
	HasUser     bool   `json:"has_user"`
	HasPassword bool   `json:"has_password"`
	Will        *Will  `json:"will,omitempty"`
}

// Will is what the broker is to say when the client is lost.
type Will struct {
	Topic  string `json:"topic"`
	Text   string `json:"text"`
	Binary bool   `json:"binary"`
	Size   int    `json:"size"`
	QoS    byte   `json:"qos"`
	Retain bool   `json:"retain"`
}

// Decode reads the first bytes of a packet of size bytes. It takes whatever
// comes.
func Decode(b []byte, size int) Packet {
	var p Packet
	if len(b) == 0 {
		return p
	}
	p.Cut = len(b) < size
	p.Type = names[b[0]>>4]
	if p.Type == "" {
		p.Unfit = true
		return p
	}
	if p.Head = head(b); p.Head == 0 {
		p.Unfit = !p.Cut
		return p
	}
	r := reader{b: b[p.Head:], cut: p.Cut}
	switch p.Type {
	case "CONNECT":
		p.Connect = r.connect()
	case "CONNACK":
		p.Present = r.one()&1 != 0
		code := r.one()
		p.Codes = []byte{code}
		p.Refusing = code != 0
	case "PUBLISH":
		p.Dup, p.QoS, p.Retain = b[0]&8 != 0, b[0]>>1&3, b[0]&1 != 0
		p.Topic = r.text()
		if p.QoS > 0 {
			p.ID = r.two()
		}
		if !r.bad {
			p.At = len(b) - len(r.b)
			p.Payload = max(0, size-p.At)
		}
	case "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "UNSUBACK":
		p.ID = r.two()
	case "SUBSCRIBE", "UNSUBSCRIBE":
		p.ID = r.two()
		p.Filters = r.filters(p.Type == "SUBSCRIBE")
	case "SUBACK":
		p.ID = r.two()
		p.Codes = append([]byte(nil), r.b[:min(len(r.b), maxFilters)]...)
		for _, code := range p.Codes {
			p.Refusing = p.Refusing || code > 2
		}
	}
	p.Unfit = r.bad && !r.cut
	return p
}

// head is the length of the fixed header, 0 where it is not whole.
func head(b []byte) int {
	for i := 1; i < len(b) && i < 5; i++ {
		if b[i] < 0x80 {
			return i + 1
		}
	}
	return 0
}

// reader takes the content of a packet apart. What is missing is zero and
// makes it bad.
type reader struct {
	b   []byte
	cut bool
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) one() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) two() uint16 {
	if b := r.take(2); b != nil {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return 0
}

func (r *reader) bytes() []byte { return r.take(int(r.two())) }

func (r *reader) text() string { return valid(r.bytes()) }

func (r *reader) filters(qos bool) (list []Filter) {
	for len(r.b) > 0 && !r.bad && len(list) < maxFilters {
		f := Filter{Filter: r.text()}
		if qos {
			f.QoS = r.one()
		}
		if !r.bad {
			list = append(list, f)
		}
	}
	return list
}

func (r *reader) connect() *Connect {
	c := &Connect{Protocol: r.text(), Level: r.one()}
	flags := r.one()
	c.Keepalive = r.two()
	c.Clean, c.HasUser, c.HasPassword = flags&2 != 0, flags&0x80 != 0, flags&0x40 != 0
	if c.Level != 3 && c.Level != 4 {
		return c // what follows is laid out in another way
	}
	c.ID = r.text()
	if flags&4 != 0 {
		w := &Will{Topic: r.text(), QoS: flags >> 3 & 3, Retain: flags&0x20 != 0}
		b := r.bytes()
		w.Size, w.Text, w.Binary = len(b), valid(b), !Readable(b)
		if r.bad {
			return c
		}
		c.Will = w
	}
	if c.HasUser {
		c.User = r.text()
	}
	return c
}

func valid(b []byte) string { return strings.ToValidUTF8(string(b), "\ufffd") }

// Readable says whether bytes can be shown as text.
func Readable(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(b)
}
