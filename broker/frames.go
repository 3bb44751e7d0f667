package broker

import (
	"errors"
	"fmt"
)

// errLength is a remaining length of more than four bytes, which MQTT does not
// have; mochi would read it for ever.
var errLength = errors.New("malformed packet: the remaining length has more than four bytes")

// tooLarge is the end of a connection that announced a packet over the limit.
type tooLarge struct{ size, limit int }

func (e tooLarge) Error() string {
	return fmt.Sprintf("packet of %d bytes, limit %d", e.size, e.limit)
}

// TooLarge lets a hook name the sizes.
func (e tooLarge) TooLarge() (size, limit int) { return e.size, e.limit }

// frames follows the packets' borders in what is read, so that a packet over
// the limit is refused before anybody makes room for it. The zero value with a
// max is ready; only the reading goroutine may use it.
type frames struct {
	max    int // bytes of a whole packet
	body   int // bytes of the present packet still to come
	head   int // bytes of its header seen; 0 = between packets, or in a body
	length int // remaining length as far as read
	err    error
}

// scan takes the next bytes and says how many of them may be passed on: all,
// or those before a packet that is refused with err.
func (f *frames) scan(p []byte) (n int, err error) {
	if f.err != nil {
		return 0, f.err
	}
	start := 0 // of the present packet, where it begins in p
	for i := 0; i < len(p); {
		if f.body > 0 {
			take := min(f.body, len(p)-i)
			f.body -= take
			i += take
			continue
		}
		b := p[i]
		i++
		if f.head == 0 {
			start, f.head, f.length = i-1, 1, 0
			continue
		}
		f.length |= int(b&0x7f) << (7 * (f.head - 1))
		f.head++
		switch {
		case b&0x80 == 0:
			if size := f.head + f.length; size > f.max {
				f.err = tooLarge{size, f.max}
				return start, f.err
			}
			f.body, f.head = f.length, 0
		case f.head > 4:
			f.err = errLength
			return start, f.err
		}
	}
	return len(p), nil
}

// inside says whether the last byte scanned was not a packet's last one.
func (f *frames) inside() bool { return f.head > 0 || f.body > 0 }

// badProtocol is the code of a CONNACK for a protocol level that is not spoken.
const badProtocol = 1

// level is a CONNECT's protocol level, 0 if head does not begin like one.
func level(head []byte) byte {
	if len(head) == 0 || head[0] != 0x10 {
		return 0
	}
	i := 1
	for i < len(head) && i <= 4 && head[i]&0x80 != 0 {
		i++
	}
	const name = "\x00\x04MQTT"
	if i++; len(head) <= i+len(name) || string(head[i:i+len(name)]) != name {
		return 0
	}
	return head[i+len(name)]
}

// each calls do with each whole packet of p, which the broker wrote itself.
func each(p []byte, do func(packet []byte)) {
	for len(p) > 1 {
		n, shift, head := 0, 0, 1
		for {
			b := p[head]
			n |= int(b&0x7f) << shift
			shift += 7
			head++
			if b&0x80 == 0 || head >= len(p) {
				break
			}
		}
		size := min(head+n, len(p))
		do(p[:size])
		p = p[size:]
	}
}
