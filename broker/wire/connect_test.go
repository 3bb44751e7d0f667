package wire

import (
	"bytes"
	"testing"

	"labbroker/internal/mqtttest"
)

func TestBeforePassword(t *testing.T) {
	t.Parallel()
	will := &mqtttest.Will{Topic: "ada/gone", Payload: "bye"}
	const head = 10 // protocol name, level, flags, keepalive
	for _, tc := range []struct {
		name string
		l    mqtttest.Login
		hide int // bytes at the end that are not shown; -1 = all behind the variable header
	}{
		{"with a password", mqtttest.Login{ID: "x", User: "ada", Password: "s3cret"}, 8},
		{"with a will", mqtttest.Login{ID: "x", User: "ada", Password: "s3cret", Will: will}, 8},
		{"an empty one", mqtttest.Login{ID: "x", Empty: true}, 2},
		{"no password", mqtttest.Login{ID: "x", User: "ada", NoPass: true}, 0},
		{"nobody", mqtttest.Login{Will: will}, 0},
		{"MQTT 5", mqtttest.Login{ID: "x", User: "ada", Password: "s3cret", Level: 5}, -1},
		{"a flag too many", mqtttest.Login{ID: "x", User: "ada", Password: "s3cret", Flags: 4}, -1},
	} {
		content := tc.l.Frame()[2:]
		want := len(content) - tc.hide
		if tc.hide < 0 {
			want = head
		}
		if got := BeforePassword(content); got != want {
			t.Errorf("%s: got %d of %d bytes, want %d", tc.name, got, len(content), want)
		}
	}
	if got := BeforePassword(nil); got != 0 {
		t.Errorf("of nothing: got %d, want 0", got)
	}
}

// FuzzBeforePassword: whatever else is in a CONNECT, its password is behind;
// whatever the bytes are, nothing is asked for that is not there.
func FuzzBeforePassword(f *testing.F) {
	f.Add("x", "ada", "s3cret", "ada/gone", byte(4), []byte("\x00\x04MQTT\x04\xc2\x00\x00"))
	f.Add("", "", "", "", byte(3), []byte{0, 4})
	f.Fuzz(func(t *testing.T, id, user, password, topic string, level byte, raw []byte) {
		if n := BeforePassword(raw); n < 0 || n > len(raw) {
			t.Errorf("got %d of %d bytes", n, len(raw))
		}
		for _, s := range []*string{&id, &user, &password, &topic} {
			*s = (*s)[:min(len(*s), 1000)]
		}
		password = "<the password>" + password // found in nothing else
		l := mqtttest.Login{ID: id, User: user, Password: password, Level: level}
		if topic != "" {
			l.Will = &mqtttest.Will{Topic: topic, Payload: topic}
		}
		frame := l.Frame()
		head, _, err := Header(frame, 0)
		if err != nil {
			t.Fatal(err)
		}
		shown := frame[head:][:BeforePassword(frame[head:])]
		if bytes.Contains(shown, []byte(password)) {
			t.Errorf("got %q, which has the password", shown)
		}
		if level == 4 && !bytes.HasSuffix(shown, []byte(user)) {
			t.Errorf("got %q, want all up to the user name", shown)
		}
	})
}
