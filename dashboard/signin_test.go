package dashboard

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"labbroker/internal/account"
	"labbroker/internal/presence"
	"labbroker/internal/session"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	got := l.do("POST", "/api/signin", `{"session":"ADA","password":"adaada"}`)
	if want := `{"session":"ada","instructor":false}`; got.status != 200 || strings.TrimSpace(got.body) != want {
		t.Fatalf("got %d %s, want 200 %s", got.status, got.body, want)
	}
	cookie := got.header.Get("Set-Cookie")
	for _, want := range []string{"labbroker=1.ada.", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="} {
		if !strings.Contains(cookie, want) {
			t.Errorf("got cookie %q, want %q in it", cookie, want)
		}
	}
	value, _, _ := strings.Cut(cookie, ";")
	for _, tc := range []struct {
		name, cookie string
		want         int
	}{
		{"as it is", value, 200},
		{"another name", strings.Replace(value, ".ada.", ".Bob.", 1), 401},
		{"the instructor's name", strings.Replace(value, ".ada.", ".instructor.", 1), 401},
		{"cut", value[:len(value)-1], 401},
		{"garbage", "labbroker=x", 401},
		{"garbage, then the right one", "labbroker=x; " + value, 200},
	} {
		if got := l.get("/api/sessions/ada", header("Cookie", tc.cookie)); got.status != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got.status, tc.want)
		}
	}
	out := l.do("POST", "/api/signout", "", header("Cookie", value))
	if got := out.header.Get("Set-Cookie"); out.status != 204 || !strings.Contains(got, "Max-Age=0") {
		t.Errorf("got %d, cookie %q, want 204 and the cookie ended", out.status, got)
	}
	l.people.mu.Lock()
	l.people.stamps["ada"] = "reset"
	l.people.mu.Unlock()
	if got := l.get("/api/sessions/ada", header("Cookie", value)); got.status != 401 {
		t.Errorf("got %d after a reset, want 401", got.status)
	}
}

func TestCookieEnds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := newLab(t, Options{Now: func() time.Time { return now }})
	cookie := header("Cookie", l.do("POST", "/api/signin", `{"session":"instructor","password":"boss"}`).header.Get("Set-Cookie"))
	if got := l.get("/api/sessions", cookie); got.status != 200 {
		t.Errorf("got %d, want 200", got.status)
	}
	now = now.Add(180 * 24 * time.Hour)
	if got := l.get("/api/sessions", cookie); got.status != 401 {
		t.Errorf("got %d after its time, want 401", got.status)
	}
}

func TestSignInByForm(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Templates: smallPages})
	form := header("Content-Type", "application/x-www-form-urlencoded")
	for _, tc := range []struct {
		name, body, location, page string
		want                       int
	}{
		{"student", "session=ada&password=adaada", "/s/ada", "", 303},
		{"instructor", "session=instructor&password=boss", "/wall", "", 303},
		{"wrong", "session=ada&password=x", "", "This is not the password of ada.", 401},
		{"hostile", "session=%3Cscript%3E&password=x", "", "&lt;script&gt; cannot be a name", 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := l.do("POST", "/api/signin", tc.body, form)
			if got.status != tc.want || got.header.Get("Location") != tc.location || !strings.Contains(got.body, tc.page) {
				t.Errorf("got %d to %q: %s, want %d to %q: %s", got.status, got.header.Get("Location"), got.body, tc.want, tc.location, tc.page)
			}
		})
	}
}

func TestSentencesOfSignIn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		err    error
		access string
		status int
		want   string
	}{
		{"never connected", account.ErrUnknown, "claim", 401, "Nobody has connected as zoe yet. Connect your board with this name"},
		{"never connected, open", account.ErrUnknown, "open", 401, "Nobody has connected as zoe yet."},
		{"wrong", account.ErrPassword, "", 401, "This is not the password of zoe."},
		{"no user", account.ErrNoUser, "", 401, "Give your name"},
		{"no password", account.ErrNoPassword, "", 401, "Give your password"},
		{"not in the roster", account.ErrNotInRoster, "roster", 401, "zoe is not in the class list."},
		{"archived", account.ErrArchived, "", 401, "zoe is archived."},
		{"no name", fmt.Errorf("%w: %w", account.ErrName, session.ErrLong), "", 401, "zoe cannot be a name"},
		{"placeholder", fmt.Errorf("%w: %w", account.ErrName, account.ErrPlaceholder), "", 401, "zoe is the slides' placeholder."},
		{"disk", account.ErrUnavailable, "", 503, "The server cannot check passwords right now."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := &Server{Deps: Deps{Accounts: &people{mode: tc.access}}}
			f, inner := told(s.signInFailure("zoe", tc.err))
			if inner || f.status != tc.status || !strings.HasPrefix(f.text, tc.want) {
				t.Errorf("got %d %q, want %d %q", f.status, f.text, tc.status, tc.want)
			}
		})
	}
}

