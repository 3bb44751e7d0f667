package broker

import (
	"runtime/debug"
	"sync"
	"time"
)

// outbox is what waits to be written to one connection. Who puts something in
// claims it, unless it is claimed, and flushes it when its batch ends; one
// goroutine writes at a time, and it writes until nothing is left.
type outbox struct {
	mu      sync.Mutex // guards what follows
	buf     []byte
	writing int   // bytes that are being written
	busy    bool  // somebody writes
	claimed bool  // somebody will flush
	open    bool  // CONNACK is in it
	shut    bool  // nothing more goes in
	broken  bool  // nothing more can be written
	stuck   int64 // since when nothing of it could be written, Unix ns; 0 = it can
	told    int64 // when its session was told of drops last
}

// Buffers of outboxes come from a pool up to this size.
const (
	outSize    = 4 << 10
	maxOutKept = 64 << 10
)

type outBuffer struct{ b []byte }

var outBuffers = sync.Pool{New: func() any { return &outBuffer{make([]byte, 0, outSize)} }}

// holders are empty outBuffers.
var holders = sync.Pool{New: func() any { return new(outBuffer) }}

// size is how many bytes wait. The caller holds mu, here and below.
func (o *outbox) size() int { return o.writing + len(o.buf) }

// grow gives the buffer a start, and room for n bytes more.
func (o *outbox) grow(n int) {
	if o.buf == nil {
		h := outBuffers.Get().(*outBuffer)
		o.buf, h.b = h.b[:0], nil
		holders.Put(h)
	}
	if need := len(o.buf) + n; need > cap(o.buf) {
		more := make([]byte, len(o.buf), max(2*cap(o.buf), need))
		copy(more, o.buf)
		o.buf = more
	}
}

func giveOut(b []byte) {
	if cap(b) == 0 || cap(b) > maxOutKept {
		return
	}
	h := holders.Get().(*outBuffer)
	h.b = b[:0]
	outBuffers.Put(h)
}

// claim makes this batch flush the connection, unless another will.
func (c *conn) claim(b *batch) {
	if !c.out.claimed {
		c.out.claimed = true
		b.dirty = append(b.dirty, c)
	}
}

// put sends n messages of QoS 0, or drops and counts them where the client has
// not read for a megabyte.
func (c *conn) put(b *batch, frames []byte, n int) (sent bool) {
	o := &c.out
	o.mu.Lock()
	switch {
	case !o.open || o.shut:
		o.mu.Unlock()
		return false
	case o.size() == 0, o.size()+len(frames) <= c.s.opt.WriteBuffer:
		o.grow(len(frames))
		o.buf = append(o.buf, frames...)
		c.claim(b)
		if f := c.feed.Load(); f != nil {
			c.goes(f, frames)
		}
		o.mu.Unlock()
		c.s.count.sent.Add(int64(n))
		return true
	}
	now := c.s.clock.get()
	tell := now-o.told > int64(time.Second)
	if tell {
		o.told = now
	}
	o.mu.Unlock()
	c.s.count.dropped.Add(int64(n))
	if tell {
		c.cl.tell(slowDraft(c))
	}
	return false
}

// say appends a control packet or acknowledgements of the client's own; they
// leave at the end of its batch. A client that does not even read those is
// ended.
func (c *conn) say(packets []byte) {
	o := &c.out
	o.mu.Lock()
	if o.shut {
		o.mu.Unlock()
		return
	}
	if o.size()+len(packets) > 2*c.s.opt.WriteBuffer {
		o.mu.Unlock()
		c.close(errSlow)
		return
	}
	o.grow(len(packets))
	o.buf = append(o.buf, packets...)
	c.claim(&c.b)
	if f := c.feed.Load(); f != nil {
		c.goes(f, packets)
	}
	o.mu.Unlock()
}

// flush writes what waits, as far as that goes without waiting; a goroutine of
// its own does the rest.
func (c *conn) flush() {
	o := &c.out
	o.mu.Lock()
	o.claimed = false
	if o.busy || len(o.buf) == 0 || o.broken {
		o.mu.Unlock()
		return
	}
	o.busy = true
	if c.raw == nil {
		o.mu.Unlock()
		c.s.door.work.Go(func() { c.drain(nil, nil) })
		return
	}
	for {
		batch := o.buf
		o.buf, o.writing = nil, len(batch)
		o.mu.Unlock()
		rest, err := c.raw.write(batch, false)
		if err != nil || len(rest) > 0 {
			if err != nil {
				c.fell(lost(err))
			}
			c.s.door.work.Go(func() { c.drain(batch, rest) })
			return
		}
		c.s.count.bytesOut.Add(int64(len(batch)))
		giveOut(batch)
		if !c.emptied() {
			return
		}
	}
}

