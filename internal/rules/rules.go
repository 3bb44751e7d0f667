// Package rules is the border between the broker, which moves messages, and
// the rules, which say whose they are and where they may go: the broker asks
// through Rules and Member, hooks answers. Neither knows the other.
//
// A connection meets them in this order: Admit with its CONNECT; Joined when
// it has its client id; then Publish and Filter as topics come up; Ended once,
// last. All calls for one Member come from that connection's own goroutine,
// unless said otherwise.
package rules

import (
	"time"

	"labbroker/internal/notice"
)

// Codes of CONNACK (MQTT 3.1.1, 3.2.2.3).
const (
	Accepted       byte = 0
	BadProtocol    byte = 1
	BadID          byte = 2
	Unavailable    byte = 3
	BadCredentials byte = 4
	NotAuthorized  byte = 5
)

// Connect is a well-formed CONNECT as it was sent, with where it came from.
type Connect struct {
	Addr      string // the client's address, host:port
	Via       string // "tcp", "websocket" or "tls"
	Level     byte   // protocol level: 3 is MQTT 3.1, 4 is 3.1.1
	ClientID  string
	Clean     bool
	Keepalive uint16 // seconds, 0 = none

	User, Password       string
	HasUser, HasPassword bool

	Will *Will // nil = none
}

// Will is what a client leaves to be said when it is lost.
type Will struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
}

// Refusal is why a client does not get in.
type Refusal struct {
	Code  byte
	Draft notice.Draft
}

// Rules are asked by all connections at once.
type Rules interface {
	// Admit says who a client is and whether its will is its own. It may take
	// the time that checking a password takes. Nobody else is told of a
	// refusal but by Refused, which the broker calls for its own refusals too.
	Admit(c *Connect) (Member, *Refusal)
	// Refused lists a connection that did not get in, or that ended before
	// its CONNECT could be read; user and client may be "".
	Refused(addr, user, client string, d notice.Draft)
	// Deliver says whether the clients of a session may read a topic;
	// session.Instructor for the instructor's, "" for clients that have no
	// session yet. Pure, quick, from any goroutine.
	Deliver(session, topic string) bool
	// Generation changes whenever an answer of Deliver or Publish may.
	// Quick, from any goroutine.
	Generation() uint64
	// Notice tells a session of something; from any goroutine, never blocks.
	Notice(session string, d notice.Draft)
}

// Member is one connection that got in.
type Member interface {
	// Session is the spelling of the claim, "" while there is none (open
	// access); it changes at most once, in Publish, Filter or Rebind. From any
	// goroutine.
	Session() string
	// Home is what keeps the client ids of one session apart from another's:
	// the session, or for a client without one its address behind "~".
	Home() string
	// Name is what sentences call the client.
	Name() string
	// Rebind gives a client that comes back the session that its stored state
	// belongs to; nothing if it has one.
	Rebind(session string)
	// Joined says that the client has its id now. evicted is the address of the
	// connection that had it until now, "" if there was none.
	Joined(evicted string)
	// Publish resolves a topic that the client publishes on, and in open access
	// may bind the client by it. The answer holds until Generation or Session
	// changes; topics below one session's limits are the broker's business.
	Publish(topic string) Topic
	// RefusedPublish counts n messages on a topic that Publish did not allow,
	// and explains them. It returns what it said, "" for nothing.
	RefusedPublish(topic string, n int) (told string)
	// Filter resolves one filter of a SUBSCRIBE, which has passed 3.1.1's
	// syntax, and explains a refusal. It may bind the client. told is what it
	// said, of a filter that is granted and brings nothing too; "" for nothing.
	Filter(filter string) (granted bool, told string)
	// Take asks for n messages of the session's rate: how long to wait before
	// the next. 0 = go on. size is the bytes of the last one, waiting the bytes
	// received behind it.
	Take(n, size, waiting int) time.Duration
	// Unlimited says that Take always returns 0.
	Unlimited() bool
	// Settle blocks until what Record returned as ticket is written; an error
	// is the disk's. Called before the message is acknowledged.
	Settle(ticket uint64) error
	// Notice tells the session; what a client without one did is listed with
	// the refused connections. From any goroutine.
	Notice(d notice.Draft)
	// Ended is the last call: reason is a short text, "" for a clean
	// DISCONNECT ("keepalive", "taken over", "connection lost").
	Ended(reason string)
}

// Topic is what the rules say to a client's topic.
type Topic struct {
	Allowed bool
	// Sink hears of what is published there; nil = nobody does.
	Sink Sink
}

// Sink is one client's topic, as presence and history see it.
type Sink interface {
	// Heard notes n accepted messages at once, of which payload is the last.
	// The payload is only lent.
	Heard(n int, payload []byte, qos byte, retain bool)
	// Recording says whether Record is wanted.
	Recording() bool
	// Record hands one message to the history. The payload is given away: the
	// caller changes it no more. For QoS 1 and 2 it returns a ticket for
	// Settle, 0 = nothing to wait for. It may block on the store.
	Record(payload []byte, qos byte, retain bool) (ticket uint64)
}
