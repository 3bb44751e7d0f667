package hooks

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"labbroker/internal/notice"
	"labbroker/internal/presence"
)

var errNotMQTT = errors.New("not MQTT")

// OnSessionEstablish comes before mochi takes an older connection with the same
// id over. From here until OnSessionEstablished nobody else with this id gets
// on, nor does the older one finish: mochi has no lock there, and would let
// several live, or delete the newer with the older.
func (g *Gate) OnSessionEstablish(cl *mqtt.Client, _ packets.Packet) {
	m := g.member(cl)
	if m == nil {
		return
	}
	g.ids.lock(cl.ID)
	m.establishing = true
	m.ids = g.stored.take(cl.ID, m.connect.clean)
	if d, clash := g.ids.arrive(cl.ID, m, g.opt.Now()); clash {
		m.tell(d)
	}
	m.key = g.presence.Connected(presence.Client{
		Session: m.Session(), ID: m.connect.id, Addr: m.addr, Via: m.conn.Via(),
		Since: g.opt.Now(), Keepalive: m.connect.keepalive,
	})
	if m.Session() != "" {
		m.room.Load().enter(host(m.addr))
	}
}

// OnSessionEstablished comes after CONNACK.
func (g *Gate) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	m := g.member(cl)
	if m == nil {
		return
	}
	m.established = true
	m.release()
	g.log.Debug("connected", "session", m.Session(), "client", m.connect.id, "remote", m.addr, "via", m.conn.Via())
}

// OnDisconnect comes when mochi has stopped reading, before it deletes what it
// knows of the client; Ended comes after.
func (g *Gate) OnDisconnect(cl *mqtt.Client, err error, _ bool) {
	if m := g.member(cl); m != nil {
		m.err = err
		g.ids.lock(cl.ID)
		m.establishing = true
	}
}

func (m *member) release() {
	if m.establishing {
		m.establishing = false
		m.gate.ids.unlock(m.cl.ID)
	}
}

// Ended is the broker's last word on a connection, whatever ended it.
func (g *Gate) Ended(c net.Conn, err error) {
	l, ok := c.(link)
	if !ok {
		return
	}
	m, _ := l.Attached().(*member)
	switch {
	case m == nil:
		g.nobody(l, err)
	case m.ids != nil:
		reason := m.reason(err)
		g.ids.leave(m.cl.ID, m)
		g.stored.leave(m.cl.ID, m.ids)
		m.release()
		if m.key != 0 && m.Session() != "" {
			m.room.Load().leave(host(m.addr))
		}
		m.sendLostWill()
		g.presence.Disconnected(m.key, reason)
		g.log.Debug("disconnected", "session", m.Session(), "client", m.connect.id, "remote", m.addr, "why", reason, "error", err)
	case m.refusal == nil && m.err != nil:
		d := notice.Malformed(m.name(), m.err.Error())
		if errors.Is(m.err, errNotMQTT) {
			d = notice.NotMQTT(looksLike(l.Head()))
		}
		m.list(d)
	}
}

// reason is a short text for an end, "" for a clean one; where the broker
// ended it, the session is told in full.
func (m *member) reason(err error) string {
	var large interface{ TooLarge() (size, limit int) }
	var reasoned interface{ Reason() string }
	var code packets.Code
	switch {
	case m.leaving:
		return ""
	case errors.Is(m.cl.StopCause(), packets.ErrSessionTakenOver):
		return "taken over"
	case errors.Is(err, os.ErrDeadlineExceeded):
		m.tell(notice.KeepaliveTimeout(m.name(), m.connect.keepalive))
		return "keepalive"
	case errors.As(err, &large):
		size, limit := large.TooLarge()
		m.tell(notice.TooLarge(m.name(), size, limit))
		return "packet too large"
	case errors.As(err, &reasoned):
		if slow, ok := reasoned.(interface{ Slow() bool }); ok && slow.Slow() {
			m.tell(notice.Dropped(m.name()))
		}
		return reasoned.Reason()
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "connection lost"
	case errors.As(err, &code) && code == packets.ErrProtocolViolationSurplusWildcard,
		errors.As(err, &code) && code == packets.ErrProtocolViolationNoTopic:
		return "protocol error" // readPublish has told
	}
	m.tell(notice.Malformed(m.name(), clause(err)))
	return "protocol error"
}

// clause is an error as a part of a sentence.
func clause(err error) string {
	var code packets.Code
	if errors.As(err, &code) {
		return code.Reason
	}
	return err.Error()
}

// nobody explains a connection that ended before its CONNECT could be read.
// One that only opened and closed the port is not worth a word.
func (g *Gate) nobody(l link, err error) {
	var silent interface{ Silent() (seconds int) }
	var reasoned interface{ Reason() string }
	var d notice.Draft
	switch {
	case errors.As(err, &silent):
		d = notice.NoConnect(silent.Silent())
	case err == nil, errors.As(err, &reasoned), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return
	case l.Level() == 5:
		d = notice.MQTT5()
	case l.Level() > 5:
		d = notice.ProtocolLevel(l.Level())
	default:
		d = notice.NotMQTT(looksLike(l.Head()))
		if h := l.Head(); len(h) > 0 && h[0] == packets.Connect<<4 {
			d = notice.Malformed(host(l.RemoteAddr().String()), fmt.Sprintf("its CONNECT is malformed (%s)", clause(err)))
		}
	}
	g.presence.Refused(presence.Refusal{Addr: host(l.RemoteAddr().String()), Code: string(d.Code), Text: d.Text})
}

// looksLike names what came to the MQTT port, "" if it is nothing known.
func looksLike(head []byte) string {
	if len(head) < 3 {
		return ""
	}
	switch string(head[:3]) {
	case "GET", "POS", "HEA", "PUT", "OPT", "DEL":
		return "HTTP"
	}
	if head[0] == 0x16 && head[1] == 3 {
		return "TLS"
	}
	return ""
}
