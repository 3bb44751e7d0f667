package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/input"
)

// keys presses keys one after the other.
func (p *tab) keys(keys ...input.Key) {
	p.t.Helper()
	for _, k := range keys {
		if err := p.Keyboard.Type(k); err != nil {
			p.t.Fatal(err)
		}
	}
}

// choose opens a tile's menu by the keyboard and chooses an item.
func (p *tab) choose(session, item string) {
	p.t.Helper()
	p.js(`(session) => document.querySelector('#tiles [data-session="' + session + '"] .more').focus()`, session)
	p.keys(input.Enter)
	for range 12 {
		if p.js(`() => document.activeElement.textContent`) == item {
			p.keys(input.Enter)
			return
		}
		p.keys(input.ArrowDown)
	}
	p.t.Fatalf("the menu of %s has no %q: %s", session, item, p.text(".menu"))
}

// TestBrowserWallOrders: what the instructor does from a tile, by the keyboard,
// and what the student sees of it.
func TestBrowserWallOrders(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Data: classFile(t, "Ada Lovelace,ada,Tue 10,12", "Bob,bob,Wed 8,3", "Bea,bob,Wed 8,4")})
	ada, bob := connected(t, s, "ada", "pw"), connected(t, s, "bob", "pw")
	ada.publish1("ada/x", `{"voltage":5.012}`)
	bob.publish1("bob/x", `{"voltage":4.012}`)
	ada.publish1("elsewhere", "1")
	// A browser of the student's own: cookies are one browser's.
	student := newTab(t, startBrowser(t), s).size(360, 740).signIn("ada", "pw").goTo("/s/ada")
	student.waitText("#values", "5.012")
	student.waitText("#seat", "projector: 12")
	p := newTab(t, startBrowser(t), s).size(1280, 800).signIn("instructor", teacher).goTo("/wall")
	const tile = "#tiles [data-session=ada]"
	p.waitText(tile, "Ada Lovelace")
	p.waitText(tile, "Tue 10 · seat 12")
	p.waitText("#tiles [data-session=bob]", "Bob, Bea")

	// Unread problems are put away by looking, here or into the session.
	p.waitText(tile, "1 problem")
	p.choose("ada", "Call the problems read")
	p.waitJS(`(tile) => document.querySelector(tile + ' .problems').textContent === ''`, tile)
	ada.publish1("another/place", "1")
	p.waitText(tile, "1 problem")
	p.choose("ada", "Look into the session")
	p.waitJS(`() => location.pathname === '/s/ada'`)
	p.waitText("#status", "quiet") // the stream is open
	p.goTo("/wall")
	p.waitText(tile, "Ada Lovelace")
	p.waitJS(`(tile) => document.querySelector(tile + ' .problems').textContent === ''`, tile)

	// Escape closes the menu and gives the focus back.
	p.js(`() => document.querySelector('[data-session=ada] .more').focus()`)
	p.keys(input.Enter)
	p.waitText(".menu", "Pause")
	p.keys(input.Escape)
	p.waitJS(`() => !document.querySelector('.menu') && document.activeElement.matches('[data-session=ada] .more')`)

	p.choose("ada", "Pause")
	p.waitText("#toast", "ada is paused")
	p.waitText(tile, "paused by the instructor")
	student.waitText("#status", "paused by the instructor")
	ada.publish1("ada/x", `{"voltage":9.999}`)
	student.waitText("#notices", "The instructor paused")
	p.choose("ada", "Resume")
	p.waitText("#toast", "ada goes on")
	ada.publish1("ada/x", `{"voltage":6.012}`)
	student.waitText("#values", "6.012")

	// A message to one comes to that one's page, until it is put away.
	p.choose("ada", "Send a message")
	p.waitJS(`() => document.activeElement.id === 'speak-text'`)
	p.js(`() => { document.activeElement.value = '<b>Swap</b> the wires'; }`)
	p.press("dialog.box", "Send")
	p.waitText("dialog.box .said", "<b>Swap</b> the wires")
	p.keys(input.Escape)
	student.waitText("#said", "<b>Swap</b> the wires")
	student.waitText("#said", "Your instructor")
	p.click("#speak")
	p.js(`() => { const s = document.querySelector('#speak-to'); s.value = [...s.options].find((o) => o.text === 'section Wed 8').value; document.querySelector('#speak-text').value = 'late'; }`)
	p.press("dialog.box", "Send")
	p.waitText("dialog.box .said", "to section Wed 8")
	p.press("dialog.box", "Close")
	student.press("#said", "Put away")
	student.waitJS(`() => !document.querySelector('#said').checkVisibility()`)
	student.goTo("/s/ada").waitText("#values", "6.012")
	if got := student.text("#said"); got != "" {
		t.Errorf("after it was put away, and Wed 8 was told: got %q, want nothing", got)
	}
	if w := student.js(`() => document.documentElement.scrollWidth`).(float64); w > 360 {
		t.Errorf("the student's page is %v wide, want at most 360", w)
	}

	p.choose("ada", "Disconnect a client")
	p.waitText("dialog.box .lines", "ada-board")
	p.press("dialog.box .lines", "Disconnect")
	p.waitText("dialog.box .lines", "No client is connected")
	p.press("dialog.box", "Close")
	p.waitText(tile, "disconnected")
	if h, _ := ada.await(14); h != 0 {
		t.Errorf("got a packet %x, want the connection ended", h)
	}

	p.choose("bob", "Clear the data")
	p.press("#sure", "Keep")
	p.waitText("#tiles [data-session=bob]", "4.012")
	p.choose("bob", "Clear the data")
	p.press("#sure", "Clear")
	p.waitJS(`() => document.querySelector('[data-session=bob] .latest').textContent === ''`)

	p.choose("ada", "New password")
	p.press("#sure", "New password")
	p.waitJS(`() => document.querySelector('#new-password')?.textContent.length > 5`)
	fresh := p.text("#new-password")
	if code := dial(t, s).connect("x", "ada", "pw"); code != 4 {
		t.Errorf("the old password: got CONNACK %d, want 4", code)
	}
	if code := dial(t, s).connect("x", "ada", fresh); code != 0 {
		t.Errorf("the new password %q: got CONNACK %d, want 0", fresh, code)
	}
	student.waitText("#status", "sign-in needed")
	p.press("dialog.box", "Close")

	// Pins and order stay in the browser, filters are for the moment.
	p.choose("bob", "Pin to the front")
	p.js(`() => { const s = document.querySelector('#sort'); s.value = 'name'; s.dispatchEvent(new Event('change')); }`)
	names := func() string {
		return fmt.Sprint(p.js(`() => [...document.querySelectorAll('#tiles li')].filter((n) => n.checkVisibility()).map((n) => n.dataset.session).join()`))
	}
	p.goTo("/wall").waitText("#tiles [data-session=bob]", "pinned")
	if got := names(); got != "bob,ada" {
		t.Errorf("pinned: got %s, want bob,ada", got)
	}
	p.js(`() => { const s = document.querySelector('#section'); s.value = 'Tue 10'; s.dispatchEvent(new Event('change')); }`)
	if got := names(); got != "ada" {
		t.Errorf("section Tue 10: got %s, want ada", got)
	}
	p.js(`() => { const s = document.querySelector('#search'); s.value = 'bea'; s.dispatchEvent(new Event('input')); }`)
	p.waitText("#nomatch", "No session matches")
	p.press("#nomatch", "Show all")
	if got := names(); got != "bob,ada" {
		t.Errorf("all: got %s, want bob,ada", got)
	}
	p.size(360, 740)
	if w := p.js(`() => document.documentElement.scrollWidth`).(float64); w > 360 {
		t.Errorf("the wall is %v wide, want at most 360", w)
	}
	p.clean()
	student.clean("the server responded with a status of 401") // the new password
}

