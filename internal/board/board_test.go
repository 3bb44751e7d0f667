package board

import (
	"bufio"
	"bytes"
	"errors"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"labbroker/sensor/ina219"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, pages string }{
		{"labbroker.local", "labbroker.local:1883", "http://labbroker.local:8080"},
		{"192.168.1.5:1884", "192.168.1.5:1884", "http://192.168.1.5:8080"},
		{"tcp://host", "host:1883", "http://host:8080"},
		{"mqtt://host:1", "host:1", "http://host:8080"},
		{"[::1]:1883", "[::1]:1883", "http://[::1]:8080"},
		{"ws://host:8080/mqtt", "ws://host:8080/mqtt", "http://host:8080"},
		{"ws://host", "ws://host:80/mqtt", "http://host:80"},
		{"wss://host/x", "wss://host:443/x", "https://host:443"},
	}
	for _, tt := range tests {
		a, err := ParseAddress(tt.in)
		if err != nil || a.String() != tt.want || a.Pages() != tt.pages {
			t.Errorf("%s: got %s, %s, %v, want %s, %s", tt.in, a, a.Pages(), err, tt.want, tt.pages)
		}
	}
	for _, in := range []string{"", ":1883", "http://host", "tcp://user@host", "tcp://host/path", "host:port"} {
		if a, err := ParseAddress(in); !errors.Is(err, ErrBroker) {
			t.Errorf("%q: got %v, %v, want %v", in, a, err, ErrBroker)
		}
	}
}

func TestPayload(t *testing.T) {
	t.Parallel()
	r := ina219.Reading{Voltage: 5012 * physic.MilliVolt, Current: -81_312_500, Power: 407_500 * physic.MicroWatt}
	got := string(appendReading(nil, r, time.UnixMilli(1700000000123)))
	if want := `{"voltage":5.012,"current_mA":-81.313,"power_mW":407.5,"t":1700000000123}`; got != want {
		t.Errorf("payload: got %s, want %s", got, want)
	}
}

func TestPackets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		got  []byte
		want string
	}{
		{"QoS 0", appendPublish(nil, message{topic: "a/b", payload: []byte("x"), retain: true}, 0), "\x31\x06\x00\x03a/bx"},
		{"QoS 1", appendPublish(nil, message{topic: "a/b", payload: []byte("x")}, 0x102), "\x32\x08\x00\x03a/b\x01\x02x"},
		{"subscribe", appendSubscribe(nil, "a", 1), "\x82\x06\x00\x01\x00\x01a\x00"},
		{"connect", appendConnect(nil, login{id: "i", user: "u", password: "p", keepalive: 30,
			will: message{topic: "w", payload: []byte("o"), retain: true}}),
			"\x10\x19\x00\x04MQTT\x04\xe6\x00\x1e\x00\x01i\x00\x01w\x00\x01o\x00\x01u\x00\x01p"},
		{"connect of nobody", appendConnect(nil, login{id: "i"}), "\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01i"},
		{"200 bytes", appendPublish(nil, message{topic: "t", payload: make([]byte, 200)}, 0)[:6], "\x30\xcb\x01\x00\x01t"},
	}
	for _, tt := range tests {
		if string(tt.got) != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func FuzzReadPacket(f *testing.F) {
	f.Add([]byte("\x31\x06\x00\x03a/bx"))
	f.Add([]byte("\x32\x08\x00\x03a/b\x01\x02x\x40\x02\x00\x01"))
	f.Add([]byte("\x30\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bufio.NewReader(bytes.NewReader(in))
		buffer := make([]byte, 0, 16)
		for {
			first, body, err := readPacket(r, buffer)
			if err != nil {
				return
			}
			if first&0xf0 == publish {
				parsePublish(first, body)
			}
		}
	})
}

func TestLatencies(t *testing.T) {
	t.Parallel()
	var l Latencies
	if got := l.Summary(); got != (Summary{}) {
		t.Errorf("nothing: got %+v, want zero", got)
	}
	for i := 1; i <= 1000; i++ {
		l.Add(time.Duration(i) * time.Millisecond)
	}
	l.Add(-time.Second)
	s := l.Summary()
	for _, q := range []struct {
		name      string
		got, want time.Duration
	}{{"p50", s.P50, 500 * time.Millisecond}, {"p95", s.P95, 950 * time.Millisecond}, {"p99", s.P99, 990 * time.Millisecond}, {"max", s.Max, time.Second}} {
		if off := float64(q.got-q.want) / float64(q.want); off < -0.002 || off > 0.017 {
			t.Errorf("%s: got %s, want %s +1.7 %%", q.name, q.got, q.want)
		}
	}
	if s.Count != 1001 {
		t.Errorf("count: got %d, want 1001", s.Count)
	}
	l.Reset()
	if got := l.Summary(); got != (Summary{}) {
		t.Errorf("after reset: got %+v, want zero", got)
	}
	for _, ns := range []uint64{0, 1, 63, 64, 65, 127, 128, 1 << 20, 1<<40 + 12345, 1<<63 - 1} {
		if b := bucket(ns); upper(b) < ns || b > 0 && upper(b-1) >= ns {
			t.Errorf("%d ns: bucket %d ends at %d, the one before at %d", ns, b, upper(b), upper(max(b-1, 0)))
		}
	}
}
