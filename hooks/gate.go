// Package hooks is the rules that the broker asks (rules.Rules): who a client
// is and whether it gets in (admit.go, limits.go), what it may touch
// (publish.go, filter.go), what of it presence and history hear (sink.go), how
// fast it may go (rate.go), and what students are told of all that. The policy
// itself stands in hooks/policy, the sentences in internal/notice, the accounts
// in internal/account; how messages move is the broker's part.
//
// Nothing here blocks but Admit, which may check a password, and Record and
// Settle, which may wait for the store; they hold up the one connection that
// asks.
package hooks

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/account"
	"labbroker/internal/ingest"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/rules"
	"labbroker/internal/session"
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
	Ear(key uint64, session, topic string) presence.Ear
	Refused(presence.Refusal)
	Slowed(session string)
}

// Options of New; the zero value records nothing and slows nobody.
type Options struct {
	Log *slog.Logger // nil = none
	// Tap gets each accepted message of a session once, in the order of its
	// client, and returns a ticket for Settle, 0 = nothing to wait for. It may
	// block on the store's backpressure. nil = nothing is recorded.
	Tap func(ingest.Message) (ticket uint64)
	// Settle blocks until a ticket's message is written. nil = all are at once.
	Settle func(ticket uint64) error
	// Publish is the broker's own word, for <session>/throttle; it must not
	// block. nil = not said.
	Publish func(topic string, payload []byte, qos byte, retain bool) error

	// Arrived is told the address of each client that asks to be let in; it must
	// not block. nil = nobody asks.
	Arrived func(remote string)

	// SessionRate is the messages a second that a session may publish; above
	// it, after a burst of SessionBurst, it is read more slowly. 0 = no limit.
	// The instructor has none.
	SessionRate  float64
	SessionBurst int // messages; 0 = five seconds' worth
	// ConnectRate is how many times a second one address may connect, after
	// ConnectBurst at once: a class behind one NAT has one address. 0 = no
	// limit.
	ConnectRate  float64
	ConnectBurst int // 0 = 20 seconds' worth, at least 1000
	// SessionClients is how many connections a session may have at a time; the
	// instructor may have any number. Who comes back in the place of an own
	// connection gets in. A client that is bound to the session later counts,
	// and is not turned out. 0 = no limit.
	SessionClients int

	Now func() time.Time // presence's clock too; nil = time.Now
}

// Gate is the rules. Use New.
type Gate struct {
	accounts Accounts
	policy   func() *policy.Policy
	presence Presence
	notices  notice.Taker
	opt      Options
	log      *slog.Logger

	generation atomic.Pointer[generation]
	asked      atomic.Int64 // when askAgain did
	counts     counts
	ids        ids
	rooms      rooms
	addresses  addresses
	guard      *account.Guard
}

var _ rules.Rules = (*Gate)(nil)

// New makes the rules for the broker. policy returns the policy of the moment;
// it is asked for each delivery, so it has to be cheap.
func New(accounts Accounts, policy func() *policy.Policy, presence Presence, notices notice.Taker, o Options) *Gate {
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SessionBurst <= 0 {
		o.SessionBurst = max(1, ceil(burstSeconds*o.SessionRate))
	}
	if o.ConnectBurst <= 0 {
		o.ConnectBurst = max(minConnectBurst, ceil(connectSeconds*o.ConnectRate))
	}
	return &Gate{guard: account.NewGuard(o.Now), accounts: accounts, policy: policy, presence: presence, notices: notices, opt: o, log: o.Log}
}

// Deliver says whether the clients of a session may read a topic.
func (g *Gate) Deliver(name, topic string) bool {
	return g.policy().Deliver(policy.Who{Session: name, Instructor: name == session.Instructor}, topic)
}

// Notice tells a session of something.
func (g *Gate) Notice(name string, d notice.Draft) { g.notices.Notice(name, d) }

// Refused lists a connection that did not get in.
func (g *Gate) Refused(addr, user, client string, d notice.Draft) {
	g.counts.refusedConnect(d.Code)
	g.list(addr, user, client, d)
	level := slog.LevelInfo
	if user == "" && client == "" { // whatever called the port
		level = slog.LevelDebug
	}
	g.log.Log(context.Background(), level, "connection refused", "remote", addr, "user", short(user), "why", string(d.Code))
}

// list puts something on the page of those who have no session.
func (g *Gate) list(addr, user, client string, d notice.Draft) {
	g.presence.Refused(presence.Refusal{
		Addr: host(addr), Client: client, User: user, Code: string(d.Code), Text: d.Text, Count: d.Times,
	})
}

// generation is a number for a kin of policies.
type generation struct {
	root *policy.Root
	n    uint64
}

// Generation changes when the policy is replaced by one of another kin. A
// session that comes or goes changes no answer of Deliver or Publish: a topic's
// sink follows by itself.
func (g *Gate) Generation() uint64 {
	root := g.policy().Root()
	for {
		now := g.generation.Load()
		if now != nil && now.root == root {
			return now.n
		}
		if next := now.next(root); g.generation.CompareAndSwap(now, next) {
			return next.n
		}
	}
}

func (x *generation) next(root *policy.Root) *generation {
	if x == nil {
		return &generation{root: root, n: 1}
	}
	return &generation{root: root, n: x.n + 1}
}

// againTime is the time between two new generations for the sake of clients
// that could not be bound.
const againTime = time.Second

// askAgain makes the broker ask about its topics anew, at most once a second:
// what the accounts could not do they may do by now.
func (g *Gate) askAgain() {
	now := g.opt.Now().UnixNano() // the wall clock: it may step back
	if last := g.asked.Load(); now >= last && now-last < int64(againTime) || !g.asked.CompareAndSwap(last, now) {
		return
	}
	g.renew()
}

// renew begins a new generation.
func (g *Gate) renew() {
	for {
		x := g.generation.Load()
		if g.generation.CompareAndSwap(x, x.next(g.policy().Root())) {
			return
		}
	}
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
