package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// classFile makes a data folder with a roster: "person,session,section,seat".
func classFile(t *testing.T, people ...string) (data string) {
	t.Helper()
	first := startServer(t, Options{})
	first.Interrupt(t)
	data = first.Data
	var list []string
	for _, p := range people {
		f := strings.Split(p, ",")
		list = append(list, fmt.Sprintf(`{"name":%q,"session":%q,"section":%q,"seat":%q}`, f[0], f[1], f[2], f[3]))
	}
	body := `{"version":1,"settings":{"joining":true},"people":[` + strings.Join(list, ",") + `]}`
	if err := os.WriteFile(filepath.Join(data, "class.json"), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

// leave sends DISCONNECT.
func (b *board) leave() {
	b.t.Helper()
	b.send(0xe0, nil)
	b.c.Close()
}

// TestBrowserWallStates: every state of a tile, caused by real clients, in the
// instructor's browser, on the projector, and as the word of the API.
func TestBrowserWallStates(t *testing.T) {
	t.Parallel()
	roster := filepath.Join(t.TempDir(), "roster.csv")
	var lines strings.Builder
	lines.WriteString("name,session,password\n")
	states := map[string]string{ // session -> its word on the wall
		"never-1": "never connected", "connected-1": "connected, nothing sent", "publishing-1": "publishing",
		"quiet-1": "quiet", "sleeps-1": "sleeps comes every 2 s", "finished-1": "finished",
		"gone-1": "disconnected connection lost", "refused-1": "refused wrong password", "reconnecting-1": "keeps reconnecting",
		"slowed-1": "slowed", "paused-1": "paused by the instructor",
	}
	for name := range states {
		fmt.Fprintf(&lines, "Person,%s,pw-%s\n", name, name)
	}
	if err := os.WriteFile(roster, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Options{Args: []string{"--access", "roster", "--roster", roster, "--session-rate", "20", "--session-burst", "20"}})
	as := func(name string) *board { return connected(t, s, name, "pw-"+name) }
	as("connected-1")
	as("quiet-1").publish1("quiet-1/x", "1")
	publishing, paused := as("publishing-1"), as("paused-1")
	paused.publish1("paused-1/x", "1")
	b := as("finished-1")
	b.publish1("finished-1/x", "1")
	b.leave()
	b = as("gone-1")
	b.publish1("gone-1/x", "1")
	b.c.Close()
	if code := dial(t, s).connect("x", "refused-1", "wrong"); code != 4 {
		t.Fatalf("wrong password: got %d, want 4", code)
	}
	slow := as("slowed-1")

	p := newTab(t, startBrowser(t), s).size(1280, 800).signIn("instructor", teacher).goTo("/wall")
	p.waitText("#status", "11 sessions")
	tile := func(name string) string { return "#tiles [data-session=" + name + "]" }
	// The rest goes on while it is looked at.
	done := make(chan struct{})
	again := make(chan struct{})
	go func() {
		defer close(again)
		tick := time.NewTicker(2 * time.Second)
		defer tick.Stop()
		for n := 0; ; n++ {
			publishing.publish1("publishing-1/x", fmt.Sprint(n))
			if v := dial(t, s); v.connect("sleeper", "sleeps-1", "pw-sleeps-1") == 0 {
				v.publish1("sleeps-1/x", fmt.Sprint(n))
				v.leave()
			}
			// Two boards with one client id throw each other out.
			dial(t, s).connect("same", "reconnecting-1", "pw-reconnecting-1")
			dial(t, s).connect("same", "reconnecting-1", "pw-reconnecting-1")
			for range 50 {
				slow.publish0("slowed-1/x", fmt.Sprint(n))
			}
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	defer func() { close(done); <-again }()

	p.js(`(tile) => document.querySelector(tile + ' .more').click()`, tile("paused-1"))
	p.press(".menu", "Pause")
	for name, word := range states {
		p.waitText(tile(name)+" .status", word)
		state, _, _ := strings.Cut(name, "-")
		p.waitJS(`(tile, state) => document.querySelector(tile + ' .status').dataset.state === state && document.querySelector(tile + ' .shape svg') !== null`, tile(name), state)
		eventually(t, func() string { // the page of the session has the same word
			_, body := s.Get(t, "instructor", teacher, "/api/sessions/"+name)
			if want := `"state":"` + state + `"`; !strings.Contains(string(body), want) {
				return want + " in " + string(body)
			}
			return ""
		})
	}
	// Colour alone says nothing: eleven states, eleven shapes.
	p.waitJS(`(n) => new Set([...document.querySelectorAll('#tiles .shape path')].map((s) => s.getAttribute('d') + s.getAttribute('fill') + s.getAttribute('stroke-dasharray'))).size === n`, len(states))
	p.waitText("#summary", "1 keeps reconnecting")
	p.waitText("#summary", "1 sleeps")

	// A summary's chip is a filter.
	p.press("#summary", "1 paused")
	p.waitJS(`() => [...document.querySelectorAll('#tiles li')].filter((n) => n.checkVisibility()).map((n) => n.dataset.session).join() === 'paused-1'`)

	// What is refused and what keeps reconnecting stand before those that are well.
	p.press("#summary", "1 paused")
	first := fmt.Sprint(p.js(`() => [...document.querySelectorAll('#tiles li')].slice(0, 2).map((n) => n.dataset.session).sort().join()`))
	if first != "reconnecting-1,refused-1" {
		t.Errorf("first on the wall: got %s, want who is refused and who keeps reconnecting", first)
	}

	p.goTo("/wall?projector")
	for _, word := range []string{"refused", "keeps reconnecting", "slowed", "disconnected", "connected", "quiet", "publishing", "sleeps", "paused", "finished", "never connected"} {
		p.waitText("#seats", word)
	}
	if got := p.text("body"); strings.Contains(got, "-1") {
		t.Errorf("the projector: got %q, want no name of a session", got)
	}
	p.clean()

	// Who is refused gets in, and is not refused any more.
	p.goTo("/wall")
	p.waitText(tile("refused-1"), "refused")
	as("refused-1")
	p.waitText(tile("refused-1"), "connected, nothing sent")
}
