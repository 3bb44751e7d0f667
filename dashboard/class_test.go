package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"labbroker/internal/class"
	"labbroker/internal/desk"
	"labbroker/internal/notice"
)

// hands is a Control that notes what it is told to do.
type hands struct {
	mu     sync.Mutex // guards below
	done   []string
	paused map[string]bool
	err    error
}

func (h *hands) note(format string, a ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, fmt.Sprintf(format, a...))
}

func (h *hands) Dismiss(name, addr string) bool {
	h.note("dismiss %s %s", name, addr)
	return addr == "10.0.0.1:5"
}

func (h *hands) Pause(name string, on bool) {
	h.note("pause %s %v", name, on)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.paused[name] = on
}

func (h *hands) Paused(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.paused[name]
}

func (h *hands) Clear(_ context.Context, name string) error {
	h.note("clear %s", name)
	return h.err
}

func (h *hands) Say(topic, text string) error {
	h.note("say %s %s", topic, text)
	return h.err
}

func TestOrders(t *testing.T) {
	t.Parallel()
	h := &hands{paused: map[string]bool{}}
	l := newLab(t, Options{Control: h})
	const one = "/api/sessions/ADA"
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string // of what was done
	}{
		{"POST", one + "/disconnect", `{"addr":"10.0.0.1:5"}`, 204, "dismiss ada 10.0.0.1:5"},
		{"POST", one + "/disconnect", `{"addr":"10.0.0.2:5"}`, 404, "dismiss ada 10.0.0.2:5"},
		{"PUT", one + "/pause", `{"paused":true}`, 200, "pause ada true"},
		{"PUT", one + "/pause", `{"paused":"yes"}`, 400, ""},
		{"DELETE", one + "/data", ``, 204, "clear ada"},
		{"POST", "/api/class/messages", `{"to":"all","text":" hello "}`, 200, "say class/message hello"},
		{"POST", "/api/class/messages", `{"to":"session","name":"bob","text":"hi"}`, 200, "say Bob/message hi"},
	} {
		h.done = nil
		got := l.do(tc.method, tc.path, tc.body, boss)
		if done := strings.Join(h.done, ", "); got.status != tc.status || done != tc.want {
			t.Errorf("%s %s %s: got %d %s, done %q, want %d, %q", tc.method, tc.path, tc.body, got.status, got.body, done, tc.status, tc.want)
		}
	}
	if state := decode[sessionJSON](t, l.get(one, boss).body); state.State != "paused" || len(state.Messages) != 1 || state.Messages[0].Text != "hello" {
		t.Errorf("ada: got %s, %+v, want paused, and the message to all", state.State, state.Messages)
	}
	h.err = errTest
	if got := l.do("POST", "/api/class/messages", `{"to":"all","text":"lost"}`, boss); got.status != 500 {
		t.Errorf("a message that was not said: got %d, want 500", got.status)
	}
	if got := l.do("DELETE", one+"/data", "", boss); got.status != 500 {
		t.Errorf("data that was not cleared: got %d, want 500", got.status)
	}
	if list := decode[[]messageJSON](t, l.get("/api/class/messages", boss).body); len(list) != 2 || list[0].Text != "hi" {
		t.Errorf("said lately: got %+v, want hi and hello", list)
	}
}

// TestWithoutControl: a server without connections says so.
func TestWithoutControl(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	if got := l.do("POST", "/api/class/messages", `{"to":"all","text":"x"}`, boss); got.status != http.StatusNotImplemented {
		t.Errorf("got %d %s, want 501", got.status, got.body)
	}
}

// TestUnread: problems are unread until the instructor looks, and again when
// they come anew.
func TestUnread(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	unread := func(what string, want int) {
		t.Helper()
		for _, s := range decode[[]summaryJSON](t, l.get("/api/sessions", boss).body) {
			if s.Session == "ada" && s.Unread != want {
				t.Errorf("%s: got %d unread of %d, want %d", what, s.Unread, s.Problems, want)
			}
		}
	}
	unread("none", 0)
	l.notices.Notice("ada", notice.Draft{Code: "a", Text: "a"})
	l.notices.Notice("ada", notice.Draft{Code: "b", Text: "b"})
	unread("two", 2)
	if got := l.do("POST", "/api/sessions/ada/seen", "", boss); got.status != 204 {
		t.Fatalf("got %d, want 204", got.status)
	}
	unread("put away", 0)
	l.notices.Notice("ada", notice.Draft{Code: "a", Text: "a"}) // again, within a minute
	unread("repeated", 0)
	l.notices.Notice("ada", notice.Draft{Code: "c", Text: "c"})
	unread("another", 1)
	events := watch(t, l.url+"/api/sessions/ada/stream", boss)
	next(t, events, "hello", "")
	unread("while the instructor looks", 0)
	student := watch(t, l.url+"/api/sessions/Bob/stream", bob)
	next(t, student, "hello", "")
	l.notices.Notice("Bob", notice.Draft{Code: "a", Text: "a"})
	for _, s := range decode[[]summaryJSON](t, l.get("/api/sessions", boss).body) {
		if s.Session == "Bob" && s.Unread != 1 {
			t.Errorf("Bob looks himself: got %d unread, want 1", s.Unread)
		}
	}
}

// TestArchivedIsNotOnTheWall, nor on the projector.
func TestArchivedIsNotOnTheWall(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	if err := l.people.Archive("Bob", true); err != nil {
		t.Fatal(err)
	}
	if body := l.get("/api/sessions", boss).body; strings.Contains(body, "Bob") || !strings.Contains(body, "ada") {
		t.Errorf("got %s, want ada and no Bob", body)
	}
	if n := len(l.dash.projected(true)); n != 2 {
		t.Errorf("the projector: got %d, want ada and sim-1", n)
	}
}

