package hooks

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// nowhere is a topic that nobody can subscribe to.
const nowhere = "$nowhere"

// OnWill comes before mochi sends a will, which it does without asking anybody;
// the policy had its say at CONNECT. A muted will goes where nobody listens.
func (g *Gate) OnWill(cl *mqtt.Client, w mqtt.Will) (mqtt.Will, error) {
	m := g.member(cl)
	if m != nil && !m.will.CompareAndSwap(willWaits, willSent) {
		w.TopicName, w.Retain = nowhere, false
	}
	return w, nil
}

// OnWillSent hands a will to the history, as the publish that it is.
func (g *Gate) OnWillSent(cl *mqtt.Client, pk packets.Packet) {
	if m := g.member(cl); m != nil && pk.TopicName != nowhere {
		m.accept(m.now(), pk.TopicName, pk.Payload, pk.FixedHeader.Qos, pk.FixedHeader.Retain)
	}
}

// sendLostWill sends the will that mochi forgets when a connection is ended
// from elsewhere while its own goroutine is busy, or by a panic.
func (m *member) sendLostWill() {
	if m.leaving || !m.established || !m.will.CompareAndSwap(willWaits, willSent) || m.gate.opt.Publish == nil {
		return
	}
	w := m.connect.will
	if err := m.gate.opt.Publish(w.topic, w.payload, w.qos, w.retain); err != nil {
		m.gate.log.Warn("will not sent", "topic", w.topic, "error", err)
		return
	}
	m.accept(m.now(), w.topic, w.payload, w.qos, w.retain)
}
