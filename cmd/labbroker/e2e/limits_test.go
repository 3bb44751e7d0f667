package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"labbroker/internal/mqtttest"
)

// metric is a figure of /metrics, "" if it is not there.
func metric(t *testing.T, s *Server, name string) string {
	t.Helper()
	_, body := s.Get(t, "", "", "/metrics")
	return line(string(body), name+" ")
}

// felt waits until a limit's metric says that it was felt n times.
func felt(t *testing.T, s *Server, flag string, n int) {
	t.Helper()
	eventually(t, func() string {
		name := fmt.Sprintf("labbroker_limit_hits_total{flag=%q}", flag)
		if got := metric(t, s, name); got != strconv.Itoa(n) {
			return fmt.Sprintf("%s %d, it is %q", name, n, got)
		}
		return ""
	})
}

// told waits until a session has a notice.
func told(t *testing.T, s *Server, user, password, code string) {
	t.Helper()
	eventually(t, func() string {
		if notices(t, s, user, password)[code] == "" {
			return "the notice " + code + " for " + user
		}
		return ""
	})
}

// listed waits until a refused connection stands where nobody has to sign in.
func listed(t *testing.T, s *Server, code string) {
	t.Helper()
	eventually(t, func() string {
		_, body := s.Get(t, "", "", "/api/info")
		if !strings.Contains(string(body), `"`+code+`"`) {
			return "the refusal " + code
		}
		return ""
	})
}

func as(session, id string) mqtttest.Login {
	return mqtttest.Login{ID: id, User: session, Password: session + "-pw"}
}

// TestLimits: each limit holds, is told to who feels it, and is counted.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{
		"--session-rate", "0", "--max-packet", "1000", "--topic-levels", "4", "--topic-length", "40",
		"--max-subscriptions", "3", "--max-retained", "2", "--max-queued", "5", "--session-clients", "4", "--max-clients", "6",
	}})
	const ada, pw = "ada", "ada-pw"
	host := mqtttest.Connect(t, s.MQTT, as(ada, "host"))
	for i := range 3 {
		if got := host.Subscribe(fmt.Sprintf("ada/%d", i), 1); got != 1 {
			t.Errorf("filter %d: got %#x, want it granted", i, got)
		}
	}
	if got := host.Subscribe("ada/0", 0); got != 0 {
		t.Errorf("a filter again: got %#x, want it granted", got)
	}
	for _, tt := range []struct {
		filter, flag, code string
		hits               int
	}{
		{"ada/3", "max-subscriptions", "too-many-subscriptions", 1},
		{"ada/a/b/c/#", "topic-levels", "too-deep", 1},
		{"ada/" + strings.Repeat("x", 37), "topic-length", "topic-too-long", 1},
	} {
		if got := host.Subscribe(tt.filter, 1); got != 0x80 {
			t.Errorf("%s: got %#x, want it refused", tt.filter, got)
		}
		told(t, s, ada, pw, tt.code)
		felt(t, s, tt.flag, tt.hits)
	}
	if got := metric(t, s, "labbroker_subscriptions_refused_total"); got != "3" {
		t.Errorf("refused subscriptions: got %s, want 3", got)
	}

	// Topics over the limits are acknowledged and go nowhere.
	host.Publish("ada/a/b/c/d", "1", 1, false)
	host.Publish("ada/"+strings.Repeat("x", 37), "1", 2, true)
	felt(t, s, "topic-levels", 2)
	felt(t, s, "topic-length", 2)
	if got := metric(t, s, "labbroker_publishes_refused_total"); got != "2" {
		t.Errorf("refused messages: got %s, want 2", got)
	}

	for _, topic := range []string{"ada/r/1", "ada/r/2", "ada/r/3", "ada/r/1"} {
		host.Publish(topic, "kept", 1, true)
	}
	felt(t, s, "max-retained", 1)
	told(t, s, ada, pw, "too-many-retained")
	host.Publish("ada/r/1", "", 1, true) // makes room
	host.Publish("ada/r/3", "kept", 1, true)
	if got := metric(t, s, "labbroker_retained_messages"); got == "" {
		t.Error("there is no metric of retained messages")
	}

	// Who is away finds the newest.
	away := as(ada, "away")
	away.Keep = true
	b := mqtttest.Connect(t, s.MQTT, away)
	b.Subscribe("ada/q", 1)
	b.Disconnect()
	for i := range 8 {
		host.Publish("ada/q", fmt.Sprint(i), 1, false)
	}
	felt(t, s, "max-queued", 3)
	told(t, s, ada, pw, "queue-full")
	b = mqtttest.Connect(t, s.MQTT, away)
	for i := 3; i < 8; i++ {
		if p := b.Message(); p.Payload != fmt.Sprint(i) {
			t.Errorf("got %v, want message %d", p, i)
		}
	}

	big := mqtttest.Connect(t, s.MQTT, as(ada, "big"))
	big.Publish("ada/big", strings.Repeat("x", 900), 1, false)
	_ = big.Offer(mqtttest.Publish{Topic: "ada/big", Payload: strings.Repeat("x", 1000)}.Frame())
	big.Closed()
	told(t, s, ada, pw, "too-large")
	felt(t, s, "max-packet", 1)

	// Connections: of one session, and of all.
	for i := range 2 {
		mqtttest.Connect(t, s.MQTT, as(ada, fmt.Sprint("more", i)))
	}
	if _, ack := mqtttest.Try(t, s.MQTT, as(ada, "one too many")); ack.Code != 3 {
		t.Errorf("a session's fifth connection: got code %d, want 3", ack.Code)
	}
	told(t, s, ada, pw, "session-clients")
	felt(t, s, "session-clients", 1)
	mqtttest.Connect(t, s.MQTT, as(ada, "more1")) // in its own place
	for i := range 2 {
		mqtttest.Connect(t, s.MQTT, as("bob", fmt.Sprint("board", i)))
	}
	if _, ack := mqtttest.Try(t, s.MQTT, as("bob", "one too many")); ack.Code != 3 {
		t.Errorf("the seventh connection: got code %d, want 3", ack.Code)
	}
	listed(t, s, "limit")
	felt(t, s, "max-clients", 1)
	if got := metric(t, s, `labbroker_connects_refused_total{reason="limit"}`); got != "1" {
		t.Errorf("refused connections: got %q, want 1", got)
	}
	for name, want := range map[string]string{
		"labbroker_clients": "6", "labbroker_connections": "6", `labbroker_limit{flag="max-queued"}`: "5", `labbroker_limit{flag="session-rate"}`: "0",
		`labbroker_messages_dropped_total{reason="queue-full"}`: "3", `labbroker_disconnects_total{reason="packet too large"}`: "1",
	} {
		eventually(t, func() string {
			if got := metric(t, s, name); got != want {
				return fmt.Sprintf("%s %s, it is %q", name, want, got)
			}
			return ""
		})
	}
}

