package broker_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
)

// TestKeepaliveZeroIsQuiet: boards have none; a warning for each would hide
// those that matter.
func TestKeepaliveZeroIsQuiet(t *testing.T) {
	t.Parallel()
	var log logged
	w := newWorld(t, settings{Options: broker.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}})
	for range 3 {
		c := w.as("alice", "board")
		c.Publish("alice/x", "1", 1, false)
		c.Disconnect()
	}
	if got := log.String(); got != "" {
		t.Errorf("got %s, want nothing logged", got)
	}
}

type logged struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestStopClosesWebSockets: those that are connected, that have not said
// CONNECT, and that do not read.
func TestStopClosesWebSockets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	page := httptest.NewServer(w.broker.WebSocket())
	defer page.Close()
	var all []*mqtttest.Client
	for _, first := range [][]byte{nil, {0x10, 20}, login("alice", "page").Frame()} {
		conn, _ := dialWebSocket(t, page.URL, "mqtt")
		c := mqtttest.Over(t, conn)
		if first != nil {
			c.Send(first)
		}
		all = append(all, c)
	}
	all[2].Await(mqtttest.CONNACK)
	all[2].Subscribe("alice/big", 0)
	host := w.as("alice", "host")
	for range 40 {
		host.Publish("alice/big", strings.Repeat("x", 100_000), 1, false)
	}
	w.eventually("all are here", func() bool { return w.broker.Stats().Connections == 4 })
	began := time.Now()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
	if got := w.broker.Stats().Connections; got != 0 {
		t.Errorf("got %d connections, want none", got)
	}
	for i, c := range all {
		for {
			if p, err := c.Next(mqtttest.Patience); err != nil {
				break
			} else if p.Type != mqtttest.PUBLISH {
				t.Errorf("client %d: got %v, want what was on its way, and the end", i, p)
			}
		}
	}
}

// TestDeepTopicsAreQuick: without a limit of levels too, a topic of nothing
// but slashes costs no time of others.
func TestDeepTopicsAreQuick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{Options: broker.Options{TopicLevels: 1 << 20}})
	c := w.as("alice", "board")
	deep := "alice" + strings.Repeat("/", 65_535-len("alice"))
	began := time.Now()
	for range 2 {
		if got := c.Subscribe(deep, 1); got != 1 {
			t.Fatalf("got %#x, want it granted", got)
		}
		c.Publish(deep, "x", 1, true)
		c.Unsubscribe(deep)
	}
	t.Logf("subscribing to 65,530 levels, publishing and unsubscribing takes %v", (time.Since(began) / 2).Round(time.Microsecond))
}
