package broker_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// stuckClient subscribes to everything of its session and never reads again.
func stuckClient(t *testing.T, w *world, session string) *mqtttest.Client {
	t.Helper()
	conn, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	c := mqtttest.Over(t, conn)
	c.Send(login(session, "stuck").Frame())
	c.Await(mqtttest.CONNACK)
	c.Subscribe(session+"/flood", 1)
	return c
}

// TestStuckSubscriber: one that stops reading stalls nobody, not even who takes
// its place, and its session hears of it.
func TestStuckSubscriber(t *testing.T) {
	t.Parallel()
	for _, qos := range []byte{0, 1} {
		t.Run([]string{"qos0", "qos1"}[qos], func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			stuckClient(t, w, "alice")
			sender := w.as("alice", "sender")
			load := strings.Repeat("x", 20000)
			for range 1000 { // 20 MB
				sender.Publish("alice/flood", load, qos, false)
			}
			sender.Alive()
			w.noticed("alice", []notice.Code{notice.CodeDropped, notice.CodeCut}[qos])
			w.as("alice", "stuck").Alive()
			if got := w.broker.Stats().Dropped; qos == 0 && got == 0 {
				t.Error("dropped: got 0, want them counted")
			}
		})
	}
}

// TestPanicEndsOneConnection and nobody else's.
func TestPanicEndsOneConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{rules: func(r rules.Rules) rules.Rules { return panics{r} }})
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/gone", 1)
	l := login("alice", "board")
	l.Will = &mqtttest.Will{Topic: "alice/gone", Payload: "x", QoS: 1}
	c := mqtttest.Connect(t, w.addr, l)
	c.Send(mqtttest.Subscribe(1, 0, "alice/panic"))
	c.Closed()
	if p := ear.Message(); p.Topic != "alice/gone" {
		t.Errorf("got %v, want the will", p)
	}
	w.eventually("presence knows", func() bool { s, _ := w.presence.Get("alice"); return s.Clients == 1 })
	w.as("alice", "board").Alive()
	ear.Alive()
	if got := w.broker.Stats().Clients; got != 2 {
		t.Errorf("clients: got %d, want 2", got)
	}
}

// panics when somebody subscribes to a certain filter.
type panics struct{ rules.Rules }

func (p panics) Admit(c *rules.Connect) (rules.Member, *rules.Refusal) {
	m, refusal := p.Rules.Admit(c)
	return panicMember{m}, refusal
}

type panicMember struct{ rules.Member }

func (m panicMember) Filter(filter string) (bool, string) {
	if filter == "alice/panic" {
		panic("as asked")
	}
	return m.Member.Filter(filter)
}

// TestNoConnect: who does not say CONNECT in time is closed, slowly as well,
// and listed.
func TestNoConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{ConnectTimeout: 300 * time.Millisecond}})
	silent, slow := mqtttest.Dial(t, w.addr), mqtttest.Dial(t, w.addr)
	frame := login("alice", "slow").Frame()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for i := range frame {
		<-tick.C
		if slow.Offer(frame[i:i+1]) != nil {
			break
		}
	}
	silent.Closed()
	slow.Closed()
	w.refused(notice.CodeNoConnect)
	w.as("alice", "quick").Alive()
}

// TestMQTT5Truncated: eight bytes that panic in mochi. An MQTT 5 client does
// not get so far; and if it did, it would be alone.
func TestMQTT5Truncated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	c := mqtttest.Dial(t, w.addr)
	c.Send([]byte{0x10, 0x0e, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0x3c, 0, 0, 1, 'a'})
	if p := c.Await(mqtttest.CONNACK); p.Code != 1 {
		t.Errorf("got %v, want code 1", p)
	}
	_ = c.Offer([]byte{0x82, 6, 0, 1, 0, 0, 1, 'a'})
	c.Closed()
	w.as("alice", "board").Alive()
}

// TestMaxClients: one too many gets code 3.
func TestMaxClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{MaxClients: 1}})
	w.as("alice", "one")
	if _, ack := mqtttest.Try(t, w.addr, login("alice", "two")); ack.Code != 3 {
		t.Errorf("got %v, want code 3", ack)
	}
	w.refused(notice.CodeLimit)
}

// TestLargestPacket: up to the limit all goes through.
func TestLargestPacket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{MaxPacket: 10_000}})
	c := w.as("alice", "board")
	c.Subscribe("alice/x", 0)
	fits := 10_000 - 3 - 2 - len("alice/x")
	c.Publish("alice/x", strings.Repeat("x", fits), 0, false)
	if p := c.Message(); len(p.Payload) != fits {
		t.Errorf("got %d bytes, want %d", len(p.Payload), fits)
	}
	c.Publish("alice/x", strings.Repeat("x", fits+1), 0, false)
	c.Closed()
	w.noticed("alice", notice.CodeTooLarge)
}
