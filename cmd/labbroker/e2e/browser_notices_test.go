package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// dialFrom connects from another address of this machine.
func dialFrom(t *testing.T, s *Server, local string) *board {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}, Timeout: 10 * time.Second}
	c, err := d.Dial("tcp", s.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &board{t: t, c: c}
}

// listen collects the messages on a topic, a line each.
func listen(t *testing.T, s *Server, user, password, topic string) *lockedBuffer {
	t.Helper()
	b := dial(t, s)
	if code := b.connect("listener", user, password); code != 0 {
		t.Fatalf("CONNACK: got %d, want 0", code)
	}
	b.subscribe(topic, 0)
	var got lockedBuffer
	go func() {
		for {
			h, p := b.await(3)
			if h == 0 {
				return // the test is over
			}
			fmt.Fprintf(&got, "%s\n", p[2+len(topic):])
		}
	}()
	return &got
}

// TestBrowserNotices: every mistake that a student can mend becomes a sentence
// in the open page and on <session>/errors.
func TestBrowserNotices(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	connected(t, s, "bob", "bobs")
	b := connected(t, s, "ada", "pw")
	told := listen(t, s, "ada", "pw", "ada/errors")
	p := newTab(t, startBrowser(t), s).signIn("ada", "pw").goTo("/s/ada#tab=live")
	p.waitText("#notices", "None.")
	repeat := func(n int, topic, format string) {
		for i := range n {
			payload := format
			if i%2 == 1 { // each reading a little different
				payload = format + " "
			}
			b.publish1(topic, payload)
		}
	}
	// mallet publishes what makes the broker close the connection.
	mallet := func(topic string) {
		m := dial(t, s)
		if code := m.connect("mallet", "ada", "pw"); code != 0 {
			t.Fatalf("CONNACK: got %d, want 0", code)
		}
		m.send(0x32, append(append(field(topic), 0, 1), '1'))
		for {
			if h, _ := m.read(); h == 0 || h == 0x40 {
				return
			}
		}
	}
	tests := []struct {
		code  string
		text  string // part of the sentence
		cause func()
	}{
		{"no-prefix", "ada/data", func() { b.publish1("data", "1") }},
		{"wrong-case", "Ada/data", func() { b.publish1("Ada/data", "1") }},
		{"leading-slash", "/ada/data", func() { b.publish1("/ada/data", "1") }},
		{"space", "ada /data", func() { b.publish1("ada /data", "1") }},
		{"other-session", "bob/data", func() { b.publish1("bob/data", "1") }},
		{"wildcard", "ada/+/data", func() { mallet("ada/+/data") }},
		{"placeholder", "insert unique session here", func() { b.publish1("insert unique session here/data", "1") }},
		{"class-read-only", "class", func() { b.publish1("class/news", "1") }},
		{"filter-other-session", "bob/data", func() { b.subscribe("bob/data", 0) }},
		{"filter-outside", "data", func() { b.subscribe("data", 0) }},
		{"bytes-repr", "b'5.02'", func() { b.publish1("ada/bytes", "b'5.02'") }},
		{"decimal-comma", "5.02", func() { b.publish1("ada/comma", "5,02") }},
		{"nan", "nan", func() { b.publish1("ada/nan", `{"voltage": NaN, "current_mA": 81.3}`) }},
		{"broken-json", "JSON", func() { b.publish1("ada/broken", `{"voltage": 5.02,`) }},
		{"unit-guessed", "looks like mA", func() { b.publish1("ada/guess", `{"voltage": 5.012, "current": 81.3}`) }},
		{"always-zero", "0 all the time", func() { repeat(40, "ada/zero", `{"voltage_V": 0, "current_mA": 0}`) }},
		{"swapped-pins", "always negative", func() { repeat(40, "ada/swapped", `{"voltage_V": 5, "current_mA": -81.3}`) }},
		{"pinned", "end of the sensor's range", func() { repeat(40, "ada/pinned", `{"voltage_V": 5, "current_mA": 3200}`) }},
		{"same-client-id", "one_id", func() {
			for i := range 8 {
				x := dialFrom(t, s, fmt.Sprintf("127.0.0.%d", 2+i%2))
				if code := x.connect("one_id", "ada", "pw"); code != 0 {
					t.Fatalf("CONNACK: got %d, want 0", code)
				}
				x.publish1("ada/twin", "1")
			}
		}},
		{"several-addresses", "127.0.0.", func() {
			one, two := dialFrom(t, s, "127.0.0.4"), dialFrom(t, s, "127.0.0.5")
			one.connect("one", "ada", "pw")
			two.connect("two", "ada", "pw")
			for range 8 {
				one.publish1("ada/both", "1")
				two.publish1("ada/both", "2")
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			tt.cause()
			selector := fmt.Sprintf("#notices li[data-code=%q]", tt.code)
			eventually(t, func() string {
				found, _ := p.js(`(s, want) => [...document.querySelectorAll(s)].some((n) => n.innerText.includes(want))`, selector, tt.text).(bool)
				if found {
					return ""
				}
				return fmt.Sprintf("%q in %s: %s", tt.text, selector, p.text("#notices"))
			})
			eventually(t, func() string {
				if strings.Contains(told.String(), tt.text) {
					return ""
				}
				return fmt.Sprintf("%q on ada/errors: %s", tt.text, told)
			})
		})
	}
	// Repeats are counted, not repeated.
	b.publish1("data", "1")
	b.publish1("data", "1")
	p.waitText("#notices li[data-code=no-prefix]", "3 times")
	p.clean()
}

// TestBrowserRefusals: who is refused before there is a session finds the
// reason on the first page.
func TestBrowserRefusals(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	connected(t, s, "ada", "pw")
	p := newTab(t, startBrowser(t), s).goTo("/")
	p.waitText("#refused", "None")
	tests := []struct {
		name, id, user, password string
		code                     int
		want                     string
	}{
		{"no user name", "board1", "", "", 4, "without a user name"},
		{"wrong password", "board2", "ada", "wrong", 4, "ada"},
		{"reserved name", "board3", "class", "pw", 5, "class"},
		{"placeholder", "board4", "insert unique session here", "pw", 5, "insert unique session here"},
		{"bad name", "board5", "a/b", "pw", 5, "a/b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dial(t, s).connect(tt.id, tt.user, tt.password); got != tt.code {
				t.Errorf("CONNACK: got %d, want %d", got, tt.code)
			}
			p.waitText("#refused", tt.want)
			p.waitText("#refused", tt.id)
		})
	}
	if got := p.text("#refused"); got == "" {
		t.Error("refused: got nothing")
	}
	p.clean()
}
