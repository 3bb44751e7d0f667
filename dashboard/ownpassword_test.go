package dashboard

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"labbroker/internal/account"
)

// TestOwnPassword: who is signed in chooses a password over a generated one, and
// says the current one to change what somebody chose; the browser that asks stays
// in, all others are out.
func TestOwnPassword(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	const path = "/api/sessions/ada/password"
	l.people.give("ada", "made", true)
	browser := func() as { return l.cookie("ada", l.password("ada")) }
	mine, other := browser(), browser()
	put := func(body string, who as) answer { t.Helper(); return l.do("PUT", path, body, who) }

	got := put(`{"password":"chosen"}`, mine)
	if want := `{"session":"ada","password":""}`; got.status != 200 || strings.TrimSpace(got.body) != want {
		t.Fatalf("over a generated one: got %d %s, want 200 %s", got.status, got.body, want)
	}
	value, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	for _, tc := range []struct {
		name string
		who  as
		want int
	}{
		{"the browser that asked", header("Cookie", value), 200},
		{"its cookie of before", mine, 401},
		{"another browser", other, 401},
		{"the old password", basic("ada", "made"), 401},
		{"the new password", basic("ada", "chosen"), 200},
	} {
		if got := l.get("/api/sessions/ada", tc.who).status; got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
	}
	mine = header("Cookie", value)
	for _, tc := range []struct {
		name, body string
		who        as
		want       int
		text       string
	}{
		{"without the current one", `{"password":"second"}`, mine, 403, "Type the current password too"},
		{"a new one made without it", `{}`, mine, 403, "Type the current password too"},
		{"with a wrong one", `{"password":"second","current":"made"}`, mine, 403, "This is not the current password."},
		{"too long", `{"password":"` + strings.Repeat("a", 129) + `"}`, mine, 400, "The password is longer than 128 bytes."},
		{"that nobody can type", `{"password":"a\u0000b"}`, mine, 400, "The password has characters"},
		{"Bob", `{"password":"x","current":"chosen"}`, bob, 403, "You are signed in as Bob"},
	} {
		if got := put(tc.body, tc.who); got.status != tc.want || !strings.HasPrefix(got.sentence(t), tc.text) || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: got %d %s %v, want %d %s and no cookie", tc.name, got.status, got.body, got.header, tc.want, tc.text)
		}
	}
	if got := l.get("/api/sessions/ada", basic("ada", "chosen")).status; got != 200 {
		t.Errorf("after what was refused: got %d, want the password as it was", got)
	}
	// A program that signs in with each request gets no cookie.
	got = put(`{"password":"second","current":"chosen"}`, basic("ada", "chosen"))
	if got.status != 200 || got.header.Get("Set-Cookie") != "" {
		t.Errorf("with the current one: got %d %s %v, want 200 without a cookie", got.status, got.body, got.header)
	}
	made := decode[enrolledOne](t, put(`{"current":"second"}`, basic("ada", "second")).body)
	if got := l.get("/api/sessions/ada", basic("ada", made.Password)).status; got != 200 || made.Password == "" {
		t.Errorf("one that was made, %q: got %d, want 200", made.Password, got)
	}
	// The instructor needs none.
	if got := put(`{"password":"from the desk"}`, boss); got.status != 200 || got.header.Get("Set-Cookie") != "" {
		t.Errorf("the instructor: got %d %s, want 200 without a cookie", got.status, got.body)
	}
	// With open access a password opens nothing.
	l.people.mode = account.ModeOpen
	if got := put(`{"password":"x"}`, ada); got.status != 409 || got.sentence(t) != "Nobody needs a password in this class." {
		t.Errorf("open access: got %d %s, want 409", got.status, got.body)
	}
}

// TestOwnPasswordGuessing is slowed as at signing in, together with it.
func TestOwnPasswordGuessing(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	mine := l.cookie("ada", "adaada")
	guess := func(word string) answer {
		return l.do("PUT", "/api/sessions/ada/password", `{"password":"x","current":"`+word+`"}`, mine)
	}
	last := answer{}
	for n := range 40 {
		if last = guess("guess " + itoa(n)); last.status == http.StatusTooManyRequests {
			break
		}
		if last.status != 403 {
			t.Fatalf("guess %d: got %d %s, want 403", n, last.status, last.body)
		}
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Fatalf("after 40 guesses: got %d %v, want 429 with how long to wait", last.status, last.header)
	}
	if got := l.do("POST", "/api/signin", `{"session":"ada","password":"another"}`).status; got != 429 {
		t.Errorf("signing in: got %d, want 429", got)
	}
	l.pass(time.Hour)
	if got := guess("adaada"); got.status != 200 {
		t.Errorf("an hour later: got %d %s, want 200", got.status, got.body)
	}
}

// cookie signs in and is that browser from then on.
func (l *lab) cookie(name, password string) as {
	l.t.Helper()
	got := l.do("POST", "/api/signin", `{"session":"`+name+`","password":"`+password+`"}`)
	if got.status != http.StatusOK {
		l.t.Fatalf("sign in as %s: got %d %s", name, got.status, got.body)
	}
	value, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	return header("Cookie", value)
}

func (l *lab) password(name string) string {
	l.people.mu.Lock()
	defer l.people.mu.Unlock()
	return l.people.passwords[name]
}
