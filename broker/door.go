package broker

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Accepting again after an error waits this long, doubling.
const (
	acceptWait    = 5 * time.Millisecond
	acceptWaitMax = time.Second
)

// door lets connections in, from the TCP listener and from WebSocket alike,
// and knows all of them until they are closed.
type door struct {
	s     *Server
	ready chan struct{} // closed when Run begins
	shut  chan struct{}
	// work counts connections and those who write for them. Both are started
	// only by a connection that is in conns, or by accept.
	work sync.WaitGroup

	mu    sync.Mutex // guards what follows
	conns map[*conn]struct{}
	ended bool
}

func newDoor(s *Server) *door {
	return &door{s: s, ready: make(chan struct{}), shut: make(chan struct{}), conns: map[*conn]struct{}{}}
}

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
	wait := acceptWait
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			wait = acceptWait
			if t, isTCP := c.(*net.TCPConn); isTCP && d.s.opt.ReceiveBuffer > 0 {
				_ = t.SetReadBuffer(d.s.opt.ReceiveBuffer)
			}
			d.work.Go(func() { d.serve(c, "tcp", c.RemoteAddr()) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			d.s.count.unaccepted.Add(1)
			d.s.log.Warn("cannot accept connections; trying again", "error", err, "in", wait)
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
	c := newConn(d.s, inner, via, remote)
	if !d.enter(c) {
		_ = inner.Close()
		return
	}
	defer d.leave(c)
	c.serve()
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
