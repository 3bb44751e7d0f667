package packets

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"labbroker/internal/mqtttest"
)

var cases = []struct {
	name  string
	bytes []byte
	out   bool
	want  Packet
	what  string // the sentence
}{
	{"CONNECT", mqtttest.Login{ID: "esp32", User: "ada", NoPass: true, Keepalive: 60, Will: &mqtttest.Will{Topic: "ada/gone", Payload: "bye", QoS: 1, Retain: true}}.Frame(), false,
		Packet{Type: "CONNECT", Head: 2, Connect: &Connect{
			Protocol: "MQTT", Level: 4, Clean: true, Keepalive: 60, ID: "esp32", User: "ada", HasUser: true,
			Will: &Will{Topic: "ada/gone", Text: "bye", Size: 3, QoS: 1, Retain: true},
		}},
		"Asks to be let in as `ada` with a clean session: nothing is kept for it while it is away. It will say something every 60 s. If it is lost, the broker says its last will on `ada/gone`."},
	{"CONNECT that stays", mqtttest.Login{ID: "a", Keep: true}.Frame(), false,
		Packet{Type: "CONNECT", Head: 2, Connect: &Connect{Protocol: "MQTT", Level: 4, ID: "a"}},
		"Asks to be let in with clean session off: subscriptions and messages at QoS 1 and 2 wait while it is away. It has no keepalive."},
	{"CONNECT of MQTT 5", mqtttest.Login{ID: "a", Level: 5}.Frame(), false,
		Packet{Type: "CONNECT", Head: 2, Connect: &Connect{Protocol: "MQTT", Level: 5, Clean: true}},
		"Asks to be let in with protocol level 5. MQTT 3.1.1 is level 4."},
	{"CONNACK", []byte{0x20, 2, 0, 0}, true, Packet{Type: "CONNACK", Head: 2, Codes: []byte{0}},
		"Lets the client in. The broker has nothing from before for it: it has to subscribe."},
	{"CONNACK again", []byte{0x20, 2, 1, 0}, true, Packet{Type: "CONNACK", Head: 2, Codes: []byte{0}, Present: true},
		"Lets the client in. The broker still has its subscriptions and what waited for it."},
	{"CONNACK no", []byte{0x20, 2, 0, 4}, true, Packet{Type: "CONNACK", Head: 2, Codes: []byte{4}, Refusing: true},
		"Refuses the client: user name or password is wrong (4)."},
	{"PUBLISH", mqtttest.Publish{Topic: "ada/x", Payload: "5.02"}.Frame(), false,
		Packet{Type: "PUBLISH", Head: 2, Topic: "ada/x", At: 9, Payload: 4},
		"Brings the broker a message. At QoS 0 nobody acknowledges it."},
	{"PUBLISH at QoS 1", mqtttest.Publish{Topic: "ada/x", Payload: "5", QoS: 1, ID: 17, Retain: true, Dup: true}.Frame(), false,
		Packet{Type: "PUBLISH", Head: 2, Topic: "ada/x", QoS: 1, ID: 17, Retain: true, Dup: true, At: 11, Payload: 1},
		"Brings the broker a message. PUBACK 17 answers. It was sent before (DUP), and may have arrived then. The broker keeps it for whoever subscribes later (RETAIN)."},
	{"PUBLISH at QoS 2", mqtttest.Publish{Topic: "ada/x", QoS: 2, ID: 18, Retain: true}.Frame(), true,
		Packet{Type: "PUBLISH", Head: 2, Topic: "ada/x", QoS: 2, ID: 18, Retain: true, At: 11},
		"Brings the client the message that is retained on this topic. PUBREC 18, PUBREL and PUBCOMP follow."},
	{"PUBACK", mqtttest.Ack(mqtttest.PUBACK, 17), true, Packet{Type: "PUBACK", Head: 2, ID: 17},
		"Acknowledges message 17: whoever sent it may forget it."},
	{"PUBREC", mqtttest.Ack(mqtttest.PUBREC, 18), true, Packet{Type: "PUBREC", Head: 2, ID: 18},
		"Says that message 18 has arrived. PUBREL comes next."},
	{"PUBREL", mqtttest.Ack(mqtttest.PUBREL, 18), false, Packet{Type: "PUBREL", Head: 2, ID: 18},
		"Releases message 18: it will not be sent again. PUBCOMP comes next."},
	{"PUBCOMP", mqtttest.Ack(mqtttest.PUBCOMP, 18), true, Packet{Type: "PUBCOMP", Head: 2, ID: 18},
		"Completes message 18: it arrived exactly once."},
	{"SUBSCRIBE", mqtttest.Subscribe(3, 1, "ada/#", "class/`#"), false,
		Packet{Type: "SUBSCRIBE", Head: 2, ID: 3, Filters: []Filter{{"ada/#", 1}, {"class/`#", 1}}},
		"Asks for the messages on `ada/#`, `class/'#`. SUBACK 3 answers."},
	{"SUBACK", []byte{0x90, 4, 0, 3, 1, 0x80}, true, Packet{Type: "SUBACK", Head: 2, ID: 3, Codes: []byte{1, 0x80}, Refusing: true},
		"Answers SUBSCRIBE 3: grants QoS 1, refuses (128)."},
	{"UNSUBSCRIBE", mqtttest.Unsubscribe(4, "a", "b", "c", "d"), false,
		Packet{Type: "UNSUBSCRIBE", Head: 2, ID: 4, Filters: []Filter{{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}}},
		"Asks no longer for the messages on `a` and 3 more filters. UNSUBACK 4 answers."},
	{"UNSUBACK", []byte{0xb0, 2, 0, 4}, true, Packet{Type: "UNSUBACK", Head: 2, ID: 4}, "Takes back the subscriptions of UNSUBSCRIBE 4."},
	{"PINGREQ", []byte{0xc0, 0}, false, Packet{Type: "PINGREQ", Head: 2}, "Says that the client is still there, so that the keepalive does not run out."},
	{"PINGRESP", []byte{0xd0, 0}, true, Packet{Type: "PINGRESP", Head: 2}, "Says that the broker is still there too."},
	{"DISCONNECT", []byte{0xe0, 0}, false, Packet{Type: "DISCONNECT", Head: 2}, "Says goodbye. The broker forgets the client's last will."},
	{"no packet", []byte{0xf0, 0}, false, Packet{Unfit: true}, "This is no packet of MQTT 3.1.1."},
	{"a long header", mqtttest.Publish{Topic: "ada/x", Payload: strings.Repeat("x", 200)}.Frame(), false,
		Packet{Type: "PUBLISH", Head: 3, Topic: "ada/x", At: 10, Payload: 200}, "Brings the broker a message. At QoS 0 nobody acknowledges it."},
	{"a short one", []byte{0x30, 3, 0, 5, 'x'}, false, Packet{Type: "PUBLISH", Head: 2, Unfit: true}, "Brings the broker a message. At QoS 0 nobody acknowledges it."},
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, tc := range cases {
		got := Decode(tc.bytes, len(tc.bytes))
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
		if s := What(&got, tc.out); s != tc.what {
			t.Errorf("%s: got %q, want %q", tc.name, s, tc.what)
		}
	}
}

