package dashboard

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"labbroker/internal/series"
)

// setter is a pipeline that sets units in a store.
type setter func(session, name, column, unit string) (series.Column, error)

func (f setter) SetUnit(_ context.Context, session, name, column, unit string) (series.Column, error) {
	return f(session, name, column, unit)
}

func TestUnits(t *testing.T) {
	t.Parallel()
	var asked []string
	l := newLab(t, Options{Units: setter(func(session, name, column, unit string) (series.Column, error) {
		asked = []string{session, name, column, unit}
		if unit == "furlong" {
			return series.Column{}, errors.New("no unit of a current")
		}
		set := amps
		set.Set, set.Guessed = true, false
		return set, nil
	})})
	l.define("ada", "x", amps)
	for _, tc := range []struct {
		name, body string
		want       int
		part       string
	}{
		{"set", `{"series":"x","column":"current","unit":"A"}`, 200, `"guessed":false,"set":true,"sent":"A"`},
		{"automatic", `{"series":"x","column":"current","unit":""}`, 200, `"name":"current"`},
		{"wrong unit", `{"series":"x","column":"current","unit":"furlong"}`, 400, "no unit of a current"},
		{"no column", `{"series":"x"}`, 400, "column"},
		{"no such series", `{"series":"y","column":"current"}`, 404, "no such series"},
		{"no such column", `{"series":"x","column":"curent"}`, 404, "curent"},
	} {
		got := l.do("PUT", "/api/sessions/ada/units", tc.body, ada)
		if got.status != tc.want || !strings.Contains(got.body, tc.part) {
			t.Errorf("%s: got %d %s, want %d with %s", tc.name, got.status, got.body, tc.want, tc.part)
		}
	}
	if strings.Join(asked, " ") != "ada x current furlong" {
		t.Errorf("got asked %v, want the last request", asked)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	has := func(want bool) {
		t.Helper()
		got := decode[struct {
			HasKey bool `json:"has_key"`
		}](t, l.get("/api/sessions/ada", ada).body)
		if got.HasKey != want {
			t.Errorf("has_key: got %v, want %v", got.HasKey, want)
		}
	}
	made := decode[map[string]string](t, l.do("POST", "/api/sessions/ada/key", "", ada).body)
	path := "/api/sessions/ada/series?key=" + made["key"]
	if got := l.get(path); got.status != 200 {
		t.Errorf("got %d with the key, want 200", got.status)
	}
	has(true)
	if got := l.do("DELETE", "/api/sessions/ada/key", "", ada); got.status != 204 {
		t.Errorf("got %d, want 204", got.status)
	}
	if got := l.get(path); got.status != 401 {
		t.Errorf("got %d after it was revoked, want 401", got.status)
	}
	has(false)
}

func TestDeleteSession(t *testing.T) {
	t.Parallel()
	var l *lab
	l = newLab(t, Options{Delete: func(ctx context.Context, name string) error {
		l.people.remove(name)
		return l.store.DeleteSession(ctx, name)
	}})
	l.append(l.define("ada", "x", volts), at(0, 1))
	events := watch(t, l.url+"/api/sessions/ada/stream", boss)
	next(t, events, "hello", "")
	if got := l.do("DELETE", "/api/sessions/sim-1", "", basic("sim-1", "sim-1sim-1")); got.status != 204 {
		t.Errorf("got %d for a simulated session itself, want 204", got.status)
	}
	if got := l.do("DELETE", "/api/sessions/ADA", "", boss); got.status != 204 {
		t.Errorf("got %d, want 204", got.status)
	}
	for range events { // the stream ends
	}
	if got := l.get("/api/sessions/ada/series", boss); got.status != 404 {
		t.Errorf("got %d, want 404", got.status)
	}
}

func TestStatic(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Static: smallFiles})
	want := string(smallFiles["js/live.js"].Data)
	plainly := l.get("/static/js/live.js", header("Accept-Encoding", "identity"))
	if plainly.body != want || plainly.header.Get("Content-Type") != "text/javascript; charset=utf-8" || plainly.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("got %v, want the script as it is", plainly.header)
	}
	packed := l.get("/static/js/live.js", header("Accept-Encoding", "br, gzip"))
	if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Vary") != "Accept-Encoding" || len(packed.body) > 200 {
		t.Errorf("got %v, %d bytes, want it compressed", packed.header, len(packed.body))
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(packed.body)))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != want {
		t.Errorf("got %d bytes unpacked, %v, want the script", len(b), err)
	}
	for _, first := range []answer{plainly, packed} {
		got := l.get("/static/js/live.js", header("Accept-Encoding", first.header.Get("Content-Encoding")), header("If-None-Match", first.header.Get("ETag")))
		if got.status != http.StatusNotModified || got.body != "" {
			t.Errorf("got %d for a file the browser has, want 304", got.status)
		}
	}
	if plainly.header.Get("ETag") == packed.header.Get("ETag") {
		t.Error("got one ETag for both encodings, want two")
	}
	// Under its edition a file is kept for good; under another one it is there, and asked for each time.
	edition := "/static/" + l.dash.assets.Edition()
	for path, caching := range map[string]string{edition: "immutable", "/static/v-000000000000": "no-cache"} {
		got := l.get(path+"/js/live.js", header("Accept-Encoding", "identity"))
		if got.body != want || !strings.Contains(got.header.Get("Cache-Control"), caching) {
			t.Errorf("%s: got %v, want the script, %s", path, got.header, caching)
		}
	}
	if got := l.get(edition + "/js/none.js"); got.status != 404 || strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("got %d %v, want 404, not kept", got.status, got.header)
	}
	if got := l.get("/static/vendor/chart.bin"); got.header.Get("Content-Type") != "application/octet-stream" || got.body != "\x00\x01\x02" {
		t.Errorf("got %v %q, want the bytes", got.header, got.body)
	}
	for _, path := range []string{"/static/", "/static/js", "/static/js/"} {
		if got := l.get(path); got.status != 404 {
			t.Errorf("GET %s: got %d, want 404", path, got.status)
		}
	}
}

