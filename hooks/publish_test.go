package hooks

import (
	"errors"
	"testing"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/ingest"
	"labbroker/internal/notice"
)

func TestRefusedPublish(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, topic string
		why         notice.Code
	}{
		{"no prefix", "data", notice.CodeNoPrefix},
		{"wrong case", "Ada/data", notice.CodeWrongCase},
		{"leading slash", "/ada/data", notice.CodeLeadingSlash},
		{"space", "my ada/data", notice.CodeSpace},
		{"another session", "Bob/data", notice.CodeOtherSession},
		{"another session's public", "Bob/public/x", notice.CodeOtherSession},
		{"class", "class/data", notice.CodeClassReadOnly},
		{"$SYS", "$SYS/data", notice.CodeSysReadOnly},
		{"placeholder", "insert unique session here/data", notice.CodePlaceholder},
		{"wildcard", "ada/+/data", notice.CodeWildcard},
		{"empty", "", notice.CodeBadTopic},
		{"zero byte", "ada/\x00", notice.CodeBadTopic},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, policy.Claim, Options{})
			m := w.as("ada", "board")
			if x := m.Publish(tt.topic); x.Allowed || x.Sink != nil {
				t.Errorf("got %+v, want refused", x)
			}
			w.told("asked", "", "")
			m.RefusedPublish(tt.topic, 2)
			m.RefusedPublish(tt.topic, 1)
			list := w.heard()
			if len(list) != 2 || list[0].session != "ada" || list[0].Code != tt.why || list[0].Times != 2 || list[1].Times != 1 {
				t.Errorf("got %+v, want %s twice, then once", list, tt.why)
			}
			if got := w.gate.Stats().RefusedPublishes; got != 3 {
				t.Errorf("counted: got %d, want 3", got)
			}
		})
	}
}

// TestPublish: what is accepted reaches presence and history below the prefix.
func TestPublish(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	m := w.as("ada", "board")
	for topic, rest := range map[string]string{"ada/mcu/v": "mcu/v", "ada": "", "ada/": "", "ada/public/x": "public/x"} {
		s := w.publish(m, topic, "1")
		if !s.Recording() {
			t.Errorf("%s: got not recorded", topic)
		}
		w.taps = nil
		if got := s.Record([]byte("5.01"), 1, true); got != 1 {
			t.Errorf("%s: got ticket %d, want 1", topic, got)
		}
		want := ingest.Message{Session: "ada", Topic: rest, QoS: 1, Retain: true, Client: "board", At: w.now}
		got := w.taps[0]
		payload := string(got.Payload)
		got.Payload = nil
		if payload != "5.01" || got.Session != want.Session || got.Topic != want.Topic || got.QoS != want.QoS ||
			got.Retain != want.Retain || got.Client != want.Client || !got.At.Equal(want.At) {
			t.Errorf("%s: got %+v %q, want %+v", topic, got, payload, want)
		}
		if got := s.Record(nil, 0, false); got != 0 {
			t.Errorf("%s: at QoS 0: got ticket %d, want none", topic, got)
		}
	}
	st, _ := w.presence.Get("ada")
	if st.Messages != 4 || st.Connections[0].Messages != 4 || len(st.Topics) != 3 {
		t.Errorf("presence: got %+v, want 4 messages on 3 topics", st)
	}
	w.told("published", "", "")
}

// TestSettle waits for what has a ticket.
func TestSettle(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	w := newWorld(t, policy.Claim, Options{Settle: func(ticket uint64) error {
		if ticket == 2 {
			return full
		}
		return nil
	}})
	m := w.as("ada", "board")
	for ticket, want := range []error{nil, nil, full} {
		if got := m.Settle(uint64(ticket)); !errors.Is(got, want) {
			t.Errorf("ticket %d: got %v, want %v", ticket, got, want)
		}
	}
	if got := newWorld(t, policy.Claim, Options{}).as("ada", "board").Settle(2); got != nil {
		t.Errorf("without Settle: got %v, want nothing to wait for", got)
	}
}

// TestInstructor writes everywhere but $SYS; what goes to a session is recorded
// there, as soon as there is one and as long.
func TestInstructor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	desk := w.as("instructor", "desk")
	for topic, want := range map[string]string{
		"ada/set": "ada", "ada": "ada", "ADA/set": "", "Bob/x": "Bob", "bob/x": "", "class/x": "", "somewhere/x": "", "/x": "",
		"instructor/x": "",
	} {
		s := w.publish(desk, topic, "1").(*sink)
		if s.Recording() != (want != "") || s.session != want {
			t.Errorf("%s: got recorded of %q, want %q", topic, s.session, want)
		}
	}
	if x := desk.Publish("$SYS/x"); x.Allowed {
		t.Error("$SYS: got allowed")
	}
	if st, _ := w.presence.Get("instructor"); st.Connections[0].Messages != 9 {
		t.Errorf("presence: got %d messages of the desk, want 9", st.Connections[0].Messages)
	}

	s := w.publish(desk, "carol/set", "1")
	generation := w.gate.Generation()
	if s.Recording() || s.Record(nil, 1, false) != 0 {
		t.Error("before there is carol: got recorded")
	}
	w.as("carol", "board")
	if !s.Recording() || s.Record([]byte("2"), 1, false) != 1 || w.taps[0].Session != "carol" || w.taps[0].Topic != "set" {
		t.Errorf("carol is there: got %+v, want it recorded", w.taps)
	}
	s.Heard(1, []byte("2"), 0, false)
	if st, _ := w.presence.Get("carol"); len(st.Topics) != 1 || st.Topics[0].Topic != "set" {
		t.Errorf("presence: got %+v, want carol's set", st.Topics)
	}
	w.policy.Store(w.policy.Load().Without("carol"))
	if s.Recording() {
		t.Error("carol was removed: got recorded")
	}
	if got := w.gate.Generation(); got != generation {
		t.Errorf("generation: got %d, want %d still", got, generation)
	}
	w.policy.Store(policy.New(policy.Claim, nil))
	if got := w.gate.Generation(); got == generation {
		t.Error("a new policy: got the old generation")
	}
}

