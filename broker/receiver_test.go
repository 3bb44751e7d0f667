package broker_test

import (
	"net"
	"runtime"
	"testing"

	"labbroker/internal/mqtttest"
)

// receiver is a subscriber that outlives its connections, and keeps what
// 3.1.1 has a receiver keep: the identifiers of QoS 2 from PUBLISH to PUBREL.
type receiver struct {
	t        *testing.T
	got      []string // payloads, without those that came again
	again    int      // messages with DUP that had been received
	inside   map[uint16]bool
	last     map[uint16]string // at QoS 1, what came under an identifier
	answered int               // acknowledgements sent
}

func newReceiver(t *testing.T) *receiver {
	return &receiver{t: t, inside: map[uint16]bool{}, last: map[uint16]string{}}
}

// take handles one packet and returns what is to be answered.
func (r *receiver) take(p mqtttest.Packet) []byte {
	r.t.Helper()
	switch {
	case p.Type == mqtttest.PUBREL:
		delete(r.inside, p.ID)
		return mqtttest.Ack(mqtttest.PUBCOMP, p.ID)
	case p.Type != mqtttest.PUBLISH:
		r.t.Fatalf("got %v, want a message", p)
	case p.QoS == 0:
		r.got = append(r.got, p.Payload)
		return nil
	case p.QoS == 1:
		// That a message came again shows only by its flag.
		if p.Dup && r.last[p.ID] == p.Payload {
			r.again++
		} else {
			r.got = append(r.got, p.Payload)
			r.last[p.ID] = p.Payload
		}
		return mqtttest.Ack(mqtttest.PUBACK, p.ID)
	}
	if r.inside[p.ID] {
		r.again++
		if !p.Dup {
			r.t.Errorf("%v came again without DUP", p)
		}
	} else {
		r.inside[p.ID] = true
		r.got = append(r.got, p.Payload)
	}
	return mqtttest.Ack(mqtttest.PUBREC, p.ID)
}

// drain receives until n messages are there or the connection ends, and says
// whether they are.
func (r *receiver) drain(c *mqtttest.Client, n int) bool {
	r.t.Helper()
	for len(r.got) < n || len(r.inside) > 0 {
		p, err := c.Next(mqtttest.Patience)
		if err != nil {
			return false
		}
		if b := r.take(p); b != nil {
			if c.Offer(b) != nil {
				return false
			}
			r.answered++
		}
	}
	return true
}

// narrow is a connection whose receiver takes little at a time.
func narrow(t *testing.T, addr string) *mqtttest.Client {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, mqtttest.Patience)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	return mqtttest.Over(t, conn)
}

// logIn sends CONNECT and returns whether a session was present.
func logIn(t *testing.T, c *mqtttest.Client, l mqtttest.Login) (present bool) {
	t.Helper()
	c.Send(l.Frame())
	ack := c.Await(mqtttest.CONNACK)
	if ack.Code != 0 {
		t.Fatalf("CONNECT of %q: got %v, want it accepted", l.ID, ack)
	}
	return ack.Present
}

// inUse is the memory of heap and stacks, in bytes, after a collection.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
