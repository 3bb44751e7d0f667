package broker

import (
	"errors"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/broker/wire"
	"labbroker/internal/rules"
)

// startBytes is what is kept of the first bytes, to tell what it was that was
// not MQTT, and to know a CONNECT's protocol level.
const startBytes = 12

// conn is a client's connection, whatever it runs over, from accept to close.
// mochi gets it as its net.Conn: Read hands it one control packet at a time
// and, in between, moves messages; Write takes its answers and never blocks.
type conn struct {
	s     *Server
	inner net.Conn
	raw   *raw // nil where there is no file descriptor
	via   string
	addr  string

	// The reading goroutine's.
	in      []byte // a pooled buffer while there is something in it
	r, w    int    // [r, w) of it is not handled yet
	hand    []byte // of a control packet, what mochi has not taken yet
	start   []byte // the first bytes received
	err     error  // reading ended with
	left    bool   // sent DISCONNECT
	refused bool   // its CONNECT was, and it is listed
	login   rules.Connect
	member  rules.Member // nil until it is admitted
	cl      *client      // nil until it has its client id
	will    *rules.Will  // nil = none, or it was sent
	free    bool         // its session has no rate
	slowed  bool         // it had to wait for the rate at its last message
	looked  int64        // when lookAhead did, Unix ns
	kept    bool         // the client is in the store
	alias   string       // its name for mochi
	number  int64        // the same
	asks    []byte       // a SUBSCRIBE that is watched, until its filters are decided; lent
	told    string       // what its session was told of a packet that ends it
	answer  [2]byte      // of CONNACK: session present, code
	retain  []wanted     // retained messages to be sent behind SUBACK
	topics  map[string]*topic
	last    *topic
	b       batch
	run     run
	runAt   int      // where the run begins in in
	ids     []uint16 // of the run's messages, at QoS 2
	acks    []byte   // to be sent at the end of the batch
	more    bool     // acknowledgements may have made room in the window
	ticket  uint64   // of what the history was given in this batch

	born   int64        // when it was accepted; Unix ns, as the following
	seen   atomic.Int64 // when bytes came last, or were awaited first
	inside atomic.Bool  // the last byte was inside a packet
	// listening says that it is the client's turn: its silence counts.
	listening atomic.Bool
	pausing   atomic.Bool // the broker reads it more slowly, or waits for others
	asked     atomic.Bool // CONNECT came; passwords may be under examination
	joined    atomic.Bool // CONNACK has let it in
	mute      atomic.Bool // neither its will nor what it still says counts
	closing   atomic.Bool

	stuckAt int64 // the sweep's own: the outbox's stuck that it saw last,
	unsent  int   // and what the kernel had then

	feed atomic.Pointer[feed] // whoever watches its session's packets; nil = nobody

	out   outbox
	done  chan struct{} // closed when closing begins
	quiet chan struct{} // closed when the reading goroutine says nothing more
	gone  chan struct{} // closed when the socket is

	mu     sync.Mutex    // guards what follows
	end    *ending       // why the broker closed it, nil = its own goroutine called Close
	broken chan struct{} // closed when the socket is, where that is what ends its reading
}

func newConn(s *Server, inner net.Conn, via string, remote net.Addr) *conn {
	now := instant()
	c := &conn{
		s: s, inner: inner, raw: newRaw(inner), via: via, addr: remote.String(), born: now,
		b:    batch{s: s},
		done: make(chan struct{}), quiet: make(chan struct{}), gone: make(chan struct{}),
	}
	c.b.self = c
	c.seen.Store(now)
	return c
}

// name is what sentences call the client.
func (c *conn) name() string {
	if c.member != nil {
		return c.member.Name()
	}
	return host(c.addr)
}

// serve runs the connection to its end.
func (c *conn) serve() {
	err := c.talk()
	if !c.joined.Load() && !c.refused && level(c.start) > 4 {
		// Also where mochi found it malformed: it may well be, by the rules of
		// an older level.
		c.answer[1] = rules.BadProtocol
		c.welcome()
	}
	c.close(nil)
	e := c.why(err)
	c.depart(e)
	c.finish(e)
}

