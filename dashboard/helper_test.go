package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/account"
	"labbroker/internal/class"
	"labbroker/internal/live"
	"labbroker/internal/notice"
	"labbroker/internal/presence"
	"labbroker/internal/series"
	"labbroker/internal/series/memory"
	"labbroker/internal/session"
	"labbroker/sensor"
)

// The real ones fit.
var (
	_ Accounts = (*account.Book)(nil)
	_ Class    = (*class.Book)(nil)
	_ Presence = (*presence.Registry)(nil)
	_ Notices  = (*notice.Book)(nil)
)

// lab is a running dashboard over stores in memory, with the sessions ada, bob
// and sim-1 (passwords: the name twice) and the instructor (password: boss).
type lab struct {
	t        *testing.T
	dash     *Server
	url      string
	people   *people
	class    *class.Book
	store    *memory.Store
	presence *presence.Registry
	notices  *notice.Book
	hub      *live.Hub
	skipped  atomic.Int64 // ns that the limiter's clock is ahead
}

// pass lets time go by for the limiter.
func (l *lab) pass(d time.Duration) { l.skipped.Add(int64(d)) }

func newLab(t *testing.T, o Options) *lab {
	t.Helper()
	return newLabWith(t, o, nil)
}

// newLabWith has reader in place of the store's, if not nil.
func newLabWith(t *testing.T, o Options, reader series.Reader) *lab {
	t.Helper()
	hub := live.New()
	l := &lab{
		t: t, hub: hub,
		people: &people{
			passwords: map[string]string{"ada": "adaada", "Bob": "BobBob", "sim-1": "sim-1sim-1", session.Instructor: "boss"},
			keys:      map[string]string{"key-ada": "ada", "key-bob": "Bob"}, stamps: map[string]string{},
		},
		store:    memory.New(memory.Options{Committed: hub.Committed}),
		presence: presence.New(nil),
		notices:  notice.NewBook(notice.Options{}),
	}
	var err error
	if l.class, err = class.Open(filepath.Join(t.TempDir(), "class.json"), class.Settings{Joining: true}); err != nil {
		t.Fatal(err)
	}
	if reader == nil {
		reader = l.store
	}
	if o.Runs == nil {
		o.Runs = l.store
	}
	if o.Plots == nil {
		o.Plots = l.store
	}
	if o.Controls == nil {
		o.Controls = l.store
	}
	l.dash, err = New(Deps{
		Reader: reader, Accounts: l.people, Class: l.class, Presence: l.presence, Notices: l.notices, Hub: hub,
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	now := l.dash.o.Now
	l.dash.guard = account.NewGuard(func() time.Time { return now().Add(time.Duration(l.skipped.Load())) })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.dash.Run(ctx) }()
	server := httptest.NewServer(l.dash)
	l.url = server.URL
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("got Run's error %v, want none", err)
		}
		server.Close()
	})
	return l
}

var (
	volts = series.Column{Name: "voltage", Quantity: sensor.Voltage, Unit: "V", Sent: "V"}
	amps  = series.Column{Name: "current", Quantity: sensor.Current, Unit: "mA", Sent: "A", Factor: 1000, Guessed: true}
)

func (l *lab) define(name, topic string, columns ...series.Column) series.ID {
	l.t.Helper()
	id, err := l.store.Define(name, topic, columns)
	if err != nil {
		l.t.Fatal(err)
	}
	return id
}

func (l *lab) append(id series.ID, rows ...series.Row) {
	l.t.Helper()
	if err := l.store.Append(series.Batch{Series: id, Rows: rows}); err != nil {
		l.t.Fatal(err)
	}
}

// start is when the labs' rows begin.
var start = time.Date(2026, 11, 22, 23, 0, 0, 123e6, time.UTC)

// at is a row n seconds after start.
func at(n float64, values ...float64) series.Row {
	return series.Row{Time: start.UnixNano() + int64(n*1e9), Values: values}
}

// as changes a request before it is sent: who asks.
type as func(*http.Request)

func basic(user, password string) as {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func header(key, value string) as { return func(r *http.Request) { r.Header.Set(key, value) } }

var (
	ada  = basic("ada", "adaada")
	bob  = basic("bob", "BobBob")
	boss = basic("instructor", "boss")
)

// answer is a whole response.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // the connection broke off
}

func (l *lab) do(method, path, body string, who ...as) answer {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.url+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, change := range who {
		change(r)
	}
	// A transport of its own: the shared one's idle connections are closed by
	// other tests, just when a request takes one.
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b), err}
}

func (l *lab) get(path string, who ...as) answer {
	l.t.Helper()
	return l.do("GET", path, "", who...)
}

// want checks status and whole body of a GET.
func (l *lab) want(path string, who as, status int, body string) {
	l.t.Helper()
	got := l.get(path, who)
	if got.status != status || strings.TrimSpace(got.body) != body || got.err != nil {
		l.t.Errorf("GET %s: got %d %s %v, want %d %s", path, got.status, got.body, got.err, status, body)
	}
}

// sentence is the error of an answer.
func (a answer) sentence(t *testing.T) string {
	t.Helper()
	var e struct{ Error string }
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || e.Error == "" {
		t.Errorf("got error %d %q, want JSON with a sentence", a.status, a.body)
	}
	return e.Error
}

func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("got %q: %v", body, err)
	}
	return v
}

var errTest = errors.New("secret detail of the disk")
