package broker

import "labbroker/broker/wire"

// acknowledge takes a PUBACK, PUBREC, PUBREL or PUBCOMP.
func (c *conn) acknowledge(frame []byte, head int) error {
	id, err := wire.ParseAck(frame, head)
	if err != nil {
		return err
	}
	kind := frame[0] >> 4
	if kind == wire.PUBREL {
		// The message before it may be in the run.
		c.endRun()
		if c.cl.release(c, id) {
			c.b.record = true
		}
		c.acks = wire.AppendAck(c.acks, wire.PUBCOMP, id)
		return nil
	}
	release, wait := c.cl.acked(c, kind, id)
	if release {
		c.acks = wire.AppendAck(c.acks, wire.PUBREL, id)
	}
	c.b.record = c.b.record || wait
	c.more = c.more || kind != wire.PUBREC
	return nil
}

// release forgets the identifier of a received message of QoS 2, and says
// whether that has to be durable before PUBCOMP: else a new message with the
// same identifier could be taken for the old one.
func (cl *client) release(c *conn, id uint16) (wait bool) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if _, known := cl.from[id]; !known || cl.owner != c {
		return false
	}
	delete(cl.from, id)
	if cl.stored {
		cl.s.store.Release(cl.handle, id)
	}
	return cl.stored
}