// talk hands the connection to mochi. A panic there is this connection's end
// and nobody else's.
func (c *conn) talk() (err error) {
	defer func() {
		if r := recover(); r != nil {
			c.s.log.Error("a connection panicked", "remote", c.addr, "panic", r, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return c.s.establish(c)
}

// depart says the last words: the will, the reason, farewell to the rules. A
// fault in one of them does not cost the others.
func (c *conn) depart(e *ending) {
	defer close(c.quiet)
	c.guard(func() { c.s.forget(c) })
	c.s.count.ends.add(e)
	if e != nil && e.reason == errLarge {
		c.s.count.tooLarge.Add(1)
	}
	c.guard(func() { c.explain(e) })
	if c.cl != nil {
		c.guard(c.mend)
		c.guard(func() { c.sendWill(e) })
		c.guard(c.detach)
		reason := ""
		if e != nil {
			reason = e.reason
		}
		c.guard(func() { c.member.Ended(reason) })
		c.s.log.Debug("disconnected", "session", c.member.Session(), "client", c.login.ClientID, "remote", c.addr, "why", reason)
	}
	c.in = giveBuffer(c.in)
	c.topics, c.last, c.run, c.acks = nil, nil, run{}, nil
}

func (c *conn) guard(step func()) {
	defer func() {
		if r := recover(); r != nil {
			c.s.log.Error("a connection's end panicked", "remote", c.addr, "panic", r, "stack", string(debug.Stack()))
		}
	}()
	step()
}

// mend cleans up behind a panic: what the batch has given others is seen to its
// end, and what was not moved may come again.
func (c *conn) mend() {
	c.run.reset()
	c.cl.forget(c, c.ids)
	c.ids = c.ids[:0]
	c.b.record = c.b.record || len(c.b.stored) > 0
	c.b.finish()
}

// cause is why the broker closed the connection.
func (c *conn) cause() *ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// close begins to close the connection for a reason; it does not wait. What is
// written already still has closeTime to leave.
func (c *conn) close(e *ending) {
	c.mu.Lock()
	if c.closing.Load() {
		c.mu.Unlock()
		return
	}
	c.end = e
	_, isTCP := c.inner.(*net.TCPConn)
	if !isTCP && e != nil {
		c.broken = make(chan struct{})
	}
	c.closing.Store(true)
	close(c.done)
	c.mu.Unlock()

	c.shut(e != nil && e.rude)
	if isTCP {
		_ = c.inner.SetReadDeadline(time.Unix(1, 0))
	}
	if c.broken != nil {
		// Others can write no more once their reading was broken off, so the last
		// bytes go first.
		go func() {
			defer close(c.broken)
			c.drained(closeTime)
			_ = c.inner.Close()
		}()
	}
}

// finish closes the socket. The reader is gone by now. Where the client did not
// end it, it gets the time to take what was said to it.
func (c *conn) finish(e *ending) {
	c.mu.Lock()
	broken := c.broken
	c.mu.Unlock()
	if broken != nil {
		<-broken
		return
	}
	if c.drained(closeTime) && e != nil && !errors.Is(e, io.EOF) {
		if t, isTCP := c.inner.(*net.TCPConn); isTCP {
			c.linger(t)
		}
	}
	_ = c.inner.Close()
}

const (
	// closeTime is what a closed connection gets for its last bytes.
	closeTime = time.Second
	// lingerTime is how long the other side may take to close after us: closing
	// over bytes that nobody read would destroy a CONNACK on its way.
	lingerTime = 250 * time.Millisecond
)

func (c *conn) linger(t *net.TCPConn) {
	if t.CloseWrite() != nil {
		return
	}
	_ = t.SetReadDeadline(time.Now().Add(lingerTime))
	scrap := make([]byte, 4<<10)
	for total := 0; total < 1<<20; {
		n, err := t.Read(scrap)
		if err != nil {
			return
		}
		total += n
	}
}

// What mochi sees of the connection besides Read and Write.

func (c *conn) Close() error {
	c.close(nil)
	return nil
}

// SetDeadline does nothing: the sweep knows the keepalive.
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
func (c *conn) LocalAddr() net.Addr              { return c.inner.LocalAddr() }
func (c *conn) RemoteAddr() net.Addr             { return remote(c.addr) }

var _ net.Conn = (*conn)(nil)

// errEnd is what mochi reads after the connection's end.
var errEnd = errors.New("the connection has ended")

// fail ends the connection for what its client sent.
func (c *conn) fail(err error) error {
	if c.err == nil {
		c.err = violation(err)
	}
	return c.err
}

// Write takes whole packets, as mochi writes them, and returns at once.
func (c *conn) Write(p []byte) (int, error) {
	if c.closing.Load() {
		return 0, net.ErrClosed
	}
	wire.Each(p, c.reply)
	return len(p), nil
}

// reply sends one packet of mochi's, or what the broker makes of it.
func (c *conn) reply(packet []byte) {
	switch packet[0] >> 4 {
	case wire.CONNACK:
		c.welcome()
	case wire.SUBACK:
		c.say(packet)
		c.sendRetained()
	case wire.UNSUBACK, wire.PINGRESP:
		c.say(packet)
	}
	// PUBLISH could only be mochi's own $SYS; DISCONNECT does not exist in 3.1.1.
}
