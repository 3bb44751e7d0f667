package presence

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// clock is a hand-moved clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestConnections(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	start := c.Now()
	a := r.Connected(Client{Session: "ada", ID: "board", Addr: "10.0.0.1:5", Via: "tcp", Keepalive: 30})
	c.add(time.Second)
	b := r.Connected(Client{Session: "ada", ID: "host", Via: "websocket"})
	u := r.Connected(Client{ID: "unbound"})
	if a == 0 || b == 0 || a == b || u == b {
		t.Fatalf("keys: got %d, %d, %d, want different ones and no 0", a, b, u)
	}
	r.Message(a, "ada", "x", []byte("1"), 0, false)
	r.Message(a, "ada", "x", []byte("1"), 0, false)

	st, ok := r.Get("ada")
	if !ok || st.Clients != 2 || len(st.Connections) != 2 {
		t.Fatalf("Get: got %+v, %v, want two connections", st, ok)
	}
	if got := st.Connections[0]; got.ID != "board" || got.Messages != 2 || !got.Since.Equal(start) || got.Keepalive != 30 {
		t.Errorf("first connection: got %+v, want board with 2 messages since the start", got)
	}
	if _, ok := r.Get(""); ok {
		t.Error("an unbound client made a session")
	}

	r.Bound(u, "bob")
	r.Bound(u, "eve") // it has its session
	r.Bound(99, "eve")
	if st, _ := r.Get("bob"); st.Clients != 1 || st.Connections[0].Session != "bob" {
		t.Errorf("bound: got %+v, want one client", st)
	}
	if _, ok := r.Get("eve"); ok {
		t.Error("a bound client was bound again")
	}

	r.Disconnected(a, "keepalive")
	r.Disconnected(a, "twice")
	st, _ = r.Get("ada")
	if st.Clients != 1 || st.LastEnd != "keepalive" || !st.EndedAt.Equal(c.Now()) {
		t.Errorf("after the end: got %d clients, %q at %v, want 1, keepalive, now", st.Clients, st.LastEnd, st.EndedAt)
	}
	r.Disconnected(b, "")
	if st, _ = r.Get("ada"); st.Clients != 0 || st.LastEnd != "" {
		t.Errorf("after a clean end: got %d clients, %q, want none and no reason", st.Clients, st.LastEnd)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	if got := r.Sessions(); got == nil || len(got) != 0 {
		t.Errorf("empty: got %v, want an empty list", got)
	}
	for _, s := range []string{"bob", "Ada", "carl", "instructor"} {
		r.Connected(Client{Session: s})
	}
	r.Reading("carl", c.Now())
	r.Reading("carl", c.Now().Add(-time.Hour))
	r.Reading("nobody", c.Now())
	var names []string
	for _, s := range r.Sessions() {
		names = append(names, s.Session)
		if s.Session == "carl" && !s.LastReading.Equal(c.Now()) {
			t.Errorf("last reading: got %v, want %v", s.LastReading, c.Now())
		}
	}
	if got, want := fmt.Sprint(names), "[Ada bob carl]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r.Drop("bob")
	if _, ok := r.Get("bob"); ok || r.Changed("bob") != 0 {
		t.Error("a dropped session is still there")
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	payload := []byte("5.02")
	r.Message(0, "ada", "v", payload, 1, true)
	r.Numeric("ada", "v")
	payload[0] = 'X' // the broker uses its buffer again
	r.Message(0, "ada", "", []byte("hello"), 0, false)
	st, _ := r.Get("ada")
	want := []Topic{
		{Topic: "", Text: "hello", Size: 5, Count: 1, Time: c.Now()},
		{Topic: "v", Text: "5.02", Size: 4, Numeric: true, QoS: 1, Retained: true, Count: 1, Time: c.Now()},
	}
	if fmt.Sprint(st.Topics) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", st.Topics, want)
	}

	r.Message(0, "ada", "v", []byte("text"), 0, false)
	st, _ = r.Get("ada")
	if v := st.Topics[1]; v.Numeric || !v.Retained || v.Text != "text" || v.Count != 2 || v.QoS != 0 {
		t.Errorf("a text that is not retained: got %+v, want the retained mark kept, numeric gone", v)
	}
	r.Message(0, "ada", "v", nil, 0, true)
	st, _ = r.Get("ada")
	if v := st.Topics[1]; v.Retained || v.Size != 0 {
		t.Errorf("a cleared one: got %+v, want not retained", v)
	}
	r.Numeric("ada", "unknown")
	r.Numeric("nobody", "v")
}

