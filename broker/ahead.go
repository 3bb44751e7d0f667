package broker

import (
	"slices"
	"time"

	"labbroker/broker/wire"
)

// A session over its rate is read as slowly as the rate goes, and thousands of
// small messages may be before a PINGREQ or an acknowledgement, for which
// nobody should wait so long. So now and then what is behind is looked at.
const (
	aheadTime = 4 * time.Second
	aheadSize = 48 << 10 // what is looked at, the message whose turn it is included
)

// lookAhead handles PINGREQs and acknowledgements that wait behind messages
// whose turn is not yet, at most every aheadTime. The caller has ended its
// batch; the message whose turn it is stands at c.r afterwards, too.
func (c *conn) lookAhead() {
	now := instant()
	since := now - c.looked
	if since < int64(aheadTime) || c.closing.Load() {
		return
	}
	c.looked = now
	if since > 3*int64(aheadTime) {
		return // it is slowed since a moment ago
	}
	c.gather()
	if c.overtake() {
		c.endBatch()
	}
}

// gather takes what the kernel holds, as far as there is room for it.
func (c *conn) gather() {
	if c.raw == nil {
		return
	}
	have := c.w - c.r
	if len(c.in) < aheadSize {
		more := make([]byte, aheadSize)
		copy(more, c.in[c.r:c.w])
		giveBuffer(c.in)
		c.in = more
	} else {
		copy(c.in, c.in[c.r:c.w])
	}
	c.r, c.w = 0, have
	if have < aheadSize {
		n := c.raw.now(c.in[have:aheadSize])
		c.w += n
		c.s.count.bytesIn.Add(int64(n))
	}
}

// overtake handles what may be handled before its turn, and takes it out. What
// is not right stays where it is, for its turn.
func (c *conn) overtake() (any bool) {
	var ids []uint16 // of QoS 2 messages that stay
	at, to := c.r, c.r
	for {
		head, size, err := wire.Header(c.in[at:c.w], c.limit())
		if err != nil || size == 0 || size > c.w-at || wire.Check(c.in[at:], head, size) != nil {
			break
		}
		frame := c.in[at : at+size]
		done, kind := false, frame[0]>>4 // the frame may move over itself
		switch kind {
		case wire.PUBLISH:
			if p, err := wire.ParsePublish(frame, head); err == nil && p.QoS == 2 {
				ids = append(ids, p.ID)
			}
		case wire.PINGREQ:
			c.cameAhead(frame)
			c.say([]byte{wire.PINGRESP << 4, 0})
			done = true
		case wire.PUBREL:
			id, err := wire.ParseAck(frame, head)
			done = err == nil && !slices.Contains(ids, id) && c.acknowledge(frame, head) == nil
		case wire.PUBACK, wire.PUBREC, wire.PUBCOMP:
			done = c.acknowledge(frame, head) == nil
		}
		if done && kind != wire.PINGREQ {
			c.cameAhead(frame)
		}
		any = any || done
		if !done {
			copy(c.in[to:], frame)
			to += size
		}
		if at += size; kind == wire.DISCONNECT {
			break
		}
	}
	if at > to {
		to += copy(c.in[to:], c.in[at:c.w])
		c.w = to
	}
	return any
}
