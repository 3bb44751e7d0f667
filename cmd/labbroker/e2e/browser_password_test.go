package e2e

import (
	"strings"
	"testing"
)

// TestBrowserOwnPassword: a student who joined chooses a password on Start; their
// board and their other browser are out at once, the page stays in and its code
// has a placeholder. Over a chosen one it takes the current one.
func TestBrowserOwnPassword(t *testing.T) {
	t.Parallel()
	s := startClass(t, labClass)
	browser := startBrowser(t)
	p := newTab(t, browser, s).size(360, 740)
	p.goTo("/join")
	p.fill(`#joining [name="name"]`, "Ada Łovelace")
	p.waitText("#wish strong", "ada")
	p.fill(`#joining [name="code"]`, "solar-427")
	p.click("#joining .primary")
	p.waitText("#who", "You are signed in as ada. Not you? Sign out · Change the password")
	made := p.text("#password")
	b := connected(t, s, "ada", made)
	own, err := browser.Incognito()
	if err != nil {
		t.Fatal(err)
	}
	other := newTab(t, own, s).size(1280, 800).signIn("ada", made).goTo("/s/ada")
	other.waitText("#light", "Your board is connected")
	p.front()

	fails := func(password string) {
		t.Helper()
		if code := dial(t, s).connect("x", "ada", password); code != 4 {
			t.Errorf("with %q over MQTT: got CONNACK %d, want 4", password, code)
		}
		s.want(t, "ada", password, "/api/sessions/ada", 401)
	}
	p.click("#change-password")
	p.waitText("dialog.box", "Use none from elsewhere: nothing here is encrypted")
	if got := p.js(`() => document.activeElement.id + Boolean(document.querySelector('#password-now'))`); got != "password-newfalse" {
		t.Errorf("over a generated password: got %v, want the new one asked for alone", got)
	}
	p.narrow("a password of one's own")
	p.accessible("a password of one's own")
	p.shot("password-360")
	p.press("dialog.box", "Set the password")
	p.waitText("dialog.box .error", "Type a password, or let one be made.")
	p.fill("#password-new", "chosen one")
	p.fill("#password-again", "chosen two")
	p.press("dialog.box", "Set the password")
	p.waitText("dialog.box .error", "The two passwords differ.")
	p.fill("#password-again", "chosen one")
	p.press("dialog.box", "Set the password")
	p.waitText("#toast", "Your password is set. Put it in the place of your password in the code")
	p.waitText("#password", "somebody chose it, so it is shown nowhere")
	if text := p.programText(); !strings.Contains(text, `PASSWORD = "your password"`) || strings.Contains(text, "chosen one") {
		t.Errorf("the code: got\n%s\nwant a placeholder for the password", text)
	}
	if h, _ := b.await(14); h != 0 {
		t.Errorf("the board: got a packet %x, want the connection ended", h)
	}
	fails(made)
	other.waitText("#status", "sign-in needed")
	b = connected(t, s, "ada", "chosen one")
	p.waitText("#light", "Your board is connected") // by a stream that the new cookie opened

	reload := func() {
		t.Helper()
		if err := p.Reload(); err != nil {
			t.Fatal(err)
		}
		p.waitText("#who", "You are signed in as ada")
	}
	reload()
	p.waitText("#password", "somebody chose it")
	p.click("#change-password")
	p.fill("#password-now", made)
	p.press("dialog.box", "New generated password")
	p.waitText("dialog.box .error", "This is not the current password.")
	p.shot("password-wrong-360")
	b.publish1("ada/x", "1") // and nothing has changed
	p.fill("#password-now", "chosen one")
	p.press("dialog.box", "New generated password")
	p.waitText("#toast", "A new password is made, and stands in the code")
	p.waitJS(`() => document.querySelector('#password > code')?.textContent.length > 5`)
	again := p.text("#password")
	if again == made || !strings.Contains(p.programText(), `PASSWORD = "`+again+`"`) {
		t.Errorf("the code with the password %s: got\n%s", again, p.programText())
	}
	if h, _ := b.await(14); h != 0 {
		t.Errorf("the board: got a packet %x, want the connection ended", h)
	}
	fails("chosen one")
	connected(t, s, "ada", again)

	// Where nobody needs a password there is none to choose.
	if status, body := s.Do(t, "PUT", "instructor", teacher, "/api/class", map[string]any{"access": "open"}); status != 200 {
		t.Fatalf("open access: got %d %s", status, body)
	}
	p.signIn("ada", "").goTo("/s/ada#tab=start")
	reload()
	if got := p.js(`() => document.querySelector('#change-password')`); got != nil {
		t.Errorf("with open access: got %v, want no button", got)
	}
	p.clean("a status of 401", "a status of 403")
	other.clean("a status of 401")
}