func TestTheBrowserAsksOnlyWhereNoScriptDoes(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	for _, tc := range []struct {
		name string
		who  as
		want string
	}{
		{"curl", header("Accept", "*/*"), `Basic realm="labbroker", charset="UTF-8"`},
		{"script", header("X-Requested-With", "labbroker"), ""},
		{"stream", header("Accept", "text/event-stream"), ""},
	} {
		got := l.get("/api/sessions/ada/stream", tc.who)
		if h := got.header.Get("WWW-Authenticate"); got.status != 401 || h != tc.want {
			t.Errorf("%s: got %d, challenge %q, want 401, %q", tc.name, got.status, h, tc.want)
		}
	}
}

func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := newLab(t, Options{Now: func() time.Time { return now }})
	const burst = 30 // account.Guard's
	statuses := map[int]int{}
	for i := range 2 * burst {
		statuses[l.get("/api/sessions/ada", basic("ada", fmt.Sprint(i))).status]++
	}
	if statuses[401] != burst || statuses[429] != burst {
		t.Errorf("got %v, want %d times 401, then 429", statuses, burst)
	}
	got := l.get("/api/sessions/ada", ada)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "2" {
		t.Errorf("got %d, Retry-After %q, want 429 for the right password too, after 2", got.status, got.header.Get("Retry-After"))
	}
	if got := l.get("/api/sessions/bob", bob); got.status != 200 {
		t.Errorf("got %d for another name, want 200", got.status)
	}
	now = now.Add(2 * time.Second)
	for range 3 {
		if got := l.get("/api/sessions/ada", ada); got.status != 200 {
			t.Errorf("got %d after a while, want 200", got.status)
		}
	}
}

// TestGuessingInAClass: all of a class have one address here, and one of them
// guesses, at one name and at many. Whoever is not guessed at signs in as
// before, and so does the instructor.
func TestGuessingInAClass(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := newLab(t, Options{Now: func() time.Time { return now }})
	for i := range 40 {
		l.people.add(fmt.Sprint("s", i))
	}
	cookie := l.do("POST", "/api/signin", `{"session":"ada","password":"adaada"}`).header.Get("Set-Cookie")
	statuses := map[int]int{}
	for i := range 600 {
		name := "ada"
		if i%2 == 0 {
			name = fmt.Sprint("s", i/2%20)
		}
		statuses[l.do("POST", "/api/signin", fmt.Sprintf(`{"session":%q,"password":"guess %d"}`, name, i)).status]++
	}
	if statuses[200] > 0 || statuses[429] == 0 {
		t.Errorf("got %v, want none right and some told to wait", statuses)
	}
	for i := 20; i < 40; i++ {
		name := fmt.Sprint("s", i)
		if got := l.get("/api/sessions/"+name, basic(name, name+name)); got.status != 200 {
			t.Errorf("%s: got %d %s, want 200", name, got.status, got.body)
		}
	}
	if got := l.get("/api/sessions", boss); got.status != 200 {
		t.Errorf("the instructor: got %d %s, want 200", got.status, got.body)
	}
	if got := l.get("/api/sessions/ada", header("Cookie", cookie)); got.status != 200 {
		t.Errorf("ada, who was signed in: got %d %s, want 200", got.status, got.body)
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{
		Version: "1.2", Simulated: true, Templates: smallPages,
		Addresses: func() Addresses { return Addresses{MQTT: []string{"192.168.1.5:1883"}} },
		Recording: func() Recording { return Recording{State: "low", Text: "Little room.", Free: 5} },
		Clock:     func() string { return "The clock stepped." },
	})
	if err := l.people.SetMode("open"); err != nil {
		t.Fatal(err)
	}
	l.presence.Refused(presence.Refusal{Addr: "192.168.1.23", Client: "client", User: "<script>alert(1)</script>", Code: "bad_name", Text: "No.", Time: start})
	want := `{"version":"1.2","access":"open","mqtt":["192.168.1.5:1883"],"http":[],` +
		`"local":"","joining":true,"recording":{"state":"low","text":"Little room.","free":5},"clock":"The clock stepped.",` +
		`"refused":[{"addr":"192.168.1.23","client":"client","user":"\u003cscript\u003ealert(1)\u003c/script\u003e","code":"bad_name","text":"No.","count":1,"time":"2026-11-22T23:00:00.123Z"}],` +
		`"you":{"session":"Bob","instructor":false},"simulated":true}`
	l.want("/api/info", bob, 200, want)
	page := l.get("/").body
	for _, want := range []string{"<b>192.168.1.5:1883</b>", "<i>&lt;script&gt;alert(1)&lt;/script&gt;: No.</i>"} {
		if !strings.Contains(page, want) {
			t.Errorf("got page %s, want %s in it", page, want)
		}
	}
	if got := l.get("/s/bob").body; !strings.Contains(got, "<title>bob</title>true /static") {
		t.Errorf("got page %s, want bob's, known", got)
	}
}
