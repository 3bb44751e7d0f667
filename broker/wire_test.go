package broker_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/hooks"
	"labbroker/hooks/policy"
	"labbroker/internal/account"
	"labbroker/internal/ingest"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/rules"
)

// modes are the three ways in; world has the sessions alice and bob in each.
var modes = []string{account.ModeClaim, account.ModeRoster, account.ModeOpen}

// world is a broker with the real rules around it, and ears in place of the
// history.
type world struct {
	t        *testing.T
	addr     string
	broker   *broker.Server
	gate     *hooks.Gate
	accounts *account.Book
	presence *presence.Registry
	notices  *notice.Book
	stop     func() error // ends Run and returns its error

	mu    sync.Mutex // guards taps
	taps  []ingest.Message
	heard chan struct{} // capacity 1: something was recorded
}

type settings struct {
	mode  string // "" = claim
	rate  float64
	burst int
	broker.Options
	rules func(rules.Rules) rules.Rules // put around the real ones
}

const secret = "s3cret"

func newWorld(t *testing.T, s settings) *world {
	t.Helper()
	w := &world{t: t, heard: make(chan struct{}, 1)}
	if s.mode == "" {
		s.mode = account.ModeClaim
	}
	kind := map[string]policy.Mode{account.ModeClaim: policy.Claim, account.ModeRoster: policy.Roster, account.ModeOpen: policy.Open}[s.mode]
	var now atomic.Pointer[policy.Policy]
	change := func(added, removed []string) {
		if p := now.Load(); p != nil {
			now.Store(p.Without(removed...).With(added...))
		}
	}
	var err error
	w.accounts, err = account.Open(filepath.Join(t.TempDir(), "accounts.jsonl"), account.Options{
		Mode: s.mode, Instructor: "teach", OnChange: change,
		Roster: []account.Entry{{Session: "alice", Password: secret}, {Session: "bob", Password: secret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	now.Store(policy.New(kind, w.accounts.Names()))
	w.presence = presence.New(nil)
	w.notices = notice.NewBook(notice.Options{New: func(session string, n notice.Notice) {
		_ = w.broker.Publish(session+"/errors", []byte(n.Text), 0, false)
	}})
	w.gate = hooks.New(w.accounts, now.Load, w.presence, w.notices, hooks.Options{
		Tap: w.tap, SessionRate: s.rate, SessionBurst: s.burst,
		Publish: func(topic string, payload []byte, qos byte, retain bool) error {
			return w.broker.Publish(topic, payload, qos, retain)
		},
	})
	o := s.Options
	o.Addr = "127.0.0.1:0"
	if o.MaxPacket == 0 {
		o.MaxPacket = 256 << 10
	}
	if o.TopicLevels == 0 {
		o.TopicLevels = 32
	}
	asked := rules.Rules(w.gate)
	if s.rules != nil {
		asked = s.rules(asked)
	}
	if w.broker, err = broker.New(asked, o); err != nil {
		t.Fatal(err)
	}
	if err := w.broker.Listen(); err != nil {
		t.Fatal(err)
	}
	w.addr = w.broker.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.broker.Run(ctx) }()
	w.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if err := w.accounts.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) tap(m ingest.Message) (ticket uint64) {
	w.mu.Lock()
	w.taps = append(w.taps, m)
	w.mu.Unlock()
	select {
	case w.heard <- struct{}{}:
	default:
	}
	return 0
}

// tapped returns what was recorded so far of a session and a topic below it.
func (w *world) tapped(session, topic string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var got []string
	for _, m := range w.taps {
		if m.Session == session && m.Topic == topic {
			got = append(got, string(m.Payload))
		}
	}
	return got
}

// as logs a session in, with a client id.
func (w *world) as(session, id string) *mqtttest.Client {
	w.t.Helper()
	return mqtttest.Connect(w.t, w.addr, login(session, id))
}

func login(session, id string) mqtttest.Login {
	l := mqtttest.Login{ID: id, User: session, Password: secret}
	if session == "instructor" {
		l.Password = "teach"
	}
	return l
}

// noticed waits until a session has a notice with this code, and returns it.
func (w *world) noticed(session string, code notice.Code) notice.Notice {
	w.t.Helper()
	var found notice.Notice
	w.eventually("notice "+string(code)+" for "+session, func() bool {
		for _, n := range w.notices.List(session) {
			if n.Code == code {
				found = n
				return true
			}
		}
		return false
	})
	return found
}

// refused waits until a refused connection with this code is listed.
func (w *world) refused(code notice.Code) presence.Refusal {
	w.t.Helper()
	var found presence.Refusal
	w.eventually("refusal "+string(code), func() bool {
		for _, r := range w.presence.Refusals() {
			if r.Code == string(code) {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

// eventually polls until what is true.
func (w *world) eventually(what string, is func() bool) {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(mqtttest.Patience)
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			w.t.Fatalf("%s: did not happen", what)
		}
	}
}