// TestNothingRecorded without a tap.
func TestNothingRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	w.gate.opt.Tap = nil
	s := w.publish(w.as("ada", "board"), "ada/x", "1")
	if s.Recording() || s.Record(nil, 1, false) != 0 {
		t.Error("got recorded")
	}
}

// TestBinding: in open access a literal first level gives a client its session,
// once.
func TestBinding(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(m *member)
		want string
	}{
		{"publish", func(m *member) { m.Publish("carol/x") }, "carol"},
		{"publish in capitals", func(m *member) { m.Publish("BOB/x") }, "Bob"},
		{"publish to the class", func(m *member) { m.Publish("class/x") }, ""},
		{"publish with a space", func(m *member) { m.Publish("my name/x") }, ""},
		{"publish below $", func(m *member) { m.Publish("$SYS/x") }, ""},
		{"the oldest plotting code", func(m *member) { m.Publish("new_series"); m.Publish("data"); m.Filter("plot") }, ""},
		{"publish the placeholder", func(m *member) { m.Publish("insert unique session here/x") }, ""},
		{"a filter", func(m *member) { m.Filter("ada/#") }, "ada"},
		{"a shared filter", func(m *member) { m.Filter("$share/g/ada/#") }, "ada"},
		{"somebody's public", func(m *member) { m.Filter("ada/public/#") }, ""},
		{"a wildcard", func(m *member) { m.Filter("+/x") }, ""},
		{"stored state", func(m *member) { m.Rebind("dora") }, "dora"},
		{"no stored state", func(m *member) { m.Rebind("") }, ""},
		{"twice", func(m *member) { m.Publish("ada/x"); m.Publish("Bob/x"); m.Filter("Bob/x"); m.Rebind("Bob") }, "ada"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, policy.Open, Options{})
			for _, joined := range []bool{false, true} {
				m, r := w.gate.Admit(login("", "board"))
				if r != nil {
					t.Fatal(r)
				}
				if joined {
					m.Joined("")
				}
				tt.do(m.(*member))
				if got := m.Session(); got != tt.want || m.Home() != "~10.0.0.1" {
					t.Errorf("got %q at %s, want %q at ~10.0.0.1", got, m.Home(), tt.want)
				}
				if !joined {
					m.Joined("")
				}
				if st, _ := w.presence.Brief(tt.want); tt.want != "" && (st.Clients != 1 || w.gate.rooms.get(tt.want).size() != 1) {
					t.Errorf("joined %v: got %d clients, want 1", joined, st.Clients)
				}
				m.Ended("")
				if st, _ := w.presence.Brief(tt.want); st.Clients != 0 || w.gate.rooms.get(tt.want).size() != 0 {
					t.Errorf("joined %v: got %d clients at the end, want none", joined, st.Clients)
				}
			}
		})
	}
}

// TestUnbound: what a client without a session does wrong is listed where its
// student finds it.
func TestUnbound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Open, Options{})
	m := w.as("", "board")
	m.RefusedPublish("/x", 3)
	list := w.presence.Refusals()
	if len(list) != 1 || list[0].Code != string(notice.CodeLeadingSlash) || list[0].Count != 3 || list[0].Addr != "10.0.0.1" {
		t.Errorf("got %+v, want it listed 3 times", list)
	}
	if got := w.gate.Stats(); got.RefusedPublishes != 3 || len(got.RefusedConnects) != 0 {
		t.Errorf("counted: got %+v, want 3 publishes", got)
	}
	if x := m.Publish("ada/x"); !x.Allowed {
		t.Error("bound by its own topic: got refused")
	}
	m.Notice(notice.Dropped("board"))
	w.told("bound", "ada", notice.CodeDropped)
}

// TestCannotBind: a client whose name cannot be kept is told so, and asked
// about again after a while.
func TestCannotBind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Open, Options{})
	m := w.as("", "board")
	generation := w.gate.Generation()
	for _, after := range []time.Duration{0, againTime / 2, againTime / 2, againTime / 2} {
		w.pass(after)
		if x := m.Publish("broken/x"); x.Allowed {
			t.Fatal("got allowed")
		}
		m.RefusedPublish("broken/x", 1)
	}
	if got := w.gate.Generation(); got != generation+2 {
		t.Errorf("generation: got %d, want two more than %d", got, generation)
	}
	if list := w.presence.Refusals(); len(list) != 1 || list[0].Code != string(notice.CodeUnavailable) || list[0].Count != 4 {
		t.Errorf("got %+v, want it listed 4 times that the name cannot be kept", list)
	}
	m.RefusedPublish("class/x", 1)
	if got := w.gate.Generation(); got != generation+2 {
		t.Errorf("a topic that binds nobody: got generation %d, want %d", got, generation+2)
	}
}
