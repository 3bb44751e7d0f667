// Package broker is the MQTT 3.1.1 broker: its listeners, its connections, the
// way of every message, and what outlives a connection.
//
// The broker's own connection splits what it reads into packets. PUBLISH and
// the four acknowledgements go the data plane's way (publish.go, acks.go) and
// no further. The control packets are handed to mochi, which sees only
// anonymous clients with clean sessions and unique ids, and asks back through
// one hook (mochi.go). Who may do what is asked of internal/rules.
//
// What the packages above rely on: packets of one connection are handled
// strictly in their order; a connection's fault ends that connection only; no
// write to a slow client blocks anybody else's; what was acknowledged at QoS 1
// and 2 survives the process; Run leaves nothing open.
package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"

	"labbroker/broker/durable"
	"labbroker/broker/route"
	"labbroker/internal/rules"
)

// Errors of Publish.
var (
	ErrBusy   = errors.New("broker: too many messages of its own are waiting")
	ErrClosed = errors.New("broker: closed")
)

// Server is the broker. Use New; then Listen, then Run.
type Server struct {
	opt     Options
	log     *slog.Logger
	rules   rules.Rules
	mochi   *mqtt.Server
	door    *door
	subs    *route.Index[*client]
	clients clients
	kept    retained
	store   *durable.Store // nil = nothing outlives the process
	own     chan message   // what Publish was given; when full, Publish says ErrBusy
	count   counters
	watch   watching
	clock   clock
	queued  atomic.Int64 // bytes of messages that wait
	ended   atomic.Bool
	saying  sync.RWMutex // read-held by Say; Run's end waits for it
	ears    ears

	mu       sync.Mutex
	listener net.Listener // guarded by mu
}

// New makes a broker and restores what an earlier one left in Options.State,
// which may take a while (Options.Progress). It opens no port.
func New(r rules.Rules, o Options) (*Server, error) {
	o.fill()
	s := &Server{
		opt: o, log: o.Log, rules: r,
		subs: route.New[*client](),
		own:  make(chan message, ownWaiting),
	}
	s.clock.set(instant()) // the first connection may be there before the sweep
	s.door = newDoor(s)
	if err := s.startMochi(); err != nil {
		return nil, err
	}
	if err := s.restore(); err != nil {
		return nil, err
	}
	return s, nil
}

// Listen binds the TCP address, so that an address in use is an error here and
// not in Run.
func (s *Server) Listen() error {
	l, err := listen(s.opt.Addr)
	if err != nil {
		return fmt.Errorf("listen for MQTT: %w", err)
	}
	if n := s.opt.ReceiveBuffer; n > 0 {
		receiveBuffer(l, n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = l
	return nil
}

// Addr is the address that Listen bound, nil before.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Run serves until ctx ends; then the wills go out, all connections are closed
// and the durable state is written, within three seconds. It may be called
// once, after Listen.
func (s *Server) Run(ctx context.Context) error {
	s.mu.Lock()
	l := s.listener
	s.mu.Unlock()
	if l == nil {
		return errors.New("broker: Run before Listen")
	}
	working, stopWork := context.WithCancel(context.Background())
	defer stopWork()
	var work sync.WaitGroup
	work.Go(func() { s.speak(working) })
	work.Go(func() { s.sweep(working) })
	work.Go(func() { s.tellSys(working) })

	close(s.door.ready)
	s.door.work.Go(func() { s.door.accept(l) })

	<-ctx.Done()
	err := s.stop(l)
	s.end()
	stopWork()
	work.Wait()
	return errors.Join(err, s.closeStore())
}

// Close releases what New opened of a broker that was never Run.
func (s *Server) Close() error {
	s.mu.Lock()
	l := s.listener
	s.mu.Unlock()
	var err error
	if l != nil {
		err = l.Close()
	}
	if s.ended.Swap(true) {
		return nil // Run has done it
	}
	return errors.Join(err, s.mochi.Close(), s.closeStore())
}

// WebSocket serves MQTT over WebSocket (subprotocol "mqtt"); it answers 503
// before Run. A connection's Origin is not looked at: no cookie counts here,
// each client says CONNECT with its own user name and password.
func (s *Server) WebSocket() http.Handler { return http.HandlerFunc(s.serveWebSocket) }

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// clock is instant as the sweep saw it last: cheap, and at most a tick old.
type clock struct{ now atomic.Int64 }

func (c *clock) set(now int64) { c.now.Store(now) }
func (c *clock) get() int64    { return c.now.Load() }

// started is an hour back, so that no instant is 0, which stands for none.
var started = time.Now().Add(-time.Hour)

// instant is now for deadlines, in nanoseconds of the monotonic clock: the wall
// clock steps (a Raspberry Pi's at its first contact with the network, that of
// a laptop or a virtual machine when it goes on after a pause), and nobody
// becomes overdue by that.
func instant() int64 { return int64(time.Since(started)) }
