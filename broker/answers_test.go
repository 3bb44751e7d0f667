package broker_test

import (
	"testing"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestOwnMessageAfterItsAcknowledgement: a client that has subscribed to what
// it publishes hears first that it was heard, and then its message.
func TestOwnMessageAfterItsAcknowledgement(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{false, true} {
		w := newWorld(t, settings{Options: broker.Options{State: t.TempDir()}})
		l := login("alice", "board")
		l.Keep = kept
		c := mqtttest.Connect(t, w.addr, l)
		c.Subscribe("alice/x", 2)
		for qos, want := range map[byte]byte{1: mqtttest.PUBACK, 2: mqtttest.PUBREC} {
			c.Send(mqtttest.Publish{Topic: "alice/x", Payload: "1", QoS: qos, ID: 9}.Frame())
			p, err := c.Next(mqtttest.Patience)
			if err != nil || p.Type != want || p.ID != 9 {
				t.Fatalf("kept %v, QoS %d: got %v, %v, want the acknowledgement first", kept, qos, p, err)
			}
			if qos == 2 {
				c.Send(mqtttest.Ack(mqtttest.PUBREL, 9))
				c.Await(mqtttest.PUBCOMP)
			}
			if p := c.Message(); p.Payload != "1" || p.QoS != qos {
				t.Errorf("kept %v, QoS %d: got %v, want its own message", kept, qos, p)
			}
		}
	}
}

// TestWrongAcknowledgement: an answer that a message's QoS does not have ends
// the connection; the message comes again.
func TestWrongAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	sender := w.as("alice", "sender")
	tests := []struct {
		name    string
		qos     byte
		answers []byte
		again   bool // the message comes again
	}{
		{"PUBREC at QoS 1", 1, []byte{mqtttest.PUBREC}, true},
		{"PUBCOMP at QoS 1", 1, []byte{mqtttest.PUBCOMP}, true},
		{"PUBACK at QoS 2", 2, []byte{mqtttest.PUBACK}, true},
		{"PUBCOMP at QoS 2", 2, []byte{mqtttest.PUBCOMP}, true},
		{"PUBACK after PUBREC", 2, []byte{mqtttest.PUBREC, mqtttest.PUBACK}, false},
	}
	for _, tt := range tests {
		l := login("alice", tt.name)
		l.Keep = true
		c := mqtttest.Connect(t, w.addr, l)
		c.Subscribe("alice/x", 2)
		sender.Publish("alice/x", tt.name, tt.qos, false)
		p, err := c.Next(mqtttest.Patience)
		if err != nil || p.Type != mqtttest.PUBLISH {
			t.Fatalf("%s: got %v, %v, want the message", tt.name, p, err)
		}
		for i, kind := range tt.answers {
			if i > 0 {
				c.Await(mqtttest.PUBREL)
			}
			c.Send(mqtttest.Ack(kind, p.ID))
		}
		c.Closed()
		w.noticed("alice", notice.CodeMalformed)

		c = mqtttest.Connect(t, w.addr, l)
		if tt.again {
			if p := c.Message(); p.Payload != tt.name || !p.Dup {
				t.Errorf("%s: got %v, want the message again", tt.name, p)
			}
		} else {
			c.Await(mqtttest.PUBREL)
		}
		l.Keep = false
		mqtttest.Connect(t, w.addr, l).Disconnect()
	}
}

// TestEmptyFilter is a violation of 3.1.1 (4.7.3-1), other than one that is
// only wrong.
func TestEmptyFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	for _, sent := range [][]byte{
		mqtttest.Subscribe(1, 0, ""),
		mqtttest.Subscribe(1, 0, "alice/x", ""),
		mqtttest.Unsubscribe(1, ""),
		mqtttest.Unsubscribe(1, "alice/x", ""),
	} {
		c := w.as("alice", "board")
		c.Send(sent)
		c.Closed()
		w.noticed("alice", notice.CodeMalformed)
	}
}

// TestOldVersion: MQTT 3.1 has no session present in its CONNACK, demands a
// client id, and has not reserved the lowest flag.
func TestOldVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := login("alice", "old")
	l.Level, l.Protocol, l.Keep, l.Flags = 3, "MQIsdp", true, 1
	c := mqtttest.Connect(t, w.addr, l)
	c.Subscribe("alice/x", 1)
	c.Disconnect()
	w.as("alice", "host").Publish("alice/x", "waits", 1, false)
	c, ack := mqtttest.Try(t, w.addr, l)
	if ack.Code != 0 || ack.Present {
		t.Errorf("got %v, want code 0 without the flag", ack)
	}
	if p := c.Message(); p.Payload != "waits" {
		t.Errorf("got %v, want what waited", p)
	}
	// It says so when it releases again.
	c.Send(mqtttest.Publish{Topic: "alice/y", Payload: "1", QoS: 2, ID: 3}.Frame())
	c.Await(mqtttest.PUBREC)
	for _, first := range []byte{mqtttest.PUBREL<<4 | 2, mqtttest.PUBREL<<4 | 2 | 8} {
		c.Send(mqtttest.Frame(first, mqtttest.U16(3)))
		c.Await(mqtttest.PUBCOMP)
	}
	l.ID, l.Keep = "", false
	if _, ack := mqtttest.Try(t, w.addr, l); ack.Code != 2 {
		t.Errorf("without client id: got code %d, want 2", ack.Code)
	}
}
