// Package boardtest is a broker for tests of boards: it accepts, notes and
// acknowledges what they send, and can refuse, fall silent and hang up. It
// routes nothing.
package boardtest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Connect is what a CONNECT carried.
type Connect struct {
	ID, User, Password string
	Will               Message
	Clean              bool
	Keepalive          int // s
}

// Message is what a PUBLISH carried.
type Message struct {
	Client  string // client id
	Topic   string
	Payload string
	QoS     byte
	Retain  bool
}

// Broker listens on a loopback port until its test ends.
type Broker struct {
	// Connects, Messages, Filters and Goodbyes take what boards send, in
	// order; each holds 10,000, more block the sender.
	Connects chan Connect
	Messages chan Message
	Filters  chan string
	Goodbyes chan string // client ids of DISCONNECTs

	listener net.Listener

	mu     sync.Mutex // guards all below
	check  func(Connect) byte
	silent bool
	conns  map[net.Conn]bool
	wg     sync.WaitGroup
}

// New starts a broker.
func New(t testing.TB) *Broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const room = 10000
	b := &Broker{
		Connects: make(chan Connect, room), Messages: make(chan Message, room),
		Filters: make(chan string, room), Goodbyes: make(chan string, room),
		listener: l, conns: map[net.Conn]bool{},
	}
	b.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.wg.Go(func() { b.Serve(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		b.HangUp()
		b.wg.Wait()
	})
	return b
}

// Addr is host:port.
func (b *Broker) Addr() string { return b.listener.Addr().String() }

// Check sets who decides the return code of CONNACK; nil lets all in.
func (b *Broker) Check(f func(Connect) byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.check = f
}

// Silence stops or resumes acknowledging.
func (b *Broker) Silence(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silent = on
}

// HangUp closes all connections without a word.
func (b *Broker) HangUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		c.Close()
	}
}

// Send publishes to every connection, whatever it subscribed to.
func (b *Broker) Send(topic, payload string) {
	p := binary.AppendUvarint([]byte{0x30}, uint64(2+len(topic)+len(payload)))
	p = append(binary.BigEndian.AppendUint16(p, uint16(len(topic))), topic+payload...)
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		c.Write(p)
	}
}

// Serve speaks with one board until it leaves. It closes conn.
func (b *Broker) Serve(conn net.Conn) {
	b.mu.Lock()
	b.conns[conn] = true
	b.mu.Unlock()
	defer func() {
		conn.Close()
		b.mu.Lock()
		delete(b.conns, conn)
		b.mu.Unlock()
	}()
	r := bufio.NewReader(conn)
	id := ""
	for {
		first, body, err := packet(r)
		if err != nil {
			return
		}
		var answer []byte
		switch first >> 4 {
		case 1:
			c, code := connect(body), byte(0)
			id = c.ID
			b.mu.Lock()
			if b.check != nil {
				code = b.check(c)
			}
			b.mu.Unlock()
			b.Connects <- c
			answer = []byte{0x20, 2, 0, code}
		case 3:
			m := Message{Client: id, QoS: first >> 1 & 3, Retain: first&1 != 0}
			m.Topic, body = field(body)
			if m.QoS > 0 {
				answer = []byte{0x40, 2, body[0], body[1]}
				body = body[2:]
			}
			m.Payload = string(body)
			b.Messages <- m
			b.mu.Lock()
			if b.silent {
				answer = nil
			}
			b.mu.Unlock()
		case 8:
			answer = []byte{0x90, 0, body[0], body[1]}
			for rest := body[2:]; len(rest) > 0; rest = rest[1:] {
				var filter string
				filter, rest = field(rest)
				b.Filters <- filter
				answer = append(answer, rest[0])
			}
			answer[1] = byte(len(answer) - 2)
		case 12:
			answer = []byte{0xd0, 0}
		case 14:
			b.Goodbyes <- id
			return
		}
		b.mu.Lock()
		_, err = conn.Write(answer)
		b.mu.Unlock()
		if err != nil || len(answer) == 4 && answer[0] == 0x20 && answer[3] != 0 {
			return
		}
	}
}

func packet(r *bufio.Reader) (first byte, body []byte, err error) {
	if first, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return first, body, err
}

func field(b []byte) (string, []byte) {
	n := 2 + binary.BigEndian.Uint16(b)
	return string(b[2:n]), b[n:]
}

// connect panics at a CONNECT that is not MQTT 3.1.1: its test must fail.
func connect(b []byte) Connect {
	name, b := field(b)
	if name != "MQTT" || b[0] != 4 {
		panic(fmt.Sprintf("CONNECT of protocol %q level %d, want MQTT 4", name, b[0]))
	}
	flags := b[1]
	c := Connect{Clean: flags&0x02 != 0, Keepalive: int(binary.BigEndian.Uint16(b[2:]))}
	c.ID, b = field(b[4:])
	if flags&0x04 != 0 {
		c.Will.Topic, b = field(b)
		c.Will.Payload, b = field(b)
		c.Will.QoS, c.Will.Retain = flags>>3&3, flags&0x20 != 0
	}
	if flags&0x80 != 0 {
		c.User, b = field(b)
	}
	if flags&0x40 != 0 {
		c.Password, b = field(b)
	}
	if len(b) != 0 {
		panic(fmt.Sprintf("CONNECT with %d bytes too many", len(b)))
	}
	return c
}

// Next returns the next value of a channel; it fails the test after 10 s.
func Next[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("no %s within 10 s", what)
		panic("unreachable")
	}
}
