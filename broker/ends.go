package broker

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/mochi-mqtt/server/v2/packets"

	"labbroker/broker/wire"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
)

// ending is why the broker, or the network, ended a connection: a short reason
// for lists, and what the student is told where there is something to do.
type ending struct {
	reason string // "connection lost"
	tell   func(c *conn) notice.Draft
	err    error // the transport's, nil where the broker decided
	rude   bool  // what waits to be written is not worth waiting for
}

func (e *ending) Error() string {
	if e.err != nil {
		return e.reason + ": " + e.err.Error()
	}
	return e.reason
}

func (e *ending) Unwrap() error { return e.err }

// Ends that the broker decides.
var (
	errShutdown  = &ending{reason: presence.Stopped}
	errRemoved   = &ending{reason: presence.Removed}
	errDismissed = &ending{reason: presence.Dismissed, tell: func(c *conn) notice.Draft { return notice.Dismissed(c.name()) }}
	errRules     = &ending{reason: presence.Changed}
	errTakenOver = &ending{reason: "taken over"}
	errPanic     = &ending{reason: "a fault of the broker", tell: func(c *conn) notice.Draft { return notice.BrokerFault(c.name()) }}
	errStalled   = &ending{reason: "takes nothing from its connection", tell: cutDraft, rude: true}
	errSlow      = &ending{reason: "reads too slowly", tell: cutDraft, rude: true}
	errKeepalive = &ending{reason: "keepalive", tell: func(c *conn) notice.Draft {
		return notice.KeepaliveTimeout(c.name(), c.login.Keepalive)
	}}
	errPartial = &ending{reason: "an incomplete packet", tell: func(c *conn) notice.Draft {
		return notice.UnfinishedPacket(c.name())
	}}
	errSilent = &ending{reason: "no CONNECT", tell: func(c *conn) notice.Draft {
		return notice.NoConnect(int(c.s.opt.ConnectTimeout.Seconds()))
	}}
)

func slowDraft(c *conn) notice.Draft { return notice.Dropped(c.name()) }

func cutDraft(c *conn) notice.Draft { return notice.Cut(c.name(), !c.login.Clean) }

// connectionLost is the reason of connections that the broker did not end.
const connectionLost = "connection lost"

// lost is the end of a connection that broke.
func lost(err error) *ending { return &ending{reason: connectionLost, err: err, rude: true} }

// errLarge is the reason of packets over MaxPacket.
const errLarge = "packet too large"

// violation is the end of a connection that broke the protocol.
func violation(err error) *ending {
	var large wire.TooLarge
	if errors.As(err, &large) {
		return &ending{reason: errLarge, err: err, tell: func(c *conn) notice.Draft {
			return notice.TooLarge(c.name(), large.Size, large.Limit)
		}}
	}
	return &ending{reason: "protocol error", err: err, tell: func(c *conn) notice.Draft {
		return notice.Malformed(c.name(), clause(err))
	}}
}

// explained is a violation that the session was told of already.
func explained(err error) *ending { return &ending{reason: "protocol error", err: err} }

// clause is an error as a part of a sentence.
func clause(err error) string {
	var code packets.Code
	if errors.As(err, &code) {
		return code.Reason
	}
	return err.Error()
}

// why turns what mochi's goroutine came back with, and the cause that the
// broker may have had, into the connection's end. nil is a clean one.
func (c *conn) why(err error) *ending {
	if c.left {
		return nil
	}
	if cause := c.cause(); cause != nil {
		if cause == errTakenOver && c.goodbye() {
			return nil
		}
		return cause
	}
	var e *ending
	switch {
	case errors.Is(err, errPanic), errors.As(c.err, &e), errors.As(err, &e):
		if e == nil {
			e = errPanic
		}
		return e
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return lost(err)
	}
	return violation(err)
}

// explain tells the session why the connection ended, or lists one that never
// had a session.
func (c *conn) explain(e *ending) {
	if c.member != nil {
		var d notice.Draft
		if e != nil && e.tell != nil {
			d = e.tell(c)
			c.member.Notice(d)
		}
		c.ended(e, d)
		return
	}
	if d, ok := c.unknown(e); ok {
		c.s.rules.Refused(c.addr, "", "", d)
	}
}

// unknown explains a connection that ended before its CONNECT was accepted.
// One that only opened and closed the port is not worth a word.
func (c *conn) unknown(e *ending) (d notice.Draft, ok bool) {
	level := level(c.start)
	switch {
	case c.refused || e == nil:
		return d, false // listed already
	case e == errSilent:
		return e.tell(c), true
	case e.reason != "protocol error" && e.reason != errLarge:
		return d, false
	case level == 5:
		return notice.MQTT5(), true
	case level > 5:
		return notice.ProtocolLevel(level), true
	case len(c.start) > 0 && c.start[0] == wire.CONNECT<<4 && !errors.Is(e, errNotMQTT):
		return notice.Malformed(host(c.addr), fmt.Sprintf("its CONNECT is malformed (%s)", clause(e.err))), true
	}
	return notice.NotMQTT(looksLike(c.start)), true
}

var errNotMQTT = errors.New("not MQTT")

// looksLike names what came to the MQTT port, "" if it is nothing known.
func looksLike(start []byte) string {
	if len(start) < 3 {
		return ""
	}
	switch string(start[:3]) {
	case "GET", "POS", "HEA", "PUT", "OPT", "DEL":
		return "HTTP"
	}
	if start[0] == 0x16 && start[1] == 3 {
		return "TLS"
	}
	return ""
}

// level is the protocol level of a CONNECT of which start is the beginning, 0
// if it is none.
func level(start []byte) byte {
	head, _, err := wire.Header(start, 0)
	if err != nil || head == 0 || start[0] != wire.CONNECT<<4 {
		return 0
	}
	const name = "\x00\x04MQTT"
	b := start[head:]
	if len(b) <= len(name) || string(b[:len(name)]) != name {
		return 0
	}
	return b[len(name)]
}

// host is an address without its port.
func host(addr string) string {
	if h, _, err := net.SplitHostPort(addr); err == nil {
		return h
	}
	return addr
}
