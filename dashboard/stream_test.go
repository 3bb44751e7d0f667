package dashboard

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/series"
)

// event is one server-sent event.
type event struct{ id, name, data string }

// watch opens a stream; its events come until the stream ends.
func watch(t *testing.T, url string, who ...as) <-chan event {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	for _, change := range who {
		change(r)
	}
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %d %s, want a stream", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	events := make(chan event, 1000)
	go func() {
		defer close(events)
		defer client.CloseIdleConnections()
		defer resp.Body.Close()
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				events <- e
				e = event{}
			}
		}
	}()
	return events
}

// next waits for an event of that name whose data contain part.
func next(t *testing.T, events <-chan event, name, part string) event {
	t.Helper()
	return nextOf(t, events, event{name: name, data: part})[0]
}

// nextOf waits for one event of each of these names and parts of data, in any
// order.
func nextOf(t *testing.T, events <-chan event, wanted ...event) []event {
	t.Helper()
	found, missing := make([]event, len(wanted)), len(wanted)
	late := time.After(time.Minute)
	var last []event
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("got the end after %v, want %v", last, wanted)
			}
			last = append(last, e)
			for i, want := range wanted {
				if found[i].name == "" && e.name == want.name && strings.Contains(e.data, want.data) {
					found[i] = e
					missing--
				}
			}
			if missing == 0 {
				return found
			}
		case <-late:
			t.Fatalf("got %v, want %v", last, wanted)
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "mcu/ina219", volts, amps)
	l.append(id, at(0, 5, 0.1))
	l.notices.Notice("ada", notice.Draft{Code: "x", Topic: "t", Text: "First."})
	events := watch(t, l.url+"/api/sessions/ADA/stream", ada)
	if e := next(t, events, "hello", `{"seq":1,"now":"`); e.id != "1" {
		t.Errorf("got id %q, want 1", e.id)
	}
	next(t, events, "series", `"mcu/ina219"`)
	next(t, events, "state", `"state":"gone"`)
	next(t, events, "notices", `First.`)
	l.append(id, at(1, 5.012, 0.0813))
	if e := next(t, events, "rows", `[2,"2026-11-22T23:00:01.123Z",5.012,81.3]`); e.id != "2" {
		t.Errorf("got id %q, want 2", e.id)
	}
	key := l.presence.Connected(presence.Client{Session: "ada", ID: "esp32", Addr: "192.168.1.23:5", Via: "tcp"})
	next(t, events, "state", `"state":"connected","clients":[{"id":"esp32"`)
	l.presence.Message(key, "ada", "hello", []byte("<b>hi</b>"), 1, true)
	next(t, events, "topics", `{"topic":"hello","text":"\u003cb\u003ehi\u003c/b\u003e"`)
	l.notices.Notice("ada", notice.Draft{Code: "y", Topic: "t", Text: "Second."})
	l.hub.Mark("ada", live.MarkNotices)
	next(t, events, "notices", "Second.")
	l.presence.Disconnected(key, "connection lost")
	next(t, events, "state", `"last_end":"connection lost"`)
	again := watch(t, l.url+"/api/sessions/ada/stream?key=key-ada&after=2", header("Last-Event-ID", "1"))
	if e := next(t, again, "hello", ""); e.id != "" {
		t.Errorf("got id %q while rows are outstanding, want none", e.id)
	}
	next(t, again, "rows", `[[2,`)
}

// TestStreamOverARestart is a browser whose server ends and comes back over
// the same store.
func TestStreamOverARestart(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "x", volts)
	serve := func(hub *live.Hub) (url string, end func()) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		d := l.dash.Deps
		d.Hub = hub
		dash, err := New(d, Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- dash.Serve(ctx, listener) }()
		return "http://" + listener.Addr().String(), func() {
			began := time.Now()
			stop()
			if err := <-done; err != nil {
				t.Errorf("got Serve's error %v, want none", err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("got an end after %v with a stream open, want at once", took)
			}
			if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
				t.Error("got a connection after the end, want none")
			}
		}
	}
	url, end := serve(live.New())
	events := watch(t, url+"/api/sessions/ada/stream", ada)
	next(t, events, "hello", `"seq":0`)
	end()
	for range events { // it ends
	}
	l.append(id, at(0, 1), at(1, 2))
	url, end = serve(live.New())
	events = watch(t, url+"/api/sessions/ada/stream", ada, header("Last-Event-ID", "0"))
	if e := next(t, events, "rows", `[[1,"2026-11-22T23:00:00.123Z",1],[2,"2026-11-22T23:00:01.123Z",2]]`); e.id != "2" {
		t.Errorf("got id %q, want 2", e.id)
	}
	end()
}

func TestWall(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	now := time.Now()
	l.append(l.define("ada", "mcu/ina219", volts, amps), series.Row{Time: now.UnixNano(), Values: []float64{5.012, 0.0813}})
	key := l.presence.Connected(presence.Client{Session: "ada"})
	l.presence.Message(key, "ada", "mcu/ina219", []byte("1"), 0, false)
	l.presence.Connected(presence.Client{Session: "Bob"})
	got := decode[[]summaryJSON](t, l.get("/api/sessions", boss).body)
	if len(got) != 3 || got[0].Session != "ada" || got[1].Session != "Bob" || got[2].Session != "sim-1" {
		t.Fatalf("got %+v, want ada, Bob, sim-1", got)
	}
	for i, want := range []string{"publishing", "connected", "never"} {
		if got[i].State != want {
			t.Errorf("got %s %s, want %s", got[i].Session, got[i].State, want)
		}
	}
	if !got[2].Simulated || got[0].Simulated {
		t.Errorf("got simulated %v and %v, want sim-1 only", got[0].Simulated, got[2].Simulated)
	}
	want := []latestJSON{{"mcu/ina219", "voltage", "voltage", "V", 5.012}, {"mcu/ina219", "current", "current", "mA", 81.3}}
	if a := got[0]; len(a.Latest) != 2 || a.Latest[0] != want[0] || a.Latest[1] != want[1] || len(a.Spark) != 1 || a.Spark[0] != 81.3 {
		t.Errorf("got latest %v, spark %v, want %v and 81.3", a.Latest, a.Spark, want)
	}
	events := watch(t, l.url+"/api/wall/stream", boss)
	first := next(t, events, "wall", `"session":"ada"`)
	if n := len(decode[[]summaryJSON](t, first.data)); n != 3 {
		t.Errorf("got %d tiles first, want 3", n)
	}
	l.people.remove("sim-1")
	next(t, events, "wall", `{"session":"sim-1","removed":true}`)
}