func TestHealthMetricsAndMQTT(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{MQTT: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(http.Hijacker); !ok {
			t.Error("got a writer that cannot be hijacked, want the server's own")
		}
		w.WriteHeader(http.StatusTeapot)
	})})
	l.want("/healthz", ada, 200, "ok")
	if got := l.get("/mqtt"); got.status != http.StatusTeapot {
		t.Errorf("got %d, want the broker's own answer", got.status)
	}
	l.get("/api/sessions", basic("ada", "wrong"))
	got := l.get("/metrics").body
	for _, want := range []string{"labbroker_live_watchers 0", "labbroker_live_cut_total 0", "labbroker_http_signin_failures_total 1"} {
		if !strings.Contains(got, want) {
			t.Errorf("got metrics %s, want %s", got, want)
		}
	}
	if got := l.get("/api/openapi.yaml").body; !strings.HasPrefix(got, "openapi: 3.1.0") {
		t.Errorf("got %.40q, want OpenAPI 3.1", got)
	}
}

func TestSessionTopicsAndNotices(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.presence.Message(0, "ada", "text", []byte("hello"), 1, true)
	topics := decode[[]topicJSON](t, l.get("/api/sessions/ada/topics", ada).body)
	if len(topics) != 1 || topics[0].Topic != "text" || topics[0].Text != "hello" || topics[0].QoS != 1 || !topics[0].Retained || topics[0].Count != 1 {
		t.Errorf("got %+v, want text: hello", topics)
	}
	state := decode[sessionJSON](t, l.get("/api/sessions/ada", ada).body)
	if state.State != "publishing" || state.LastReading != nil || state.LastMessage == nil || state.Recording.State != "on" {
		t.Errorf("got %+v, want publishing without a reading", state)
	}
	l.want("/api/sessions/ada/notices", ada, 200, "[]")
}

func TestNewWantsItsCollaborators(t *testing.T) {
	t.Parallel()
	if _, err := New(Deps{}, Options{}); err == nil {
		t.Error("got no error without a reader, want one")
	}
}
