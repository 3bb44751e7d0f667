package board

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"periph.io/x/conn/v3/physic"

	"labbroker/internal/board/boardtest"
	"labbroker/sensor/ina219"
	"labbroker/sensor/ina219/host"
)

// bench is a chip at 5.012 V and 81.3 mA, and the meters opened on it.
type bench struct {
	chip *ina219.Chip
	max  physic.ElectricCurrent // range to open with; 0 = the usual

	mu   sync.Mutex // guards amps
	amps physic.ElectricCurrent
}

func newBench() *bench {
	b := &bench{amps: 81300 * physic.MicroAmpere}
	b.chip = ina219.NewChip(func(time.Time) (physic.ElectricPotential, physic.ElectricCurrent) {
		b.mu.Lock()
		defer b.mu.Unlock()
		return 5012 * physic.MilliVolt, b.amps
	}, ina219.ChipOptions{})
	return b
}

func (b *bench) open() (Meter, error) {
	return ina219.New(b.chip, ina219.Options{Interval: 5 * time.Millisecond, MaxCurrent: b.max})
}

// run starts a board and returns what stops it; the test waits for its end.
func run(t *testing.T, o Options) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, o) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return boardtest.Next(t, "end of Run", done)
	})
	t.Cleanup(func() { stop() })
	return stop
}

func options(broker string, b *bench) Options {
	return Options{Broker: broker, Session: "ada", Password: "s3cret", Rate: 200, Open: b.open, Tally: new(Tally)}
}

// reading waits for a payload on the sensor's topic.
func reading(t *testing.T, b *boardtest.Broker) (m boardtest.Message, fields map[string]float64) {
	t.Helper()
	for {
		m = boardtest.Next(t, "reading", b.Messages)
		if m.Topic == "ada/mcu/ina219" {
			if err := json.Unmarshal([]byte(m.Payload), &fields); err != nil {
				t.Fatalf("payload %s: %v", m.Payload, err)
			}
			return m, fields
		}
	}
}

func TestPublishesLikeABoard(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	o := options(broker.Addr(), newBench())
	stop := run(t, o)

	c := boardtest.Next(t, "CONNECT", broker.Connects)
	if c.User != "ada" || c.Password != "s3cret" || !strings.HasPrefix(c.ID, "labbroker-ada-") || !c.Clean || c.Keepalive != 30 {
		t.Errorf("CONNECT: got %+v, want ada's with a client id of her own", c)
	}
	if want := (boardtest.Message{Topic: "ada/status", Payload: "offline", Retain: true}); c.Will != want {
		t.Errorf("will: got %+v, want %+v", c.Will, want)
	}
	if got := boardtest.Next(t, "SUBSCRIBE", broker.Filters); got != "ada/errors" {
		t.Errorf("filter: got %q, want ada/errors", got)
	}
	m := boardtest.Next(t, "status", broker.Messages)
	if want := (boardtest.Message{Client: c.ID, Topic: "ada/status", Payload: "online", Retain: true}); m != want {
		t.Errorf("first message: got %+v, want %+v", m, want)
	}
	before := time.Now().Add(-time.Minute).UnixMilli()
	for range 20 {
		m, fields := reading(t, broker)
		if m.QoS != 1 || m.Retain {
			t.Fatalf("reading: got QoS %d, retain %t, want 1, false", m.QoS, m.Retain)
		}
		if v := fields["voltage"]; v != 5.012 {
			t.Errorf("voltage: got %g, want 5.012", v)
		}
		if i := fields["current_mA"]; i < 81.2 || i > 81.4 {
			t.Errorf("current_mA: got %g, want 81.3 +- 0.1", i)
		}
		if p := fields["power_mW"]; p < 403 || p > 409 {
			t.Errorf("power_mW: got %g, want 407 +- 4", p)
		}
		if at := int64(fields["t"]); at < before || at > time.Now().UnixMilli() || len(fields) != 4 {
			t.Errorf("payload: got %s, want t in Unix ms and nothing more", m.Payload)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("end: got %v, want no error", err)
	}
	if got := boardtest.Next(t, "DISCONNECT", broker.Goodbyes); got != c.ID {
		t.Errorf("good-bye: got %q, want %q", got, c.ID)
	}
	var last boardtest.Message
	for len(broker.Messages) > 0 {
		last = <-broker.Messages
	}
	if last.Topic != "ada/status" || last.Payload != "offline" || !last.Retain {
		t.Errorf("last message: got %+v, want ada/status offline", last)
	}
	published, acked := o.Tally.Published.Load(), o.Tally.Acknowledged.Load()
	if published < 20 || acked != published || o.Tally.Lost.Load() != 0 || o.Tally.Latency.Summary().Count != acked {
		t.Errorf("tally: got %d published, %d acknowledged, %d lost, want all acknowledged", published, acked, o.Tally.Lost.Load())
	}
}

func TestOverWebSocket(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"mqtt"}})
		if err != nil || ws.Subprotocol() != "mqtt" || r.URL.Path != "/mqtt" {
			t.Errorf("WebSocket: got %v, path %s, want subprotocol mqtt at /mqtt", err, r.URL.Path)
			return
		}
		broker.Serve(websocket.NetConn(r.Context(), ws, websocket.MessageBinary))
	}))
	defer server.Close()
	stop := run(t, options("ws"+strings.TrimPrefix(server.URL, "http"), newBench()))
	for range 5 {
		reading(t, broker)
	}
	if err := stop(); err != nil {
		t.Errorf("end: got %v, want no error", err)
	}
}