func TestShownText(t *testing.T) {
	t.Parallel()
	a := strings.Repeat("a", MaxText-1)
	tests := []struct {
		name, payload, want string
		binary              bool
	}{
		{"text", "21 °C", "21 °C", false},
		{"empty", "", "", false},
		{"control characters are text", "\x1b[1m\n", "\x1b[1m\n", false},
		{"longest", a + "b", a + "b", false},
		{"cut", a + "bc", a + "b", false},
		{"cut before a character", a + "°", a, false},
		{"cut within a character", a[1:] + "°C", a[1:] + "°", false},
		{"cut a long character", a + "\U0001f600\U0001f600", a, false},
		{"bytes", "\x3f\x80\x00\x00", "3f800000", true},
		{"zero bytes", "A \x00\x00", "41200000", true},
		{"many bytes", strings.Repeat("\xff", 1000), strings.Repeat("f", MaxText), true},
		{"torn character", "5 \xc2", "3520c2", true},
	}
	r := New(nil)
	for _, tt := range tests {
		r.Message(0, "s", tt.name, []byte(tt.payload), 0, false)
		topics, _ := r.TopicsSince("s", 0)
		for _, got := range topics {
			if got.Topic != tt.name {
				continue
			}
			if got.Text != tt.want || got.Binary != tt.binary || got.Size != len(tt.payload) {
				t.Errorf("%s: got %q, binary %v, want %q, %v", tt.name, got.Text, got.Binary, tt.want, tt.binary)
			}
		}
	}
}

func TestTopicsSince(t *testing.T) {
	t.Parallel()
	r := New(nil)
	if topics, v := r.TopicsSince("ada", 7); topics != nil || v != 7 {
		t.Errorf("unknown session: got %v, %d, want none, 7", topics, v)
	}
	say := func(topic string) { r.Message(0, "ada", topic, nil, 0, false) }
	names := func(topics []Topic) string {
		s := ""
		for _, t := range topics {
			s += t.Topic
		}
		return s
	}
	say("a")
	say("b")
	say("c")
	topics, v := r.TopicsSince("ada", 0)
	if got := names(topics); got != "abc" || v != r.Changed("ada") {
		t.Errorf("all: got %q, version %d, want abc, %d", got, v, r.Changed("ada"))
	}
	if topics, again := r.TopicsSince("ada", v); len(topics) != 0 || again != v {
		t.Errorf("nothing new: got %v, %d, want none, %d", topics, again, v)
	}
	say("c")
	say("a")
	r.Numeric("ada", "b")
	r.Numeric("ada", "b") // no change
	topics, v2 := r.TopicsSince("ada", v)
	if got := names(topics); got != "abc" || v2 != v+3 {
		t.Errorf("after changes: got %q, %d, want abc, %d", got, v2, v+3)
	}
	say("b")
	topics, _ = r.TopicsSince("ada", v2)
	if got := names(topics); got != "b" || topics[0].Numeric {
		t.Errorf("after one change: got %+v, want b, not numeric", topics)
	}

	// A version outlives the session it was of.
	before := r.Changed("ada")
	r.Drop("ada")
	say("new")
	if topics, v := r.TopicsSince("ada", before); names(topics) != "new" || v <= before {
		t.Errorf("after Drop: got %v, %d, want the new topic and more than %d", topics, v, before)
	}
	r.Connected(Client{Session: "ada"})
	if topics, v := r.TopicsSince("ada", r.Changed("ada")-1); len(topics) != 0 || v == 0 {
		t.Errorf("a connection: got %v, want no topic", topics)
	}
}

