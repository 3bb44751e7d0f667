package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// TestBrowserWall: the instructor signs in on the spot, sees every session,
// who needs help first, and comes to a session's page with a click.
func TestBrowserWall(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	browser := startBrowser(t)
	p := newTab(t, browser, s).goTo("/wall")
	p.waitText("#status", "sign-in needed")
	p.js(`(password) => {
		const form = document.querySelector('#signin');
		form.elements.password.value = password;
		form.requestSubmit();
	}`, teacher)
	p.waitText("#empty", "Nobody has connected")

	fine := connected(t, s, "ada", "pw")
	fine.publish1("ada/x", `{"voltage":5.012,"current_mA":81.3}`)
	connected(t, s, "bob", "pw")
	p.waitText("#tiles [data-session=ada]", "publishing")
	p.waitText("#tiles [data-session=ada]", "5.012")
	p.waitText("#tiles [data-session=bob]", "connected, nothing sent")
	p.waitText("#summary", "1 connected 1 publishing")
	p.waitJS(`() => [...document.querySelectorAll('#tiles li')].map((n) => n.dataset.session).join() === 'bob,ada'`)

	fine.publish1("elsewhere", "1")
	p.waitText("#tiles [data-session=ada]", "1 problem")
	fine.c.Close()
	p.waitText("#tiles [data-session=ada]", "disconnected")

	if code := dial(t, s).connect("a1b2c3", "", ""); code != 4 {
		t.Fatalf("CONNACK without user name: got %d, want 4", code)
	}
	p.waitText("#refused", "a1b2c3")

	p.js(`() => { const s = document.querySelector('#search'); s.value = 'AD'; s.dispatchEvent(new Event('input')); }`)
	p.waitJS(`() => !document.querySelector('[data-session=bob]').checkVisibility()`)
	p.click("#tiles [data-session=ada] a")
	p.waitJS(`() => location.pathname === '/s/ada'`)
	p.waitText("#values", "5.012")

	// What was made of readings, though nobody has the session's page open.
	eve := connected(t, s, "eve", "pw")
	solarCurve(eve, "eve", "IV", 30)
	order(eve, "eve", "plot_series", `["IV"]`)
	p.goTo("/wall")
	p.waitText("#tiles [data-session=eve]", "1 plot")
	p.waitText("#tiles [data-session=eve]", "Pmpp 3")

	// A student does not see it.
	p.signIn("ada", "pw").goTo("/wall")
	p.waitText("#panel", "You are signed in as ada")
	p.clean()
}

// TestBrowserBusy: 300 boards at 10 Hz, one browser on the wall and one on a
// session: every reading comes to the chart, and how soon is printed. It runs
// alone, so that the figures say something.
func TestBrowserBusy(t *testing.T) {
	n, points := 300, 20
	switch {
	case measuring:
		points = 100
	case testing.Short() || raceEnabled:
		n = 30
	}
	boards := strconv.Itoa(n)
	s := startServer(t, Options{Args: []string{"--simulate", boards}})
	wall := newTab(t, startChromium(t), s).signIn("instructor", teacher).goTo("/wall")
	wall.waitText("#status", boards+" sessions")
	wall.waitText("#summary", boards+" publishing")
	b := connected(t, s, "alice", "s3cret")
	b.publish1("alice/mcu/ina219", `{"voltage":5.012,"current_mA":81.3}`)
	p := newTab(t, startChromium(t), s).signIn("alice", "s3cret").goTo("/s/alice")
	p.waitText("#values", "5.012")
	measurePoints(t, p, b, "alice/mcu/ina219", points)
	_, metrics := s.Get(t, "", "", "/metrics")
	if got := line(string(metrics), "labbroker_live_cut_total "); got != "0" {
		t.Errorf("browsers cut off for reading too slowly: got %s, want 0", got)
	}
	if got, want := wall.text("#summary"), strconv.Itoa(n+1)+" publishing"; !strings.Contains(got, want) {
		t.Errorf("the wall: got %q, want %s, alice among them", got, want)
	}
	p.clean()
	wall.clean()
}