func TestComesBackAfterAnOutage(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	o := options(broker.Addr(), newBench())
	stop := run(t, o)
	reading(t, broker)
	broker.Silence(true)
	reading(t, broker) // at least one is never acknowledged
	reading(t, broker)
	broker.HangUp()
	broker.Silence(false)
	boardtest.Next(t, "CONNECT", broker.Connects)
	boardtest.Next(t, "second CONNECT", broker.Connects)
	for len(broker.Messages) > 0 {
		<-broker.Messages
	}
	reading(t, broker)
	stop()
	if lost := o.Tally.Lost.Load(); lost < 1 {
		t.Errorf("lost: got %d, want at least 1", lost)
	}
	if p, a, l := o.Tally.Published.Load(), o.Tally.Acknowledged.Load(), o.Tally.Lost.Load(); p != a+l || o.Tally.InFlight() != 0 {
		t.Errorf("tally: %d published, %d acknowledged, %d lost: want a sum", p, a, l)
	}
	if n := o.Tally.Connects.Load(); n != 2 {
		t.Errorf("connects: got %d, want 2", n)
	}
}

func TestSkipsWhenNothingIsAcknowledged(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	broker.Silence(true)
	o := options(broker.Addr(), newBench())
	o.Rate = 1000
	run(t, o)
	for range window {
		reading(t, broker)
	}
	waitFor(t, "a skipped reading", func() bool { return o.Tally.Skipped.Load() > 10 })
	if got := o.Tally.Published.Load(); got != window {
		t.Errorf("published: got %d, want %d", got, window)
	}
}

func TestRefusedForGoodEnds(t *testing.T) {
	t.Parallel()
	for _, code := range []byte{1, 2, 4, 5} {
		broker := boardtest.New(t)
		broker.Check(func(boardtest.Connect) byte { return code })
		err := Run(t.Context(), options(broker.Addr(), newBench()))
		var refused *Refused
		if !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("code %d: got %v, want a refusal", code, err)
		}
	}
}

