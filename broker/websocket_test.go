package broker_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// dialWebSocket opens a client over WebSocket, from an address that is not the
// TCP listener's.
func dialWebSocket(t *testing.T, url string, protocols ...string) (net.Conn, *websocket.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), mqtttest.Patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1), &websocket.DialOptions{Subprotocols: protocols})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return websocket.NetConn(context.Background(), ws, websocket.MessageBinary), ws
}

// TestWebSocket: the same broker, the same rules, also when a packet comes in
// many messages.
func TestWebSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	page := httptest.NewServer(w.broker.WebSocket())
	defer page.Close()
	conn, _ := dialWebSocket(t, page.URL, "mqtt")
	c := mqtttest.Over(t, conn)
	for _, b := range login("alice", "browser").Frame() {
		c.Send([]byte{b})
	}
	if p := c.Await(mqtttest.CONNACK); p.Code != 0 {
		t.Fatalf("got %v, want code 0", p)
	}
	c.Subscribe("alice/x", 2)
	board := w.as("alice", "board")
	for qos := byte(0); qos <= 2; qos++ {
		board.Publish("alice/x", strings.Repeat("x", 100_000), qos, false)
		if p := c.Message(); len(p.Payload) != 100_000 || p.QoS != qos {
			t.Errorf("got %d bytes at QoS %d, want 100000 at %d", len(p.Payload), p.QoS, qos)
		}
		c.Publish("bob/x", "x", qos, false)
	}
	s, _ := w.presence.Get("alice")
	if s.Connections[0].Via != "websocket" || !strings.HasPrefix(s.Connections[0].Addr, "127.0.0.1:") {
		t.Errorf("presence: got %+v, want a WebSocket with its address", s.Connections[0])
	}
	refusedConn, _ := dialWebSocket(t, page.URL, "mqtt")
	r := mqtttest.Over(t, refusedConn)
	r.Send(mqtttest.Login{ID: "x"}.Frame())
	if p := r.Await(mqtttest.CONNACK); p.Code != 4 {
		t.Errorf("got %v, want code 4", p)
	}
	start := time.Now()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	t.Logf("stopping took %v", time.Since(start))
	c.Closed()
}

// TestWebSocketRefuses a client that does not ask for MQTT.
func TestWebSocketRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	page := httptest.NewServer(w.broker.WebSocket())
	defer page.Close()
	_, ws := dialWebSocket(t, page.URL)
	ctx, cancel := context.WithTimeout(context.Background(), mqtttest.Patience)
	defer cancel()
	if _, _, err := ws.Read(ctx); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("no subprotocol: got %v, want a policy violation", err)
	}
	plain, err := http.Get(page.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Body.Close()
	if plain.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("plain GET: got %d, want %d", plain.StatusCode, http.StatusUpgradeRequired)
	}
}

// TestSeveralAddresses: two boards under one name, each at its own address, say
// the same topic in turns.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	at := func(addr string) *mqtttest.Client {
		page := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			r.RemoteAddr = addr
			w.broker.WebSocket().ServeHTTP(rw, r)
		}))
		t.Cleanup(page.Close)
		conn, _ := dialWebSocket(t, page.URL, "mqtt")
		c := mqtttest.Over(t, conn)
		c.Send(login("alice", addr).Frame())
		c.Await(mqtttest.CONNACK)
		return c
	}
	one, two := at("192.168.1.23:5000"), at("192.168.1.40:5000")
	one.Publish("alice/x", "1", 1, false)
	two.Publish("alice/y", "1", 1, false) // a board and a laptop
	one.Publish("alice/x", "1", 1, false)
	if n := w.notices.List("alice"); len(n) > 0 {
		t.Errorf("a board and a laptop: got %q, want no notice", n[0].Text)
	}
	two.Publish("alice/x", "1", 1, false)
	one.Publish("alice/x", "1", 1, false)
	n := w.noticed("alice", notice.CodeSeveralAddresses)
	for _, addr := range []string{"192.168.1.23", "192.168.1.40"} {
		if !strings.Contains(n.Text, addr) {
			t.Errorf("got %q, want %s named", n.Text, addr)
		}
	}
}