// emptied is called when what was taken is written; it says whether there is
// more, with mu held, or gives the outbox free.
func (c *conn) emptied() (more bool) {
	o := &c.out
	o.mu.Lock()
	o.writing, o.stuck = 0, 0
	if len(o.buf) == 0 && o.open && !o.shut && c.cl != nil {
		o.mu.Unlock()
		c.refill()
		o.mu.Lock()
	}
	if len(o.buf) > 0 && !o.broken {
		return true
	}
	o.busy = false
	o.mu.Unlock()
	return false
}

// refill takes from the client's queue what there was no room for before.
func (c *conn) refill() {
	defer func() {
		if r := recover(); r != nil { // whoever writes has to go on
			c.s.log.Error("a queue panicked", "remote", c.addr, "panic", r, "stack", string(debug.Stack()))
			c.close(errPanic)
		}
	}()
	cl := c.cl
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.conn.Load() != c || cl.q.waiting() == 0 {
		return
	}
	// This goroutine writes on, so nobody has to be told to.
	cl.pump(&batch{s: c.s}, c)
	c.out.mu.Lock()
	c.out.claimed = false
	c.out.mu.Unlock()
}

// drain writes until nothing waits, as slowly as the client reads.
func (c *conn) drain(batch, rest []byte) {
	o := &c.out
	for {
		if len(rest) > 0 {
			o.mu.Lock()
			if o.stuck == 0 {
				o.stuck = instant()
			}
			broken := o.broken
			o.mu.Unlock()
			if !broken {
				if err := c.writeAll(rest); err != nil {
					c.fell(lost(err))
				}
			}
		}
		if len(batch) > 0 {
			c.s.count.bytesOut.Add(int64(len(batch)))
			giveOut(batch)
		}
		batch, rest = nil, nil
		if !c.emptied() {
			return
		}
		batch, rest = o.buf, o.buf
		o.buf, o.writing = nil, len(batch)
		o.mu.Unlock()
	}
}

// pieceSize is the most that is written without noting that it went.
const pieceSize = 64 << 10

func (c *conn) writeAll(b []byte) error {
	for len(b) > 0 {
		n := min(pieceSize, len(b))
		var err error
		if c.raw != nil {
			_, err = c.raw.write(b[:n], true)
		} else {
			_, err = c.inner.Write(b[:n])
		}
		if err != nil {
			return err
		}
		b = b[n:]
		c.out.mu.Lock()
		c.out.stuck = instant()
		c.out.writing = len(b)
		c.out.mu.Unlock()
	}
	return nil
}

// fell notes that nothing can be written any more, and ends the connection.
func (c *conn) fell(e *ending) {
	c.out.mu.Lock()
	c.out.broken, c.out.buf = true, nil
	c.out.mu.Unlock()
	c.close(e)
}

// shut lets nothing more in. Who is rude, or has said nothing, waits for
// nothing.
func (c *conn) shut(rude bool) {
	o := &c.out
	o.mu.Lock()
	o.shut = true
	if rude {
		o.broken, o.buf = true, nil
	}
	o.mu.Unlock()
	if rude {
		_ = c.inner.SetWriteDeadline(time.Unix(1, 0))
		return
	}
	o.mu.Lock()
	idle := !o.busy && len(o.buf) == 0
	o.mu.Unlock()
	if !idle {
		_ = c.inner.SetWriteDeadline(time.Now().Add(closeTime))
		c.flush()
	}
}

// drained waits until the last bytes are written, and says whether they are.
func (c *conn) drained(limit time.Duration) bool {
	state := func() (over, whole bool) {
		c.out.mu.Lock()
		defer c.out.mu.Unlock()
		idle := !c.out.busy && len(c.out.buf) == 0
		return idle || c.out.broken, !c.out.broken
	}
	over, whole := state()
	if over {
		return whole
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit + 100*time.Millisecond); !over && time.Now().Before(end); {
		<-tick.C
		over, whole = state()
	}
	return over && whole
}
