package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"labbroker/broker/wire"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// startMochi makes mochi, which carries control packets only: it is never
// served, its connections are given to it one by one. What it could do with
// messages, sessions and wills it does not get to do: each connection is to it
// an anonymous client with a clean session and an id of its own.
func (s *Server) startMochi() error {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumClients = math.MaxInt64
	c.MaximumPacketSize = 0            // the splitter has refused what is too large
	c.MaximumClientWritesPending = 1   // only messages wait there
	c.MaximumMessageExpiryInterval = 0 // and only messages expire
	s.mochi = mqtt.New(&mqtt.Options{
		Capabilities:             c,
		Logger:                   quiet(s.log),
		ClientNetReadBufferSize:  64,
		ClientNetWriteBufferSize: 64,
	})
	if err := s.mochi.AddHook(&control{s: s}, nil); err != nil {
		return fmt.Errorf("broker hook: %w", err)
	}
	return nil
}

// establish gives mochi a connection; it returns when the client is gone.
func (s *Server) establish(c *conn) error { return s.mochi.EstablishConnection("labbroker", c) }

// forget removes what mochi leaves behind when a CONNACK could not be written,
// or of a panic.
func (s *Server) forget(c *conn) {
	if c.alias != "" {
		s.mochi.Clients.Delete(c.alias)
	}
}

// control is what mochi asks. Its methods run on the connection's goroutine.
type control struct {
	mqtt.HookBase
	s *Server
}

var _ mqtt.Hook = (*control)(nil)

// ID names the hook in mochi's log.
func (h *control) ID() string { return "labbroker" }

// Provides lists the events that the hook wants.
func (h *control) Provides(event byte) bool {
	switch event {
	case mqtt.OnPacketRead, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSessionEstablish,
		mqtt.OnSubscribe, mqtt.OnUnsubscribe:
		return true
	}
	return false
}

// OnPacketRead sees each control packet before mochi checks it.
func (h *control) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return pk, packets.ErrRejectPacket
	}
	switch pk.FixedHeader.Type {
	case packets.Subscribe, packets.Unsubscribe:
		for i := range pk.Filters {
			if pk.Filters[i].Filter == "" { // 4.7.3-1
				c.err = violation(errNoFilter)
				return pk, errRejected
			}
		}
	case packets.Disconnect:
		c.left = true
	}
	return pk, nil
}

// OnConnectAuthenticate tells mochi what connect found.
func (h *control) OnConnectAuthenticate(cl *mqtt.Client, _ packets.Packet) bool {
	c, ok := cl.Net.Conn.(*conn)
	return ok && c.answer[1] == rules.Accepted
}

// OnACLCheck has nothing left to check.
func (h *control) OnACLCheck(*mqtt.Client, string, bool) bool { return true }

// OnSessionEstablish comes before CONNACK: the client gets its id, whoever had
// it loses it.
func (h *control) OnSessionEstablish(cl *mqtt.Client, _ packets.Packet) {
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.join()
	}
}

var errNoFilter = errors.New("it subscribed to an empty filter")

// one is the filter that mochi is shown for each that was granted.
const one = "-"

// OnSubscribe subscribes, and shows mochi for each filter one that it answers
// in the same way: an empty one gets 0x80.
func (h *control) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return pk
	}
	refused, hint := false, ""
	for i := range pk.Filters {
		f := &pk.Filters[i]
		granted, told := c.subscribe(f.Filter, f.Qos)
		if hint == "" {
			hint = told
		}
		if granted {
			f.Filter = one
		} else {
			f.Filter, refused = "", true
			h.s.count.denied.Add(1)
		}
	}
	c.cameSubscribe(refused, hint)
	c.commit()
	return pk
}

// OnUnsubscribe unsubscribes. The UNSUBACK of 3.1.1 counts nothing.
func (h *control) OnUnsubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	if c, ok := cl.Net.Conn.(*conn); ok {
		for _, f := range pk.Filters {
			c.unsubscribe(f.Filter)
		}
		c.commit()
	}
	pk.Filters = nil
	return pk
}

// errRejected is mochi's word for closing without an answer.
var errRejected = packets.ErrRejectPacket

// connect decides on a CONNECT, which mochi's decoder reads, and returns the one
// that mochi is given in its place: of version 3.1.1, with nothing in it that
// mochi would act on or answer with a code of its own. This happens before
// mochi has the packet, since it passes packets by value through so many calls
// that what is done at the end of them doubles the stack.
func (c *conn) connect(frame []byte, head int) ([]byte, error) {
	c.asked.Store(true)
	c.number = c.s.count.connects.Add(1)
	c.alias = strconv.FormatInt(c.number, 36)
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect, Remaining: len(frame) - head}}
	if err := pk.ConnectDecode(bytes.Clone(frame[head:])); err != nil {
		return nil, err
	}
	r, err := c.logIn(&pk)
	if err != nil {
		return nil, err
	}
	c.cameConnect(frame, head, r)
	const before = "\x00\x04MQTT\x04\x02\x00\x00" // clean, no keepalive
	b := append(make([]byte, 0, 32), wire.CONNECT<<4, byte(len(before)+2+len(c.alias)))
	b = append(b, before...)
	b = append(b, 0, byte(len(c.alias)))
	return append(b, c.alias...), nil
}

