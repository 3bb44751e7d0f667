package broker_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/account"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestTakeOver: the older connection is closed, without a packet that 3.1.1
// does not have.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	old := w.as("alice", "board")
	w.as("alice", "board").Alive()
	old.Closed()
	w.eventually("one client is left", func() bool {
		s, _ := w.presence.Get("alice")
		return s.Clients == 1 && s.LastEnd == "taken over"
	})
}

// TestOneSurvives: of many simultaneous CONNECTs with one id one lives, and it
// is the one that gets messages.
func TestOneSurvives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: account.ModeOpen})
	sender := w.as("alice", "sender")
	for round := range 8 {
		var clients []*mqtttest.Client
		for range 6 {
			clients = append(clients, mqtttest.Dial(t, w.addr))
		}
		var all sync.WaitGroup
		for _, c := range clients {
			all.Go(func() { _ = c.Offer(login("alice", fmt.Sprint("board", round)).Frame()) })
		}
		all.Wait()
		w.eventually("one client beside the sender", func() bool {
			s, _ := w.presence.Get("alice")
			return s.Clients == 2 && w.broker.Stats().Connections == 2
		})
		alive := 0
		for _, c := range clients {
			if c.Offer(mqtttest.Subscribe(1, 0, "alice/x")) != nil {
				continue
			}
			for {
				p, err := c.Next(mqtttest.Patience)
				if err != nil {
					break
				}
				if p.Type == mqtttest.SUBACK {
					alive++
					sender.Publish("alice/x", "1", 1, false)
					c.Message()
					c.Disconnect()
					break
				}
			}
		}
		if alive != 1 {
			t.Fatalf("round %d: got %d survivors, want 1", round, alive)
		}
		w.eventually("the survivor is gone", func() bool { return w.broker.Stats().Connections == 1 })
	}
}

// TestStoredSession: what waited comes in order, and a SUBSCRIBE or PUBLISH
// with a packet id that a waiting message has too harms neither.
func TestStoredSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := login("alice", "board")
	l.Keep = true
	c := mqtttest.Connect(t, w.addr, l)
	c.Subscribe("alice/set", 1)
	c.Disconnect()
	host := w.as("alice", "host")
	const n = 1000
	for i := range n {
		host.Publish("alice/set", fmt.Sprint(i), 1, false)
	}
	c, ack := mqtttest.Try(t, w.addr, l)
	if !ack.Present {
		t.Error("session present: got false, want true")
	}
	for id := uint16(1); id <= 3; id++ { // as umqtt counts, and as mochi does
		c.Send(mqtttest.Subscribe(id, 1, "alice/other"))
		if p := c.Await(mqtttest.SUBACK); p.ID != id || p.Codes[0] != 1 {
			t.Fatalf("SUBSCRIBE %d: got %v, want it granted", id, p)
		}
		c.Send(mqtttest.Publish{Topic: "alice/out", Payload: "x", QoS: byte(id%2) + 1, ID: id}.Frame())
		if id%2 == 1 {
			c.Await(mqtttest.PUBREC)
			c.Send(mqtttest.Ack(mqtttest.PUBREL, id))
			c.Await(mqtttest.PUBCOMP)
		} else {
			c.Await(mqtttest.PUBACK)
		}
	}
	c.Vanish() // nothing acknowledged: all comes again
	c = mqtttest.Connect(t, w.addr, l)
	for i := range n {
		if p := c.Message(); p.Payload != fmt.Sprint(i) || p.Topic != "alice/set" {
			t.Fatalf("message %d: got %v", i, p)
		}
	}
}

// TestSameClientID: two boards that throw each other out are told; one board's
// double connect is not.
func TestSameClientID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first := w.as("alice", "umqtt_client")
	w.as("alice", "umqtt_client").Alive()
	first.Closed()
	if n := w.notices.List("alice"); len(n) != 0 {
		t.Errorf("after a double connect: got %q, want no notice", n[0].Text)
	}
	for range 5 {
		w.as("alice", "umqtt_client")
	}
	n := w.noticed("alice", notice.CodeSameClientID)
	if !strings.Contains(n.Text, "umqtt_client") || strings.Count(n.Text, "127.0.0.1:") != 2 {
		t.Errorf("got %q, want the id and both addresses", n.Text)
	}
}

// TestKeepalive: a board that falls silent is ended and its session told.
func TestKeepalive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := login("alice", "board")
	l.Keepalive = 1
	began := time.Now()
	mqtttest.Connect(t, w.addr, l).Closed()
	if silence := time.Since(began); silence < 1500*time.Millisecond {
		t.Errorf("ended after %v, want one and a half times the keepalive", silence)
	}
	if n := w.noticed("alice", notice.CodeKeepalive); !strings.Contains(n.Text, "board") {
		t.Errorf("got %q, want the client named", n.Text)
	}
	s, _ := w.presence.Get("alice")
	if s.LastEnd != "keepalive" {
		t.Errorf("last end: got %q, want keepalive", s.LastEnd)
	}
}

