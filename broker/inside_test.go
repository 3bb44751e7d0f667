package broker

import (
	"context"
	"sync"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// inside is a running broker for tests that look into it. Its rules allow all
// to everybody; what is set in it is asked first.
type inside struct {
	*Server
	addr string
	law  *law
	stop func() error
}

func newInside(t testing.TB, l *law, o Options) *inside {
	t.Helper()
	o.Addr = "127.0.0.1:0"
	s, err := New(l, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	x := &inside{Server: s, addr: s.Addr().String(), law: l}
	x.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := x.stop(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// law is rules.Rules without any.
type law struct {
	take   func() time.Duration // nil = no rate
	see    func(name string)    // sees each topic and filter
	record func(payload []byte) // gets what is recorded; nil and settle nil = nothing is
	settle func() error
	ended  func(reason string)

	mu      sync.Mutex // guards what follows
	notices []notice.Draft
}

func (l *law) Admit(c *rules.Connect) (rules.Member, *rules.Refusal) {
	return &citizen{law: l, id: c.ClientID, user: c.User}, nil
}
func (l *law) Refused(string, string, string, notice.Draft) {}
func (l *law) Deliver(string, string) bool                  { return true }
func (l *law) Generation() uint64                           { return 0 }
func (l *law) Notice(_ string, d notice.Draft) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notices = append(l.notices, d)
}

// told counts the notices with a code.
func (l *law) told(code notice.Code) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.notices {
		if d.Code == code {
			n++
		}
	}
	return n
}

type citizen struct {
	law      *law
	id, user string
}

func (c *citizen) Session() string                   { return c.user }
func (c *citizen) Home() string                      { return c.user }
func (c *citizen) Name() string                      { return c.id }
func (c *citizen) Rebind(string)                     {}
func (c *citizen) Joined(string)                     {}
func (c *citizen) RefusedPublish(string, int) string { return "" }
func (c *citizen) Unlimited() bool                   { return c.law.take == nil }
func (c *citizen) Notice(d notice.Draft)             { c.law.Notice(c.user, d) }
func (c *citizen) Publish(topic string) rules.Topic {
	if c.law.see != nil {
		c.law.see(topic)
	}
	t := rules.Topic{Allowed: true}
	if c.law.settle != nil || c.law.record != nil {
		t.Sink = sink{c.law}
	}
	return t
}
func (c *citizen) Filter(filter string) (bool, string) {
	if c.law.see != nil {
		c.law.see(filter)
	}
	return true, ""
}
func (c *citizen) Take(int, int, int) time.Duration {
	if c.law.take == nil {
		return 0
	}
	return c.law.take()
}
func (c *citizen) Settle(uint64) error {
	if c.law.settle == nil {
		return nil
	}
	return c.law.settle()
}
func (c *citizen) Ended(reason string) {
	if c.law.ended != nil {
		c.law.ended(reason)
	}
}

type sink struct{ law *law }

func (sink) Heard(int, []byte, byte, bool) {}
func (sink) Recording() bool               { return true }
func (k sink) Record(payload []byte, _ byte, _ bool) uint64 {
	if k.law.record != nil {
		k.law.record(payload)
	}
	return 1
}

// as logs a client in.
func (x *inside) as(t testing.TB, id string) *mqtttest.Client {
	t.Helper()
	return mqtttest.Connect(t, x.addr, mqtttest.Login{ID: id, User: "alice", Password: "x"})
}

// conn is a client's connection.
func (x *inside) conn(t testing.TB, id string) *conn {
	t.Helper()
	cl := x.clients.get("alice/" + id)
	if cl == nil || cl.holder() == nil {
		t.Fatalf("%s is not here", id)
	}
	return cl.holder()
}

// eventually polls until what is true.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(mqtttest.Patience)
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s: did not happen", what)
		}
	}
}
