package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// Accepting again after an error waits this long, doubling.
const (
	acceptWait    = 5 * time.Millisecond
	acceptWaitMax = time.Second
)

// door lets connections in, from the TCP listener and from WebSocket alike,
// and knows all of them until they are closed. mochi takes it for its only
// listener.
type door struct {
	opt       *Options
	log       *slog.Logger
	server    *Server
	establish listeners.EstablishFn // set before ready is closed
	ready     chan struct{}
	shut      chan struct{}
	dropped   atomic.Int64 // messages of QoS 0
	// work counts connections and flushers. Both are started only by a
	// connection that is in conns, or by accept.
	work sync.WaitGroup

	mu    sync.Mutex // guards what follows
	conns map[*conn]struct{}
	ended bool
}

func newDoor(s *Server) *door {
	return &door{
		opt: &s.opt, log: s.opt.Log, server: s,
		ready: make(chan struct{}), shut: make(chan struct{}),
		conns: map[*conn]struct{}{},
	}
}

var _ listeners.Listener = (*door)(nil)

// Init, ID, Address, Protocol, Serve and Close are mochi's view of the door.

func (d *door) Init(*slog.Logger) error { return nil }
func (d *door) ID() string              { return "labbroker" }
func (d *door) Address() string         { return d.opt.Addr }
func (d *door) Protocol() string        { return "mqtt" }

func (d *door) Serve(establish listeners.EstablishFn) {
	d.establish = establish
	close(d.ready)
}

func (d *door) Close(closeClients listeners.CloseFn) { closeClients(d.ID()) }

// listen binds a TCP address. Keepalive probes find boards that vanished and
// have no MQTT keepalive.
func listen(addr string) (net.Listener, error) {
	c := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4,
	}}
	return c.Listen(context.Background(), "tcp", addr)
}

// accept serves a listener until it is closed. No other error ends it: without
// file descriptors it waits for some.
func (d *door) accept(l net.Listener) {
	<-d.ready
	wait := acceptWait
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			wait = acceptWait
			if t, isTCP := c.(*net.TCPConn); isTCP && d.opt.ReceiveBuffer > 0 {
				_ = t.SetReadBuffer(d.opt.ReceiveBuffer)
			}
			d.work.Go(func() { d.serve(c, "tcp", c.RemoteAddr()) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			d.log.Warn("cannot accept connections; trying again", "error", err, "in", wait)
			select {
			case <-time.After(wait):
				wait = min(2*wait, acceptWaitMax)
			case <-d.shut:
				return
			}
		}
	}
}

// serve runs one connection to its end.
func (d *door) serve(inner net.Conn, via string, remote net.Addr) {
	c := newConn(d, inner, via, remote)
	if !d.enter(c) {
		_ = inner.Close()
		return
	}
	defer d.leave(c)
	err := d.run(c)
	c.end(nil)
	if cause := c.why(); !errors.Is(cause, net.ErrClosed) {
		err = cause
	}
	d.server.tidy(c)
	for _, w := range d.server.watchers {
		w.Ended(c, err)
	}
	c.finish()
}

// run hands a connection to mochi. A panic there is this connection's end and
// nobody else's.
func (d *door) run(c *conn) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.log.Error("a connection panicked", "remote", c.remote.String(), "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return d.establish(d.ID(), c)
}

// hold counts a connection that another goroutine serves, unless the broker
// ends; the caller calls work.Done.
func (d *door) hold() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return false
	}
	d.work.Add(1)
	return true
}

// enter adds a connection, unless the broker ends.
func (d *door) enter(c *conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return false
	}
	d.conns[c] = struct{}{}
	return true
}

func (d *door) leave(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
	close(c.gone)
}

// all returns the connections that are open.
func (d *door) all() []*conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]*conn, 0, len(d.conns))
	for c := range d.conns {
		list = append(list, c)
	}
	return list
}

// lock lets nobody in any more.
func (d *door) lock() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.ended {
		d.ended = true
		close(d.shut)
	}
}
