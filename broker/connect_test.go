package broker_test

import (
	"fmt"
	"strings"
	"testing"

	"labbroker/internal/account"
	"labbroker/internal/mqtttest"
	"labbroker/internal/notice"
)

// TestConnackCodes: each CONNECT gets the code that 3.1.1 has for it, and a
// refused one is listed with what to change.
func TestConnackCodes(t *testing.T) {
	t.Parallel()
	claim, roster, open := account.ModeClaim, account.ModeRoster, account.ModeOpen
	type l = mqtttest.Login
	tests := []struct {
		name  string
		modes []string
		login l
		code  byte
		why   notice.Code
	}{
		{"user and password", modes, l{User: "alice", Password: secret}, 0, ""},
		{"another case", modes, l{User: "ALICE", Password: secret}, 0, ""},
		{"instructor", modes, l{User: "instructor", Password: "teach"}, 0, ""},
		{"instructor, wrong password", modes, l{User: "instructor", Password: "x"}, 4, notice.CodeWrongPassword},
		{"course's client", []string{open}, l{}, 0, ""},
		{"course's client", []string{claim, roster}, l{}, 4, notice.CodeNoUser},
		{"empty user and password", []string{open}, l{Empty: true}, 0, ""},
		{"empty user and password", []string{claim, roster}, l{Empty: true}, 4, notice.CodeNoUser},
		{"empty user", []string{claim, roster}, l{Password: "x"}, 4, notice.CodeNoUser},
		{"empty password", []string{claim, roster}, l{User: "carol"}, 4, ""},
		{"user without password", []string{open}, l{User: "carol", NoPass: true}, 0, ""},
		{"wrong password", []string{claim, roster}, l{User: "alice", Password: "wrong"}, 4, notice.CodeWrongPassword},
		{"not in the roster", []string{roster}, l{User: "mallory", Password: "x"}, 5, notice.CodeNotInRoster},
		{"reserved name", modes, l{User: "Class", Password: "x"}, 5, notice.CodeReservedName},
		{"dollar name", modes, l{User: "$SYS", Password: "x"}, 5, notice.CodeReservedName},
		{"invalid name", modes, l{User: "</script><script>alert(1)", Password: "x"}, 5, notice.CodeBadName},
		{"MQTT 5", modes, l{User: "alice", Password: secret, Level: 5}, 1, notice.CodeMQTT5},
		{"level 6", modes, l{User: "alice", Password: secret, Level: 6}, 1, notice.CodeProtocol},
		{"a bridge's level", modes, l{User: "alice", Password: secret, Level: 0x84}, 1, notice.CodeProtocol},
		{"MQTT 3.1", modes, l{User: "alice", Password: secret, Level: 3, Protocol: "MQIsdp"}, 0, ""},
		{"empty client id, session kept", modes, l{User: "alice", Password: secret, Keep: true}, 2, notice.CodeEmptyClientID},
		{"will inside", modes, l{User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "alice/gone", Payload: "x"}}, 0, ""},
		{"will of length zero", modes, l{User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "alice/gone"}}, 0, ""},
		{"will outside", modes, l{User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "gone", Payload: "x"}}, 5, notice.CodeWillOutside},
		{"will to the class", modes, l{User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "class/gone", Payload: "x"}}, 5, notice.CodeWillOutside},
		{"will below $SYS", modes, l{User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "$SYS/gone", Payload: "x"}}, 5, notice.CodeWillOutside},
		{"will with a wildcard", modes, l{User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "alice/+", Payload: "x"}}, 5, notice.CodeWillOutside},
	}
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{mode: mode})
			w.as("alice", "first").Disconnect()
			for i, tt := range tests {
				if !strings.Contains(fmt.Sprint(tt.modes), mode) {
					continue
				}
				l := tt.login
				if !l.Keep {
					l.ID = fmt.Sprint("board", i)
				}
				if l.User == "carol" && mode == roster {
					l.User = "bob"
				}
				c, ack := mqtttest.Try(t, w.addr, l)
				if ack.Code != tt.code || ack.Present {
					t.Errorf("%s: got %v, want code %d", tt.name, ack, tt.code)
				}
				if tt.code == 0 {
					c.Alive()
					c.Disconnect()
					continue
				}
				c.Closed()
				if tt.why != "" {
					r := w.refused(tt.why)
					if strings.Contains(fmt.Sprint(r), secret) || r.Text == "" || r.Addr != "127.0.0.1" {
						t.Errorf("%s: listed as %+v, want an address and a sentence without the password", tt.name, r)
					}
				}
			}
		})
	}
}

