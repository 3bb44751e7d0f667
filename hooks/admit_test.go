package hooks

import (
	"fmt"
	"testing"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

func TestAdmit(t *testing.T) {
	t.Parallel()
	claim, open := policy.Claim, policy.Open
	both := []policy.Mode{claim, open}
	will := func(topic string) func(*rules.Connect) {
		return func(c *rules.Connect) { c.Will = &rules.Will{Topic: topic} }
	}
	tests := []struct {
		name    string
		modes   []policy.Mode
		user    string
		change  func(*rules.Connect)
		code    byte
		why     notice.Code
		session string
		told    string // who hears of the refusal
	}{
		{name: "user and password", modes: both, user: "ada", session: "ada"},
		{name: "another case", modes: both, user: "BOB", session: "Bob"},
		{name: "a new name", modes: both, user: "carol", session: "carol"},
		{name: "the instructor", modes: both, user: "instructor", session: "instructor"},
		{name: "no id", modes: both, user: "ada", change: func(c *rules.Connect) { c.ClientID = "" }, session: "ada"},
		{name: "the course's client", modes: []policy.Mode{claim}, code: 4, why: notice.CodeNoUser},
		{name: "the course's client", modes: []policy.Mode{open}},
		{name: "an empty user", modes: []policy.Mode{open},
			change: func(c *rules.Connect) { c.HasUser, c.HasPassword = true, true }},
		{name: "password without user", modes: both, change: func(c *rules.Connect) { c.HasPassword = true }, code: 4, why: notice.CodeNoUser},
		{name: "no password", modes: []policy.Mode{claim}, user: "ada",
			change: func(c *rules.Connect) { c.Password = "" }, code: 4, why: notice.CodeNoPassword},
		{name: "wrong password", modes: []policy.Mode{claim}, user: "bob",
			change: func(c *rules.Connect) { c.Password = "x" }, code: 4, why: notice.CodeWrongPassword, told: "Bob"},
		{name: "the instructor's wrong password", modes: both, user: "instructor",
			change: func(c *rules.Connect) { c.Password = "x" }, code: 4, why: notice.CodeWrongPassword},
		{name: "not in the roster", modes: both, user: "nobody", code: 5, why: notice.CodeNotInRoster},
		{name: "no name", modes: both, user: "a/b", code: 5, why: notice.CodeBadName},
		{name: "accounts fail", modes: both, user: "broken", code: 3, why: notice.CodeUnavailable},
		{name: "will inside", modes: both, user: "ada", change: will("ada/gone"), session: "ada"},
		{name: "will outside", modes: both, user: "ada", change: will("gone"), code: 5, why: notice.CodeWillOutside, told: "ada"},
		{name: "will to another", modes: both, user: "ada", change: will("Bob/gone"), code: 5, why: notice.CodeWillOutside, told: "ada"},
		{name: "will to the class", modes: both, user: "ada", change: will("class/gone"), code: 5, why: notice.CodeWillOutside, told: "ada"},
		{name: "will with a wildcard", modes: both, user: "ada", change: will("ada/+"), code: 5, why: notice.CodeWillOutside, told: "ada"},
		{name: "will without a topic", modes: both, user: "ada", change: will(""), code: 5, why: notice.CodeWillOutside, told: "ada"},
		{name: "will binds", modes: []policy.Mode{open}, change: will("carol/gone"), session: "carol"},
		{name: "will that binds nobody", modes: []policy.Mode{open}, change: will("class/gone"), code: 5, why: notice.CodeWillOutside},
	}
	for _, tt := range tests {
		for _, mode := range tt.modes {
			t.Run(fmt.Sprint(tt.name, mode), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, mode, Options{})
				c := login(tt.user, "board")
				if tt.change != nil {
					tt.change(c)
				}
				m, r := w.gate.Admit(c)
				if tt.code != 0 {
					if m != nil || r == nil || r.Code != tt.code || r.Draft.Code != tt.why || r.Draft.Text == "" {
						t.Fatalf("got %v, %+v, want code %d, %s", m, r, tt.code, tt.why)
					}
					if tt.told == "" {
						w.told("refused", "", "")
					} else {
						w.told("refused", tt.told, tt.why)
					}
					if list := w.presence.Refusals(); len(list) > 0 {
						t.Errorf("got %v listed, want it left to Refused", list)
					}
					return
				}
				if r != nil || m == nil {
					t.Fatalf("got %+v, want in", r)
				}
				if got := m.Session(); got != tt.session {
					t.Errorf("session: got %q, want %q", got, tt.session)
				}
				home := tt.session
				if tt.user == "" {
					home = "~10.0.0.1"
				}
				if got := m.Home(); got != home {
					t.Errorf("home: got %q, want %q", got, home)
				}
			})
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	for id, want := range map[string]string{"board": "board", "": "10.0.0.1"} {
		if got := w.as("ada", id).Name(); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

// TestRefused lists a connection without its password, and counts it.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	for range 2 {
		w.gate.Refused("10.0.0.7:4000", "", "e6614c311b7e6f23", notice.NoUser())
	}
	w.gate.Refused("10.0.0.8:4000", "", "", notice.NotMQTT("HTTP"))
	list := w.presence.Refusals()
	if len(list) != 2 || list[1].Count != 2 || list[1].Addr != "10.0.0.7" || list[1].Client != "7e6f23" || list[1].Text == "" {
		t.Errorf("got %+v, want the client twice, by address and end of its id", list)
	}
	got := w.gate.Stats().RefusedConnects
	if len(got) != 2 || got[notice.CodeNoUser] != 2 || got[notice.CodeNotMQTT] != 1 {
		t.Errorf("counted: got %v, want 2 and 1", got)
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"192.168.1.5:40000": "192.168.1.5", "[fe80::1%eth0]:40000": "[fe80::1%eth0]", "[::1]": "[::1]", "pipe": "pipe", "": "",
	} {
		if got := host(addr); got != want {
			t.Errorf("%q: got %q, want %q", addr, got, want)
		}
	}
}
