package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var linkPattern = regexp.MustCompile(`http://[^ ]+(/link/[0-9a-f]+)`)

// link is the path of the one-time link in what a command printed, "" if there
// is none.
func link(printed string) string {
	if m := linkPattern.FindStringSubmatch(printed); m != nil {
		return m[1]
	}
	return ""
}

// printedLink waits for the server's link.
func printedLink(t *testing.T, s *Server) string {
	t.Helper()
	path := ""
	eventually(t, func() string {
		if path = link(s.Out.String()); path == "" {
			return "a link in what the server printed: " + s.Out.String()
		}
		return ""
	})
	return path
}

// set sends a link's form and returns the status and the cookie.
func set(t *testing.T, s *Server, path, password string) (int, string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(s.URL(path), url.Values{"password": {password}, "again": {password}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Set-Cookie")
}

func (s *Server) want(t *testing.T, user, password, path string, want int) {
	t.Helper()
	if got, body := s.Get(t, user, password, path); got != want {
		t.Errorf("GET %s as %s: got %d %s, want %d", path, user, got, body, want)
	}
}

// newLink runs the command that prints another link.
func newLink(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(binary, args...).CombinedOutput()
	if err != nil || link(string(out)) == "" {
		t.Fatalf("%q: got %v, %s, want a link", args, err, out)
	}
	return string(out)
}

// TestFirstStart: there is no password before the instructor sets one with the
// link; the link works once, and only the newest does.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := startServer(t, Options{Data: data, Bare: true})
	first := printedLink(t, s)
	for _, password := range []string{"", "instructor", "labbroker", "password", "admin"} {
		s.want(t, "instructor", password, "/api/class", http.StatusUnauthorized)
	}
	s.want(t, "", "", first, http.StatusOK)
	if _, err := s.Interrupt(t); err != nil {
		t.Fatal(err)
	}

	// Nobody set one: the next start prints another link, and the first is void.
	s = startServer(t, Options{Data: data, Bare: true})
	second := printedLink(t, s)
	s.want(t, "", "", first, http.StatusNotFound)
	s.want(t, "", "", second, http.StatusOK)

	// While it runs, the command voids it with a newer one.
	printed := newLink(t, "instructor-link", "--data", data)
	third := link(printed)
	if want := "http://" + s.HTTP + third; !strings.Contains(printed, want) {
		t.Errorf("got %s, want %s, where this server is", printed, want)
	}
	if strings.Contains(printed, "password of now") || !strings.Contains(printed, "No password was set so far") {
		t.Errorf("got %s, want that there is no password yet", printed)
	}
	s.want(t, "", "", third, http.StatusOK)
	s.want(t, "", "", second, http.StatusNotFound)
	if got, cookie := set(t, s, second, "long enough"); got != http.StatusNotFound || cookie != "" {
		t.Errorf("the void link: got %d, cookie %q, want 404 and none", got, cookie)
	}
	if got, _ := set(t, s, third, "short"); got != http.StatusBadRequest {
		t.Errorf("a short password: got %d, want 400", got)
	}
	got, cookie := set(t, s, third, "long enough")
	if got != http.StatusSeeOther || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("got %d, cookie %q, want 303 and a cookie for no script and no other site", got, cookie)
	}
	s.want(t, "instructor", "long enough", "/api/class", http.StatusOK)
	if got, _ := set(t, s, third, "another one"); got != http.StatusNotFound {
		t.Errorf("a second time: got %d, want 404", got)
	}
	s.want(t, "instructor", "another one", "/api/class", http.StatusUnauthorized)
	for _, file := range []string{"accounts.jsonl", "address"} {
		text, err := os.ReadFile(filepath.Join(data, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"long enough", strings.TrimPrefix(first, "/link/"), strings.TrimPrefix(third, "/link/")} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds %s", file, secret)
			}
		}
	}
	if _, err := s.Interrupt(t); err != nil {
		t.Fatal(err)
	}

	// Stopped, with a password: another link is for the next start, which prints
	// none of its own.
	fourth := link(newLink(t, "reset", "instructor", "--data", data))
	s = startServer(t, Options{Data: data, Bare: true})
	s.want(t, "instructor", "long enough", "/api/class", http.StatusOK)
	if got, _ := set(t, s, fourth, "forgotten no more"); got != http.StatusSeeOther {
		t.Errorf("the link of a stopped server: got %d, want 303", got)
	}
	s.want(t, "instructor", "long enough", "/api/class", http.StatusUnauthorized)
	if got := link(s.Out.String()); got != "" {
		t.Errorf("with a password: got the link %s, want none", got)
	}
}

