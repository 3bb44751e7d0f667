package hooks

import (
	"fmt"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"labbroker/internal/notice"
)

// connect is a CONNECT as it was sent, before the gate made of it what mochi
// takes without objection. The password is gone once it was checked.
type connect struct {
	id          string
	user        string
	password    string
	hasUser     bool
	hasPassword bool
	clean       bool
	keepalive   uint16
	will        *will
}

type will struct {
	topic   string
	payload []byte
	qos     byte
	retain  bool
}

// Return codes of CONNACK.
const (
	badProtocol    byte = 1
	badID          byte = 2
	unavailable    byte = 3
	badCredentials byte = 4
	notAuthorized  byte = 5
)

// refusal is why a client does not get in.
type refusal struct {
	code  byte
	draft notice.Draft
}

// maxKeepalive is the longest that mochi's sum of one and a half times the
// keepalive can hold.
const maxKeepalive = 43690

// OnPacketRead sees each packet before mochi checks it.
func (g *Gate) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	m := g.member(cl)
	if m == nil {
		if pk.FixedHeader.Type == packets.Connect {
			return g.readConnect(cl, pk)
		}
		return pk, nil
	}
	if m.ids != nil {
		m.ids.read(cl, &pk)
	}
	switch pk.FixedHeader.Type {
	case packets.Publish:
		pk = m.readPublish(pk)
	case packets.Disconnect:
		m.leaving = true
	}
	return pk, nil
}

// readConnect keeps what was sent, and gives mochi a CONNECT of version 3.1.1
// without anything that it answers with a code of its own, or with none: the
// answer is the gate's.
func (g *Gate) readConnect(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	l, ok := cl.Net.Conn.(link)
	if !ok {
		return pk, packets.ErrRejectPacket
	}
	p := &pk.Connect
	m := &member{gate: g, conn: l, addr: l.RemoteAddr().String(), cl: cl}
	m.connect = connect{
		id: p.ClientIdentifier, clean: p.Clean, keepalive: p.Keepalive,
		user: string(p.Username), hasUser: p.UsernameFlag,
		password: string(p.Password), hasPassword: p.PasswordFlag,
	}
	l.Attach(m)

	known := string(p.ProtocolName) == "MQTT" || string(p.ProtocolName) == "MQIsdp"
	if why := malformed(pk); why != "" || !known {
		if m.err = fmt.Errorf("malformed CONNECT: %s", why); !known {
			m.err = errNotMQTT
		}
		return pk, packets.ErrRejectPacket
	}
	if p.WillFlag {
		m.connect.will = &will{topic: p.WillTopic, payload: p.WillPayload, qos: p.WillQos, retain: p.WillRetain}
	}

	switch level := pk.ProtocolVersion; {
	case level == 4 && string(p.ProtocolName) == "MQTT", level == 3 && string(p.ProtocolName) == "MQIsdp":
		if p.ClientIdentifier == "" && !p.Clean {
			m.refusal = &refusal{badID, notice.EmptyClientID()}
		}
	case level == 5:
		m.refusal = &refusal{badProtocol, notice.MQTT5()}
	default:
		m.refusal = &refusal{badProtocol, notice.ProtocolLevel(level)}
	}

	pk.ProtocolVersion, p.ProtocolName = 4, []byte("MQTT")
	pk.Properties = packets.Properties{}
	p.UsernameFlag, p.Username, p.PasswordFlag, p.Password = false, nil, false, nil
	p.Keepalive = min(p.Keepalive, maxKeepalive)
	if m.refusal != nil {
		p.ClientIdentifier, p.Clean, p.WillFlag, p.WillRetain, p.WillQos = "refused", true, false, false, 0
	}
	if p.WillFlag {
		p.WillProperties = packets.Properties{}
		if len(p.WillPayload) == 0 { // OnConnect takes it out again
			p.WillPayload = []byte{0}
		}
		if p.WillTopic == "" { // the answer comes after log-in
			p.WillTopic = "refused"
		}
	}
	return pk, nil
}

// malformed says what is wrong with a CONNECT that 3.1.1 wants closed without
// an answer, "" for nothing.
func malformed(pk packets.Packet) string {
	p := pk.Connect
	switch {
	case pk.ReservedBit != 0:
		return "a reserved flag is set"
	case p.WillQos > 2:
		return "the will's QoS is 3"
	case !p.WillFlag && (p.WillQos > 0 || p.WillRetain):
		return "there are flags for a will, and no will"
	}
	return ""
}

// OnPacketEncode puts the gate's code into a refusal's CONNACK, and takes out
// DISCONNECT, which brokers do not send in 3.1.1: mochi cannot encode a packet
// of no type, so it writes nothing.
func (g *Gate) OnPacketEncode(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	switch pk.FixedHeader.Type {
	case packets.Disconnect:
		pk.FixedHeader.Type = packets.Reserved
	case packets.Connack:
		m := g.member(cl)
		if m == nil {
			return pk
		}
		if m.refusal == nil && pk.ReasonCode == unavailable {
			// mochi's own limit, before OnConnect.
			m.refuse(&refusal{unavailable, notice.Limit("connections", int(g.Opts.Capabilities.MaximumClients))})
		}
		if m.refusal != nil {
			pk.ReasonCode, pk.SessionPresent = m.refusal.code, false
		}
	default:
		if m := g.member(cl); m != nil && m.ids != nil {
			m.ids.written(&pk)
		}
	}
	return pk
}
