package broker

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
)

// TestAcceptGoesOn: without file descriptors the listener waits for some.
func TestAcceptGoesOn(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	l := &poor{errs: []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, errors.New("something else"),
	}, conns: make(chan net.Conn), closed: make(chan struct{})}
	done := make(chan struct{})
	go func() { x.door.accept(l); close(done) }()

	here, there := net.Pipe()
	l.conns <- there
	c := mqtttest.Over(t, here)
	c.Send(mqtttest.Login{ID: "board", User: "alice", Password: "x"}.Frame())
	c.Await(mqtttest.CONNACK)
	if got := x.Stats().Unaccepted; got != 4 {
		t.Errorf("counted: got %d, want 4", got)
	}
	_ = l.Close()
	<-done
}

// poor is a listener that fails at first.
type poor struct {
	errs   []error // for its one caller
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (p *poor) Accept() (net.Conn, error) {
	if len(p.errs) > 0 {
		err := p.errs[0]
		p.errs = p.errs[1:]
		return nil, &net.OpError{Op: "accept", Err: err}
	}
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *poor) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *poor) Addr() net.Addr { return remote("poor") }

// TestNothingIsLeftInMochi: whatever a connection does around its CONNACK,
// mochi's list of clients does not grow.
func TestNothingIsLeftInMochi(t *testing.T) {
	t.Parallel()
	x := newInside(t, &law{}, Options{})
	for i := range 200 {
		conn, err := net.Dial("tcp", x.addr)
		if err != nil {
			t.Fatal(err)
		}
		frame := mqtttest.Login{ID: "board", User: "alice", Password: "x"}.Frame()
		switch i % 4 {
		case 1:
			frame = append(frame, frame...) // a second CONNECT
		case 2:
			frame = mqtttest.Login{Keep: true}.Frame() // refused
		case 3:
			frame = append(frame, mqtttest.Frame(mqtttest.DISCONNECT<<4)...)
		}
		if _, err := conn.Write(frame); err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // closing resets, perhaps before CONNACK is written
		_ = conn.Close()
	}
	end := time.After(mqtttest.Patience)
	for x.mochi.Clients.Len() > 0 || x.Stats().Connections > 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-end:
			t.Fatalf("got %d clients in mochi, %d connections, want none", x.mochi.Clients.Len(), x.Stats().Connections)
		}
	}
}
