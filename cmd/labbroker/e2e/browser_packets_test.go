package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"
)

// packetRows are the rows of Packets that are to be seen, a line each.
const packetRows = `() => [...document.querySelectorAll('.wire-rows .wire-row')].filter((r) => !r.hidden)
	.map((r) => r.innerText.replace(/\s+/g, ' ').trim())`

// packets waits until rows with all these parts are listed, in this order.
func (p *tab) packets(want ...string) {
	p.t.Helper()
	eventually(p.t, func() string {
		rows, _ := p.js(packetRows).([]any)
		at := 0
		for _, row := range rows {
			if at < len(want) && containsAll(fmt.Sprint(row), want[at]) {
				at++
			}
		}
		if at == len(want) {
			return ""
		}
		return fmt.Sprintf("%q among %q", want[at], rows)
	})
}

// containsAll says whether a row has all words of a line, in their order.
func containsAll(row, line string) bool {
	for _, word := range strings.Fields(line) {
		_, rest, ok := strings.Cut(row, word)
		if !ok {
			return false
		}
		row = rest
	}
	return true
}

// openPacket opens the last row that has all of these words.
func (p *tab) openPacket(words string) {
	p.t.Helper()
	p.waitJS(`(words) => {
		const fits = (r) => words.every((w) => r.innerText.includes(w));
		const row = [...document.querySelectorAll(".wire-rows .wire-row")].filter((r) => !r.hidden && fits(r)).pop();
		row?.click();
		return Boolean(row);
	}`, strings.Fields(words))
}

