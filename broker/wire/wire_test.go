package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		in         []byte
		limit      int
		head, size int
		err        error
	}{
		{"nothing", nil, 0, 0, 0, nil},
		{"one byte", []byte{0x30}, 0, 0, 0, nil},
		{"empty packet", []byte{0xc0, 0}, 0, 2, 2, nil},
		{"127", []byte{0x30, 0x7f}, 0, 2, 129, nil},
		{"128, first half", []byte{0x30, 0x80}, 0, 0, 0, nil},
		{"128", []byte{0x30, 0x80, 0x01}, 0, 3, 131, nil},
		{"128, more than needed", []byte{0x30, 0x80, 0x81, 0x00}, 0, 4, 132, nil},
		{"largest", []byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 0, 5, 5 + 268435455, nil},
		{"five bytes", []byte{0x30, 0xff, 0xff, 0xff, 0xff}, 0, 0, 0, ErrLength},
		{"five bytes, not there yet", []byte{0x30, 0xff, 0xff, 0xff}, 0, 0, 0, nil},
		{"at the limit", []byte{0x30, 98}, 100, 2, 100, nil},
		{"over the limit", []byte{0x30, 99}, 100, 0, 0, TooLarge{101, 100}},
		{"far over the limit", []byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 100, 0, 0, TooLarge{268435460, 100}},
	}
	for _, tt := range tests {
		head, size, err := Header(tt.in, tt.limit)
		if head != tt.head || size != tt.size || !errors.Is(err, tt.err) {
			t.Errorf("%s: got %d, %d, %v, want %d, %d, %v", tt.name, head, size, err, tt.head, tt.size, tt.err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for first := range 256 {
		kind, flags := byte(first>>4), byte(first&15)
		for size := 2; size < 6; size++ {
			var want error
			switch kind {
			case PUBLISH:
			case 0, CONNACK, SUBACK, UNSUBACK, PINGRESP, 15:
				want = ErrKind
			case PUBREL, SUBSCRIBE, UNSUBSCRIBE:
				if flags != 2 {
					want = ErrFlags
				}
			default:
				if flags != 0 {
					want = ErrFlags
				}
			}
			if want == nil && kind >= PUBACK && kind <= PUBCOMP && size != 4 {
				want = ErrAckSize
			}
			if want == nil && (kind == PINGREQ || kind == DISCONNECT) && size != 2 {
				want = ErrEmpty
			}
			if got := Check([]byte{byte(first)}, 2, size); !errors.Is(got, want) {
				t.Errorf("%#x, %d bytes: got %v, want %v", first, size, got, want)
			}
		}
	}
}

func TestParsePublish(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		frame []byte
		err   error
	}{
		{"QoS 0", []byte{0x30, 4, 0, 1, 't', 'x'}, nil},
		{"no payload", []byte{0x30, 3, 0, 1, 't'}, nil},
		{"empty topic", []byte{0x30, 2, 0, 0}, nil}, // whoever knows topics refuses it
		{"QoS 1", []byte{0x32, 5, 0, 1, 't', 0, 7}, nil},
		{"QoS 2, DUP, retain", []byte{0x3d, 6, 0, 1, 't', 0, 7, 'x'}, nil},
		{"QoS 3", []byte{0x36, 5, 0, 1, 't', 0, 7}, ErrQoS},
		{"DUP at QoS 0", []byte{0x38, 3, 0, 1, 't'}, ErrDup},
		{"empty", []byte{0x30, 0}, ErrShort},
		{"half a length", []byte{0x30, 1, 0}, ErrShort},
		{"topic cut", []byte{0x30, 3, 0, 2, 't'}, ErrShort},
		{"no identifier", []byte{0x32, 3, 0, 1, 't'}, ErrShort},
		{"half an identifier", []byte{0x32, 4, 0, 1, 't', 0}, ErrShort},
		{"identifier 0", []byte{0x32, 5, 0, 1, 't', 0, 0}, ErrID},
	}
	for _, tt := range tests {
		p, err := ParsePublish(tt.frame, 2)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.err)
		}
		if err != nil {
			continue
		}
		if got := AppendPublish(nil, p.Head&(Dup|Retain), p.QoS, string(p.Topic), p.ID, p.Payload); !bytes.Equal(got, tt.frame) {
			t.Errorf("%s: built again: got %x, want %x", tt.name, got, tt.frame)
		}
	}
}

// TestAppendPublish builds packets around every size of the length field.
func TestAppendPublish(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 120, 121, 122, 123, 124, 125, 16370, 16376, 16377, 16378, 16379, 16380, 2097140, 2097145, 2097146, 2097147, 2097150} {
		payload := bytes.Repeat([]byte{'x'}, n)
		for qos := byte(0); qos < 3; qos++ {
			b := AppendPublish([]byte("before"), Retain, qos, "topic", 513, payload)[6:]
			head, size, err := Header(b, 0)
			if err != nil || size != len(b) {
				t.Fatalf("%d bytes: got size %d, error %v, want %d", n, size, err, len(b))
			}
			p, err := ParsePublish(b, head)
			if err != nil || string(p.Topic) != "topic" || !bytes.Equal(p.Payload, payload) || p.QoS != qos || p.Head&Retain == 0 || qos > 0 && (p.ID != 513 || b[p.IDAt] != 2) {
				t.Fatalf("%d bytes at QoS %d: got %+v, error %v", n, qos, p.QoS, err)
			}
		}
	}
}

func TestValidTopic(t *testing.T) {
	t.Parallel()
	for topic, want := range map[string]bool{
		"a/b": true, "": true, "é": true, strings.Repeat("x", 65535): true,
		"a\x00b": false, "\xff": false, "a\xc3": false, "\xed\xa0\x80": false,
	} {
		if got := ValidTopic([]byte(topic)); got != want {
			t.Errorf("%.10q: got %v, want %v", topic, got, want)
		}
	}
}

func TestAcks(t *testing.T) {
	t.Parallel()
	for _, kind := range []byte{PUBACK, PUBREC, PUBREL, PUBCOMP} {
		b := AppendAck(nil, kind, 0xabcd)
		head, size, err := Header(b, 0)
		if err != nil || size != 4 {
			t.Fatalf("%d: got size %d, error %v", kind, size, err)
		}
		if err := Check(b, head, size); err != nil {
			t.Errorf("%d: got %v, want no error", kind, err)
		}
		if id, err := ParseAck(b, head); id != 0xabcd || err != nil {
			t.Errorf("%d: got %x, %v", kind, id, err)
		}
	}
	if _, err := ParseAck([]byte{0x40, 2, 0, 0}, 2); !errors.Is(err, ErrID) {
		t.Errorf("identifier 0: got %v, want %v", err, ErrID)
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	whole := append(AppendAck(nil, PUBACK, 1), AppendPublish(nil, 0, 1, "t", 2, []byte("x"))...)
	for cut := range len(whole) + 1 {
		n := 0
		Each(whole[:cut], func(p []byte) { n += len(p) })
		want := 0
		if cut >= 4 {
			want = 4
		}
		if cut == len(whole) {
			want = cut
		}
		if n != want {
			t.Errorf("%d bytes: got %d in packets, want %d", cut, n, want)
		}
	}
}
