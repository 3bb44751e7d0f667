// Package hooks stands between mochi and the rules: it asks who a client is
// (auth.go), what it may touch (publish.go, subscribe.go, acl.go), hands what
// passes to the history (publish.go), slows who is too fast (rate.go) and tells
// students what went wrong. The rules themselves stand in hooks/policy, the
// sentences in internal/notice, the accounts in internal/account.
//
// One hook answers everything, since mochi lets a client in when any one of
// several hooks says yes. Its methods run on the client's own goroutine, save
// OnACLCheck, which runs on the publisher's. Only authentication and the rate
// limit make a client wait, and nobody but that client.
package hooks

import (
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"

	"labbroker/hooks/policy"
	"labbroker/internal/ingest"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
)

// Accounts says who a client is. internal/account has the one of the product.
type Accounts interface {
	// Login returns the session's name in the spelling of its claim, or
	// session.Instructor. It may take the time that checking a password takes.
	// Its errors are account's.
	Login(user, password string) (name string, err error)
	// Bind makes or finds the session of a client without user name.
	Bind(name string) (spelling string, err error)
	// Find looks a session up in any case.
	Find(name string) (spelling string, ok bool)
}

// Presence takes note of who is there and what is said; see
// internal/presence.Registry.
type Presence interface {
	Connected(presence.Client) (key uint64)
	Bound(key uint64, session string)
	Disconnected(key uint64, reason string)
	Message(key uint64, session, topic string, payload []byte, qos byte, retain bool)
	Refused(presence.Refusal)
}

// Options of New; the zero value records nothing and slows nobody.
type Options struct {
	Log *slog.Logger // nil = none
	// Tap gets each accepted message of a session once, in the order of its
	// client, before it is acknowledged. It may block on the store's
	// backpressure. nil = nothing is recorded.
	Tap func(ingest.Message)
	// Publish is the broker's own word, broker.Server.Publish: for
	// <session>/throttle, and wills that mochi loses. nil = neither.
	Publish func(topic string, payload []byte, qos byte, retain bool) error
	// SessionRate is the messages a second that a session may publish; above
	// it, after a burst of five seconds' worth, it is read more slowly. 0 = no
	// limit. The instructor has none.
	SessionRate float64
	Now         func() time.Time // nil = time.Now
}

// Gate is the hook. Use New.
type Gate struct {
	mqtt.HookBase
	accounts Accounts
	rules    func() *policy.Policy
	presence Presence
	notices  notice.Taker
	opt      Options
	log      *slog.Logger

	refused   atomic.Int64 // publishes
	published atomic.Int64
	ids       ids
	rooms     rooms
	bound     bindings
	stored    stored
}

// New makes the hook for broker.Options.Hooks. rules returns the policy of the
// moment; it is asked for each packet and each delivery, so it has to be cheap.
func New(accounts Accounts, rules func() *policy.Policy, presence Presence, notices notice.Taker, o Options) *Gate {
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Gate{accounts: accounts, rules: rules, presence: presence, notices: notices, opt: o, log: o.Log}
}

var _ mqtt.Hook = (*Gate)(nil)

// Refused is the number of publishes that were acknowledged and went nowhere.
func (g *Gate) Refused() int64 { return g.refused.Load() }

// ID names the hook in mochi's log.
func (g *Gate) ID() string { return "labbroker" }

// Provides lists the events that the gate wants.
func (g *Gate) Provides(event byte) bool {
	switch event {
	case mqtt.OnPacketRead, mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnPacketEncode,
		mqtt.OnSessionEstablish, mqtt.OnSessionEstablished, mqtt.OnDisconnect,
		mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnPublishDropped, mqtt.OnSubscribe, mqtt.OnUnsubscribe,
		mqtt.OnWill, mqtt.OnWillSent:
		return true
	}
	return false
}

// host is an address without its port.
func host(addr string) string {
	for i := len(addr) - 1; i >= 0; i-- {
		switch addr[i] {
		case ':':
			return addr[:i]
		case ']':
			return addr
		}
	}
	return addr
}
