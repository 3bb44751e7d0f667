package e2e

import (
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnPasswordOutsideTheRoster: a browser that signed in before the class got
// a list is in by its cookie still, and does not get its board in by choosing a
// password.
func TestOwnPasswordOutsideTheRoster(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{Data: filepath.Join(dir, "data")}
	s := startServer(t, o)
	connected(t, s, "eve", "pw").leave()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{Jar: jar}
	send := func(method, path, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL(path), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := send("POST", "/api/signin", `{"session":"eve","password":"pw"}`); got != 200 {
		t.Fatalf("sign in: got %d, want 200", got)
	}
	s.Kill()
	list := filepath.Join(dir, "class.csv")
	if err := os.WriteFile(list, []byte("name,session,password\nAda,ada,first\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Args = []string{"--access", "roster", "--roster", list}
	s = startServer(t, o)
	if got := send("PUT", "/api/sessions/eve/password", `{"password":"mine","current":"pw"}`); got != 403 {
		t.Errorf("eve, who is not in the list: got %d, want 403", got)
	}
	if code := dial(t, s).connect("x", "eve", "mine"); code != 5 {
		t.Errorf("eve's board: got CONNACK %d, want 5", code)
	}
	if got := send("POST", "/api/signin", `{"session":"ada","password":"first"}`); got != 200 {
		t.Fatalf("sign in as ada: got %d, want 200", got)
	}
	if got := send("PUT", "/api/sessions/ada/password", `{"password":"mine"}`); got != 200 {
		t.Errorf("ada, who is in the list: got %d, want 200", got)
	}
	if code := dial(t, s).connect("x", "ada", "first"); code != 4 {
		t.Errorf("ada's board with the list's password: got CONNACK %d, want 4", code)
	}
	connected(t, s, "ada", "mine")
}
