package broker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestLimits: each limit lets through what it allows and refuses the next,
// with a counter and a notice.
func TestLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options broker.Options
		fits    func(c *mqtttest.Client) bool
		over    func(c *mqtttest.Client)
		count   func(broker.Stats) int64
		why     notice.Code
	}{
		{
			"packet size", broker.Options{MaxPacket: 100},
			func(c *mqtttest.Client) bool { c.Publish("alice/x", strings.Repeat("x", 80), 1, false); return true },
			func(c *mqtttest.Client) {
				c.Send(mqtttest.Publish{Topic: "alice/x", Payload: strings.Repeat("x", 100), QoS: 1, ID: 1}.Frame())
				c.Closed()
			},
			func(st broker.Stats) int64 { return st.TooLarge }, notice.CodeTooLarge,
		},
		{
			"levels of a topic", broker.Options{TopicLevels: 3},
			func(c *mqtttest.Client) bool { c.Publish("alice/a/b", "x", 1, false); return true },
			func(c *mqtttest.Client) { c.Publish("alice/a/b/c", "x", 1, false) },
			func(st broker.Stats) int64 { return st.TooDeep }, notice.CodeTooDeep,
		},
		{
			"levels of a filter", broker.Options{TopicLevels: 3},
			func(c *mqtttest.Client) bool { return c.Subscribe("alice/a/#", 1) == 1 },
			func(c *mqtttest.Client) { wantDenied(t, c, "alice/a/b/#") },
			func(st broker.Stats) int64 { return st.TooDeep }, notice.CodeTooDeep,
		},
		{
			"length of a topic", broker.Options{TopicLength: 20},
			func(c *mqtttest.Client) bool { c.Publish("alice/"+strings.Repeat("x", 14), "x", 2, false); return true },
			func(c *mqtttest.Client) { c.Publish("alice/"+strings.Repeat("x", 15), "x", 2, false) },
			func(st broker.Stats) int64 { return st.TooLong }, notice.CodeTooLong,
		},
		{
			"length of a filter", broker.Options{TopicLength: 20},
			func(c *mqtttest.Client) bool { return c.Subscribe("alice/"+strings.Repeat("x", 14), 1) == 1 },
			func(c *mqtttest.Client) { wantDenied(t, c, "alice/"+strings.Repeat("x", 15)) },
			func(st broker.Stats) int64 { return st.TooLong }, notice.CodeTooLong,
		},
		{
			"subscriptions", broker.Options{MaxSubscriptions: 3},
			func(c *mqtttest.Client) bool {
				for i := range 3 {
					c.Subscribe(fmt.Sprint("alice/", i), 1)
				}
				return c.Subscribe("alice/1", 0) == 0 && c.Subscribe("alice/2", 1) == 1 // again
			},
			func(c *mqtttest.Client) { wantDenied(t, c, "alice/3") },
			func(st broker.Stats) int64 { return st.OverSubscriptions }, notice.CodeTooManySubs,
		},
		{
			"retained messages", broker.Options{MaxRetained: 3},
			func(c *mqtttest.Client) bool {
				for i := range 3 {
					c.Publish(fmt.Sprint("alice/", i), "x", 1, true)
				}
				c.Publish("alice/1", "again", 1, true)
				c.Publish("alice/2", "", 1, true) // makes room
				c.Publish("alice/4", "x", 1, true)
				return true
			},
			func(c *mqtttest.Client) { c.Publish("alice/5", "x", 1, true) },
			func(st broker.Stats) int64 { return st.NotRetained }, notice.CodeTooManyRetained,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{Options: tt.options})
			c := w.as("alice", "board")
			if !tt.fits(c) {
				t.Error("what fits: got it refused")
			}
			if got := tt.count(w.broker.Stats()); got != 0 {
				t.Errorf("what fits: counted %d, want 0", got)
			}
			if n := w.notices.List("alice"); len(n) > 0 {
				t.Errorf("what fits: got the notice %q", n[0].Text)
			}
			tt.over(c)
			w.noticed("alice", tt.why)
			if got := tt.count(w.broker.Stats()); got != 1 {
				t.Errorf("one over: counted %d, want 1", got)
			}
			w.as("alice", "board").Alive()
		})
	}
}