func TestRefusedForNowIsTriedAgain(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	attempts := 0
	broker.Check(func(boardtest.Connect) byte {
		if attempts++; attempts == 1 {
			return 3
		}
		return 0
	})
	run(t, options(broker.Addr(), newBench()))
	reading(t, broker)
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	b := newBench()
	tests := []struct {
		name string
		set  func(*Options)
		want error
	}{
		{"no broker", func(o *Options) { o.Broker = "" }, ErrBroker},
		{"TLS", func(o *Options) { o.Broker = "mqtts://localhost" }, ErrBroker},
		{"rate", func(o *Options) { o.Rate = 1001 }, ErrRate},
		{"negative rate", func(o *Options) { o.Rate = -1 }, ErrRate},
		{"no such bus", func(o *Options) { o.Open, o.Bus = nil, "/dev/i2c-99" }, host.ErrNoBus},
		{"address", func(o *Options) {
			o.Open = func() (Meter, error) { return ina219.New(b.chip, ina219.Options{Addr: 0x10}) }
		}, ina219.ErrAddr},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options("127.0.0.1:1", b)
			tt.set(&o)
			err := Run(t.Context(), o)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error: got %v, want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error: got %q, want one sentence", err)
			}
		})
	}
	o := options("127.0.0.1:1", b)
	o.Session = "a/b"
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "a/b") {
		t.Errorf("session a/b: got %v, want an error that names it", err)
	}
}

// log collects a board's sentences.
type log struct {
	mu sync.Mutex // guards text
	bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *log) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.String()
}

func TestFaultsAreToldAndRetried(t *testing.T) {
	t.Parallel()
	broken := errors.New("remote I/O error")
	tests := []struct {
		name  string
		begin func(*bench) // before the board starts
		upset func(*bench) // while it publishes; nil = nothing
		mend  func(*bench)
		want  string
	}{
		{"wire falls off", nil, func(b *bench) { b.chip.Fail(broken, -1) }, func(b *bench) { b.chip.Fail(nil, 0) }, "remote I/O error"},
		{"nobody there at first", func(b *bench) { b.chip.Fail(broken, -1) }, nil, func(b *bench) { b.chip.Fail(nil, 0) }, "set up INA219 at 0x40"},
		{"one bad transfer", nil, func(b *bench) { b.chip.Fail(broken, 1) }, func(*bench) {}, "remote I/O error"},
		{"supply dips", nil, func(b *bench) { b.chip.PowerCycle() }, func(*bench) {}, "lost its settings"},
		{"overflow", func(b *bench) { b.max = 400 * physic.MilliAmpere },
			func(b *bench) { b.set(450 * physic.MilliAmpere) }, func(b *bench) { b.set(81300 * physic.MicroAmpere) }, "overflow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			broker, b, text := boardtest.New(t), newBench(), new(log)
			if tt.begin != nil {
				tt.begin(b)
			}
			o := options(broker.Addr(), b)
			o.Log = slog.New(slog.NewTextHandler(text, nil))
			stop := run(t, o)
			if tt.upset != nil {
				reading(t, broker)
				tt.upset(b)
			}
			waitFor(t, "a complaint", func() bool { return strings.Contains(text.text(), tt.want) })
			tt.mend(b)
			waitFor(t, "the end of the trouble", func() bool { return strings.Contains(text.text(), "reads again") })
			for len(broker.Messages) > 0 {
				<-broker.Messages
			}
			if _, fields := reading(t, broker); fields["voltage"] != 5.012 || fields["current_mA"] < 81 {
				t.Errorf("after the trouble: got %v, want the reading as before", fields)
			}
			if n := strings.Count(text.text(), tt.want); n > 2 {
				t.Errorf("complaints: got %d, want the same one not repeated:\n%s", n, text.text())
			}
			if err := stop(); err != nil {
				t.Errorf("end: got %v, want no error", err)
			}
		})
	}
}

func (b *bench) set(amps physic.ElectricCurrent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.amps = amps
}

func TestHintsAreLogged(t *testing.T) {
	t.Parallel()
	broker, text := boardtest.New(t), new(log)
	o := options(broker.Addr(), newBench())
	o.Log = slog.New(slog.NewTextHandler(text, nil))
	run(t, o)
	reading(t, broker)
	broker.Send("ada/errors", "You published to `x`.")
	waitFor(t, "the hint", func() bool { return strings.Contains(text.text(), "You published to `x`.") })
	if n := o.Tally.Hints.Load(); n != 1 {
		t.Errorf("hints: got %d, want 1", n)
	}
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s within 10 s", what)
		}
	}
}