// TestNoLimits: 0 is no limit.
func TestNoLimits(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{
		"--access", "open", "--session-rate", "0", "--max-packet", "0", "--topic-levels", "0", "--topic-length", "0", "--connect-rate", "0",
		"--max-subscriptions", "0", "--max-retained", "0", "--max-queued", "0", "--session-clients", "0", "--max-clients", "0",
	}})
	c := mqtttest.Connect(t, s.MQTT, as("ada", "board"))
	deep := "ada" + strings.Repeat("/", 40) + strings.Repeat("x", 60_000)
	c.Subscribe(deep, 1)
	filters := make([]string, 1100)
	for i := range filters {
		filters[i] = fmt.Sprint("ada/", i)
	}
	c.Send(mqtttest.Subscribe(1, 1, filters...))
	for i, code := range c.Await(mqtttest.SUBACK).Codes {
		if code != 1 {
			t.Fatalf("filter %d: got %#x, want it granted", i, code)
		}
	}
	c.Publish(deep, strings.Repeat("x", 300<<10), 1, false)
	if p := c.Message(); len(p.Payload) != 300<<10 {
		t.Errorf("got %d bytes, want all", len(p.Payload))
	}
	var burst []byte
	for range 3000 {
		burst = append(burst, mqtttest.Publish{Topic: "ada/x", Payload: "12"}.Frame()...)
	}
	c.Send(burst)
	c.Alive()

	connectMany(t, s, 1100, func(i int) mqtttest.Login { return as("ada", fmt.Sprint("c", i)) }, 0)
	_, body := s.Get(t, "", "", "/metrics")
	for l := range strings.Lines(string(body)) {
		if strings.HasPrefix(l, "labbroker_limit") && !strings.HasSuffix(strings.TrimSpace(l), " 0") {
			t.Errorf("got %s, want 0", l)
		}
	}
}

// connectMany connects n clients at once, and wants the last of them refused,
// with code 3. The rest stay until the test ends.
func connectMany(t *testing.T, s *Server, n int, login func(i int) mqtttest.Login, refused int) {
	t.Helper()
	const workers = 30
	var all sync.WaitGroup
	codes := make([]byte, n)
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				c := mqtttest.Dial(t, s.MQTT)
				if err := c.Offer(login(i).Frame()); err != nil {
					t.Error(err)
					return
				}
				p, err := c.Next(mqtttest.Patience)
				if err != nil || p.Type != mqtttest.CONNACK {
					t.Errorf("client %d: got %v, %v, want a CONNACK", i, p, err)
				}
				codes[i] = p.Code
			}
		})
	}
	all.Wait()
	count := 0
	for i, code := range codes {
		if code == 3 {
			count++
		} else if code != 0 {
			t.Errorf("client %d: got code %d", i, code)
		}
	}
	if count != refused {
		t.Errorf("got %d of %d refused, want %d", count, n, refused)
	}
}
