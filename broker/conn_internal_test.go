package broker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func testDoor(o Options) *door {
	o.MaxPacket, o.WriteBuffer = or(o.MaxPacket, 1000), or(o.WriteBuffer, 1000)
	o.ConnectTimeout, o.WriteTimeout = or(o.ConnectTimeout, time.Minute), or(o.WriteTimeout, time.Minute)
	o.Log = slog.New(slog.DiscardHandler)
	return newDoor(&Server{opt: o})
}

// TestConnackFirst: what mochi writes before CONNACK waits for it.
func TestConnackFirst(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	c := newConn(testDoor(Options{}), near, "tcp", near.RemoteAddr())
	message, ack := []byte{0x30, 3, 0, 1, 'x'}, []byte{0x20, 2, 0, 0}
	for _, p := range [][]byte{message, ack, message} {
		if n, err := c.Write(p); n != len(p) || err != nil {
			t.Fatalf("write: got %d, %v", n, err)
		}
	}
	got := make([]byte, 14)
	if _, err := io.ReadFull(far, got); err != nil {
		t.Fatal(err)
	}
	if want := append(append(append([]byte{}, ack...), message...), message...); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	c.end(nil)
	_ = far.Close()
	c.door.work.Wait()
}

// TestSlowClient: QoS 0 is dropped and counted, the rest ends the connection;
// neither waits.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe() // nobody reads far
	defer far.Close()
	c := newConn(testDoor(Options{}), near, "tcp", near.RemoteAddr())
	_, _ = c.Write([]byte{0x20, 2, 0, 0})
	qos0 := append([]byte{0x31, 100}, make([]byte, 100)...)
	for range 20 {
		if _, err := c.Write(qos0); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.door.dropped.Load(); got < 10 || got > 15 {
		t.Errorf("dropped: got %d of 20, want what is over three quarters", got)
	}
	qos1 := append([]byte{0x32, 100}, make([]byte, 100)...)
	var err error
	for i := 0; err == nil; i++ {
		if i > 10 {
			t.Fatal("got no error at QoS 1")
		}
		_, err = c.Write(qos1)
	}
	if !errors.Is(err, errSlow) {
		t.Errorf("got %v, want %v", err, errSlow)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, errSlow) {
		t.Errorf("read: got %v, want %v", err, errSlow)
	}
	c.door.work.Wait()
}

// TestStalled: a client that takes nothing at all is ended.
func TestStalled(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	defer far.Close()
	c := newConn(testDoor(Options{WriteTimeout: 20 * time.Millisecond}), near, "tcp", near.RemoteAddr())
	_, _ = c.Write([]byte{0x20, 2, 0, 0})
	select {
	case <-c.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("still open")
	}
	if err := c.why(); !errors.Is(err, errStalled) {
		t.Errorf("got %v, want %v", err, errStalled)
	}
	c.door.work.Wait()
}

// poor is a listener without file descriptors for a while.
type poor struct {
	net.Listener
	fails atomic.Int32
}

func (p *poor) Accept() (net.Conn, error) {
	if p.fails.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return p.Listener.Accept()
}

// TestAcceptGoesOn: running out of file descriptors is no end.
func TestAcceptGoesOn(t *testing.T) {
	t.Parallel()
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := testDoor(Options{})
	served := make(chan string, 1)
	d.Serve(func(_ string, c net.Conn) error {
		b := make([]byte, 2)
		_, err := io.ReadFull(c, b)
		served <- string(b)
		return err
	})
	p := &poor{Listener: l}
	p.fails.Store(4)
	done := make(chan struct{})
	go func() { defer close(done); d.accept(p) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte{0xc0, 0}); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-served:
		if got != "\xc0\x00" {
			t.Errorf("got %q, want what was sent", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("not served")
	}
	_ = l.Close()
	<-done
	d.work.Wait()
}

// TestNothingExpires: above zero, mochi drops retained and queued messages of
// 3.1.1 clients after that time.
func TestNothingExpires(t *testing.T) {
	t.Parallel()
	if got := capabilities(Options{}).MaximumMessageExpiryInterval; got != 0 {
		t.Errorf("got %d, want 0", got)
	}
}

// TestQuiet: mochi's warnings are debug records.
func TestQuiet(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	level := new(slog.LevelVar)
	l := quiet(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))).With("a", 1).WithGroup("g")
	l.Error("unseen")
	if l.Enabled(context.Background(), slog.LevelError) || out.Len() > 0 {
		t.Errorf("got %q, want nothing", out.String())
	}
	level.Set(slog.LevelDebug)
	l.Error("seen")
	if !strings.Contains(out.String(), "level=DEBUG") {
		t.Errorf("got %q, want a debug record", out.String())
	}
}

func TestBelow(t *testing.T) {
	t.Parallel()
	for topic, want := range map[string]bool{
		"ada": true, "ada/": true, "ada/x": true, "adam": false, "ad": false, "Ada/x": false, "": false,
	} {
		if got := below(topic, "ada"); got != want {
			t.Errorf("%q: got %v, want %v", topic, got, want)
		}
	}
}

func TestRunBeforeListen(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil {
		t.Error("got no error")
	}
	if s.Addr() != nil {
		t.Errorf("address: got %v, want nil", s.Addr())
	}
	s2, err := New(Options{Addr: "127.0.0.1:99999"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s2.Listen(); err == nil {
		t.Error("a port that cannot be: got no error")
	}
}