// TestOldConnectOfNewLevel: a CONNECT that says 5 and is laid out like one of
// 3.1.1, as hand-made clients send it, is told its level, not just closed.
func TestOldConnectOfNewLevel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	for _, keepalive := range []byte{0, 60} {
		c := mqtttest.Dial(t, w.addr)
		c.Send(mqtttest.Frame(0x10, mqtttest.Str("MQTT"), []byte{5, 0xc2, 0, keepalive},
			mqtttest.Str("a"), mqtttest.Str("alice"), mqtttest.Str(secret)))
		if ack := c.Await(mqtttest.CONNACK); ack.Code != 1 {
			t.Errorf("got %v, want code 1", ack)
		}
		c.Closed()
		w.refused(notice.CodeMQTT5)
	}
}

// TestMalformedConnect: only these are closed without a CONNACK.
func TestMalformedConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	str, frame := mqtttest.Str, mqtttest.Frame
	tests := []struct {
		name string
		sent []byte
		why  notice.Code // "" = not asked
	}{
		{"reserved flag", mqtttest.Login{ID: "a", User: "alice", Password: secret, Flags: 1}.Frame(), notice.CodeMalformed},
		{"will's QoS 3", mqtttest.Login{ID: "a", User: "alice", Password: secret, Will: &mqtttest.Will{Topic: "alice/x", Payload: "x", QoS: 3}}.Frame(), ""},
		{"will's QoS without a will", mqtttest.Login{ID: "a", User: "alice", Password: secret, Flags: 0x08}.Frame(), ""},
		{"password without user name", frame(0x10, str("MQTT"), []byte{4, 0x42, 0, 0}, str("a"), str("x")), notice.CodeMalformed},
		{"user name without its flag", frame(0x10, str("MQTT"), []byte{4, 0x02, 0, 0}, str("a"), str("alice")), notice.CodeMalformed},
		{"password without its flag", frame(0x10, str("MQTT"), []byte{4, 0x82, 0, 0}, str("a"), str("alice"), str(secret)), notice.CodeMalformed},
		{"user name with a zero byte", mqtttest.Login{ID: "a", User: "al\x00ice", Password: secret}.Frame(), notice.CodeMalformed},
		{"user name not UTF-8", mqtttest.Login{ID: "a", User: "alice\xed\xa0\x80", Password: secret}.Frame(), notice.CodeMalformed},
		{"will without topic", mqtttest.Login{ID: "a", User: "alice", Password: secret, Will: &mqtttest.Will{Payload: "x"}}.Frame(), notice.CodeMalformed},
		{"cut short", frame(0x10, str("MQTT"), []byte{4, 2, 0}), notice.CodeMalformed},
		{"id not UTF-8", mqtttest.Login{ID: "\xff\xfe", User: "alice", Password: secret}.Frame(), ""},
		{"another protocol", mqtttest.Login{ID: "a", Protocol: "MQTX"}.Frame(), notice.CodeNotMQTT},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), notice.CodeNotMQTT},
		{"PUBLISH first", mqtttest.Publish{Topic: "alice/x", Payload: "1"}.Frame(), ""},
		{"256 MB announced", []byte{0x10, 0xff, 0xff, 0xff, 0x7f}, ""},
		{"endless length", append([]byte{0x10}, []byte(strings.Repeat("\x80", 2000))...), ""},
	}
	for _, tt := range tests {
		c := mqtttest.Dial(t, w.addr)
		c.Send(tt.sent)
		c.Closed()
		if tt.why != "" {
			w.refused(tt.why)
		}
	}
	w.as("alice", "board").Alive()
}

// TestWrongPasswordIsTold: the session that somebody tried hears of it.
func TestWrongPasswordIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.as("alice", "board")
	l := login("Alice", "thief")
	l.Password = "guess"
	if _, ack := mqtttest.Try(t, w.addr, l); ack.Code != 4 {
		t.Errorf("got code %d, want 4", ack.Code)
	}
	if n := w.noticed("alice", notice.CodeWrongPassword); strings.Contains(n.Text, "guess") {
		t.Errorf("notice %q holds the password", n.Text)
	}
}

// TestClaimFindsTheCoursesClient: umqtt without credentials is refused in claim
// access and finds itself listed.
func TestClaimFindsTheCoursesClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	for range 2 {
		if _, ack := mqtttest.Try(t, w.addr, mqtttest.Login{ID: "e6614c311b7e6f23"}); ack.Code != 4 {
			t.Fatalf("got code %d, want 4", ack.Code)
		}
	}
	w.eventually("the refusal is counted", func() bool {
		r := w.presence.Refusals()
		return len(r) == 1 && r[0].Count == 2 && r[0].Client == "7e6f23" && r[0].Code == string(notice.CodeNoUser)
	})
}