// logIn asks whether the client may come in; a refusal is listed and answered
// by CONNACK. An error ends the connection without an answer.
func (c *conn) logIn(pk *packets.Packet) (*rules.Refusal, error) {
	p := &pk.Connect
	name := string(p.ProtocolName)
	if name != "MQTT" && name != "MQIsdp" {
		return nil, errNotMQTT
	}
	c.login = rules.Connect{
		Addr: c.addr, Via: c.via, Level: pk.ProtocolVersion,
		ClientID: p.ClientIdentifier, Clean: p.Clean, Keepalive: p.Keepalive,
		User: string(p.Username), HasUser: p.UsernameFlag,
		Password: string(p.Password), HasPassword: p.PasswordFlag,
	}
	if p.WillFlag {
		c.login.Will = &rules.Will{Topic: p.WillTopic, Payload: p.WillPayload, QoS: p.WillQos, Retain: p.WillRetain}
	}
	if why := malformed(pk); why != "" {
		return nil, errors.New(why)
	}
	r := c.admit(name)
	if r != nil {
		c.refuse(r)
	}
	c.login.Password = ""
	return r, nil
}

// malformed says what is wrong with a CONNECT that 3.1.1 wants closed without
// an answer, "" for nothing.
func malformed(pk *packets.Packet) string {
	p, level := &pk.Connect, pk.ProtocolVersion
	switch {
	case pk.ReservedBit != 0 && level != 3: // MQTT 3.1 has it unused
		return "a reserved flag is set"
	case p.WillQos > 2:
		return "the will's QoS is 3"
	case !p.WillFlag && (p.WillQos > 0 || p.WillRetain):
		return "there are flags for a will, and no will"
	case level > 4: // refused for that
	case p.WillFlag && p.WillTopic == "":
		return "the will has no topic"
	case p.PasswordFlag && !p.UsernameFlag:
		return "there is a password, and no user name"
	case !wire.ValidTopic(p.Username):
		return "the user name is no valid UTF-8 or has a zero byte"
	case pk.FixedHeader.Remaining != connectSize(p):
		return "there is something behind its end, or a flag for it is missing"
	}
	return ""
}

// connectSize is the bytes of a CONNECT's content, by what was found in it.
func connectSize(p *packets.ConnectParams) int {
	n := 2 + len(p.ProtocolName) + 1 + 1 + 2 + 2 + len(p.ClientIdentifier)
	if p.WillFlag {
		n += 2 + len(p.WillTopic) + 2 + len(p.WillPayload)
	}
	if p.UsernameFlag {
		n += 2 + len(p.Username)
	}
	if p.PasswordFlag {
		n += 2 + len(p.Password)
	}
	return n
}

// admit asks the rules; the broker's own limits come first.
func (c *conn) admit(name string) *rules.Refusal {
	switch level := c.login.Level; {
	case level == 4 && name == "MQTT", level == 3 && name == "MQIsdp":
	case level == 5:
		return &rules.Refusal{Code: rules.BadProtocol, Draft: notice.MQTT5()}
	default:
		return &rules.Refusal{Code: rules.BadProtocol, Draft: notice.ProtocolLevel(level)}
	}
	if c.login.ClientID == "" && (!c.login.Clean || c.login.Level == 3) {
		return &rules.Refusal{Code: rules.BadID, Draft: notice.EmptyClientID()}
	}
	m, refusal := c.s.rules.Admit(&c.login)
	if refusal != nil {
		return refusal
	}
	if limit := c.s.opt.MaxClients; limit > 0 && c.s.count.clients.Load() >= int64(limit) && !c.replaces(m) {
		c.s.count.tooMany.Add(1)
		return &rules.Refusal{Code: rules.Unavailable, Draft: notice.Limit("connections", limit)}
	}
	c.member, c.free = m, m.Unlimited()
	return nil
}

// refuse lists the refused connection and prepares its CONNACK.
func (c *conn) refuse(r *rules.Refusal) {
	c.refused, c.answer[1] = true, r.Code
	c.s.count.turned.Add(1)
	c.s.rules.Refused(c.addr, c.login.User, c.login.ClientID, r.Draft)
}

// quiet makes every record of mochi's a debug record: it warns of each
// keepalive of zero, which is what boards send.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(debugOnly{l.Handler()}) }

type debugOnly struct{ slog.Handler }

func (d debugOnly) Enabled(ctx context.Context, _ slog.Level) bool {
	return d.Handler.Enabled(ctx, slog.LevelDebug)
}

func (d debugOnly) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return d.Handler.Handle(ctx, r)
}

func (d debugOnly) WithAttrs(a []slog.Attr) slog.Handler {
	return debugOnly{d.Handler.WithAttrs(a)}
}

func (d debugOnly) WithGroup(name string) slog.Handler {
	return debugOnly{d.Handler.WithGroup(name)}
}