// TestBrowserPackets: what mosquitto_pub and boards send is seen as it passes,
// at every QoS, with its exchange, its bytes and its reading; what is refused
// says so.
func TestBrowserPackets(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	connected(t, s, "bob", "bobs")
	b := connected(t, s, "ada", "pw")
	browser := startBrowser(t)
	p := newTab(t, browser, s).size(1440, 800).signIn("ada", "pw").bench("ada", "packets")
	p.waitText("#pane-packets .wire-none", "Send something from your board")

	// From the middle of a connection.
	b.publish1("ada/mcu/ina219", `{"voltage": 5.012, "current_mA": 81.3}`)
	p.packets(`to broker PUBLISH QoS 1 ada/mcu/ina219 {"voltage": 5.012`, `from broker PUBACK`)
	p.openPacket("PUBLISH ada/mcu/ina219")
	p.waitText(".packet", "As a reading mcu/ina219 voltage 5.012 V mcu/ina219 current 81.3 mA")
	p.waitText(".packet", "Over HTTP In MQTT this exchange has")
	p.waitText(".packet .hex", "0000 32")

	// A row of a declared series has its titles, with the units as shown.
	order(b, "ada", "new_series", `["IV","Voltage [V]","Current [A]"]`)
	order(b, "ada", "data", `["IV",0.5,0.0813]`)
	p.packets("PUBLISH ada/new_series", `PUBLISH ada/data ["IV",0.5,0.0813]`)
	p.openPacket("PUBLISH ada/data")
	p.waitText(".packet", "As a reading IV Voltage 0.5 V IV Current 81.3 mA")

	// At QoS 0 and 2, from the beginning to the end.
	publish(t, s, "ada", "pw", "ada/zero", "0", "-q", "0", "-i", "host-0")
	p.packets("host-0 CONNECT as ada", "from broker host-0 CONNACK accepted", "to broker host-0 PUBLISH QoS 0 ada/zero 0", "host-0 DISCONNECT")
	publish(t, s, "ada", "pw", "ada/two", "zwei", "-q", "2", "-i", "host-2", "-r")
	p.packets("host-2 PUBLISH QoS 2 RETAIN ada/two zwei", "from broker host-2 PUBREC", "to broker host-2 PUBREL", "from broker host-2 PUBCOMP")
	p.openPacket("host-2 PUBREL")
	p.waitText(".packet", "Releases message 1")
	p.waitText(".packet figcaption", "At QoS 2: exactly once.")
	if got := p.js(`() => [...document.querySelectorAll('.sequence .packet')].map((g) => g.textContent.split(/\+/)[0].trim())`); fmt.Sprint(got) != "[PUBLISH 1 PUBREC 1 PUBREL 1 PUBCOMP 1]" {
		t.Errorf("the sequence: got %v, want PUBLISH, PUBREC, PUBREL, PUBCOMP", got)
	}
	ways := p.js(`() => [...document.querySelectorAll('.sequence .packet line')].map((l) => Number(l.getAttribute('x1')) < Number(l.getAttribute('x2')) ? '>' : '<').join('')`)
	if ways != "><><" {
		t.Errorf("the sequence's arrows: got %v, want ><><", ways)
	}
	if got := p.js(`() => document.querySelectorAll('.wire-row.peer').length`); got != 4.0 {
		t.Errorf("rows of the exchange that are marked: got %v, want 4", got)
	}

	// An acknowledgement that does not come is missing in the drawing.
	sub := dial(t, s)
	if code := sub.connect("sleepy", "ada", "pw"); code != 0 {
		t.Fatalf("CONNACK: got %d, want 0", code)
	}
	sub.subscribe("ada/two", 1)
	p.packets("sleepy SUBSCRIBE ada/two (QoS 1)", "sleepy SUBACK QoS 1", "from broker sleepy PUBLISH QoS 1 RETAIN ada/two zwei")
	p.openPacket("sleepy PUBLISH")
	p.waitText(".packet figcaption", "The client has not answered yet")
	if got := p.js(`() => document.querySelector('.sequence .missing')?.textContent`); got != "PUBACK has not come" {
		t.Errorf("what is missing: got %v, want PUBACK has not come", got)
	}

	// Refused: a message, a subscription, a CONNECT. No password is shown.
	publish(t, s, "ada", "pw", "bob/x", "1", "-i", "stray")
	p.packets("stray PUBLISH refused QoS 1 bob/x")
	p.openPacket("stray PUBLISH")
	p.waitText(".packet .packet-hint", "belongs to bob")
	if out, err := mosquittoPub(s, "ada", "wrong-and-secret", "-t", "ada/x", "-m", "1", "-i", "guess"); err == nil {
		t.Errorf("a wrong password: got in, %s", out)
	}
	p.packets("guess CONNECT refused as ada", "from broker guess CONNACK refused refused: wrong user name or password (4)")
	p.openPacket("guess CONNECT refused")
	p.waitText(".packet", "the password, which is never shown")
	if got := p.js(`() => document.body.innerText.includes('wrong-and-secret')`); got != false {
		t.Error("the page shows a password")
	}

	// Choices.
	choose := func(selector, value string) {
		p.js(`(s, v) => { const n = document.querySelector(s); n.value = v; n.dispatchEvent(new Event(n.tagName === 'INPUT' ? 'input' : 'change')); }`, selector, value)
	}
	rows := func() []any { list, _ := p.js(packetRows).([]any); return list }
	choose("#packets-kind", "hints")
	if got := rows(); len(got) != 3 {
		t.Errorf("refused ones: got %q, want 3", got)
	}
	choose("#packets-kind", "acks")
	choose("#packets-client", "chost-2")
	if got := rows(); len(got) != 3 {
		t.Errorf("acknowledgements of host-2: got %q, want 3", got)
	}
	choose("#packets-kind", "all")
	choose("#packets-client", "")
	choose("#packets-search", "zwei")
	if got := rows(); len(got) != 2 {
		t.Errorf("with zwei: got %q, want 2", got)
	}

	// Saved as text: what is chosen, and nothing else.
	dir := t.TempDir()
	err := proto.BrowserSetDownloadBehavior{
		Behavior: proto.BrowserSetDownloadBehaviorBehaviorAllow, BrowserContextID: browser.BrowserContextID, DownloadPath: dir,
	}.Call(browser)
	if err != nil {
		t.Fatal(err)
	}
	p.press("#pane-packets", "Save as text")
	eventually(t, func() string {
		for _, path := range glob(t, dir) {
			b, err := os.ReadFile(path)
			text := string(b)
			if err == nil && strings.HasPrefix(text, "# MQTT packets of ada") && strings.Contains(text, "host-2 (127.0.0.1:") &&
				strings.Contains(text, "> broker  PUBLISH  QoS 2 RETAIN  id 1  ada/two  ") &&
				strings.Contains(text, "7a 77 65") && !strings.Contains(text, "ada/zero") {
				return ""
			}
		}
		return fmt.Sprintf("the text file among %q", glob(t, dir))
	})
	choose("#packets-search", "nothing of the kind")
	p.waitText("#pane-packets .wire-none", "No packet fits this choice.")
	choose("#packets-search", "")

	// Pause holds them back and shows them later.
	p.press("#pane-packets", "Pause")
	before := len(rows())
	b.publish1("ada/later", "1")
	p.waitText("#packets-total", "Paused: 2 came since.")
	if got := len(rows()); got != before {
		t.Errorf("paused: got %d rows, want %d", got, before)
	}
	p.press("#pane-packets", "Go on")
	p.packets("PUBLISH ada/later", "PUBACK")

	// Keys: Enter opens, arrows move, Escape closes and comes back.
	p.js(`() => [...document.querySelectorAll('.wire-rows .wire-row')].at(-2).click()`)
	p.js(`() => document.querySelector('.wire-row[tabindex="0"]').focus()`)
	key := func(name string) {
		p.js(`(key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))`, name)
	}
	key("ArrowDown")
	key("Enter")
	p.waitText("#packet-title", "PUBACK")
	key("Escape")
	if got := p.js(`() => document.activeElement.className.includes('wire-row') && !document.querySelector('.packet').checkVisibility()`); got != true {
		t.Error("after Escape the row is not back in focus, or the details stay")
	}
	p.press("#pane-packets", "Clear")
	p.waitText("#pane-packets .wire-none", "Nothing has passed")

	// Nobody watches once another part of the page is shown.
	p.press("#tabs", "Live")
	watchers := func() int {
		n := 0
		for range 8 {
			if code, _ := s.Do(t, "HEAD", "ada", "pw", "/api/sessions/ada/packets", nil); code == 200 {
				n++
			}
		}
		return n
	}
	if got := watchers(); got != 8 {
		t.Errorf("free places: got %d, want 8", got)
	}
	for _, width := range []int{360, 1280} {
		p.size(width, 740).goTo("/").bench("ada", "packets")
		p.waitJS(`() => document.documentElement.scrollWidth <= innerWidth`)
	}
	p.clean()
}

