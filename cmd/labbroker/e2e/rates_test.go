package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
)

// TestConnectRate: a class of 300 that comes at once behind one address gets
// in; an address that comes on and on does not.
func TestConnectRate(t *testing.T) {
	t.Parallel()
	class := startServer(t, Options{Args: []string{"--access", "open"}}) // hashing 300 passwords is another matter
	for range 3 {                                                        // they come again, as after a break of the WiFi
		began := time.Now()
		connectMany(t, class, 300, func(i int) mqtttest.Login { return as(fmt.Sprint("s", i), "board") }, 0)
		t.Logf("300 students came at once in %v", time.Since(began).Round(time.Millisecond))
	}
	felt(t, class, "connect-rate", 0)
	class.Kill()

	// A thousand at once are allowed, however low the rate is.
	s := startServer(t, Options{Args: []string{"--access", "open", "--connect-rate", "0.001", "--session-clients", "0"}})
	connectMany(t, s, 1020, func(i int) mqtttest.Login { return as("ada", fmt.Sprint("c", i)) }, 20)
	listed(t, s, "connect-rate")
	felt(t, s, "connect-rate", 20)
}

// TestSessionRate: a board that floods is slowed, told so, kept by its
// keepalive, and answered its PINGREQ; another session does not notice.
func TestSessionRate(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	const ada, pw = "ada", "ada-pw"
	page := mqtttest.Connect(t, s.MQTT, as(ada, "page"))
	page.Subscribe("ada/throttle", 0)
	l := as(ada, "board")
	l.Keepalive = 1
	board := mqtttest.Connect(t, s.MQTT, l)
	board.Subscribe("ada/set", 1)

	// What waits in the board's own network buffers is in addition; on this
	// machine they would take megabytes.
	const n = 5000
	var flood []byte
	for range n {
		flood = append(flood, mqtttest.Publish{Topic: "ada/x", Payload: "12"}.Frame()...)
	}
	began := time.Now()
	board.Send(flood, mqtttest.Frame(mqtttest.PINGREQ<<4))
	if p := page.Message(); !strings.HasPrefix(p.Payload, "slowed, ") || !strings.HasSuffix(p.Payload, " behind: is a sleep missing?") {
		t.Errorf("ada/throttle: got %v", p)
	}
	bob := mqtttest.Connect(t, s.MQTT, as("bob", "board"))
	for range 20 {
		bob.Publish("bob/x", "1", 1, false)
	}
	board.Await(mqtttest.PINGRESP)
	t.Logf("PINGREQ behind %d messages, %d bytes, was answered after %v; at its rate that would be %v",
		n, len(flood), time.Since(began).Round(time.Millisecond), (n-1000)*time.Second/200)
	told(t, s, ada, pw, "rate-slowed")

	mqtttest.Connect(t, s.MQTT, as(ada, "host")).Publish("ada/set", "on", 1, false)
	p, err := board.Next(mqtttest.Patience)
	if err != nil || p.Topic != "ada/set" {
		t.Fatalf("got %v, %v, want the message to the slowed board", p, err)
	}
	acknowledged := time.Now()
	board.Send(mqtttest.Ack(mqtttest.PUBACK, p.ID))
	eventually(t, func() string {
		if got := metric(t, s, "labbroker_queued_messages"); got != "0" {
			return "the board's acknowledgement, " + got + " messages wait"
		}
		return ""
	})
	t.Logf("its acknowledgement arrived after %v", time.Since(acknowledged).Round(time.Millisecond))
	if got := metric(t, s, `labbroker_limit_hits_total{flag="session-rate"}`); got == "0" || got == "" {
		t.Errorf("slowed: got %q, want more than 0", got)
	}
	if got := metric(t, s, `labbroker_disconnects_total{reason="keepalive"}`); got != "" {
		t.Errorf("got %s connections ended by their keepalive, want none", got)
	}
	if got := metric(t, s, `labbroker_messages_dropped_total{reason="slow-reader"}`); got != "0" {
		t.Errorf("got %s messages dropped, want none", got)
	}

	// The instructor has no rate.
	desk := mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "desk", User: "instructor", Password: teacher})
	var burst []byte
	for range 3000 {
		burst = append(burst, mqtttest.Publish{Topic: "class/x", Payload: "12"}.Frame()...)
	}
	desk.Send(burst)
	desk.Alive()
	eventually(t, func() string {
		if n, _ := strconv.Atoi(metric(t, s, "labbroker_messages_received_total")); n < 4000 {
			return "the instructor's 3000 messages beside 1000 others"
		}
		return ""
	})
}