func TestTopicsAreBounded(t *testing.T) {
	t.Parallel()
	r := New(nil)
	long := strings.Repeat("°/", 20000)
	for i := range MaxTopics + 10 {
		r.Message(0, "ada", fmt.Sprint("t", i), nil, 0, false)
		r.Message(0, "ada", "often", nil, 0, false)
	}
	r.Message(0, "ada", long+"a", nil, 0, false)
	r.Message(0, "ada", long+"b", nil, 0, false)
	st, _ := r.Get("ada")
	if got := len(st.Topics); got != MaxTopics {
		t.Fatalf("got %d topics, want %d", got, MaxTopics)
	}
	seen := map[string]bool{}
	for _, topic := range st.Topics {
		seen[topic.Topic] = true
		if len(topic.Topic) > maxTopicName+3 || !utf8.ValidString(topic.Topic) {
			t.Errorf("a topic's name is %d bytes, want at most %d of UTF-8", len(topic.Topic), maxTopicName)
		}
	}
	if !seen["often"] || seen["t0"] || !seen[fmt.Sprint("t", MaxTopics)] {
		t.Error("got not the newest topics, want those")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	r.Connected(Client{Session: "connected"})
	for i := range MaxSessions + 5 {
		r.Message(0, fmt.Sprint("s", i), "", nil, 0, false)
		c.add(time.Millisecond)
	}
	_, silent := r.Get("s0")
	_, connected := r.Get("connected")
	if n := len(r.Sessions()); n != MaxSessions || silent || !connected {
		t.Errorf("got %d sessions, the silent one %v, the connected one %v, want %d, false, true", n, silent, connected, MaxSessions)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	rate := func() float64 {
		st, _ := r.Get("ada")
		return st.Rate
	}
	send := func(n int, every time.Duration) {
		for range n {
			r.Message(0, "ada", "v", nil, 0, false)
			c.add(every)
		}
	}
	near := func(name string, want, within float64) {
		t.Helper()
		if got := rate(); math.Abs(got-want) > within {
			t.Errorf("%s: got %.2f/s, want %.2f", name, got, want)
		}
	}
	r.Connected(Client{Session: "ada"})
	near("no message", 0, 0)
	send(1, 0)
	near("one message", 1, 0)
	c.add(2 * time.Second)
	near("one message 2 s ago", 0.5, 0.01)
	c.add(10 * time.Second)
	near("silence", 0, 0)
	send(20, 100*time.Millisecond)
	near("2 s of 10/s", 10, 0.6)
	send(100, 100*time.Millisecond)
	near("10/s", 10, 0.3)
	c.add(37 * time.Millisecond)
	send(500, 10*time.Millisecond)
	near("100/s", 100, 2)
	c.add(2500 * time.Millisecond)
	near("100/s, stopped 2.5 s ago", 50, 2)
	c.add(time.Hour)
	near("stopped long ago", 0, 0)
	near("asked again", 0, 0)
	send(30, 100*time.Millisecond)
	near("began again", 10, 0.4)
	c.add(-time.Hour)
	send(30, 100*time.Millisecond)
	near("the clock was set back", 10, 0.4)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := New(c.Now)
	if got := r.Refusals(); got == nil || len(got) != 0 {
		t.Errorf("none: got %v, want an empty list", got)
	}
	first := Refusal{Addr: "10.0.0.1", Client: "esp32_a1b2c3", User: "\xff" + strings.Repeat("ü", 60), Code: "no-user", Text: "why"}
	r.Refused(first)
	c.add(time.Second)
	r.Refused(Refusal{Addr: "10.0.0.2", Client: "é" + "12345", Code: "no-user"})
	c.add(time.Second)
	r.Refused(first)
	list := r.Refusals()
	if len(list) != 2 {
		t.Fatalf("got %+v, want two", list)
	}
	x := list[0]
	if x.Addr != "10.0.0.1" || x.Count != 2 || !x.Time.Equal(c.Now()) || x.Client != "a1b2c3" {
		t.Errorf("repeat: got %+v, want it in front, counted, with the client id's end", x)
	}
	if len(x.User) > maxUser || !utf8.ValidString(x.User) {
		t.Errorf("user: got %d bytes %q, want at most %d of UTF-8", len(x.User), x.User, maxUser)
	}
	if list[1].Client != "é12345" {
		t.Errorf("client of six characters: got %q", list[1].Client)
	}
	for i := range MaxRefusals + 5 {
		r.Refused(Refusal{Addr: fmt.Sprint(i)})
	}
	list = r.Refusals()
	if len(list) != MaxRefusals || list[0].Addr != fmt.Sprint(MaxRefusals+4) || list[MaxRefusals-1].Addr != "5" {
		t.Errorf("bound: got %d, from %s, want %d, the newest", len(list), list[0].Addr, MaxRefusals)
	}
}