// TestBrowserPacketsFlood: two hundred packets a second do not stop the page,
// and what it keeps is bounded.
func TestBrowserPacketsFlood(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--session-rate", "0"}})
	b := connected(t, s, "ada", "pw")
	p := newTab(t, startBrowser(t), s).size(1280, 800).signIn("ada", "pw").bench("ada", "packets")
	p.waitText("#pane-packets .wire-none", "Send something from your board")
	p.js(`() => { // the longest time between two frames
		window.longest = 0;
		let last = performance.now();
		const tick = (now) => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(tick); };
		requestAnimationFrame(tick);
	}`)
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for i := range 200 { // each is two packets
		<-pace.C
		b.publish1("ada/x", fmt.Sprint("paced ", i))
	}
	p.packets("PUBLISH paced 199")
	t.Logf("200 packets a second for two seconds: no frame took longer than %v ms", p.js(`() => Math.round(window.longest)`))
	for i := range 2000 { // as fast as it goes
		b.publish1("ada/x", fmt.Sprint("reading ", i))
	}
	eventually(t, func() string { // the last ones may be left out, and are counted then
		b.publish1("ada/last", "1")
		rows := fmt.Sprint(p.js(packetRows))
		if strings.Contains(rows, "ada/last") && !strings.Contains(rows, "paced") {
			return ""
		}
		return "ada/last, and none of the paced"
	})
	p.waitText("#packets-total", "The newest 1,000 are kept.")
	if list, _ := p.js(packetRows).([]any); len(list) != 1000 {
		t.Errorf("got %d rows, want 1000", len(list))
	}
	t.Logf("after a flood: %v ms", p.js(`() => Math.round(window.longest)`))
	p.clean()
}

// TestBrowserOwnPackets: the instructor watches their own clients on a page that
// nobody else sees.
func TestBrowserOwnPackets(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "ada", "pw")
	order(b, "ada", "new_series", `["IV","Voltage [V]","Current [mA]"]`)
	p := newTab(t, startBrowser(t), s).size(1280, 800)

	p.signIn("ada", "pw").goTo("/packets")
	p.waitText("#panel", "You are signed in as ada.")
	if got := p.js(`() => document.querySelector('#own').checkVisibility()`); got != false {
		t.Error("a student sees the instructor's page of packets")
	}
	p.signIn("instructor", teacher).goTo("/setup")
	p.press("#setup", "Watch your packets")
	p.waitText("#packets .wire-none", "Log in with a client of yours")
	sub := dial(t, s)
	if code := sub.connect("watcher", "instructor", teacher); code != 0 {
		t.Fatalf("CONNACK: got %d, want 0", code)
	}
	sub.subscribe("#", 1)
	p.packets("watcher CONNECT as instructor", "watcher SUBSCRIBE # (QoS 1)", "watcher SUBACK QoS 1")
	order(b, "ada", "data", `["IV",0.5,81.3]`)
	p.packets("from broker watcher PUBLISH QoS 1 ada/data")
	p.openPacket("watcher PUBLISH ada/data")
	p.waitText(".packet", "As a reading IV Voltage 0.5 V IV Current 81.3 mA")
	if got := p.js(`(secret) => document.body.innerText.includes(secret)`, teacher); got != false {
		t.Error("the page shows the instructor's password")
	}
	p.narrow("the instructor's packets")
	p.clean()
}
