package dashboard

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
	"labbroker/internal/packets"
)

// tapWatch is a watch that a test fills.
type tapWatch struct {
	ready  chan struct{}
	closed chan struct{}

	mu   sync.Mutex // guards what follows
	list []packets.Seen
	left int
}

func newTapWatch() *tapWatch {
	return &tapWatch{ready: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (w *tapWatch) Ready() <-chan struct{} { return w.ready }
func (w *tapWatch) Close()                 { close(w.closed) }
func (w *tapWatch) Take() ([]packets.Seen, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, left := w.list, w.left
	w.list, w.left = nil, 0
	return list, left
}

func (w *tapWatch) put(left int, list ...packets.Seen) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, list...)
	w.left += left
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// packetStream opens the stream and returns what reads its next event.
func (l *lab) packetStream(path string, who as) (next func() (event, data string), end context.CancelFunc) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	l.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", l.url+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	who(r)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		l.t.Fatalf("got %d %s, want a stream", resp.StatusCode, resp.Header)
	}
	lines := bufio.NewReader(resp.Body)
	return func() (event, data string) {
		for {
			text, err := lines.ReadString('\n')
			if err != nil {
				return "end", ""
			}
			switch name, value, _ := strings.Cut(strings.TrimRight(text, "\n"), ": "); name {
			case "event":
				event = value
			case "data":
				data = value
			case "":
				return event, data
			}
		}
	}, cancel
}

func TestPacketStream(t *testing.T) {
	t.Parallel()
	tap := newTapWatch()
	asked := make(chan string, 1)
	l := newLab(t, Options{Packets: func(name string) (PacketWatch, error) { asked <- name; return tap, nil }})
	next, end := l.packetStream("/api/sessions/ADA/packets", ada)
	if got := <-asked; got != "ada" {
		t.Errorf("watched: got %q, want ada", got)
	}
	if event, _ := next(); event != "hello" {
		t.Fatalf("got event %s, want hello", event)
	}
	at := time.Date(2026, 12, 1, 10, 0, 0, 123456789, time.UTC)
	frame := mqtttest.Publish{Topic: "ada/mcu/ina219", Payload: `{"voltage": 5.012, "current_mA": 81.3}`, QoS: 1, ID: 7}.Frame()
	odd := mqtttest.Publish{Topic: "ada/</script>\n", Payload: "\xff\x00"}.Frame()
	tap.put(3,
		packets.Seen{At: at, Conn: 5, Client: "esp32", Addr: "10.0.0.9:4711", Via: "tcp", Bytes: frame, Size: len(frame)},
		packets.Seen{At: at, Bytes: odd, Size: len(odd), Refused: true, Hint: "Not so."},
		packets.Seen{At: at, Out: true, Bytes: []byte{0x90, 3, 0, 1, 0x80}, Size: 5},
		packets.Seen{At: at, Out: true, End: "keepalive", Hint: "It slept."},
	)
	event, data := next()
	for event == "beat" {
		event, data = next()
	}
	if event != "packets" {
		t.Fatalf("got event %s, want packets", event)
	}
	got := decode[packetsJSON](t, strings.ReplaceAll(data, `"at":"2026-12-01T10:00:00.123456Z",`, ""))
	if len(got.Packets) != 4 || got.Left != 3 {
		t.Fatalf("got %s, want four packets and 3 left", data)
	}
	p := got.Packets[0]
	if p.Type != "PUBLISH" || p.Topic != "ada/mcu/ina219" || p.QoS != 1 || p.ID != 7 || p.Conn != 5 || p.Client != "esp32" ||
		p.Size != len(frame) || p.Head != 2 || p.PayloadAt != 20 || p.Payload != len(frame)-20 || !slices.Equal(p.Bytes, frame) {
		t.Errorf("got %+v, want the frame taken apart", p)
	}
	reading, err := json.Marshal(p.Reading)
	if want := `{"rows":[{"series":"mcu/ina219","values":[{"name":"voltage","value":5.012,"unit":"V"},{"name":"current","value":81.3,"unit":"mA"}]}]}`; err != nil || string(reading) != want {
		t.Errorf("reading: got %s, want %s", reading, want)
	}
	if p := got.Packets[1]; !p.Refused || p.Hint != "Not so." || p.Topic != "ada/</script>\n" || p.Reading != nil {
		t.Errorf("got %+v, want the refused one as it was", p)
	}
	if strings.Contains(data, "</script") {
		t.Errorf("got markup in %s", data)
	}
	if p := got.Packets[2]; !p.Refused || p.Type != "SUBACK" || !slices.Equal(p.Codes, []int{128}) {
		t.Errorf("got %+v, want a SUBACK that refuses", p)
	}
	if p := got.Packets[3]; p.Type != "END" || p.End != "keepalive" || p.Hint != "It slept." {
		t.Errorf("got %+v, want the connection's end", p)
	}
	end()
	<-tap.closed // nothing is left of it
}

