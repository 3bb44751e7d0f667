package hooks

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
)

func TestComingAndGoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	c := login("ada", "board")
	c.Via, c.Keepalive = "websocket", 30
	m := w.admit(c)
	st, _ := w.presence.Get("ada")
	if len(st.Connections) != 1 {
		t.Fatalf("got %d connections, want 1", len(st.Connections))
	}
	got := st.Connections[0]
	if got.ID != "board" || got.Addr != "10.0.0.1:1000" || got.Via != "websocket" || got.Keepalive != 30 || !got.Since.Equal(w.now) {
		t.Errorf("got %+v, want what the CONNECT said", got)
	}
	m.Ended("keepalive")
	if st, _ := w.presence.Get("ada"); st.Clients != 0 || st.LastEnd != "keepalive" {
		t.Errorf("afterwards: got %+v, want nobody, and why", st.Summary)
	}

	other, r := w.gate.Admit(login("ada", "second"))
	if r != nil {
		t.Fatal(r)
	}
	other.Ended("connection lost") // before it had its id
	if st, _ := w.presence.Get("ada"); st.LastEnd != "keepalive" {
		t.Errorf("one that never joined: got its end noted, %q", st.LastEnd)
	}
}

// TestSameClientID: boards that throw each other out are told; one board's
// double connect is not.
func TestSameClientID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	old := w.as("ada", "umqtt_client")
	evict := func(addr string) {
		t.Helper()
		c := login("ada", "umqtt_client")
		c.Addr = addr
		m, r := w.gate.Admit(c)
		if r != nil {
			t.Fatal(r)
		}
		m.Joined(old.addr)
		old.Ended("taken over")
		old = m.(*member)
	}
	evict("10.0.0.1:1001")
	w.told("a double connect", "", "")
	for i := range 4 {
		w.pass(time.Second)
		evict(fmt.Sprintf("10.0.0.%d:2000", i%2+1))
	}
	list := w.heard()
	if len(list) == 0 || list[0].Code != notice.CodeSameClientID || !strings.Contains(list[0].Text, "10.0.0.1") || !strings.Contains(list[0].Text, "10.0.0.2") {
		t.Errorf("got %v, want the clash with both addresses", list)
	}
	if st, _ := w.presence.Get("ada"); st.Clients != 1 {
		t.Errorf("got %d clients, want 1", st.Clients)
	}
}

// TestSeveralAddresses: two boards under one name say the same topic in turns.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Claim, Options{})
	one, two := w.at("10.0.0.1:1", "ada", "a"), w.at("10.0.0.2:1", "ada", "b")
	x, y := w.publish(one, "ada/x", "1"), w.publish(two, "ada/y", "1")
	hear := func(m *member, topic string) { w.publish(m, topic, "1") }
	x.Heard(3, nil, 0, false)
	y.Heard(3, nil, 0, false)
	w.told("a board and a laptop", "", "")
	hear(two, "ada/x")
	x.Heard(1, nil, 0, false)
	w.told("the same topic", "ada", notice.CodeSeveralAddresses)
	two.Ended("")
	hear(one, "ada/x")
	w.told("one is left", "", "")
	desk, other := w.at("10.0.0.3:1", "instructor", "d"), w.at("10.0.0.4:1", "instructor", "e")
	for range 3 {
		hear(desk, "ada/x")
		hear(other, "ada/x")
	}
	w.told("the instructor", "", "")
}

// TestConcurrent is for the race detector: one session, many connections, and
// sessions that come meanwhile.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy.Open, Options{SessionRate: 100, ConnectRate: 1e6, SessionClients: 50})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				c := login("ada", fmt.Sprint("board", j%3))
				if i%2 == 0 {
					c = login("", fmt.Sprint("board", i))
				}
				m, r := w.gate.Admit(c)
				if r != nil {
					t.Error(r.Draft.Text)
					return
				}
				m.Joined("10.0.0.1:1")
				done := make(chan struct{})
				go func() {
					defer close(done)
					m.Notice(notice.Dropped(m.Name()))
					w.gate.Deliver(m.Session(), "ada/x")
					w.gate.Generation()
					w.gate.Stats()
				}()
				if x := m.Publish("ada/x"); x.Allowed {
					x.Sink.Heard(3, []byte("1"), 0, false)
					x.Sink.Record([]byte("1"), 1, false)
				}
				m.RefusedPublish("x", 1)
				m.Filter("ada/#")
				m.Take(1, 10, 0)
				w.gate.accounts.Bind(fmt.Sprintf("s%d-%d", i, j))
				w.gate.Refused(c.Addr, c.User, c.ClientID, notice.NoUser())
				<-done
				m.Ended("")
			}
		})
	}
	wg.Wait()
	if st, _ := w.presence.Brief("ada"); st.Clients != 0 || w.gate.rooms.get("ada").size() != 0 {
		t.Errorf("got %d clients at the end, want none", st.Clients)
	}
	if got := len(w.gate.ids.seats); got > 10 {
		t.Errorf("got %d seats at the end, want next to none", got)
	}
}
