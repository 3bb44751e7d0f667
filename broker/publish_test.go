package broker_test

import (
	"strings"
	"testing"

	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestRefusedPublish: acknowledged by its QoS, goes nowhere, is not retained or
// recorded, is explained, and its sender stays.
func TestRefusedPublish(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, topic string
		why         notice.Code
	}{
		{"no prefix", "data", notice.CodeNoPrefix},
		{"wrong case", "Alice/data", notice.CodeWrongCase},
		{"leading slash", "/alice/data", notice.CodeLeadingSlash},
		{"space", "my alice/data", notice.CodeSpace},
		{"another session", "bob/data", notice.CodeOtherSession},
		{"class", "class/data", notice.CodeClassReadOnly},
		{"$SYS", "$SYS/data", notice.CodeSysReadOnly},
		{"$sys", "$sysdata", notice.CodeSysReadOnly},
		{"placeholder", "insert unique session here/data", notice.CodePlaceholder},
		{"too deep", "alice" + strings.Repeat("/", 200), notice.CodeTooDeep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			w.as("bob", "b").Disconnect()
			desk := w.as("instructor", "desk")
			desk.Subscribe("#", 2)
			desk.Subscribe("$SYS/data", 2)
			ear := w.as("alice", "ear")
			ear.Subscribe("alice/errors", 0)
			alice := w.as("alice", "board")
			for qos := byte(0); qos <= 2; qos++ {
				alice.Publish(tt.topic, "x", qos, true)
			}
			alice.Publish("alice/ok", "x", 2, false)
			for _, p := range desk.Until("alice/ok") {
				if p.Payload == "x" {
					t.Errorf("delivered: %v", p)
				}
			}
			if n := w.noticed("alice", tt.why); n.Count < 3 {
				t.Errorf("notice: got %d times, want 3", n.Count)
			} else if p := ear.Message(); p.Payload != n.Text {
				t.Errorf("alice/errors: got %q, want %q", p.Payload, n.Text)
			}
			late := w.as("instructor", "late")
			late.Subscribe(tt.topic, 0)
			late.Subscribe("alice/kept", 0)
			alice.Publish("alice/kept", "y", 1, true)
			if got := late.Until("alice/kept"); got != nil {
				t.Errorf("retained: got %v, want nothing", got)
			}
			if got := w.broker.Stats().Refused; got != 3 {
				t.Errorf("counted: got %d, want 3", got)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if len(w.taps) != 2 {
				t.Errorf("recorded: got %v, want alice/ok and alice/kept only", w.taps)
			}
		})
	}
}

// TestViolations: what 3.1.1 wants closed is closed, with a sentence.
func TestViolations(t *testing.T) {
	t.Parallel()
	frame, str := mqtttest.Frame, mqtttest.Str
	tests := []struct {
		name string
		sent []byte
		why  notice.Code
	}{
		{"wildcard", mqtttest.Publish{Topic: "alice/+/data", Payload: "x", QoS: 1, ID: 1}.Frame(), notice.CodeWildcard},
		{"wildcard below $SYS", mqtttest.Publish{Topic: "$SYS/#", Payload: "x"}.Frame(), notice.CodeWildcard},
		{"empty topic", mqtttest.Publish{Payload: "x"}.Frame(), notice.CodeBadTopic},
		{"zero byte", mqtttest.Publish{Topic: "alice/a\x00b"}.Frame(), notice.CodeMalformed},
		{"not UTF-8", mqtttest.Publish{Topic: "alice/\xff"}.Frame(), notice.CodeMalformed},
		{"packet id 0", mqtttest.Publish{Topic: "alice/x", QoS: 1}.Frame(), notice.CodeMalformed},
		{"QoS 3", frame(0x36, str("alice/x"), []byte{0, 1}), notice.CodeMalformed},
		{"too large", append([]byte{0x30, 0x80, 0x80, 0x40}, make([]byte, 1000)...), notice.CodeTooLarge},
		{"endless length", []byte{0x30, 0xff, 0xff, 0xff, 0xff, 0x01}, notice.CodeMalformed},
		{"second CONNECT", mqtttest.Login{ID: "x"}.Frame(), notice.CodeMalformed},
		{"unknown packet", []byte{0xf0, 0}, notice.CodeMalformed},
		{"umqtt's short length", append(mqtttest.Publish{Topic: "alice/t", Payload: "20 "}.Frame(), "°C"...), notice.CodeMalformed},
	}
	w := newWorld(t, settings{})
	for _, tt := range tests {
		w.notices.Drop("alice")
		c := w.as("alice", "board")
		c.Send(tt.sent)
		c.Closed()
		w.noticed("alice", tt.why)
	}
}

// TestQoS2IsRecordedOnce: also when the PUBREC was lost and the client comes
// back.
func TestQoS2IsRecordedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := login("alice", "board")
	l.Keep = true
	c := mqtttest.Connect(t, w.addr, l)
	p := mqtttest.Publish{Topic: "alice/once", Payload: "1", QoS: 2, ID: 77}
	c.Send(p.Frame())
	c.Await(mqtttest.PUBREC)
	p.Dup = true
	c.Send(p.Frame())
	c.Await(mqtttest.PUBREC)
	c.Vanish()
	c = mqtttest.Connect(t, w.addr, l)
	c.Send(p.Frame())
	c.Await(mqtttest.PUBREC)
	c.Send(mqtttest.Ack(mqtttest.PUBREL, 77))
	c.Await(mqtttest.PUBCOMP)
	p.Dup = false
	c.Send(p.Frame())
	c.Await(mqtttest.PUBREC)
	if got := w.tapped("alice", "once"); len(got) != 2 {
		t.Errorf("recorded: got %d, want 2: once for each message", len(got))
	}
}

// TestInstructor writes everywhere but $SYS; what goes to a session is
// recorded there, the rest only routed.
func TestInstructor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	alice := w.as("alice", "board")
	alice.Subscribe("#", 1)
	desk := w.as("instructor", "desk")
	desk.Subscribe("#", 1)
	for _, topic := range []string{"somewhere/x", "alice/set", "ALICE/set", "class/x", "/x"} {
		desk.Publish(topic, "1", 1, false)
		if p := desk.Message(); p.Topic != topic {
			t.Errorf("instructor: got %v, want %s", p, topic)
		}
	}
	if p := alice.Message(); p.Topic != "alice/set" {
		t.Errorf("alice: got %v, want alice/set", p)
	}
	if p := alice.Message(); p.Topic != "class/x" {
		t.Errorf("alice: got %v, want class/x", p)
	}
	if got := w.tapped("alice", "set"); len(got) != 1 {
		t.Errorf("recorded of alice: got %q, want one", got)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.taps) != 1 {
		t.Errorf("recorded: got %v, want alice/set only", w.taps)
	}
}
