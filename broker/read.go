package broker

import (
	"io"
	"net"
	"sync"
	"time"

	"labbroker/broker/wire"
)

// bufferSize is what is read at once, and what a packet has to fit in to need
// no memory of its own.
const bufferSize = 32 << 10

// buffers are shared by all connections: an idle one holds none.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func takeBuffer() []byte { return buffers.Get().(*[bufferSize]byte)[:] }

// giveBuffer takes a buffer back and returns nil. Larger ones are garbage.
func giveBuffer(b []byte) []byte {
	if len(b) == bufferSize {
		buffers.Put((*[bufferSize]byte)(b))
	}
	return nil
}

// Read hands mochi the next control packet, and moves the messages before it.
// mochi asks for more when it is done with what it has, so the packets of a
// connection are handled in their order.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.hand) == 0 {
		frame, err := c.next()
		if err != nil {
			return 0, err
		}
		c.hand = frame
	}
	n := copy(p, c.hand)
	c.hand = c.hand[n:]
	return n, nil
}

// next returns the next control packet, valid until it is called again.
func (c *conn) next() ([]byte, error) {
	for c.err == nil && !c.closing.Load() {
		head, size, err := wire.Header(c.in[c.r:c.w], c.limit())
		if err != nil {
			c.endBatch()
			c.cameBroken(err)
			return nil, c.fail(err)
		}
		if size > 0 {
			if err := c.check(head, size); err != nil {
				c.endBatch()
				c.cameBroken(err)
				return nil, c.fail(err)
			}
		}
		if size == 0 || c.w-c.r < size {
			c.endBatch()
			if err := c.fill(size); err != nil {
				if c.err == nil {
					c.err = err
				}
				return nil, c.err
			}
			continue
		}
		frame := c.in[c.r : c.r+size]
		switch kind := frame[0] >> 4; {
		case kind == wire.PUBLISH && c.cl != nil:
			if !c.free {
				c.slow(size)
				frame = c.in[c.r : c.r+size]
			}
			if err = c.publish(frame, head); err != nil {
				c.endRun()
				c.cameBroken(err)
			}
		case kind >= wire.PUBACK && kind <= wire.PUBCOMP && c.cl != nil:
			if f := c.feed.Load(); f != nil {
				c.endRun() // what came before it is told of before it
				c.came(f, frame, false, "")
			}
			err = c.acknowledge(frame, head)
		default:
			c.endBatch()
			c.r += size
			if c.err != nil || c.closing.Load() {
				continue
			}
			if kind == wire.CONNECT && c.alias == "" {
				if frame, err = c.connect(frame, head); err != nil {
					return nil, c.fail(err)
				}
			} else if f := c.feed.Load(); f != nil {
				c.cameControl(f, frame)
			}
			return frame, nil
		}
		c.r += size
		if err != nil {
			c.endBatch()
			return nil, c.fail(err)
		}
	}
	// What was taken from the client is moved even if it is being ended: QoS 2
	// identifiers of it are noted already.
	c.endBatch()
	if c.err != nil {
		return nil, c.err
	}
	return nil, errEnd
}

// check looks at the header of the packet at c.r, before the rest is waited
// for.
func (c *conn) check(head, size int) error {
	b := c.in[c.r:c.w]
	if c.cl == nil && b[0] != wire.CONNECT<<4 {
		return errNotMQTT
	}
	if b[0]>>4 == wire.PUBLISH {
		return nil
	}
	if b[0] == wire.PUBREL<<4|2|wire.Dup && c.login.Level == 3 {
		return nil // MQTT 3.1 says so when it sends it again
	}
	return wire.Check(b, head, size)
}

// maxConnect is the largest CONNECT there can be: five strings and a few bytes.
const maxConnect = 5*(2+65535) + 16

// limit is the bytes of the largest packet, 0 = MQTT's own limit.
func (c *conn) limit() int {
	limit := c.s.opt.MaxPacket
	if c.cl == nil && (limit == 0 || limit > maxConnect) {
		return maxConnect
	}
	return limit
}

// fill reads more, with room for a packet of size bytes as far as that is
// known. Memory grows with what came, not with what was announced.
func (c *conn) fill(size int) error {
	have := c.w - c.r
	switch {
	case c.in == nil:
	case have == 0:
		c.in = giveBuffer(c.in)
	case c.r > 0 && (size <= len(c.in) || have < len(c.in)/2):
		copy(c.in, c.in[c.r:c.w])
	case c.w == len(c.in):
		// A packet larger than the buffer.
		more := make([]byte, min(2*len(c.in), max(size, len(c.in)+1)))
		copy(more, c.in[c.r:c.w])
		giveBuffer(c.in)
		c.in = more
	case c.r > 0:
		copy(c.in, c.in[c.r:c.w])
	}
	c.r, c.w = 0, have
	c.inside.Store(have > 0)

	c.seen.Store(c.s.clock.get()) // what came took its time, and that was ours
	c.listening.Store(true)
	n, err := c.receive()
	c.listening.Store(false)
	if n > 0 {
		c.w += n
		c.seen.Store(c.s.clock.get())
		c.s.count.bytesIn.Add(int64(n))
		if len(c.start) < startBytes {
			c.start = append(c.start, c.in[have:have+min(n, startBytes-len(c.start))]...)
		}
		return nil
	}
	switch {
	case c.closing.Load():
		return errEnd
	case err == nil || err == io.EOF:
		return lost(io.EOF)
	}
	return lost(err)
}

// receive reads once into what is free of the buffer, which it takes from the
// pool only when there is something to read.
func (c *conn) receive() (int, error) {
	if c.raw != nil {
		return c.raw.read(c)
	}
	if c.in == nil {
		c.in = takeBuffer()
	}
	return c.inner.Read(c.in[c.w:])
}

// pause reads the client no further for a time, in which nobody waits for it
// and its keepalive does not count.
func (c *conn) pause(d time.Duration) {
	c.cl.block(c)
	defer c.pausing.Store(false)
	for end := time.Now().Add(d); d > 0; d = time.Until(end) {
		c.lookAhead()
		t := time.NewTimer(min(d, aheadTime))
		select {
		case <-t.C:
		case <-c.done:
			t.Stop()
			return
		}
	}
}

// remote is an address that is only shown.
type remote string

func (r remote) Network() string { return "tcp" }
func (r remote) String() string  { return string(r) }

var _ net.Addr = remote("")
