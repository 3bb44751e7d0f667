package broker

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"labbroker/broker/route"
	"labbroker/internal/mqtttest"
)

// pieces is a connection whose bytes come in given pieces.
type pieces struct {
	net.Conn
	rest []byte
	cuts func(left int) int // size of the next piece
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(len(p.rest), max(1, p.cuts(len(p.rest))))])
	p.rest = p.rest[n:]
	return n, nil
}

func (p *pieces) Write(b []byte) (int, error)      { return len(b), nil }
func (p *pieces) Close() error                     { return nil }
func (p *pieces) SetReadDeadline(time.Time) error  { return nil }
func (p *pieces) SetWriteDeadline(time.Time) error { return nil }
func (p *pieces) LocalAddr() net.Addr              { return remote("here:1") }
func (p *pieces) RemoteAddr() net.Addr             { return remote("there:1") }

// outcome is what a stream led to.
type outcome struct {
	events []string // messages and control packets in their order
	err    string
	acks   []byte
	most   int // bytes of the largest buffer
}

// split lets a client that is logged in send a stream in pieces.
func split(t testing.TB, limit int, stream []byte, cuts func(int) int) (got outcome) {
	l := &law{record: func(p []byte) { got.events = append(got.events, fmt.Sprintf("message %x", p)) }}
	s := &Server{opt: Options{MaxPacket: limit}, rules: l, subs: route.New[*client]()}
	s.opt.fill()
	s.log = s.opt.Log
	s.door = newDoor(s)
	c := newConn(s, &pieces{rest: stream, cuts: cuts}, "tcp", remote("there:1"))
	c.member, c.free = &citizen{law: l, id: "board", user: "alice"}, true
	c.cl = newClient(s, "alice/board", "alice", true)
	c.cl.take(c)
	c.out.busy = true // nobody writes: all stays in the buffer
	for {
		frame, err := c.next()
		got.most = max(got.most, len(c.in))
		if err != nil {
			got.err = err.Error()
			break
		}
		got.events = append(got.events, fmt.Sprintf("control %x", frame))
	}
	got.acks = c.out.buf
	c.in = giveBuffer(c.in)
	return got
}

// compare says how two outcomes of one stream differ.
func compare(t testing.TB, whole, cut outcome) {
	t.Helper()
	if !slices.Equal(whole.events, cut.events) {
		t.Fatalf("in pieces: got %.300q, want %.300q", cut.events, whole.events)
	}
	if whole.err != cut.err || !bytes.Equal(whole.acks, cut.acks) {
		t.Fatalf("in pieces: got %q and acknowledgements %x, want %q and %x", cut.err, cut.acks, whole.err, whole.acks)
	}
}

// TestSplitLarge: packets around the sizes of buffers, in pieces of all sizes;
// memory grows with what came, not with what was announced.
func TestSplitLarge(t *testing.T) {
	t.Parallel()
	var stream []byte
	for i, n := range []int{10, bufferSize - 20, 1, bufferSize, bufferSize + 1, 3 * bufferSize, 0, 100_000, 5} {
		stream = append(stream, mqtttest.Publish{
			Topic: "alice/x", Payload: string(bytes.Repeat([]byte{byte(i)}, n)), QoS: byte(i % 3), ID: uint16(i) + 1,
		}.Frame()...)
		stream = append(stream, mqtttest.Frame(mqtttest.PINGREQ<<4)...)
	}
	whole := split(t, 0, stream, func(left int) int { return left })
	if len(whole.events) != 18 {
		t.Fatalf("got %d events, want 18", len(whole.events))
	}
	for _, piece := range []int{1, 2, 3, 1000, bufferSize - 1, bufferSize, bufferSize + 1, 50_000} {
		compare(t, whole, split(t, 0, stream, func(int) int { return piece }))
	}
	// Half of it, and an announcement of 200 MB.
	cut := split(t, 0, append(mqtttest.Publish{Topic: "alice/x", Payload: "x"}.Frame(), append([]byte{0x30, 0xff, 0xff, 0xff, 0x5f}, make([]byte, 100_000)...)...), func(int) int { return 1 << 20 })
	if cut.most > 4*100_000 {
		t.Errorf("got a buffer of %d bytes for 100,000 that came", cut.most)
	}
}

// FuzzPieces: what a stream leads to does not depend on how it arrives.
func FuzzPieces(f *testing.F) {
	publish := func(qos byte, n int) []byte {
		return mqtttest.Publish{Topic: "alice/x", Payload: string(make([]byte, n)), QoS: qos, ID: 7}.Frame()
	}
	f.Add(append(publish(1, 200), publish(2, 3)...), []byte{1, 2, 3}, uint16(0))
	f.Add(append(publish(0, 2), 0x36, 1), []byte{1}, uint16(0))
	f.Add(slices.Concat(publish(1, 2), mqtttest.Ack(mqtttest.PUBREL, 7), mqtttest.Subscribe(3, 1, "a/#"), []byte{0xe0, 0}), []byte{4, 1}, uint16(100))
	f.Add([]byte{0xc0, 0, 0xc0, 1, 0}, []byte{}, uint16(0))
	f.Add(publish(1, 300), []byte{7}, uint16(200))
	f.Fuzz(func(t *testing.T, stream, cuts []byte, limit uint16) {
		whole := split(t, int(limit), stream, func(left int) int { return left })
		i := 0
		cut := split(t, int(limit), stream, func(int) int {
			if len(cuts) == 0 {
				return 1
			}
			i++
			return int(cuts[i%len(cuts)])
		})
		compare(t, whole, cut)
	})
}
