package hooks

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/account"
	"labbroker/internal/ingest"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/rules"
	"labbroker/internal/session"
)

// world is a gate among fakes; ada and Bob exist.
type world struct {
	t        *testing.T
	gate     *Gate
	policy   atomic.Pointer[policy.Policy]
	presence *presence.Registry

	mu      sync.Mutex // guards all below
	now     time.Time
	notices []told
	taps    []ingest.Message
	said    []string // topic and text of the broker's own word
}

type told struct {
	session string
	notice.Draft
}

func newWorld(t *testing.T, mode policy.Mode, o Options) *world {
	t.Helper()
	w := &world{t: t, now: time.Unix(1e9, 0)}
	w.policy.Store(policy.New(mode, []string{"ada", "Bob"}))
	if o.Now == nil {
		o.Now = w.clock
	}
	w.presence = presence.New(o.Now)
	if o.Tap == nil {
		o.Tap = func(m ingest.Message) uint64 {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.taps = append(w.taps, m)
			return uint64(len(w.taps))
		}
	}
	o.Publish = func(topic string, payload []byte, _ byte, _ bool) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said = append(w.said, topic+" "+string(payload))
		return nil
	}
	w.gate = New(w, w.policy.Load, w.presence, w, o)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Notice is notice.Taker.
func (w *world) Notice(session string, d notice.Draft) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices = append(w.notices, told{session, d})
}

// heard takes what was told since the last time.
func (w *world) heard() []told {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.notices
	w.notices = nil
	return list
}

// Login knows one password, "s3cret", and the instructor's, "teach".
func (w *world) Login(user, password string) (string, error) {
	switch {
	case strings.EqualFold(user, session.Instructor):
		if password != "teach" {
			return "", account.ErrPassword
		}
		return session.Instructor, nil
	case user == "nobody":
		return "", account.ErrNotInRoster
	case session.Check(user) != nil:
		return "", account.ErrName
	case password == "" && w.policy.Load().Mode() != policy.Open:
		return "", account.ErrNoPassword
	case password != "s3cret" && w.policy.Load().Mode() != policy.Open:
		return "", account.ErrPassword
	}
	return w.Bind(user)
}

// Bind makes a session as the accounts do: the policy follows before it
// returns.
func (w *world) Bind(name string) (string, error) {
	switch {
	case session.Check(name) != nil:
		return "", account.ErrName
	case name == "broken":
		return "", account.ErrUnavailable
	}
	if spelling, ok := w.Find(name); ok {
		return spelling, nil
	}
	w.policy.Store(w.policy.Load().With(name))
	return name, nil
}

func (w *world) Find(name string) (string, bool) {
	spelling := w.policy.Load().Spelling(name)
	return spelling, spelling != ""
}

// login is a well-formed CONNECT of a session, or of nobody in particular.
func login(user, id string) *rules.Connect {
	c := &rules.Connect{Addr: "10.0.0.1:1000", Via: "tcp", Level: 4, ClientID: id, Clean: true}
	if user != "" {
		c.User, c.HasUser, c.Password, c.HasPassword = user, true, "s3cret", true
	}
	if user == session.Instructor {
		c.Password = "teach"
	}
	return c
}

// admit is for a client that gets in, and has its id.
func (w *world) admit(c *rules.Connect) *member {
	w.t.Helper()
	m, r := w.gate.Admit(c)
	if r != nil {
		w.t.Fatalf("%s, %s: got refused with %d, %s, want in", c.User, c.ClientID, r.Code, r.Draft.Text)
	}
	m.Joined("")
	return m.(*member)
}

func (w *world) as(user, id string) *member {
	w.t.Helper()
	return w.admit(login(user, id))
}

// at is as, from an address.
func (w *world) at(addr, user, id string) *member {
	w.t.Helper()
	c := login(user, id)
	c.Addr = addr
	return w.admit(c)
}

// publish says a topic as the broker does, and returns its sink.
func (w *world) publish(m *member, topic, payload string) rules.Sink {
	w.t.Helper()
	x := m.Publish(topic)
	if !x.Allowed {
		w.t.Fatalf("%s publishes to %q: got refused, want allowed", m.Session(), topic)
	}
	x.Sink.Heard(1, []byte(payload), 0, false)
	return x.Sink
}

// told looks for a code, "" for nothing at all.
func (w *world) told(what, session string, code notice.Code) {
	w.t.Helper()
	list := w.heard()
	if code == "" {
		if len(list) > 0 {
			w.t.Errorf("%s: got the notice %q, want none", what, list[0].Text)
		}
		return
	}
	for _, n := range list {
		if n.session == session && n.Code == code {
			return
		}
	}
	w.t.Errorf("%s: got %v, want %s for %s", what, list, code, session)
}