// TestDecodeCut: of a long packet the beginning says what it is.
func TestDecodeCut(t *testing.T) {
	t.Parallel()
	frame := mqtttest.Publish{Topic: "ada/x", Payload: strings.Repeat("x", 9000), QoS: 1, ID: 5}.Frame()
	got := Decode(frame[:MaxBytes], len(frame))
	if want := (Packet{Type: "PUBLISH", Head: 3, Topic: "ada/x", QoS: 1, ID: 5, At: 12, Payload: 9000, Cut: true}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := Decode(frame[:1], len(frame)); got.Type != "PUBLISH" || got.Unfit || !got.Cut {
		t.Errorf("of one byte: got %+v, want a PUBLISH that is cut", got)
	}
	if got := Decode(nil, 0); !reflect.DeepEqual(got, Packet{}) {
		t.Errorf("of nothing: got %+v, want nothing", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, tc := range cases {
		f.Add(tc.bytes, len(tc.bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		p := Decode(b, size)
		if p.At < 0 || p.At > len(b) || p.Head > len(b) || p.Payload < 0 || len(p.Filters) > maxFilters || len(p.Codes) > maxFilters {
			t.Errorf("got %+v of %d bytes", p, len(b))
		}
		for _, out := range []bool{false, true} {
			if s := What(&p, out); !utf8.ValidString(s) || strings.Count(s, "`")%2 != 0 || len(s) > 1000 {
				t.Errorf("got %q", s)
			}
		}
		if !utf8.ValidString(p.Topic) {
			t.Errorf("got topic %q", p.Topic)
		}
	})
}
