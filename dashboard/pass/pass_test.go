package pass

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/session"
)

// people are accounts whose stamps a test changes.
type people struct {
	names    []string
	archived string

	mu     sync.Mutex
	stamps map[string]string // guarded by mu
}

func (a *people) Find(name string) (string, bool) {
	for _, n := range a.names {
		if session.Key(n) == session.Key(name) {
			return n, true
		}
	}
	return "", false
}

func (a *people) Archived(name string) bool { return name == a.archived }

func (a *people) Secret() []byte { return []byte("secret") }

func (a *people) Stamp(name string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stamps[name]
}

func (a *people) stamp(name, to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stamps[name] = to
}

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func start() (*Passes, *people, *clock) {
	a := &people{names: []string{"ada", "Bob"}, stamps: map[string]string{}}
	c := &clock{time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)}
	return New(a, c.time), a, c
}

func TestCodesEnd(t *testing.T) {
	t.Parallel()
	p, _, clock := start()
	text := p.Code("ada")
	clock.now = clock.now.Add(CodeLife)
	if name, ok := p.Enter(text); ok {
		t.Errorf("after its life: got in as %s", name)
	}
	for i := range maxCodes + 100 {
		p.Code(fmt.Sprint("s", i))
	}
	if len(p.open) > maxCodes || len(p.known) != len(p.open) {
		t.Errorf("got %d codes of %d sessions, want %d at most", len(p.open), len(p.known), maxCodes)
	}
	last := p.Code("ada")
	clock.now = clock.now.Add(CodeLife - time.Second)
	if name, ok := p.Enter(last); !ok || name != "ada" {
		t.Errorf("the newest: got %q, %v, want ada's", name, ok)
	}
}

// TestEnter is what opens, and what ends it.
func TestEnter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		code   func(p *Passes) string
		change func(a *people)
		want   string // "" = nobody
	}{
		{"a short code", func(p *Passes) string { return p.Code("ada") }, nil, "ada"},
		{"as people type it", func(p *Passes) string { c := p.Code("ada"); return " " + strings.ToUpper(c[:3]) + "-" + c[3:] + " " }, nil, "ada"},
		{"one that was replaced", func(p *Passes) string { c := p.Code("ada"); p.Code("ADA"); return c }, nil, ""},
		{"used twice", func(p *Passes) string { c := p.Code("ada"); p.Enter(c); return c }, nil, ""},
		{"after a new password", func(p *Passes) string { return p.Code("ada") }, func(a *people) { a.stamp("ada", "new") }, ""},
		{"of an archived session", func(p *Passes) string { return p.Code("ada") }, func(a *people) { a.archived = "ada" }, ""},
		{"of a session that is gone", func(p *Passes) string { return p.Code("ada") }, func(a *people) { a.names = nil }, ""},
		{"a slip", func(p *Passes) string { return p.Slip("Bob") }, nil, "Bob"},
		{"a slip again and again", func(p *Passes) string { c := p.Slip("Bob"); p.Enter(c); return strings.ToUpper(c) }, nil, "Bob"},
		{"a slip of another", func(p *Passes) string { return strings.Replace(p.Slip("ada"), "ada.", "Bob.", 1) }, nil, ""},
		{"a slip that was cut", func(p *Passes) string { c := p.Slip("ada"); return c[:len(c)-1] }, nil, ""},
		{"a slip after a new password", func(p *Passes) string { return p.Slip("ada") }, func(a *people) { a.stamp("ada", "new") }, ""},
		{"a slip of an archived session", func(p *Passes) string { return p.Slip("ada") }, func(a *people) { a.archived = "ada" }, ""},
		{"nothing", func(*Passes) string { return " " }, nil, ""},
	} {
		p, a, _ := start()
		code := tc.code(p)
		if tc.change != nil {
			tc.change(a)
		}
		if name, ok := p.Enter(code); ok != (tc.want != "") || ok && name != tc.want {
			t.Errorf("%s: got %q, %v, want %q", tc.name, name, ok, tc.want)
		}
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	p, a, clock := start()
	given := func(name string) *http.Cookie {
		w := httptest.NewRecorder()
		p.SetCookie(w, name)
		return w.Result().Cookies()[0]
	}
	reads := func(c *http.Cookie) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: cookieName, Value: "x"}) // another's, of the same name
		r.AddCookie(c)
		name, ok := p.Cookie(r)
		if ok != (name != "") {
			t.Errorf("got %q, %v, want a name or neither", name, ok)
		}
		return name
	}
	ada, boss := given("ada"), given(session.Instructor)
	if !ada.HttpOnly || ada.SameSite != http.SameSiteLaxMode || ada.Path != "/" || ada.MaxAge != int(cookieLife.Seconds()) {
		t.Errorf("got %+v, want a cookie that no script reads and no other site sends", ada)
	}
	for name, c := range map[string]*http.Cookie{"ada": ada, session.Instructor: boss} {
		if got := reads(c); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
	for what, value := range map[string]string{
		"another name":     strings.Replace(ada.Value, ".ada.", ".Bob.", 1),
		"the instructor's": strings.Replace(ada.Value, ".ada.", "."+session.Instructor+".", 1),
		"cut":              ada.Value[:len(ada.Value)-1],
		"nobody's":         given("zoe").Value,
		"another spelling": given("ADA").Value,
	} {
		if got := reads(&http.Cookie{Name: cookieName, Value: value}); got != "" {
			t.Errorf("%s: got in as %q", what, got)
		}
	}
	clock.now = clock.now.Add(cookieLife - time.Second)
	if got := reads(ada); got != "ada" {
		t.Errorf("got %q in the last second, want ada", got)
	}
	clock.now = clock.now.Add(time.Second)
	if got := reads(ada); got != "" {
		t.Errorf("got %q after its life, want nobody", got)
	}
	again := given("ada")
	a.stamp("ada", "new")
	if got := reads(again); got != "" {
		t.Errorf("got %q after a new password, want nobody", got)
	}
	w := httptest.NewRecorder()
	ClearCookie(w)
	if c := w.Result().Cookies()[0]; c.Name != cookieName || c.MaxAge >= 0 {
		t.Errorf("got %+v, want the cookie ended", c)
	}
}

// FuzzEnter: nothing that is made up opens anything.
func FuzzEnter(f *testing.F) {
	f.Add("ad6g29y")
	f.Add("ada.aaaaaaaa")
	f.Add(".")
	f.Fuzz(func(t *testing.T, text string) {
		p, _, _ := start()
		if name, ok := p.Enter(text); ok && !strings.EqualFold(strings.TrimSpace(text), p.Slip(name)) {
			t.Errorf("%q lets in as %s", text, name)
		}
	})
}
