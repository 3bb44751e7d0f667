package broker_test

import (
	"fmt"
	"strings"
	"testing"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestNothingCrosses tries every way from one session into another, in each
// access mode and at each QoS, with clients that use one client id.
func TestNothingCrosses(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{mode: mode})
			for qos := byte(0); qos <= 2; qos++ {
				t.Run(fmt.Sprint("qos", qos), func(t *testing.T) { cross(t, w, qos) })
			}
		})
	}
}

func cross(t *testing.T, w *world, qos byte) {
	w.t = t
	own := func(name string) string { return fmt.Sprintf("%s-%d", name, qos) }

	// What was retained before bob comes, and alice's stored session.
	alice := w.as("alice", "board")
	alice.Publish("alice/"+own("kept"), "secret", qos, true)
	stored := login("alice", own("stored"))
	stored.Keep = true
	sleeper := mqtttest.Connect(t, w.addr, stored)
	sleeper.Subscribe("alice/"+own("queued"), qos)
	sleeper.Disconnect()

	bob := w.as("bob", "board")
	errors := w.as("bob", own("errors"))
	errors.Subscribe("bob/errors", 1)
	for filter, want := range map[string]byte{
		"#": qos, "+/" + own("kept"): qos, "+/+": qos, "alice/public/#": qos,
		"alice/#": 0x80, "alice/" + own("kept"): 0x80, "$share/g/alice/#": 0x80, "alice/+/public": 0x80,
		"$share/g/#": qos, "$SYS/#": qos,
	} {
		if got := bob.Subscribe(filter, qos); got != want {
			t.Errorf("bob subscribes to %q: got %#x, want %#x", filter, got, want)
		}
	}

	// The same client id in another session neither evicts nor inherits.
	alice.Alive()
	twin := login("bob", own("stored"))
	twin.Keep = true
	_, ack := mqtttest.Try(t, w.addr, twin)
	if ack.Present {
		t.Error("bob with alice's client id: got her stored session, want none")
	}

	// Refused, acknowledged, and bob stays on.
	listener := w.as("alice", own("listener"))
	listener.Subscribe("alice/#", qos)
	for listener.Message().Payload != "secret" { // retained of this and earlier rounds
	}
	bob.Publish("alice/"+own("forged"), "forged", qos, false)
	bob.Publish("alice/"+own("forged"), "forged", qos, true)
	bob.Alive()
	w.noticed("bob", notice.CodeOtherSession)
	for { // the sentence, after those about the filters
		p := errors.Message()
		if p.Topic != "bob/errors" {
			t.Errorf("got %v, want bob/errors", p)
		}
		if strings.HasPrefix(p.Payload, "`alice/"+own("forged")+"` belongs to alice.") {
			break
		}
	}
	evil := login("bob", own("evil"))
	evil.Will = &mqtttest.Will{Topic: "alice/" + own("forged"), Payload: "forged", QoS: qos}
	if _, ack := mqtttest.Try(t, w.addr, evil); ack.Code != 5 {
		t.Errorf("a will in another's prefix: got code %d, want 5", ack.Code)
	}

	// alice's live messages, her shared group and her will stay hers; the last
	// one is public and shows that bob's connection works.
	worker := w.as("alice", own("worker"))
	worker.Subscribe("$share/g/alice/"+own("work"), qos)
	alice.Publish("alice/"+own("live"), "secret", qos, false)
	for i := range 20 {
		alice.Publish("alice/"+own("work"), fmt.Sprint(i), qos, false)
	}
	for i := range 20 {
		if p := worker.Message(); p.Payload != fmt.Sprint(i) {
			t.Fatalf("alice's worker: got %v, want message %d", p, i)
		}
	}
	alice.Publish("alice/"+own("queued"), "secret", qos, false)
	mourned := login("alice", own("mourned"))
	mourned.Will = &mqtttest.Will{Topic: "alice/" + own("will"), Payload: "secret", QoS: qos}
	mqtttest.Connect(t, w.addr, mourned).Vanish()
	for listener.Message().Topic != "alice/"+own("will") {
	}
	alice.Publish("alice/public/"+own("end"), "shown", qos, false)
	for _, p := range bob.Until("alice/public/" + own("end")) {
		if strings.HasPrefix(p.Topic, "alice/") && !strings.HasPrefix(p.Topic, "alice/public/") || strings.HasPrefix(p.Topic, "$") {
			t.Errorf("bob received %v", p)
		}
	}
	for _, session := range []string{"alice", "bob"} {
		if got := w.tapped(session, own("forged")); got != nil {
			t.Errorf("recorded of %s: got %q, want nothing", session, got)
		}
	}
	for _, c := range []*mqtttest.Client{alice, bob, errors, listener, worker} {
		c.Alive()
		c.Disconnect()
	}
}
