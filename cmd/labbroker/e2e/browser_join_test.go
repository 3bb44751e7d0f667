package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

// startClass is a server whose class has been set up.
func startClass(t *testing.T, settings string, args ...string) *Server {
	t.Helper()
	o := Options{Data: filepath.Join(t.TempDir(), "data"), Args: args}
	s := launch(t, o)
	s.await(t)
	s.Kill()
	text := fmt.Sprintf(`{"version":1,"settings":%s,"people":[{"name":"Grace Hopper","session":"grace"}]}`, settings)
	if err := os.WriteFile(filepath.Join(o.Data, "class.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return startServer(t, o)
}

// labClass is one whose WiFi has what breaks careless quoting.
const labClass = `{"name":"EE49 & friends","wifi":"EE49 \"lab\"","wifi_password":"r\\sésistor","joining":true,"join_code":"solar-427"}`

// fill types into a form's field, as a thumb does.
func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.js(`(s, text) => {
		const n = document.querySelector(s);
		n.focus(); n.value = text;
		n.dispatchEvent(new Event('input', {bubbles: true}));
	}`, selector, text)
}

// narrow fails where the page is wider than its window.
func (p *tab) narrow(what string) {
	p.t.Helper()
	wide := p.js(`() => [...document.querySelectorAll('body *')].filter((n) => n.checkVisibility() && n.getBoundingClientRect().right > innerWidth + 1
		&& !n.closest('.program, .tabs')).map((n) => n.tagName + '#' + n.id + '.' + n.className).slice(0, 5).join(' ')`)
	if got := p.js(`() => document.documentElement.scrollWidth > innerWidth`); got != false || wide != "" {
		p.t.Errorf("%s: the page is wider than the window: %v", what, wide)
	}
}

// labelled fails where a field below selector has no label.
func (p *tab) labelled(selector string) {
	p.t.Helper()
	unnamed := p.js(`(s) => [...document.querySelectorAll(['input:not([type=hidden])', 'select', 'textarea'].map((kind) => s + ' ' + kind).join())]
		.filter((n) => !n.labels.length && !n.ariaLabel).map((n) => n.id || n.name).join()`, selector)
	if unnamed != "" {
		p.t.Errorf("got fields without a label: %v", unnamed)
	}
}

// shot keeps a picture for whoever looks: LABBROKER_SHOTS names the folder.
func (p *tab) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("LABBROKER_SHOTS")
	if dir == "" {
		return
	}
	b, err := p.Screenshot(true, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// programText is the code that the page shows.
func (p *tab) programText() string {
	p.t.Helper()
	text, _ := p.js(`() => document.querySelector('.program code').textContent`).(string)
	return text
}

// TestJoinOnPhone is a student's way from the address on the board to a curve:
// they join, put the page's main.py on their board, and the light turns green.
func TestJoinOnPhone(t *testing.T) {
	t.Parallel()
	s := startClass(t, labClass)
	p := newTab(t, startBrowser(t), s).size(360, 740)
	p.goTo("/")
	p.waitText("#enter", "Join")
	p.narrow("/")
	p.shot("index-360")
	p.click(`#enter a[href="/join"]`)
	p.waitText("#title", "Join EE49 & friends")
	p.waitText("#join", "Join code")
	p.narrow("/join")
	p.accessible("/join")
	p.fill(`#joining [name="name"]`, "Ada Łovelace")
	p.waitText("#wish", "ada")
	p.shot("join-360")
	p.fill(`#joining [name="name"]`, "Grace Hopper")
	p.waitText("#wish", "The class list has this name")
	p.fill(`#joining [name="name"]`, "Ada Łovelace")
	p.waitText("#wish strong", "ada")
	p.fill(`#joining [name="code"]`, "wrong")
	p.click("#joining .primary")
	p.waitText("#joining .error", "not the join code")
	p.fill(`#joining [name="code"]`, "Solar-427 ")
	p.click("#joining .primary")

	p.waitText("#light", "Your board is not connected yet")
	if got := p.js(`() => location.pathname + location.hash`); got != "/s/ada#tab=start" {
		t.Errorf("after joining: got %v, want ada's page", got)
	}
	p.waitText("#steps", "Your board has not been seen yet")
	p.waitText("#who", "You are signed in as ada")
	p.waitText(".program", "SESSION")
	p.narrow("Start")
	p.accessible("Start")
	p.shot("start-360")

	// A board that is turned away shows, with the reason and without a reload;
	// one that was called nearly so too.
	if code := dial(t, s).connect("board", "adda", ""); code == 0 {
		t.Fatal("a board without a password is in")
	}
	p.waitText("#steps", "One that came looks like it")
	if code := dial(t, s).connect("board", "ada", "wrong"); code == 0 {
		t.Fatal("a board with a wrong password is in")
	}
	p.waitText("#steps", "It was refused.")
	p.waitText("#light", "see below")
	p.narrow("Start, refused")
	p.accessible("Start, refused")
	p.shot("start-refused-360")

	// Copying works where the browser keeps its clipboard for https.
	p.js(`() => {
		Object.defineProperty(navigator, 'clipboard', { value: undefined });
		document.addEventListener('copy', () => { window.copied = document.activeElement.value; });
	}`)
	button, err := p.Element("#code-part .primary")
	if err == nil {
		err = button.Click(proto.InputMouseButtonLeft, 1) // a real one: browsers copy for nothing less
	}
	if err != nil {
		t.Fatal(err)
	}
	p.waitJS(`() => window.copied === document.querySelector('.program code').textContent`)

	// The program runs as it is, and fetches its modules from the server.
	board := t.TempDir()
	stubs, err := filepath.Abs("testdata/board")
	if err != nil {
		t.Fatal(err)
	}
	text := p.programText()
	if err := os.WriteFile(filepath.Join(board, "main.py"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := runProgram(t, board, "python3", "-B", "-u", "-c", "import sys; sys.path[:0] = sys.argv[1:]; import main", board, stubs)
	run.until("mip: " + s.URL("/mip/"))
	run.until("Connected as ada")
	p.waitText("#light", "Your board is connected")
	p.waitJS(`() => [...document.querySelectorAll('#steps li')].every((n) => n.dataset.state === 'done')`)
	p.waitText("#steps", "5.012 V, 81.3 mA")
	p.narrow("Start, connected")
	p.accessible("Start, connected")
	p.shot("start-connected-360")

	// A mistake is explained to the board and on the page.
	status, body := s.Get(t, "instructor", teacher, "/api/sessions/ada/start")
	var start struct {
		Password string
		Files    []struct{ Kind, Text string }
	}
	if err := json.Unmarshal(body, &start); err != nil || status != 200 || len(start.Files) != 3 || start.Password == "" {
		t.Fatalf("start, as instructor: got %d %s", status, body)
	}
	if !strings.Contains(text, start.Password) {
		t.Errorf("main.py: got no password in it:\n%s", text)
	}

	// Another device goes on with the short code.
	p.click("#make-code")
	p.waitJS(`() => /^[2-9a-z]{7}$/.test(document.querySelector('#short-code')?.textContent)`)
	code := p.text("#short-code")
	other := newTab(t, startBrowser(t), s).size(1280, 800)
	other.goTo("/code")
	other.fill(`#coding [name="code"]`, strings.ToUpper(code))
	other.click("#coding button")
	other.waitText("#steps", "It is connected")
	other.shot("start-1280")
	other.click("#test")
	other.waitText("#toast", "Sent to ada/test")
	waitRows(t, s, "ada", start.Password, "test", 1)
	other.js(`() => { document.documentElement.dataset.theme = 'dark'; }`)
	other.shot("start-1280-dark")
	other.waitText(".program", "SESSION")
	other.click(`[data-kind="arduino"]`)
	if got := other.programText(); !strings.Contains(got, "#include <WiFi.h>") {
		t.Errorf("Arduino: got %s", got)
	}
	again := newTab(t, startBrowser(t), s).size(360, 740)
	again.goTo("/code#" + code)
	again.waitText("#title", "Continue here")
	again.click("#coding button")
	again.waitText("#coding .error", "does not open anything")
	again.accessible("/code")
	again.shot("code-360")
	p.press("#who", "Not you? Sign out")
	p.waitText("#join", "Your name")
	p.clean("status of 403")
	other.clean()
	again.clean("status of 401")
}
