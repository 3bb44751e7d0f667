package wire

import (
	"bytes"
	"errors"
	"testing"
)

// exact is b without room behind it, so that reading outside panics.
func exact(b []byte) []byte { return bytes.Clone(b)[:len(b):len(b)] }

// seeds are streams that begin well.
var seeds = [][]byte{
	{0xc0, 0, 0xe0, 0},
	{0x30, 4, 0, 1, 't', 'x', 0x32, 6, 0, 1, 't', 0, 7, 'x', 0x40, 2, 0, 1},
	{0x82, 6, 0, 1, 0, 1, 'a', 1, 0x62, 2, 0, 9, 0x3d, 6, 0, 1, 't', 0, 7, 'x'},
	{0x30, 0x80, 0x01}, {0x30, 0xff, 0xff, 0xff, 0xff, 0x01}, {0x36, 0}, {0x30, 2, 0xff, 0xff},
	append([]byte{0x30, 0x83, 0x01, 0, 1, 't'}, make([]byte, 128)...),
}

// FuzzSplit: whatever the beginning of a stream that is there, Header says
// nothing yet or what it says of the whole, and of a packet that is too large
// as soon as its header ends; so packets do not depend on how they arrive.
func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, uint16(20))
		f.Add(s, uint16(0))
	}
	f.Fuzz(func(t *testing.T, stream []byte, limit uint16) {
		for rest := exact(stream); ; {
			head, size, err := Header(rest, int(limit))
			for n := range min(len(rest), MaxHead+1) {
				h, s, e := Header(rest[:n:n], int(limit))
				if known := s > 0 || e != nil; known && (h != head || s != size || !errors.Is(e, err)) {
					t.Fatalf("of %x: got %d, %d, %v from %d bytes, and %d, %d, %v from all", rest, h, s, e, n, head, size, err)
				} else if !known && n >= MaxHead {
					t.Fatalf("of %x: nothing is known after %d bytes", rest, n)
				}
			}
			if err != nil || size == 0 {
				if size == 0 && err == nil && len(rest) >= MaxHead {
					t.Fatalf("of %x: nothing is known", rest)
				}
				return
			}
			if head < 2 || head > MaxHead || size < head || limit > 0 && size > int(limit) {
				t.Fatalf("of %x: got %d, %d, limit %d", rest, head, size, limit)
			}
			_ = Check(rest, head, size)
			if size > len(rest) {
				return
			}
			rest = rest[size:]
		}
	})
}

// FuzzDecode takes a frame apart: no panic, nothing from outside of it, and
// what was understood is what it was built from.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		head, size, err := Header(b, 0)
		if err != nil || size == 0 || size > len(b) {
			return
		}
		frame := exact(b[:size])
		switch kind := frame[0] >> 4; kind {
		case PUBLISH:
			p, err := ParsePublish(frame, head)
			if err != nil {
				return
			}
			if ids := 2 * min(int(p.QoS), 1); head+2+len(p.Topic)+ids+len(p.Payload) != size || p.IDAt != head+2+len(p.Topic) {
				t.Fatalf("%x: got %d bytes of topic, %d of payload, identifier at %d", frame, len(p.Topic), len(p.Payload), p.IDAt)
			}
			again := AppendPublish(nil, p.Head&(Dup|Retain), p.QoS, string(p.Topic), p.ID, p.Payload)
			if h, s, err := Header(again, 0); err != nil || s != len(again) || !bytes.Equal(again[h:], frame[head:]) || again[0] != frame[0] {
				t.Fatalf("%x: built again as %x", frame, again)
			}
			_ = ValidTopic(p.Topic)
		case PUBACK, PUBREC, PUBREL, PUBCOMP:
			if Check(frame, head, size) != nil {
				return
			}
			if id, err := ParseAck(frame, head); err == nil && !bytes.Equal(AppendAck(nil, kind, id)[2:], frame[head:]) {
				t.Fatalf("%x: got identifier %d", frame, id)
			}
		}
		n := 0
		Each(b, func(packet []byte) { n += len(packet) })
		if n < size || n > len(b) {
			t.Fatalf("%x: got %d bytes in packets", b, n)
		}
	})
}
