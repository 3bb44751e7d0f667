package hooks

import (
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"labbroker/hooks/policy"
	"labbroker/internal/ingest"
)

// sysStandIn takes the place of a topic below $SYS, which mochi would swallow
// without an acknowledgement. OnPublish refuses it.
const sysStandIn = "$refused"

// readPublish slows a session over its rate, and notes what mochi closes the
// connection for, or swallows.
func (m *member) readPublish(pk packets.Packet) packets.Packet {
	if r := m.room.Load(); r != nil {
		m.slow(r, len(pk.TopicName)+len(pk.Payload))
	}
	m.sysTopic = ""
	if v := m.gate.rules().Publish(m.now(), pk.TopicName); v.Violation() {
		m.gate.refused.Add(1)
		m.tell(policy.Explain(v, m.now(), pk.TopicName))
	} else if len(pk.TopicName) >= len(mqtt.SysPrefix) && strings.EqualFold(pk.TopicName[:len(mqtt.SysPrefix)], mqtt.SysPrefix) {
		m.sysTopic, pk.TopicName = pk.TopicName, sysStandIn
	}
	return pk
}

// OnPublish asks the policy. A refused message is acknowledged according to its
// QoS and goes nowhere: closing, as mochi does for its ACL, makes umqtt.robust
// reconnect and repeat for ever. mochi asks once per message, of QoS 2 too:
// it knows a repeated packet id before.
func (g *Gate) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	m := g.member(cl)
	if m == nil {
		pk.Created = g.inOrder()
		return pk, nil // the broker's own
	}
	if m.mute.Load() {
		return pk, packets.CodeSuccessIgnore
	}
	topic := pk.TopicName
	if m.sysTopic != "" {
		topic = m.sysTopic
	}
	rules := g.rules()
	if m.who.Load() == nil {
		if first, ok := rules.Binds(topic); ok {
			m.bind(first, ok)
			rules = g.rules()
		}
	}
	who := m.now()
	if v := rules.Publish(who, topic); v != policy.Allow {
		g.refused.Add(1)
		m.tell(policy.Explain(v, who, topic))
		return pk, packets.CodeSuccessIgnore
	}
	m.accept(who, topic, pk.Payload, pk.FixedHeader.Qos, pk.FixedHeader.Retain)
	pk.Created = g.inOrder()
	return pk, nil
}

// inOrder takes the place of a message's time: mochi resends what waited for a
// client sorted by it, which as a time in seconds is no order at all. It looks
// at 16 bits, so an order still breaks where they run over.
func (g *Gate) inOrder() int64 { return g.published.Add(1) & 0xffff }

// accept notes a message that is on its way and hands it to the history. The
// payload is a fresh slice for each packet, which nobody changes any more.
func (m *member) accept(who policy.Who, topic string, payload []byte, qos byte, retain bool) {
	first, rest, _ := strings.Cut(topic, "/")
	name := who.Session
	if who.Instructor {
		// The instructor's word is recorded where it is said to a session.
		var ok bool
		if name, ok = m.gate.accounts.Find(first); !ok || name != first {
			name = ""
		}
	}
	m.gate.presence.Message(m.key, name, rest, payload, qos, retain)
	if name == "" {
		return
	}
	if r := m.room.Load(); r != nil && !who.Instructor {
		m.watchAddresses(r, topic)
	}
	if m.gate.opt.Tap != nil {
		m.gate.opt.Tap(ingest.Message{
			Session: name, Topic: rest, Payload: payload, QoS: qos, Retain: retain,
			Client: m.connect.id, At: m.gate.opt.Now(),
		})
	}
}

// OnPublishDropped hears of a message that a client was too slow for.
func (g *Gate) OnPublishDropped(cl *mqtt.Client, _ packets.Packet) {
	if m := g.member(cl); m != nil {
		m.Dropped(1)
	}
}
