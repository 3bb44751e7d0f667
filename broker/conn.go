package broker

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

const (
	// closeTime is what a closed connection gets for its last bytes.
	closeTime = time.Second
	// lingerTime is how long the other side may take to close after us: closing
	// over bytes that nobody read would destroy a CONNACK on its way.
	lingerTime = 250 * time.Millisecond
	// headBytes is what is kept of the first bytes, to tell what it was that
	// was not MQTT, and to know a CONNECT's protocol level.
	headBytes = 12
	// piece is the most that is written under one write deadline.
	piece = 64 << 10
)

// guest is what a hook attaches to a connection when it knows whose it is.
type guest interface {
	Client() *mqtt.Client
	Session() string // spelling of the claim; "" = none (yet)
	HasWill() bool   // a will waits to be sent
	Mute()           // neither its will nor what it still says counts
	Dropped(n int)   // n messages of QoS 0 were dropped, since it reads too slowly
}

// conn is a client's connection whatever it runs over. mochi gets it as its
// net.Conn: Read refuses packets over the limit, Write never blocks (a flusher
// that lives while there is something to write empties the buffer), Close
// returns at once and lets the last bytes out.
type conn struct {
	net.Conn
	door   *door
	via    string
	remote net.Addr

	// The reading goroutine's.
	frames frames
	head   []byte // the first bytes received
	spoke  bool   // a deadline after the first one was set: CONNECT was read
	whole  bool   // the first packet was received to its end

	quickack func() // nil = cannot be had here

	attached atomic.Pointer[any]
	forget   atomic.Bool // its stored session goes with it
	closing  atomic.Bool
	newer    atomic.Bool   // its CONNECT has a level above 3.1.1's
	done     chan struct{} // closed when closing begins
	flushed  chan struct{} // closed when closing and all is written or given up
	gone     chan struct{} // closed when the socket is, and everybody was told

	mu       sync.Mutex // guards what follows, and the order of deadlines
	deadline time.Time  // of reading; zero = none
	out      []byte     // waiting to be written
	writing  int        // bytes that the flusher holds
	flushing bool       // a flusher lives
	cause    error      // why the broker closed it, nil = somebody called Close
	broken   bool       // nothing more can be written
	open     bool       // CONNACK is written
	early    []byte     // packets that mochi wrote before CONNACK
}

func newConn(d *door, inner net.Conn, via string, remote net.Addr) *conn {
	c := &conn{
		Conn: inner, door: d, via: via, remote: remote,
		frames:   frames{max: d.opt.MaxPacket},
		quickack: quickack(inner),
		done:     make(chan struct{}),
		flushed:  make(chan struct{}),
		gone:     make(chan struct{}),
	}
	// Until CONNECT is complete; mochi sets the next one when it is.
	_ = c.SetDeadline(time.Now().Add(d.opt.ConnectTimeout))
	return c
}

// RemoteAddr is the client's own address, over WebSocket too.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// Via is "tcp" or "websocket".
func (c *conn) Via() string { return c.via }

// Head is the first bytes received, for the reading goroutine or after it.
func (c *conn) Head() []byte { return c.head }

// Level is the protocol level that a CONNECT of any version asks for, as far
// as the first bytes tell; 0 = not known. For the reading goroutine or after
// it.
func (c *conn) Level() byte { return level(c.head) }

// Done is closed when the connection begins to close.
func (c *conn) Done() <-chan struct{} { return c.done }

// Attach leaves a hook's own state on the connection.
func (c *conn) Attach(v any) { c.attached.Store(&v) }

// Attached is what Attach left, nil before.
func (c *conn) Attached() any {
	if v := c.attached.Load(); v != nil {
		return *v
	}
	return nil
}

func (c *conn) guest() guest {
	g, _ := c.Attached().(guest)
	return g
}

func (c *conn) Read(p []byte) (int, error) {
	if c.closing.Load() {
		return 0, c.why()
	}
	if c.frames.err != nil {
		return 0, c.frames.err
	}
	n, err := c.Conn.Read(p)
	if c.closing.Load() {
		return 0, c.why()
	}
	if err != nil {
		return n, c.lost(err)
	}
	if len(c.head) < headBytes {
		c.head = append(c.head, p[:min(n, headBytes-len(c.head))]...)
	}
	n, err = c.frames.scan(p[:n])
	if n > 0 {
		err = nil // the next Read says it
	}
	if !c.whole && !c.frames.inside() {
		c.whole = true
		c.newer.Store(level(c.head) > 4)
	}
	if c.quickack != nil && c.frames.inside() {
		// umqtt sends a packet in several small writes; the second waits for
		// the acknowledgement of the first, which Linux would delay by 40 ms.
		c.quickack()
	}
	return n, err
}

// why is the error of a Read after closing began.
func (c *conn) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return c.cause
	}
	return net.ErrClosed
}

// lost explains a failed read: its deadline, or the transport.
func (c *conn) lost(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() || time.Now().Before(c.deadline) {
		return ending{reason: "connection lost", err: err}
	}
	if !c.spoke {
		return silent{c.door.opt.ConnectTimeout}
	}
	return os.ErrDeadlineExceeded
}

// SetDeadline is mochi's keepalive: it is for reading only, since writing has
// deadlines of its own. mochi rounds one and a half times the keepalive down to
// a second; a board that pings every second may need the half.
func (c *conn) SetDeadline(t time.Time) error {
	if !t.IsZero() {
		t = t.Add(time.Second / 2)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing.Load() {
		return net.ErrClosed
	}
	c.spoke = !c.deadline.IsZero() || c.spoke
	c.deadline = t
	return c.Conn.SetReadDeadline(t)
}

// Close begins to close; it does not wait.
func (c *conn) Close() error {
	c.end(nil)
	return nil
}

// end begins to close for a cause: reading stops now, what was written before
// still has closeTime to leave, unless the cause is that it does not.
func (c *conn) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(cause)
}

func (c *conn) endLocked(cause error) {
	if c.closing.Load() {
		return
	}
	c.cause = cause
	if c.newer.Load() && !c.open {
		// Also where mochi found it malformed: it may well be, by the rules of
		// an older level.
		c.out, c.open = append(c.out, connack, 2, 0, badProtocol), true
	}
	c.closing.Store(true)
	close(c.done)
	if cause == error(errSlow) || cause == error(errStalled) {
		c.giveUpLocked()
	}
	_ = c.Conn.SetWriteDeadline(time.Now().Add(closeTime))
	if _, isTCP := c.Conn.(*net.TCPConn); isTCP {
		_ = c.Conn.SetReadDeadline(time.Unix(1, 0))
	}
	c.flushLocked()
}

func (c *conn) giveUpLocked() {
	c.broken = true
	c.out = nil
}

// finish closes the socket. The reader is gone by now.
func (c *conn) finish() {
	<-c.flushed
	if t, isTCP := c.Conn.(*net.TCPConn); isTCP && !c.gaveUp() {
		c.linger(t)
	}
	_ = c.Conn.Close()
}

func (c *conn) gaveUp() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

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

// Waiting is how many bytes the client has sent that were not read yet, as far
// as the system says; 0 where it does not.
func (c *conn) Waiting() int { return waiting(c.Conn) }