// TestGreeting: what the console says is enough to begin, and a phone reads the
// address from it, where there is a network.
func TestGreeting(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--http-addr", ":0", "--mqtt-addr", ":0", "--public-host", "lab.example"}})
	_, port, _ := strings.Cut(s.HTTP, "]:")
	for _, want := range []string{"http://lab.example:" + port + "\n", "Boards connect to   lab.example", "▄▄▄▄▄ █", "/wall   user instructor"} {
		eventually(t, func() string {
			if strings.Contains(s.Out.String(), want) {
				return ""
			}
			return fmt.Sprintf("%q in what was printed: %s", want, s.Out)
		})
	}
	if strings.Contains(s.Out.String(), teacher) || link(s.Out.String()) != "" {
		t.Errorf("a password was given: got %s, want neither it nor a link printed", s.Out)
	}
	// This machine's own visit is no other's.
	if _, body := s.Get(t, "instructor", teacher, "/api/info"); !strings.Contains(string(body), `"alone":"No other machine`) ||
		!strings.Contains(string(body), "ports "+strings.TrimPrefix(s.MQTT, "[::]:")+" and "+port) {
		t.Errorf("got %s, want what to check, with the ports", body)
	}
	if _, body := s.Get(t, "", "", "/api/info"); strings.Contains(string(body), "alone") {
		t.Errorf("got %s for nobody, want no word of it", body)
	}
}

// TestAccessChanges while boards are connected: the policy, the pages and the
// console follow, and who came in without a password does not stay.
func TestAccessChanges(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	access := func(mode string) {
		t.Helper()
		if got, body := s.Do(t, http.MethodPut, "instructor", teacher, "/api/class", map[string]string{"access": mode}); got != http.StatusOK {
			t.Fatalf("access %s: got %d %s", mode, got, body)
		}
		if _, body := s.Get(t, "", "", "/api/info"); !strings.Contains(string(body), `"access":"`+mode+`"`) {
			t.Errorf("got %s, want access %s", body, mode)
		}
	}
	ada := connected(t, s, "ada", "hers")
	if code := dial(t, s).connect("x", "", ""); code != 4 {
		t.Errorf("no user name, claim: got CONNACK %d, want 4", code)
	}

	access("open")
	ada.publish1("ada/x", "1") // who is in stays
	stranger := dial(t, s)
	if code := stranger.connect("stranger", "", ""); code != 0 {
		t.Fatalf("no user name, open: got CONNACK %d, want 0", code)
	}
	stranger.publish1("zoe/x", "2")
	s.want(t, "ada", "not hers", "/api/sessions/ada", http.StatusOK)

	access("roster")
	if h, _ := stranger.await(1); h != 0 {
		t.Errorf("got packet %x, want the connection ended", h)
	}
	for _, c := range []struct {
		user, password string
		want           int
	}{{"", "", 4}, {"ada", "not hers", 4}, {"zoe", "x", 5}, {"ada", "hers", 0}} {
		if code := dial(t, s).connect("again"+c.user, c.user, c.password); code != c.want {
			t.Errorf("roster, %q with %q: got CONNACK %d, want %d", c.user, c.password, code, c.want)
		}
	}
	s.want(t, "ada", "not hers", "/api/sessions/ada", http.StatusUnauthorized)

	// It is kept, unless the start names another one.
	if _, err := s.Interrupt(t); err != nil {
		t.Fatal(err)
	}
	s = startServer(t, Options{Data: s.Data})
	access("roster")
	if _, err := s.Interrupt(t); err != nil {
		t.Fatal(err)
	}
	s = startServer(t, Options{Data: s.Data, Args: []string{"--access", "claim"}})
	if got, body := s.Do(t, http.MethodPut, "instructor", teacher, "/api/class", map[string]string{"access": "open"}); got != http.StatusConflict {
		t.Errorf("the start named it: got %d %s, want 409", got, body)
	}
	connected(t, s, "zoe", "x")
}