func TestWho(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	err := l.dash.Class.SetPeople([]class.Person{
		{Name: "Ada L", Session: "ada", Section: "Tue", Seat: "4"}, {Name: "Eve", Display: "夏娃", Session: "ADA", Section: "Wed", Seat: "5"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.dash.who("ada"); strings.Join(got.people, "|") != "Ada L|夏娃" || got.section != "Tue" || got.seat != "4, 5" {
		t.Errorf("got %+v, want both, the first one's section, both seats", got)
	}
	if got := l.dash.who("Bob"); got.people == nil || got.seat != "" {
		t.Errorf("got %+v, want nobody, not nil", got)
	}
}

func TestAliases(t *testing.T) {
	t.Parallel()
	key := []byte("secret")
	a, b := newAliases(func() []byte { return key }), newAliases(func() []byte { return key })
	if a.get("ada") != a.get("ADA") || a.get("ada") != b.get("ada") {
		t.Errorf("got %s, %s and %s, want the same", a.get("ada"), a.get("ADA"), b.get("ada"))
	}
	taken := map[string]bool{}
	for i := range 3 * len(aliasWords) {
		word := a.get(fmt.Sprint("s", i))
		if taken[word] || word == "" {
			t.Fatalf("session %d: got %q a second time", i, word)
		}
		taken[word] = true
	}
	word := a.get("s0")
	a.drop("S0")
	if a.taken[word] {
		t.Errorf("%s is still taken", word)
	}
}

// TestMoveClass: a renamed session keeps what was said to it and what the
// instructor has read; its old name is free of both.
func TestMoveClass(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Control: &hands{paused: map[string]bool{}}})
	l.do("POST", "/api/class/messages", `{"to":"session","name":"ada","text":"hi"}`, boss)
	l.notices.Notice("ada", notice.Draft{Code: "a", Text: "a"})
	l.do("POST", "/api/sessions/ada/seen", "", boss)
	l.dash.moveClass("ada", "Bob")
	if err := l.dash.o.Desk.Rename("ada", "Bob"); err != nil { // as Options.Rename does
		t.Fatal(err)
	}
	l.notices.Rename("ada", "Bob")
	if got := l.dash.messagesTo("bob", 9, time.Time{}); len(got) != 1 || got[0].Name != "Bob" {
		t.Errorf("messages of the new name: got %+v, want hi", got)
	}
	if got := l.dash.messagesTo("ada", 9, time.Time{}); len(got) != 0 {
		t.Errorf("messages of the old name: got %+v, want none", got)
	}
	if n := l.dash.unread.count("Bob", l.notices); n != 0 {
		t.Errorf("unread of the new name: got %d, want 0", n)
	}
}

// TestUnreadOverRestart: what the instructor has seen and goes on after a
// restart is not unread again; what is new, or comes late, is.
func TestUnreadOverRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desk.json")
	now := start
	clock := func() time.Time { return now }
	a, b := notice.Draft{Code: "a", Text: "a"}, notice.Draft{Code: "b", Text: "b"}
	begin := func() (*unread, *notice.Book, *desk.Book) {
		d, err := desk.Open(path, desk.Options{Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		return newUnread(d, clock), notice.NewBook(notice.Options{Now: clock}), d
	}
	u, all, d := begin()
	all.Notice("ada", b)
	now = now.Add(2 * notice.Silence)
	all.Notice("ada", a) // goes on; b does not any more
	all.Notice("Bob", a)
	u.put("ada", all)
	closed := u.look("Bob", all)
	all.Notice("eve", a)              // nobody looks
	if err := d.Close(); err != nil { // while a page is open
		t.Fatal(err)
	}
	closed()

	u, all, d = begin()
	now = now.Add(time.Minute)
	for _, name := range []string{"ada", "Bob", "eve"} {
		all.Notice(name, a)
		all.Notice(name, b)
	}
	unread := func(what, name string, want int) {
		t.Helper()
		if got := u.count(name, all); got != want {
			t.Errorf("%s, %s: got %d unread, want %d", what, name, got, want)
		}
	}
	unread("b is new", "ada", 1)
	unread("b is new", "Bob", 1)
	unread("never looked", "eve", 2)
	u.move("ada", "zoe")
	all.Rename("ada", "zoe")
	if err := d.Rename("ada", "zoe"); err != nil {
		t.Fatal(err)
	}
	unread("renamed", "zoe", 1)
	u.put("zoe", all)
	unread("put away", "zoe", 0)
	now = now.Add(goesOnFor)
	all.Notice("zoe", a)
	unread("comes back", "zoe", 1)

	u, all, _ = begin()
	now = now.Add(goesOnFor)
	all.Notice("Bob", a)
	unread("comes late", "Bob", 1)
}

// FuzzLevel: whatever a section is called, its topic has one level for it.
func FuzzLevel(f *testing.F) {
	for _, s := range []string{"", "Tue 10", "a/b", "+", "#", "$SYS", "x\x00y", "\xff", "\u202eabc", strings.Repeat("ü", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := level(s)
		if got == "" || len(got) > maxLevel || !utf8.ValidString(got) || strings.ContainsAny(got, "/+#$\x00") || strings.ContainsFunc(got, forbidden) {
			t.Errorf("%q: got %q, want one level of a topic", s, got)
		}
	})
}
