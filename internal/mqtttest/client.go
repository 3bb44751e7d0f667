package mqtttest

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// Patience is how long a client waits for what has to come.
const Patience = 30 * time.Second

// Client is a connection to a broker. Its methods are for one goroutine.
type Client struct {
	t     testing.TB
	conn  net.Conn
	buf   []byte
	kept  []Packet // PUBLISHes that came while something else was awaited
	ids   uint16
	Split bool // write a PUBLISH in two pieces, header first, as umqtt does
}

// Dial opens a connection and says nothing. It is closed with the test.
func Dial(t testing.TB, addr string) *Client {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, Patience)
	if err != nil {
		t.Fatalf("dial %s: %v", addr, err)
	}
	return Over(t, c)
}

// Over is a client over a connection that is there.
func Over(t testing.TB, conn net.Conn) *Client {
	t.Cleanup(func() { _ = conn.Close() })
	return &Client{t: t, conn: conn}
}

// Connect dials and logs in; the test fails unless that succeeds.
func Connect(t testing.TB, addr string, l Login) *Client {
	t.Helper()
	c, ack := Try(t, addr, l)
	if ack.Code != 0 {
		t.Fatalf("CONNECT of %q as %q: got code %d, want 0", l.ID, l.User, ack.Code)
	}
	return c
}

// Try dials, sends CONNECT and returns the CONNACK.
func Try(t testing.TB, addr string, l Login) (*Client, Packet) {
	t.Helper()
	c := Dial(t, addr)
	c.Send(l.Frame())
	p, err := c.Next(Patience)
	if err != nil || p.Type != CONNACK {
		t.Fatalf("CONNECT of %q as %q: got %v, error %v, want a CONNACK", l.ID, l.User, p, err)
	}
	return c, p
}

// Addr is the client's own address.
func (c *Client) Addr() string { return c.conn.LocalAddr().String() }

// Send writes bytes as they are.
func (c *Client) Send(frames ...[]byte) {
	c.t.Helper()
	for _, f := range frames {
		if _, err := c.conn.Write(f); err != nil {
			c.t.Fatalf("send: %v", err)
		}
	}
}

// Offer is Send for a connection that may be closed by now, or that takes
// nothing: a socket whose receive buffer is tiny and full may not even hear
// that it was closed.
func (c *Client) Offer(frame []byte) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(Patience))
	defer func() { _ = c.conn.SetWriteDeadline(time.Time{}) }()
	_, err := c.conn.Write(frame)
	return err
}

// Next returns the next packet. The error is os.ErrDeadlineExceeded if none
// came in time, io.EOF if the broker closed.
func (c *Client) Next(within time.Duration) (Packet, error) {
	if len(c.kept) > 0 {
		p := c.kept[0]
		c.kept = c.kept[1:]
		return p, nil
	}
	return c.read(within)
}

func (c *Client) read(within time.Duration) (Packet, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(within))
	for {
		if p, n := parse(c.buf); n > 0 {
			c.buf = c.buf[n:]
			return p, nil
		}
		b := make([]byte, 64<<10)
		n, err := c.conn.Read(b)
		c.buf = append(c.buf, b[:n]...)
		if err != nil && n == 0 {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return Packet{}, os.ErrDeadlineExceeded
			}
			return Packet{}, io.EOF
		}
	}
}

// Await returns the next packet of a type; PUBLISHes that come before are kept
// for Next, others fail the test.
func (c *Client) Await(kind byte) Packet {
	c.t.Helper()
	for {
		p, err := c.read(Patience)
		switch {
		case err != nil:
			c.t.Fatalf("waiting for a packet of type %d: %v", kind, err)
		case p.Type == kind:
			return p
		case p.Type == PUBLISH:
			c.kept = append(c.kept, p)
		default:
			c.t.Fatalf("got %v, want a packet of type %d", p, kind)
		}
	}
}

// Publish sends a message and completes its QoS. It returns its packet id.
func (c *Client) Publish(topic, payload string, qos byte, retain bool) uint16 {
	c.t.Helper()
	c.nextID()
	p := Publish{Topic: topic, Payload: payload, QoS: qos, ID: c.ids, Retain: retain}
	frame := p.Frame()
	if c.Split {
		c.Send(frame[:2], frame[2:])
	} else {
		c.Send(frame)
	}
	switch qos {
	case 1:
		c.wantID(c.Await(PUBACK))
	case 2:
		c.wantID(c.Await(PUBREC))
		c.Send(Ack(PUBREL, c.ids))
		c.wantID(c.Await(PUBCOMP))
	}
	return c.ids
}

// nextID counts as 3.1.1 has it: after 65,535 comes 1.
func (c *Client) nextID() {
	if c.ids++; c.ids == 0 {
		c.ids = 1
	}
}

func (c *Client) wantID(p Packet) {
	c.t.Helper()
	if p.ID != c.ids {
		c.t.Fatalf("acknowledged: got id %d, want %d", p.ID, c.ids)
	}
}

// Subscribe returns the code of the SUBACK.
func (c *Client) Subscribe(filter string, qos byte) byte {
	c.t.Helper()
	c.nextID()
	c.Send(Subscribe(c.ids, qos, filter))
	p := c.Await(SUBACK)
	c.wantID(p)
	return p.Codes[0]
}

// Unsubscribe waits for the UNSUBACK.
func (c *Client) Unsubscribe(filter string) {
	c.t.Helper()
	c.nextID()
	c.Send(Unsubscribe(c.ids, filter))
	c.wantID(c.Await(UNSUBACK))
}

// Message returns the next message, acknowledged as its QoS wants.
func (c *Client) Message() Packet {
	c.t.Helper()
	p, err := c.Next(Patience)
	if err != nil || p.Type != PUBLISH {
		c.t.Fatalf("got %v, error %v, want a message", p, err)
	}
	switch p.QoS {
	case 1:
		c.Send(Ack(PUBACK, p.ID))
	case 2:
		c.Send(Ack(PUBREC, p.ID))
		c.Await(PUBREL)
		c.Send(Ack(PUBCOMP, p.ID))
	}
	return p
}

// Until returns the messages that come up to and without one on topic last.
func (c *Client) Until(last string) []Packet {
	c.t.Helper()
	var got []Packet
	for {
		p := c.Message()
		if p.Topic == last {
			return got
		}
		got = append(got, p)
	}
}

// Alive checks that the broker still answers.
func (c *Client) Alive() {
	c.t.Helper()
	c.Send(Frame(PINGREQ << 4))
	c.Await(PINGRESP)
}

// Closed waits until the broker closes, and fails if a packet comes before.
func (c *Client) Closed() {
	c.t.Helper()
	if p, err := c.Next(Patience); !errors.Is(err, io.EOF) {
		c.t.Fatalf("got %v, error %v, want the connection closed", p, err)
	}
}

// Disconnect ends the connection cleanly and waits until the broker closes.
func (c *Client) Disconnect() {
	c.t.Helper()
	c.Send(Frame(DISCONNECT << 4))
	for {
		if _, err := c.read(Patience); err != nil {
			break
		}
	}
	_ = c.conn.Close()
}

// Vanish closes without a DISCONNECT.
func (c *Client) Vanish() { _ = c.conn.Close() }
