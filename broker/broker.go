// Package broker is the MQTT 3.1.1 broker: its listeners, its connections and
// its own word (Publish). mochi carries the packets; who may do what is asked
// of the hooks it is given, and nobody outside broker, hooks and the wiring
// knows mochi.
//
// What the packages above rely on: a connection's fault ends that connection
// only, no write to a slow client blocks anybody else, and Run leaves no
// connection open, the ones that never said CONNECT included.
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
)

// Errors of Publish.
var (
	ErrBusy   = errors.New("broker: too many messages of its own are waiting")
	ErrClosed = errors.New("broker: closed")
)

// Options are the broker's settings; the zero value is a working broker that
// refuses everybody, since no hook lets anyone in.
type Options struct {
	Addr  string       // TCP address of MQTT; "" = ":1883"
	Log   *slog.Logger // nil = none
	Hooks []mqtt.Hook  // exactly one of them may answer authentication and ACL

	MaxClients     int           // connections in a session at a time; 0 = no limit
	MaxPacket      int           // bytes of one packet; 0 = 256 KiB
	ConnectTimeout time.Duration // until a CONNECT must be complete; 0 = 10 s
	WriteBuffer    int           // bytes waiting for one client; 0 = 1 MiB
	WriteTimeout   time.Duration // for a client that takes nothing at all; 0 = 30 s
	ReceiveBuffer  int           // cap of a TCP socket's receive buffer in bytes, so that a slowed sender's messages are not old; 0 = the system's
}

// Watcher is what a hook may also be: it is told of each connection's end
// when mochi is done with it, whatever the reason (a panic too), from the
// connection's own goroutine. err is nil after a clean DISCONNECT.
type Watcher interface {
	Ended(c net.Conn, err error)
}

// Server is the broker. Use New; then Listen, then Run.
type Server struct {
	opt      Options
	log      *slog.Logger
	mochi    *mqtt.Server
	door     *door
	watchers []Watcher
	own      chan message // what Publish was given; when full, Publish says ErrBusy
	ended    atomic.Bool

	mu       sync.Mutex
	listener net.Listener // guarded by mu
}

// New makes a broker with its hooks attached. It opens nothing.
func New(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = ":1883"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	o.MaxPacket = or(o.MaxPacket, 256<<10)
	o.WriteBuffer = or(o.WriteBuffer, 1<<20)
	o.ConnectTimeout = or(o.ConnectTimeout, 10*time.Second)
	o.WriteTimeout = or(o.WriteTimeout, 30*time.Second)

	s := &Server{opt: o, log: o.Log, own: make(chan message, ownWaiting)}
	s.mochi = mqtt.New(&mqtt.Options{
		Capabilities:             capabilities(o),
		Logger:                   quiet(o.Log),
		SysTopicResendInterval:   sysInterval,
		InlineClient:             true,
		ClientNetReadBufferSize:  2 << 10,
		ClientNetWriteBufferSize: 4 << 10,
	})
	s.door = newDoor(s)
	for _, h := range o.Hooks {
		if err := s.mochi.AddHook(h, nil); err != nil {
			return nil, fmt.Errorf("broker hook %s: %w", h.ID(), err)
		}
		if w, ok := h.(Watcher); ok {
			s.watchers = append(s.watchers, w)
		}
	}
	if err := s.mochi.AddListener(s.door); err != nil {
		return nil, fmt.Errorf("broker listener: %w", err)
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

// Run serves until ctx ends; then the wills go out, and all connections are
// closed within two seconds. It may be called once, after Listen.
func (s *Server) Run(ctx context.Context) error {
	s.mu.Lock()
	l := s.listener
	s.mu.Unlock()
	if l == nil {
		return errors.New("broker: Run before Listen")
	}
	var work sync.WaitGroup
	speaking, silence := context.WithCancel(context.Background())
	defer silence()
	work.Go(func() { s.speak(speaking) })

	if err := s.mochi.Serve(); err != nil {
		return fmt.Errorf("serve MQTT: %w", err)
	}
	s.door.work.Go(func() { s.door.accept(l) })

	<-ctx.Done()
	err := s.stop(l)
	s.ended.Store(true)
	silence()
	work.Wait()
	return err
}

// WebSocket serves MQTT over WebSocket (subprotocol "mqtt"); it answers 503
// before Run. A connection's Origin is not looked at: no cookie
// counts here, each client says CONNECT with its own user name and password.
func (s *Server) WebSocket() http.Handler { return http.HandlerFunc(s.serveWebSocket) }

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
