package broker

import (
	"labbroker/broker/wire"
)

// utter makes a run of one message that did not come over this connection, or
// over none: a will, or the broker's own word.
func (r *run) utter(topic string, payload []byte, qos byte, retain bool) {
	r.reset()
	frame := wire.AppendPublish(nil, 0, qos, topic, 1, payload)
	at := len(frame) - len(payload)
	if qos > 0 {
		at -= 2
	}
	r.topic, r.qos, r.retain = topic, qos, retain
	r.bytes = frame
	r.at = append(r.at, piece{start: 0, idAt: int32(at), end: int32(len(frame))})
}

// sendWill says a lost client's will, by the same rules as a publish; e is nil
// after a DISCONNECT, which takes the will away.
func (c *conn) sendWill(e *ending) {
	w := c.will
	c.will = nil
	if w == nil || e == nil || c.mute.Load() || !c.joined.Load() {
		return
	}
	if _, bad := c.s.tooLong(c.member.Session(), w.Topic); bad {
		return
	}
	a := c.member.Publish(w.Topic)
	if !a.Allowed {
		c.member.RefusedPublish(w.Topic, 1)
		return
	}
	r := &c.run
	r.utter(w.Topic, w.Payload, w.QoS, w.Retain)
	c.b.accept(r, nil, c.member)
	c.b.write(r, 0, nil)
	if a.Sink != nil {
		c.tap(r, a.Sink)
	}
	r.reset()
	c.b.finish()
	clear(c.b.slow)
	c.b.slow = c.b.slow[:0] // it has nothing more to send that could wait
}
