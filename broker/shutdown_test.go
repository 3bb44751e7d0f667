package broker_test

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
)

// TestShutdown with all kinds of connections: wills go out, what was
// acknowledged and what waits is there after a restart, and every connection
// is closed. It runs alone, to count goroutines.
func TestShutdown(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	o := broker.Options{State: dir, WriteBuffer: 64 << 10}
	w := newWorld(t, settings{Options: o})
	page := httptest.NewServer(w.broker.WebSocket())
	defer page.Close()

	var list []*mqtttest.Client
	for i := range 20 {
		list = append(list, mqtttest.Dial(t, w.addr)) // says nothing
		half := mqtttest.Dial(t, w.addr)
		half.Send([]byte{0x10, 20, 0})
		conn, _ := dialWebSocket(t, page.URL, "mqtt")
		browser := mqtttest.Over(t, conn)
		browser.Send(login("alice", fmt.Sprint("browser", i)).Frame())
		browser.Await(mqtttest.CONNACK)
		browser.Subscribe("alice/flood", 0)
		conn, _ = dialWebSocket(t, page.URL, "mqtt")
		list = append(list, half, browser, mqtttest.Over(t, conn)) // the last one says nothing
	}
	l := login("alice", "kept")
	l.Keep = true
	kept := mqtttest.Connect(t, w.addr, l)
	kept.Subscribe("alice/set", 2)
	kept.Disconnect()
	stuck := narrow(t, w.addr)
	logIn(t, stuck, login("alice", "stuck"))
	stuck.Subscribe("alice/flood", 0)
	ear := w.as("alice", "ear")
	ear.Subscribe("alice/gone/+", 0)
	wills := 10
	for i := range wills {
		l := login("alice", fmt.Sprint("mourned", i))
		l.Will = &mqtttest.Will{Topic: fmt.Sprint("alice/gone/", i), Payload: "bye", QoS: 1, Retain: true}
		list = append(list, mqtttest.Connect(t, w.addr, l))
	}
	sender := w.as("alice", "sender")
	const n = 500
	for i := range n {
		sender.Publish("alice/set", fmt.Sprint(i), byte(1+i%2), false)
		sender.Publish("alice/flood", string(make([]byte, 4000)), 0, false)
	}
	start := time.Now()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	took := time.Since(start)
	t.Logf("stopping %d connections took %v", len(list)+3, took)
	if took > 10*time.Second { // far above what it is made for, for busy machines
		t.Errorf("stopping took %v", took)
	}
	seen := map[string]bool{}
	for range wills {
		seen[ear.Message().Topic] = true
	}
	if len(seen) != wills {
		t.Errorf("got %d wills, want %d", len(seen), wills)
	}
	for i, c := range append(list, ear) {
		for {
			if _, err := c.Next(mqtttest.Patience); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Errorf("connection %d: got %v, want it closed", i, err)
				}
				break
			}
		}
		c.Vanish()
	}
	stuck.Vanish() // the kernel still has megabytes for it
	page.Close()
	w.eventually("no goroutine is left", func() bool { return runtime.NumGoroutine() <= before+5 })

	again := newWorld(t, settings{Options: o})
	c := mqtttest.Dial(t, again.addr)
	if !logIn(t, c, l) {
		t.Error("after the restart: got no session")
	}
	r := newReceiver(t)
	if !r.drain(c, n) {
		t.Fatalf("after the restart: got %d messages, want %d", len(r.got), n)
	}
	for i, p := range r.got {
		if p != fmt.Sprint(i) {
			t.Fatalf("after the restart, message %d: got %q", i, p)
		}
	}
	late := again.as("alice", "late")
	late.Subscribe("alice/gone/#", 0)
	for range wills {
		if p := late.Message(); p.Payload != "bye" || !p.Retain {
			t.Errorf("after the restart: got %v, want a retained will", p)
		}
	}
}