func wantDenied(t *testing.T, c *mqtttest.Client, filter string) {
	t.Helper()
	if got := c.Subscribe(filter, 1); got != 0x80 {
		t.Errorf("%q: got %#x, want 0x80", filter, got)
	}
}

// TestFullQueue: past the limit the oldest message of a client that is away
// goes for each that comes; it is counted and told.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	for _, qos := range []byte{1, 2} {
		w := newWorld(t, settings{Options: broker.Options{MaxQueued: 100}})
		l := login("alice", "away")
		l.Keep = true
		c := mqtttest.Connect(t, w.addr, l)
		c.Subscribe("alice/x", qos)
		sender := w.as("alice", "sender")
		for i := range 3 { // under way when it leaves
			sender.Publish("alice/x", fmt.Sprint("before", i), qos, false)
			if p, err := c.Next(mqtttest.Patience); err != nil || p.Type != mqtttest.PUBLISH {
				t.Fatalf("got %v, %v, want a message", p, err)
			}
		}
		c.Vanish()
		w.eventually("it is gone", func() bool { return w.broker.Stats().Clients == 1 })
		for i := range 250 {
			sender.Publish("alice/x", fmt.Sprint(i), qos, false)
		}
		if n := w.noticed("alice", notice.CodeQueueFull); !strings.Contains(n.Text, "away") {
			t.Errorf("QoS %d: got %q, want the client named", qos, n.Text)
		}
		if got := w.broker.Stats().Overflowed; got != 153 {
			t.Errorf("QoS %d: counted %d, want 153", qos, got)
		}
		c = mqtttest.Connect(t, w.addr, l)
		r := newReceiver(t)
		if !r.drain(c, 100) {
			t.Fatalf("QoS %d: got %d messages, want 100", qos, len(r.got))
		}
		for i, p := range r.got {
			if p != fmt.Sprint(150+i) {
				t.Fatalf("QoS %d, message %d: got %q, want %d", qos, i, p, 150+i)
			}
		}
		c.Alive()
	}
}

// TestSys: mosquitto's names, for the instructor alone.
func TestSys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{SysInterval: 50 * time.Millisecond}})
	alice := w.as("alice", "board")
	alice.Subscribe("#", 1)
	alice.Subscribe("$SYS/#", 1)
	alice.Subscribe("alice/end", 1)
	desk := w.as("instructor", "desk")
	desk.Subscribe("$SYS/broker/#", 1)
	want := map[string]bool{}
	for _, name := range []string{
		"version", "uptime", "clients/total", "clients/connected", "clients/active", "clients/disconnected", "clients/inactive",
		"clients/maximum", "clients/expired", "messages/received", "messages/sent", "messages/stored", "messages/inflight",
		"store/messages/count", "store/messages/bytes", "publish/messages/received", "publish/messages/sent",
		"publish/messages/dropped", "retained messages/count", "subscriptions/count", "bytes/received", "bytes/sent",
		"load/messages/received/1min", "load/messages/sent/1min", "load/bytes/received/1min", "load/bytes/sent/1min",
		"load/connections/1min", "heap/current",
	} {
		want["$SYS/broker/"+name] = true
	}
	values := map[string]string{}
	live := 0
	for len(values) < len(want) || values["$SYS/broker/clients/connected"] != "2" || values["$SYS/broker/subscriptions/count"] != "4" || live < 3 {
		p := desk.Message()
		if want[p.Topic] {
			values[p.Topic] = p.Payload
		}
		if !p.Retain {
			live++
		}
	}
	alice.Publish("alice/end", "", 1, false)
	for _, p := range alice.Until("alice/end") {
		if strings.HasPrefix(p.Topic, "$") {
			t.Errorf("a session received %v", p)
		}
	}
	for topic, is := range map[string]func(string) bool{
		"version": func(v string) bool { return strings.HasPrefix(v, "labbroker ") },
		"uptime":  func(v string) bool { return strings.HasSuffix(v, " seconds") },
	} {
		if v := values["$SYS/broker/"+topic]; !is(v) {
			t.Errorf("%s: got %q", topic, v)
		}
	}
	everything := w.as("instructor", "everything")
	everything.Subscribe("#", 1)
	everything.Subscribe("+/broker/version", 1)
	everything.Alive() // leading wildcards do not see $SYS
}
