//go:build unix

package broker

import (
	"net"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// raw is a TCP connection's file descriptor: one attempt to read or write
// before parking, without the deadlines' bookkeeping of net.Conn, and without
// a buffer while there is nothing to read.
type raw struct {
	conn syscall.RawConn
	c    *conn

	tryRead func(fd uintptr) bool // one function each for the connection's life
	n       int                   // what it read
	err     error

	tryWrite func(fd uintptr) bool // used by who has the outbox
	rest     []byte                // to be written
	werr     error
	park     bool // wait until all of it is
}

// smallPart is an incomplete packet of so few bytes that its sender may be
// writing it piece by piece.
const smallPart = 2 << 10

func newRaw(c net.Conn) *raw {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return nil
	}
	rc, err := t.SyscallConn()
	if err != nil {
		return nil
	}
	r := &raw{conn: rc}
	r.tryRead, r.tryWrite = r.readOnce, r.writeSome
	return r
}

// receiveBuffer caps what the kernel takes for each connection of a listener:
// set there, the other side is told before it sends.
func receiveBuffer(l net.Listener, bytes int) {
	t, ok := l.(*net.TCPListener)
	if !ok {
		return
	}
	if rc, err := t.SyscallConn(); err == nil {
		_ = rc.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, bytes)
		})
	}
}

// read reads once into c.in, behind c.w, and waits for something to read.
func (r *raw) read(c *conn) (int, error) {
	r.c = c
	if err := r.conn.Read(r.tryRead); err != nil {
		return 0, err
	}
	return r.n, r.err
}

func (r *raw) readOnce(fd uintptr) bool {
	c := r.c
	if c.w > 0 && c.w < smallPart {
		// umqtt sends a packet in several small writes; the second waits for
		// the acknowledgement of the first, which Linux would delay by 40 ms.
		// The kernel forgets the option, so it is set each time.
		quickack(fd)
	}
	if c.in == nil {
		c.in = takeBuffer()
	}
	for {
		n, err := readFD(fd, c.in[c.w:])
		switch err {
		case nil:
			r.n, r.err = n, nil
			return true
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			if c.w == 0 {
				c.in = giveBuffer(c.in)
			}
			return false
		}
		r.n, r.err = 0, err
		return true
	}
}

// write writes what goes at once, or with park all of b, and returns what is
// left.
func (r *raw) write(b []byte, park bool) (rest []byte, err error) {
	r.rest, r.werr, r.park = b, nil, park
	err = r.conn.Write(r.tryWrite)
	rest = r.rest
	r.rest = nil
	if err == nil {
		err = r.werr
	}
	return rest, err
}

func (r *raw) writeSome(fd uintptr) bool {
	for len(r.rest) > 0 {
		n, err := writeFD(fd, r.rest)
		switch {
		case err == nil:
			r.rest = r.rest[n:]
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return !r.park
		default:
			r.werr = err
			return true
		}
	}
	return true
}

// unheard appends to b what the kernel holds now, up to n bytes.
func (r *raw) unheard(b []byte, n int) []byte {
	b = slices.Grow(b, n)
	return b[:len(b)+r.now(b[len(b):len(b)+n])]
}

// now reads what the kernel holds, without waiting.
func (r *raw) now(b []byte) (n int) {
	_ = r.conn.Control(func(fd uintptr) {
		for n < len(b) {
			got, err := readFD(fd, b[n:])
			if err != nil || got <= 0 {
				return
			}
			n += got
		}
	})
	return n
}

// unsent is how many bytes of what was written the other side has not
// acknowledged, -1 where the kernel does not say.
func (r *raw) unsent() int {
	n := -1
	_ = r.conn.Control(func(fd uintptr) { n = unsent(fd) })
	return n
}

// waiting is the number of bytes that the kernel holds for the next read, 0
// where it does not say.
func (r *raw) waiting() (n int) {
	_ = r.conn.Control(func(fd uintptr) { n = unread(fd) })
	return n
}