// TestBrowserProjector: 40 fields at 1920 by 1080, all on the screen, in letters
// that are read from the last row, in both themes; names only when asked for.
func TestBrowserProjector(t *testing.T) {
	t.Parallel()
	people := make([]string, 40)
	for i := range people {
		people[i] = fmt.Sprintf("Person %d,team-%02d,A,%d", i, i, i+1)
	}
	s := startServer(t, Options{Data: classFile(t, people[:30]...)})
	for i := range people {
		connected(t, s, fmt.Sprintf("team-%02d", i), "pw").publish1(fmt.Sprintf("team-%02d/x", i), "5.012")
	}
	p := newTab(t, startBrowser(t), s).size(1920, 1080).goTo("/wall?projector")
	p.waitText("#panel", "This page is the instructor’s")
	p.signIn("instructor", teacher)
	for _, theme := range []string{"light", "dark"} {
		p.js(`(theme) => localStorage.setItem('labbroker-theme', theme)`, theme)
		p.goTo("/wall?projector").waitText("#status", "40 boards")
		p.waitJS(`() => document.querySelectorAll(".seat .word").length === 40`)
		look := p.js(`() => {
			const all = [...document.querySelectorAll('.seat')];
			const size = (n) => parseFloat(getComputedStyle(n).fontSize);
			const cut = all.filter((n) => [...n.children].some((c) => c.scrollWidth > c.clientWidth + 1) || n.getBoundingClientRect().bottom > innerHeight);
			return { seats: all.length, label: Math.min(...all.map((n) => size(n.querySelector('.label')))), word: Math.min(...all.map((n) => size(n.querySelector('.word')))), cut: cut.length, scroll: document.documentElement.scrollHeight > innerHeight };
		}`).(map[string]any)
		t.Logf("%s: %v", theme, look)
		// A fortieth of the picture's height is what a lecture hall reads.
		if look["seats"] != 40.0 || look["cut"] != 0.0 || look["scroll"] != false || look["label"].(float64) < 36 || look["word"].(float64) < 22 {
			t.Errorf("%s: got %v, want 40 fields, all whole, labels of 36 px and words of 22 px at least", theme, look)
		}
	}
	labels := func() []string {
		return strings.Split(p.js(`() => [...document.querySelectorAll('.seat .label')].map((n) => n.textContent).join('\n')`).(string), "\n")
	}
	got := labels()
	if got[0] != "1" || got[29] != "30" || strings.Contains(strings.Join(got, " "), "team") {
		t.Errorf("labels: got %v, want the seats 1 to 30 in order, then aliases", got)
	}
	aliases := slices.Clone(got[30:])
	slices.Sort(aliases)
	if len(slices.Compact(aliases)) != 10 {
		t.Errorf("aliases: got %v, want ten different ones", got[30:])
	}
	p.click("#names")
	p.waitText("#seats", "team-00")
	p.click("#names")
	p.waitJS(`() => document.querySelectorAll('.seat').length === 40 && !document.querySelector('#seats').textContent.includes('team')`)

	// A student finds the alias on the own page.
	student := newTab(t, startBrowser(t), s).size(360, 740).signIn("team-35", "pw").goTo("/s/team-35")
	student.waitText("#seat", "projector: ")
	if alias := strings.TrimPrefix(student.text("#seat"), "projector: "); !slices.Contains(got[30:], alias) {
		t.Errorf("the student's alias: got %q, want one of %v", alias, got[30:])
	}
	student.goTo("/wall?projector").waitText("#panel", "You are signed in as team-35")
	student.clean()
	p.clean()
}
