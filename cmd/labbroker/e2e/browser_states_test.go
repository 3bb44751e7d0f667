package e2e

import (
	"strings"
	"testing"
)

// line is what stands behind a prefix in the first line that has it.
func line(text, prefix string) string {
	for l := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(l, prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// TestBrowserStates: the page says which state it is in, each caused as it
// would be in class.
func TestBrowserStates(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	browser := startBrowser(t)

	// Nobody is ada yet: the page says where to connect.
	p := newTab(t, browser, s).goTo("/s/ada#tab=live") // not Start, where it begins
	p.waitText("#status", "no session yet")
	p.waitText("#panel", "Nobody is ada yet")
	_, port, _ := strings.Cut(s.MQTT, ":")
	p.waitText("#panel #connect", ":"+port)
	p.waitText("#panel pre", `user="ada"`)

	// A board claims the name: the page notices by itself, and asks who looks.
	b := connected(t, s, "ada", "pw")
	p.waitText("#status", "sign-in needed")
	p.js(`() => {
		const form = document.querySelector('#signin');
		form.elements.password.value = 'wrong';
		form.requestSubmit();
	}`)
	p.waitJS(`() => document.querySelector('#signin .error').checkVisibility()`)
	p.js(`() => {
		const form = document.querySelector('#signin');
		form.elements.password.value = 'pw';
		form.requestSubmit();
	}`)

	p.waitText("#status", "connected")
	p.waitText("#panel", "no reading yet")
	p.waitText("#clients", "1 client")
	if got := p.text("#live"); got != "" {
		t.Errorf("charts without a reading: got %q, want none", got)
	}

	b.publish1("ada/status", "ready")
	p.waitText("#panel", "none is a number")
	p.waitText("#panel", "ada/status")
	p.waitText("#topics", "ready")

	b.publish1("ada/x", `{"voltage":5.012,"current_mA":81.3}`)
	p.waitText("#status", "publishing")
	p.waitText("#values", "5.012")
	if got := p.text("#panel"); got != "" {
		t.Errorf("panel beside charts: got %q, want none", got)
	}

	// Silence: the values turn grey and their age is told.
	p.waitJS(`() => document.querySelector('#values').classList.contains('stale')`)
	p.waitText("#status", "quiet")
	p.waitText("#status", "last reading")
	b.publish1("ada/x", `{"voltage":5.1,"current_mA":81.3}`)
	p.waitText("#status", "publishing")
	p.waitJS(`() => !document.querySelector('#values').classList.contains('stale')`)

	// Text where numbers were: said when it goes on for a while.
	eventually(t, func() string {
		b.publish1("ada/x", "broken wire")
		if got := p.text("#banner"); !strings.Contains(got, "none is a number") {
			return "the banner says " + got
		}
		return ""
	})

	b.c.Close()
	p.waitText("#status", "disconnected")

	// Another's page.
	connected(t, s, "bob", "bobs")
	p.goTo("/s/bob")
	p.waitText("#status", "not yours")
	p.waitText("#panel", "You are signed in as ada")
	p.clean("the server responded with a status of 401") // the wrong password above

	// The instructor sees it, and that it never connected in this server's life.
	p.signIn("instructor", teacher).goTo("/s/bob")
	p.waitText("#status", "connected")
}

// TestBrowserServerLost: the page says that the server is gone and how old its
// data is, and goes on by itself when the server is back.
func TestBrowserServerLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, Options{Data: dir + "/data"})
	b := connected(t, s, "ada", "pw")
	b.publish1("ada/x", `{"voltage":5.012}`)
	waitRows(t, s, "ada", "pw", "x", 1)
	p := newTab(t, startBrowser(t), s).signIn("ada", "pw").goTo("/s/ada")
	p.waitText("#values", "5.012")

	s.Kill()
	p.waitText("#status", "server lost")
	p.waitText("#status", "old, retrying")
	p.waitJS(`() => document.querySelector('#values').classList.contains('stale')`)

	again := startServer(t, Options{Data: dir + "/data", Args: []string{"--mqtt-addr", s.MQTT, "--http-addr", s.HTTP}})
	p.waitText("#status", "disconnected")
	b = connected(t, again, "ada", "pw")
	b.publish1("ada/x", `{"voltage":4.321}`)
	p.waitText("#status", "publishing")
	p.waitText("#values", "4.321")
	p.waitJS(`() => Number(document.documentElement.dataset.rows) === 2`)
}

// TestBrowserRecordingOff: messages go on, and the page says that nothing is
// kept.
func TestBrowserRecordingOff(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--record=false"}})
	b := connected(t, s, "ada", "pw")
	b.publish1("ada/x", `{"voltage":5.012}`)
	p := newTab(t, startBrowser(t), s).signIn("ada", "pw").goTo("/s/ada")
	p.waitText("#banner", "ecording")
	p.waitText("#topics", "5.012")
	p.clean()
}

// TestBrowserFirstPage: / works before any script, and shows a refused board
// while one looks.
func TestBrowserFirstPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	_, body := s.Get(t, "", "", "/")
	for _, want := range []string{`<form class="signin"`, `<code>`, "None. A board"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page as sent: got no %s", want)
		}
	}
	p := newTab(t, startBrowser(t), s).goTo("/")
	p.waitText("#refused", "None")
	if code := dial(t, s).connect("a1b2c3", "", ""); code != 4 {
		t.Fatalf("CONNACK without user name: got %d, want 4", code)
	}
	p.waitText("#refused", "user name")

	connected(t, s, "ada", "pw")
	p.js(`() => {
		const form = document.querySelector('#signin');
		form.elements.session.value = 'ada';
		form.elements.password.value = 'pw';
		form.requestSubmit();
	}`)
	p.waitJS(`() => location.pathname === '/s/ada'`)
	p.goTo("/")
	p.waitText("#join", "signed in as ada")
	p.click("#signout")
	p.waitText("#join", "Sign in")
	p.clean()
}