// TestOwnPackets: the instructor's clients are watched by the instructor, until
// the password changes.
func TestOwnPackets(t *testing.T) {
	t.Parallel()
	tap := newTapWatch()
	asked := make(chan string, 1)
	l := newLab(t, Options{Packets: func(name string) (PacketWatch, error) { asked <- name; return tap, nil }})
	next, _ := l.packetStream("/api/packets", boss)
	if got := <-asked; got != "instructor" {
		t.Errorf("watched: got %q, want instructor", got)
	}
	if event, data := next(); event != "hello" || !strings.Contains(data, `"session":"instructor"`) {
		t.Fatalf("got event %s %s, want hello of instructor", event, data)
	}
	frame := mqtttest.Publish{Topic: "ada/x", Payload: "7"}.Frame()
	tap.put(0, packets.Seen{At: time.Now(), Out: true, Bytes: frame, Size: len(frame)})
	event, data := next()
	for event == "beat" { // he is no session, and stays
		event, data = next()
	}
	if p := decode[packetsJSON](t, data); len(p.Packets) != 1 || p.Packets[0].Reading == nil {
		t.Errorf("got %s, want ada's message with its reading", data)
	}
	l.people.mu.Lock()
	l.people.stamps["instructor"] = "another"
	l.people.mu.Unlock()
	for event != "end" {
		event, _ = next()
	}
	<-tap.closed
}

// TestPacketStreamEnds: with a new password, and it beats until then.
func TestPacketStreamEnds(t *testing.T) {
	t.Parallel()
	tap := newTapWatch()
	l := newLab(t, Options{Packets: func(string) (PacketWatch, error) { return tap, nil }})
	next, _ := l.packetStream("/api/sessions/ada/packets", ada)
	next()
	if event, _ := next(); event != "beat" {
		t.Errorf("got event %s, want beat", event)
	}
	l.people.mu.Lock()
	l.people.stamps["ada"] = "another"
	l.people.mu.Unlock()
	event := "beat"
	for event == "beat" {
		event, _ = next()
	}
	if event != "end" {
		t.Errorf("got event %s, want the end", event)
	}
	<-tap.closed
}

func TestPacketsBusy(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Packets: func(string) (PacketWatch, error) { return nil, packets.ErrBusy }})
	got := l.get("/api/sessions/ada/packets", ada)
	if text := got.sentence(t); got.status != 503 || !strings.Contains(text, "Close Packets") || got.header.Get("Retry-After") == "" {
		t.Errorf("got %d %q %v, want 503 that says what to do", got.status, text, got.header)
	}
}

// TestPacketReading: how payloads are understood, by topic.
func TestPacketReading(t *testing.T) {
	t.Parallel()
	dash := newLab(t, Options{}).dash
	l := packetList{session: dash.readings("ada"), rows: dash.o.Rows}
	for _, tc := range []struct{ topic, payload, want string }{
		{"ada/x/voltage", "5.02", `{"joins":true,"rows":[{"series":"x","values":[{"name":"voltage","value":5.02,"unit":"V"}]}]}`},
		{"ada/data", `["IV", 1.5, 2]`, `{"rows":[{"series":"IV","values":[{"name":"c1","value":1.5,"unit":""},{"name":"c2","value":2,"unit":""}]}]}`},
		{"ada/new_series", `["IV", "Voltage [V]"]`, `{"command":"new_series","rows":[]}`},
		{"ada", "7", `{"rows":[{"series":"value","values":[{"name":"value","value":7,"unit":""}]}]}`},
		{"ada/hello", "world", `null`},
		{"adam/x", "7", `null`},
		{"class/x", "7", `null`},
	} {
		got, err := json.Marshal(l.reading(tc.topic, []byte(tc.payload), time.Now()))
		if err != nil || string(got) != tc.want {
			t.Errorf("%s %s: got %s, want %s", tc.topic, tc.payload, got, tc.want)
		}
	}
	all := packetList{session: dash.readings("instructor"), rows: dash.o.Rows}
	for topic, want := range map[string]bool{"ada/x": true, "Bob/x": true, "bob/x": false, "class/x": false} {
		if got := all.reading(topic, []byte("7"), time.Now()) != nil; got != want {
			t.Errorf("the instructor's %s as a reading: got %v, want %v", topic, got, want)
		}
	}
	many := "[" + strings.Repeat("1,", 40) + "1]"
	if got := l.reading("ada/x", []byte(many), time.Now()); got == nil || !got.More || len(got.Rows[0].Values) != maxReadingValues {
		t.Errorf("many values: got %+v, want %d and word that there are more", got, maxReadingValues)
	}
}
