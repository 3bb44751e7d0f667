package e2e

import (
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/input"
)

// TestBrowserFirstStart: the link leads to a password, the password to the
// set-up page, and what is saved there is there afterwards.
func TestBrowserFirstStart(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Bare: true})
	path := printedLink(t, s)
	p := newTab(t, startBrowser(t), s).size(360, 740)

	p.goTo("/setup")
	p.waitText("#panel", "labbroker instructor-link")
	p.goTo("/link/0000")
	p.waitText("main", "This link does not work")

	p.goTo(path)
	p.waitText("main", "8 characters or more")
	p.narrow("the link's page")
	p.labelled("body")
	send := func(password, again string) {
		p.js(`(password, again) => {
			const form = document.querySelector('#set');
			form.elements.password.value = password;
			form.elements.again.value = again;
			form.requestSubmit();
		}`, password, again)
	}
	send("teach me well", "teach me wall")
	p.waitText("#set .error", "differ")
	send("teach me well", "teach me well")
	p.waitJS(`() => location.pathname === '/setup'`)

	// With the keyboard alone.
	p.waitText("#setup", "Name of the class")
	p.waitText("#people", "Nobody is in the roster")
	p.narrow("/setup")
	p.labelled("body")
	p.js(`() => document.querySelector('#setup [name=name]').focus()`)
	p.typeText("Physik 12 <b>")
	p.strike(input.Tab)
	p.typeText("lab-wifi")
	p.strike(input.Tab)
	p.typeText("volts&amps")
	p.strike(input.Tab)
	p.waitJS(`() => document.activeElement.name === 'joining' && document.activeElement.checked`)
	p.strike(input.Tab)
	p.strike(input.Space) // with a code
	p.waitJS(`() => /^[a-z]+-[0-9]{3}$/.test(document.querySelector('[name=join_code]').value)`)
	p.waitText("#saved", "Not saved yet")
	code := p.js(`() => document.querySelector('[name=join_code]').value`).(string)
	p.click("#another")
	p.waitJS(`(old) => document.querySelector('[name=join_code]').value !== old`, code)
	code = p.js(`() => document.querySelector('[name=join_code]').value`).(string)
	p.js(`() => document.querySelector('#save').focus()`)
	p.strike(input.Enter)
	p.waitText("#saved", "Saved: the class's name, the WiFi and the join code.")

	p.goTo("/setup")
	p.waitJS(`(code) => {
		const f = document.querySelector('#setup').elements;
		return f.name.value === 'Physik 12 <b>' && f.wifi.value === 'lab-wifi' && f.wifi_password.value === 'volts&amps'
			&& f.joining.checked && f.join_code.value === code && f.access.value === 'claim';
	}`, code)

	// With a roster nobody joins, unless the instructor says so again.
	p.js(`() => document.querySelector('[name=access][value=roster]').click()`)
	p.waitText("#saved", "Joining is off now")
	p.click("#save")
	p.waitText("#saved", "Saved: whether students may join and the access mode.")

	// A mistake is said and keeps what was typed.
	p.js(`() => {
		const f = document.querySelector('#setup').elements;
		f.wifi.removeAttribute('maxlength');
		f.wifi.value = 'ü'.repeat(17);
	}`)
	p.click("#save")
	p.waitText("#error", "The WiFi's name is longer than 32 characters.")
	p.waitJS(`() => document.querySelector('#setup').elements.wifi.value.length === 17`)
	p.clean("400", "401", "404")

	// The instructor's pages lead to one another.
	p.size(1280, 800).goTo("/wall")
	p.waitText(".classnav", "Roster")
	if got := p.text(".classnav [aria-current]"); got != "Class" {
		t.Errorf("on the wall: got %q as the page of now, want Class", got)
	}
	p.js(`() => document.querySelector('.classnav a[href="/setup"]').click()`)
	p.waitJS(`() => location.pathname === '/setup' && document.querySelector('.classnav [aria-current]').textContent === 'Set-up'`)
}

// TestBrowserSetupIsTheInstructors: a student sees nothing of it, and where the
// start gives the access mode the page says so.
func TestBrowserSetupIsTheInstructors(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--access", "open"}})
	connected(t, s, "ada", "hers")
	p := newTab(t, startBrowser(t), s).signIn("ada", "").goTo("/setup")
	p.waitText("#panel", "You are signed in as ada")
	if got := p.text("#setup"); got != "" {
		t.Errorf("a student: got %q, want nothing", got)
	}
	p.js(`(password) => {
		const form = document.querySelector('#signin');
		form.elements.password.value = password;
		form.requestSubmit();
	}`, teacher)
	p.waitText("#fixed", "--access")
	p.waitJS(`() => { const f = document.querySelector('#setup').elements.access; return f.value === 'open' && [...f].every((r) => r.disabled); }`)
	p.click("#save")
	p.waitText("#saved", "Nothing was changed.")
	p.clean("403")
}

func (p *tab) typeText(text string) {
	p.t.Helper()
	if err := p.InsertText(text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *tab) strike(key input.Key) {
	p.t.Helper()
	if err := p.Keyboard.Type(key); err != nil {
		p.t.Fatalf("press %s: %v", strings.TrimSpace(string(rune(key))), err)
	}
}
