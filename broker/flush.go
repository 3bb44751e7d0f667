package broker

import (
	"net"
	"time"
)

// connack is the first byte of a CONNACK.
const connack = 0x20

// publishQoS0 is the first byte of a PUBLISH at QoS 0, apart from RETAIN.
const publishQoS0 = 0x30

// Write takes whole packets, as mochi writes them, and returns at once. From
// three quarters of the limit on, messages of QoS 0 are dropped and counted;
// anything else that does not fit ends the connection: its client has not read
// for a megabyte.
func (c *conn) Write(p []byte) (int, error) {
	size := len(p)
	c.mu.Lock()
	if c.closing.Load() {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	if !c.open {
		p = c.waitForConnack(p)
	}
	limit, dropped, err := c.door.opt.WriteBuffer, 0, error(nil)
	if c.writing+len(c.out)+len(p) <= limit*3/4 {
		c.out = append(c.out, p...)
	} else {
		each(p, func(packet []byte) {
			switch {
			case packet[0]&0xf6 == publishQoS0:
				dropped++
			case c.writing+len(c.out)+len(packet) > limit:
				err = errSlow
			default:
				c.out = append(c.out, packet...)
			}
		})
	}
	if err != nil {
		c.endLocked(err)
	} else {
		c.flushLocked()
	}
	c.mu.Unlock()

	if dropped > 0 {
		c.door.dropped.Add(int64(dropped))
		if g := c.guest(); g != nil {
			g.Dropped(dropped)
		}
	}
	if err != nil {
		return 0, err
	}
	return size, nil
}

// waitForConnack keeps back what mochi sends before CONNACK, which has to be
// the first packet: a stored session's live messages can be faster. It returns
// what may be written now.
func (c *conn) waitForConnack(p []byte) []byte {
	var ack []byte
	each(p, func(packet []byte) {
		if packet[0] == connack {
			ack = packet
		} else {
			c.early = append(c.early, packet...)
		}
	})
	if ack == nil {
		if len(c.early) > c.door.opt.WriteBuffer {
			c.early = nil
			c.endLocked(errSlow)
		}
		return nil
	}
	p = append(append(make([]byte, 0, len(ack)+len(c.early)), ack...), c.early...)
	c.open, c.early = true, nil
	return p
}

// flushLocked starts a flusher unless one lives.
func (c *conn) flushLocked() {
	if !c.flushing {
		c.flushing = true
		c.door.work.Go(c.flush)
	}
}

// flush writes until nothing waits.
func (c *conn) flush() {
	var spare []byte
	for {
		c.mu.Lock()
		if len(c.out) == 0 || c.broken {
			c.flushing, c.out = false, nil
			if c.closing.Load() {
				close(c.flushed)
				// Over WebSocket only this ends a pending Read.
				if _, isTCP := c.Conn.(*net.TCPConn); !isTCP || c.broken {
					c.door.work.Go(func() { _ = c.Conn.Close() })
				}
				c.flushing = true // never again
			}
			c.mu.Unlock()
			return
		}
		batch := c.out
		c.out, c.writing = spare[:0], len(batch)
		c.mu.Unlock()

		err := c.put(batch)

		c.mu.Lock()
		c.writing = 0
		if err != nil {
			c.giveUpLocked()
			c.endLocked(err)
		}
		c.mu.Unlock()
		spare = batch
	}
}

// put writes a batch in pieces, each under its own deadline, so that a client
// that takes a little all the time is not ended.
func (c *conn) put(batch []byte) error {
	for len(batch) > 0 {
		n := min(piece, len(batch))
		c.mu.Lock()
		if !c.closing.Load() {
			_ = c.Conn.SetWriteDeadline(time.Now().Add(c.door.opt.WriteTimeout))
		}
		c.mu.Unlock()
		start := time.Now()
		if _, err := c.Conn.Write(batch[:n]); err != nil {
			if time.Since(start) >= c.door.opt.WriteTimeout {
				return errStalled
			}
			return ending{reason: "connection lost", err: err}
		}
		batch = batch[n:]
	}
	return nil
}
