package broker

import (
	"fmt"
	"net"
	"testing"

	"labbroker/broker/wire"
	"labbroker/internal/mqtttest"
)

// talker is a client that costs next to nothing itself: it allocates nothing
// for a packet.
type talker struct {
	net.Conn
	buf  []byte
	r, w int
}

func newTalker(t testing.TB, addr, id string, filters ...string) *talker {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	k := &talker{Conn: c, buf: make([]byte, 256<<10)}
	frames := mqtttest.Login{ID: id, User: "alice", Password: "x"}.Frame()
	for i, f := range filters {
		frames = append(frames, mqtttest.Subscribe(uint16(i)+1, f[0]-'0', f[1:])...) // "1a/b" is a/b at QoS 1
	}
	if _, err := c.Write(frames); err != nil {
		t.Fatal(err)
	}
	for range 1 + len(filters) {
		if p, _, err := k.next(); err != nil || p[0]>>4 != wire.CONNACK && p[0]>>4 != wire.SUBACK {
			t.Fatalf("%s: got %x, %v, want it let in", id, p, err)
		}
	}
	return k
}

// next returns the next packet, valid until it is called again.
func (k *talker) next() (packet []byte, head int, err error) {
	for {
		head, size, err := wire.Header(k.buf[k.r:k.w], 0)
		if err != nil {
			return nil, 0, err
		}
		if size > 0 && k.w-k.r >= size {
			k.r += size
			return k.buf[k.r-size : k.r], head, nil
		}
		k.w = copy(k.buf, k.buf[k.r:k.w])
		k.r = 0
		n, err := k.Read(k.buf[k.w:])
		if err != nil {
			return nil, 0, err
		}
		k.w += n
	}
}

// whole says whether a packet is there without another read.
func (k *talker) whole() bool {
	_, size, _ := wire.Header(k.buf[k.r:k.w], 0)
	return size > 0 && k.w-k.r >= size
}

// receive reads n messages and answers them as their QoS wants.
func (k *talker) receive(n, qos int) error {
	var answers []byte
	for got := 0; got < n; {
		p, head, err := k.next()
		if err != nil {
			return err
		}
		switch p[0] >> 4 {
		case wire.PUBLISH:
			m, err := wire.ParsePublish(p, head)
			if err != nil {
				return err
			}
			switch m.QoS {
			case 1:
				answers = wire.AppendAck(answers, wire.PUBACK, m.ID)
			case 2:
				answers = wire.AppendAck(answers, wire.PUBREC, m.ID)
			}
			if qos < 2 {
				got++
			}
		case wire.PUBREL:
			id, _ := wire.ParseAck(p, head)
			answers = wire.AppendAck(answers, wire.PUBCOMP, id)
			got++
		default:
			return fmt.Errorf("got %x", p)
		}
		if len(answers) > 0 && !k.whole() {
			if _, err := k.Write(answers); err != nil {
				return err
			}
			answers = answers[:0]
		}
	}
	return nil
}

// send publishes n messages, with flight of them not acknowledged.
func (k *talker) send(topic string, n, qos, flight int, payload []byte) error {
	const batch = 100
	var frames []byte
	free, id := flight, uint16(0)
	for sent, done := 0, 0; done < n; {
		frames = frames[:0]
		for i := 0; i < batch && sent < n && (qos == 0 || free > 0); i++ {
			if id++; id == 0 {
				id = 1
			}
			frames = wire.AppendPublish(frames, 0, byte(qos), topic, id, payload)
			sent++
			free--
		}
		if _, err := k.Write(frames); err != nil {
			return err
		}
		if qos == 0 {
			done = sent
			continue
		}
		frames = frames[:0]
		for wait := free == 0 || sent == n; wait || k.whole(); wait = false {
			p, head, err := k.next()
			if err != nil {
				return err
			}
			if p[0]>>4 == wire.PUBREC {
				id, _ := wire.ParseAck(p, head)
				frames = wire.AppendAck(frames, wire.PUBREL, id)
				continue
			}
			done++
			free++
		}
		if _, err := k.Write(frames); err != nil {
			return err
		}
	}
	return nil
}
