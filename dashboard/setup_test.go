package dashboard

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"labbroker/internal/class"
)

func TestSetup(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	got := l.get("/api/class", boss)
	first := decode[Setup](t, got.body)
	if want := (class.Settings{Joining: true}); got.status != 200 || first.Settings != want || first.Access != "claim" || first.AccessFixed || first.Suggestion == "" {
		t.Errorf("at first: got %d %s", got.status, got.body)
	}
	if again := decode[Setup](t, l.get("/api/class", boss).body); again.Suggestion == first.Suggestion {
		t.Errorf("got the code %s twice, want another one each time", again.Suggestion)
	}
	put := func(body string) Setup {
		t.Helper()
		got := l.do("PUT", "/api/class", body, boss)
		if got.status != 200 {
			t.Errorf("%s: got %d %s, want 200", body, got.status, got.body)
			return Setup{}
		}
		return decode[Setup](t, got.body)
	}
	all := put(`{"name":" Physik ü <b>","wifi":"lab","wifi_password":" a b ","joining":true,"join_code":" solar-427 ","access":"roster"}`)
	want := class.Settings{Name: "Physik ü <b>", WiFi: "lab", WiFiPassword: " a b ", Joining: true, JoinCode: "solar-427"}
	if all.Settings != want || all.Access != "roster" || l.people.Mode() != "roster" || l.class.Settings() != want {
		t.Errorf("got %+v, want %+v, roster", all, want)
	}
	if got, want := all.Saved, "Saved: the class's name, the WiFi, the join code and the access mode."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := put(`{"joining":false}`); got.Saved != "Saved: whether students may join." || got.WiFi != "lab" || got.Access != "roster" {
		t.Errorf("a part: got %+v, want the rest as it was", got)
	}
	if got := put(`{}`).Saved; got != "Nothing was changed." {
		t.Errorf("got %q, want that nothing was changed", got)
	}
	if got := decode[Info](t, l.get("/api/info").body); got.Class != "Physik ü <b>" || got.Access != "roster" {
		t.Errorf("info: got class %q, access %q", got.Class, got.Access)
	}
	before := l.class.Settings()
	for _, tc := range []struct {
		body, want string
		status     int
	}{
		{`{"name":"x","access":"closed"}`, "Access is claim, roster or open.", 400},
		{`{"name":"x","wifi":"` + strings.Repeat("a", 33) + `"}`, "The WiFi's name is longer than 32 characters.", 400},
		{`{"name":"a\nb"}`, "The class's name has a character that cannot be shown.", 400},
		{`{"name":1}`, "", 400},
		{`nonsense`, "", 400},
	} {
		got := l.do("PUT", "/api/class", tc.body, boss)
		if text := got.sentence(t); got.status != tc.status || !strings.HasPrefix(text, tc.want) {
			t.Errorf("%s: got %d %q, want %d %q", tc.body, got.status, text, tc.status, tc.want)
		}
	}
	l.people.mu.Lock()
	l.people.fixed = true
	l.people.mu.Unlock()
	got = l.do("PUT", "/api/class", `{"name":"x","access":"open"}`, boss)
	if text := got.sentence(t); got.status != 409 || !strings.Contains(text, "--access") {
		t.Errorf("a mode that the start gave: got %d %q, want 409", got.status, text)
	}
	if got := put(`{"access":"roster"}`); !got.AccessFixed {
		t.Error("got a mode that is not fixed")
	}
	if got := l.class.Settings(); got != before {
		t.Errorf("after mistakes: got %+v, want %+v", got, before)
	}
}

// form is a form that a browser sends without script.
func (l *lab) form(path string, who as, fields ...string) answer {
	l.t.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return l.do("POST", path, values.Encode(), header("Content-Type", "application/x-www-form-urlencoded"), who)
}

func TestLink(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Templates: smallPages, Static: smallFiles})
	nobody := func(*http.Request) {}
	l.people.mu.Lock()
	l.people.link = "tok"
	l.people.mu.Unlock()
	for range 3 { // looking uses nothing up
		if got := l.get("/link/tok"); got.status != 200 || !strings.Contains(got.body, "true") {
			t.Errorf("the link: got %d %s, want its page", got.status, got.body)
		}
	}
	if got := l.get("/link/other"); got.status != 404 || !strings.Contains(got.body, "false") {
		t.Errorf("another link: got %d %s, want a page that says so", got.status, got.body)
	}
	for _, tc := range []struct{ password, again, want string }{
		{"", "", "too short"},
		{"sevench", "sevench", "too short"},
		{"eight ch", "eight cg", "differ"},
		{strings.Repeat("x", 201), strings.Repeat("x", 201), "cannot be"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff", "", "cannot be"},
	} {
		got := l.form("/link/tok", nobody, "password", tc.password, "again", tc.again)
		if got.status != 400 || !strings.Contains(got.body, tc.want) || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: got %d %s, want 400, %s", tc.password, got.status, got.body, tc.want)
		}
	}
	if got := l.form("/link/other", nobody, "password", "long enough", "again", "long enough"); got.status != 404 {
		t.Errorf("another link: got %d, want 404", got.status)
	}
	evil := l.form("/link/tok", header("Origin", "http://evil.example"), "password", "long enough", "again", "long enough")
	if evil.status != 403 {
		t.Errorf("from another site: got %d, want 403", evil.status)
	}
	if got := l.get("/api/class", boss); got.status != 200 {
		t.Errorf("the old password after all that: got %d, want 200", got.status)
	}
	got := l.form("/link/tok", nobody, "password", "pässword", "again", "pässword")
	if got.status != 303 || got.header.Get("Location") != "/setup" {
		t.Fatalf("got %d to %q, want 303 to /setup", got.status, got.header.Get("Location"))
	}
	cookie := got.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "labbroker=1.instructor."} {
		if !strings.Contains(cookie, want) {
			t.Errorf("got cookie %q, want %q in it", cookie, want)
		}
	}
	value, _, _ := strings.Cut(cookie, ";")
	if got := l.get("/api/class", header("Cookie", value)); got.status != 200 {
		t.Errorf("with the cookie: got %d, want 200", got.status)
	}
	for who, want := range map[string]int{"boss": 401, "pässword": 200} {
		if got := l.get("/api/class", basic("instructor", who)); got.status != want {
			t.Errorf("with password %s: got %d, want %d", who, got.status, want)
		}
	}
	if got := l.form("/link/tok", nobody, "password", "another one", "again", "another one"); got.status != 404 {
		t.Errorf("a second time: got %d, want 404", got.status)
	}
}

// TestAlone is told to the instructor only, and each request counts as one that
// came.
func TestAlone(t *testing.T) {
	t.Parallel()
	came := make(chan string, 10)
	l := newLab(t, Options{Alone: func() string { return "Nobody yet." }, Arrived: func(a string) { came <- a }})
	for name, who := range map[string]as{"": ada, "Nobody yet.": boss} {
		if got := decode[Info](t, l.get("/api/info", who).body).Alone; got != name {
			t.Errorf("got %q, want %q", got, name)
		}
		if got := <-came; !strings.HasPrefix(got, "127.0.0.1:") {
			t.Errorf("came: got %q, want the request's address", got)
		}
	}
}