// TestDisconnect ends a session's clients and forgets what it stored.
func TestDisconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	ear := w.as("instructor", "desk")
	ear.Subscribe("#", 1)
	absent := login("alice", "absent")
	absent.Keep = true
	c := mqtttest.Connect(t, w.addr, absent)
	c.Subscribe("alice/x", 1)
	c.Disconnect()
	present := login("alice", "present")
	present.Keep = true
	present.Will = &mqtttest.Will{Topic: "alice/gone", Payload: "x", QoS: 1}
	c = mqtttest.Connect(t, w.addr, present)
	c.Publish("alice/kept", "x", 1, true)
	bob := w.as("bob", "board")
	w.eventually("the absent one is gone", func() bool { return w.broker.Stats().Connections == 3 })

	if got := w.broker.Disconnect("alice"); got != 1 {
		t.Errorf("ended: got %d connections, want 1", got)
	}
	c.Closed()
	w.broker.DropRetained("alice")
	w.eventually("the present one is gone", func() bool { return w.broker.Stats().Connections == 2 })
	for _, l := range []mqtttest.Login{absent, present} {
		l.Will = nil
		if _, ack := mqtttest.Try(t, w.addr, l); ack.Present {
			t.Errorf("%s: got a stored session, want none", l.ID)
		}
	}
	bob.Publish("bob/end", "x", 1, false)
	for _, p := range ear.Until("bob/end") {
		if p.Topic == "alice/gone" {
			t.Error("the will of an ended session was sent")
		}
	}
	late := w.as("alice", "late")
	late.Subscribe("alice/#", 0)
	late.Publish("alice/end", "x", 0, false)
	if got := late.Until("alice/end"); got != nil {
		t.Errorf("retained: got %v, want nothing", got)
	}
}

// TestPublishFromAHook: the broker's own word may be said in the middle of a
// publish of the same client, and passes no policy.
func TestOwnWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	c := w.as("alice", "board")
	c.Subscribe("alice/errors", 2)
	for i := range 3 {
		if err := w.broker.Publish("alice/errors", []byte(fmt.Sprint(i)), byte(i), false); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if p := c.Message(); p.Payload != fmt.Sprint(i) || p.QoS != byte(i) {
			t.Errorf("got %v, want %d at QoS %d", p, i, i)
		}
	}
	if got := w.tapped("alice", "errors"); got != nil {
		t.Errorf("recorded: got %q, want nothing", got)
	}
}

// TestStop: Run returns within two seconds, whatever the connections do, and
// sends the wills.
func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	mqtttest.Dial(t, w.addr) // says nothing
	half := mqtttest.Dial(t, w.addr)
	half.Send([]byte{0x10, 20, 0})
	stuck := stuckClient(t, w, "alice")
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/gone", 0)
	l := login("alice", "mourned")
	l.Will = &mqtttest.Will{Topic: "alice/gone", Payload: "bye"}
	mourned := mqtttest.Connect(t, w.addr, l)
	start := time.Now()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	t.Logf("stopping took %v", time.Since(start))
	if p := ear.Message(); p.Payload != "bye" {
		t.Errorf("got %v, want the will", p)
	}
	ear.Closed()
	mourned.Closed()
	for _, c := range []*mqtttest.Client{half, stuck} {
		for {
			if _, err := c.Next(mqtttest.Patience); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Errorf("got %v, want the connection closed", err)
				}
				break
			}
		}
	}
	if got := w.tapped("alice", "gone"); len(got) != 1 {
		t.Errorf("recorded wills: got %d, want 1", len(got))
	}
	if err := w.broker.Publish("x", nil, 0, false); err == nil {
		t.Error("Publish after Run: got no error")
	}
}

// TestMoveRetained: what is retained goes below the other name, but never over
// what is there, and a second time changes nothing.
func TestMoveRetained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	c := w.as("alice", "board")
	c.Publish("alice", "root", 1, true)
	c.Publish("alice/led", "on", 1, true)
	c.Publish("alice/a/b", "old", 1, true)
	e := w.as("eve", "board")
	e.Publish("eve/a/b", "new", 1, true)
	for range 2 {
		w.broker.MoveRetained("alice", "eve")
		for name, want := range map[string]string{"alice": "", "eve": "eve/a/b=new eve/led=on eve=root "} {
			late := w.as(name, "late")
			late.Subscribe(name+"/#", 1)
			late.Publish(name+"/end", "x", 0, false)
			var got []string
			for _, p := range late.Until(name + "/end") {
				got = append(got, p.Topic+"="+p.Payload+" ")
			}
			slices.Sort(got)
			if s := strings.Join(got, ""); s != want {
				t.Errorf("%s: got %q, want %q", name, s, want)
			}
			late.Disconnect()
		}
	}
}
