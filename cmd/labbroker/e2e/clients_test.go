package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"
)

// publish is Debian's mosquitto_pub, at QoS 1 unless args say otherwise.
func publish(t *testing.T, s *Server, user, password, topic, payload string, args ...string) {
	t.Helper()
	if out, err := mosquittoPub(s, user, password, append([]string{"-q", "1", "-t", topic, "-m", payload}, args...)...); err != nil {
		t.Fatalf("mosquitto_pub %s: %v\n%s", topic, err, out)
	}
}

// mosquittoPub runs mosquitto_pub with any arguments; user "" gives none.
func mosquittoPub(s *Server, user, password string, args ...string) (string, error) {
	host, port, err := net.SplitHostPort(s.MQTT)
	if err != nil {
		return "", err
	}
	all := []string{"-h", host, "-p", port}
	if user != "" {
		all = append(all, "-u", user, "-P", password)
	}
	out, err := exec.Command("mosquitto_pub", append(all, args...)...).CombinedOutput()
	return string(out), err
}

// rowsAnswer is what the API says of a series' rows.
type rowsAnswer struct {
	Columns []struct {
		Name, Quantity, Unit string
		Guessed              bool
	}
	Rows [][]any
}

// rows reads a series; nil while there is none.
func rows(t *testing.T, s *Server, user, password, series string) *rowsAnswer {
	t.Helper()
	code, body := s.Get(t, user, password, "/api/sessions/"+user+"/rows?series="+series)
	if code == 404 {
		return nil
	}
	var a rowsAnswer
	if err := json.Unmarshal(body, &a); err != nil || code != 200 {
		t.Fatalf("rows of %s: got %d %s, %v", series, code, body, err)
	}
	return &a
}

// waitRows waits until the series has n rows.
func waitRows(t *testing.T, s *Server, user, password, series string, n int) *rowsAnswer {
	t.Helper()
	var a *rowsAnswer
	eventually(t, func() string {
		a = rows(t, s, user, password, series)
		if a == nil || len(a.Rows) < n {
			return fmt.Sprintf("row %d of %s", n, series)
		}
		return ""
	})
	return a
}

// notices returns the codes of a session's notices with their texts.
func notices(t *testing.T, s *Server, user, password string) map[string]string {
	t.Helper()
	code, body := s.Get(t, user, password, "/api/sessions/"+user+"/notices")
	var list []struct{ Code, Text string }
	if err := json.Unmarshal(body, &list); err != nil || code != 200 {
		t.Fatalf("notices: got %d %s, %v", code, body, err)
	}
	m := map[string]string{}
	for _, n := range list {
		m[n.Code] = n.Text
	}
	return m
}

// board is a raw MQTT 3.1.1 client that writes like MicroPython's umqtt: the
// fixed header and the rest of a packet as segments of their own.
type board struct {
	t    *testing.T
	c    net.Conn
	came []packet // messages that came while an acknowledgement was waited for

	will    *lastWill // set before connect; nil = none
	keep    bool      // the same: clean session off
	present bool      // after connect: the broker had kept its session
}

type lastWill struct {
	topic, payload string
	qos            byte
	retain         bool
}

type packet struct {
	header byte
	body   []byte
}

func dial(t *testing.T, s *Server) *board {
	t.Helper()
	c, err := net.Dial("tcp", s.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &board{t: t, c: c}
}

func field(s string) []byte { return append([]byte{byte(len(s) >> 8), byte(len(s))}, s...) }

// connect sends CONNECT (user "" = no credentials, as the course's oldest
// files do) and returns the CONNACK's code, -1 when the connection was closed.
func (b *board) connect(id, user, password string) int {
	b.t.Helper()
	flags := byte(2)
	if b.keep {
		flags = 0
	}
	body := append([]byte("\x00\x04MQTT\x04"), 0, 0, 0)
	body = append(body, field(id)...)
	if w := b.will; w != nil {
		flags |= 4 | w.qos<<3
		if w.retain {
			flags |= 0x20
		}
		body = append(append(body, field(w.topic)...), field(w.payload)...)
	}
	if user != "" {
		flags |= 0xc0
		body = append(append(body, field(user)...), field(password)...)
	}
	body[7] = flags
	b.send(0x10, body)
	h, p := b.read()
	if h != 0x20 || len(p) != 2 {
		return -1
	}
	b.present = p[0] == 1
	return int(p[1])
}

// publish1 publishes at QoS 1 and waits for the PUBACK, as umqtt does.
func (b *board) publish1(topic, payload string) {
	b.t.Helper()
	b.send(0x32, append(append(field(topic), 0, 1), payload...))
	if h, _ := b.await(4); h == 0 {
		b.t.Fatalf("publish to %s: the connection ended without an acknowledgement", topic)
	}
}

// subscribe returns the SUBACK's code.
func (b *board) subscribe(filter string, qos byte) byte {
	b.t.Helper()
	b.send(0x82, append(append([]byte{0, 7}, field(filter)...), qos))
	h, p := b.await(9)
	if h == 0 || len(p) != 3 {
		b.t.Fatalf("subscribe to %s: got %x %x, want a SUBACK", filter, h, p)
	}
	return p[2]
}

// await reads up to the next packet of a type; messages that come before it
// are kept for message. 0 at the end of the connection.
func (b *board) await(kind byte) (byte, []byte) {
	b.t.Helper()
	for {
		h, p := b.read()
		if h == 0 || h>>4 == kind {
			return h, p
		}
		if h>>4 == 3 {
			b.came = append(b.came, packet{h, p})
		}
	}
}

// message waits for the next PUBLISH (QoS 0).
func (b *board) message() (topic, payload string) {
	b.t.Helper()
	var m packet
	if len(b.came) > 0 {
		m, b.came = b.came[0], b.came[1:]
	} else if m.header, m.body = b.await(3); m.header == 0 {
		b.t.Fatal("waiting for a message: the connection ended")
	}
	n := int(m.body[0])<<8 | int(m.body[1])
	rest := m.body[2+n:]
	if m.header&6 != 0 {
		rest = rest[2:]
	}
	return string(m.body[2 : 2+n]), string(rest)
}

func (b *board) send(header byte, body []byte) {
	b.t.Helper()
	n := len(body)
	head := []byte{header}
	for {
		d := byte(n & 127)
		if n >>= 7; n > 0 {
			d |= 128
		}
		head = append(head, d)
		if n == 0 {
			break
		}
	}
	for _, part := range [][]byte{head, body} {
		if _, err := b.c.Write(part); err != nil {
			b.t.Logf("write: %v", err)
			return
		}
	}
}

// read returns the next packet's first byte and body; 0 at the end of the
// connection.
func (b *board) read() (byte, []byte) {
	b.t.Helper()
	b.c.SetReadDeadline(time.Now().Add(30 * time.Second))
	one := make([]byte, 1)
	next := func() (byte, bool) {
		_, err := b.c.Read(one)
		return one[0], err == nil
	}
	h, ok := next()
	if !ok {
		return 0, nil
	}
	n, shift := 0, 0
	for {
		d, ok := next()
		if !ok {
			return 0, nil
		}
		n |= int(d&127) << shift
		shift += 7
		if d < 128 {
			break
		}
	}
	var body bytes.Buffer
	for body.Len() < n {
		p := make([]byte, n-body.Len())
		k, err := b.c.Read(p)
		if err != nil {
			return 0, nil
		}
		body.Write(p[:k])
	}
	return h, body.Bytes()
}
