package e2e

import (
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/input"
)

// keyboard presses Tab through the page as it is now and fails for a control
// that is not reached, and for one that does not show that it has the focus: an
// outline with a contrast of 3:1 in both themes.
func (p *tab) keyboard(what string) {
	p.t.Helper()
	n := p.js(`() => {
		const rgb = (c) => c.match(/[\d.]+/g).map(Number);
		const lum = (c) => rgb(c).slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
			.reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
		const name = (n) => n.tagName + (n.id ? '#' + n.id : '') + (n.className ? '.' + n.className : '') + ' ' + n.textContent.trim().slice(0, 30);
		const group = (n) => (n.type === 'radio' ? [...document.querySelectorAll('input[type=radio]')].filter((r) => r.name === n.name) : [n]);
		const left = new Set([...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
			.filter((n) => n.tabIndex >= 0 && !n.disabled && n.type !== 'hidden' && n.checkVisibility({ visibilityProperty: true })));
		const dull = new Set();
		const focused = (e) => {
			const n = e.target;
			for (const same of group(n)) left.delete(same);
			const shown = n.matches('.offscreen-input') ? n.labels[0] : n; // its label stands for it
			const theme = document.documentElement.dataset.theme;
			for (const t of ['light', 'dark']) {
				document.documentElement.dataset.theme = t;
				// A tile's link covers the tile and shows it around that.
				const style = [getComputedStyle(shown), getComputedStyle(shown, '::after')].find((s) => s.outlineStyle !== 'none') ?? getComputedStyle(shown);
				let back = shown.parentElement;
				while (back.parentElement && (rgb(getComputedStyle(back).backgroundColor)[3] ?? 1) === 0) back = back.parentElement;
				const a = lum(style.outlineColor), b = lum(getComputedStyle(back).backgroundColor);
				const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
				if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1 || ratio < 3) dull.add(t + ', focus does not show: ' + name(n));
			}
			document.documentElement.dataset.theme = theme;
		};
		document.addEventListener('focusin', focused);
		document.activeElement.blur();
		window.tabbed = () => [...left].filter((n) => n.isConnected && !n.disabled && n.checkVisibility()).map((n) => 'not reached: ' + name(n)).concat(...dull).join('\n');
		return left.size;
	}`).(float64)
	got := any("nothing")
	for range 2 { // a page may begin with the focus in the middle
		for range int(n) + 2 {
			if err := p.Keyboard.Type(input.Tab); err != nil {
				p.t.Fatal(err)
			}
		}
		if got = p.js(`() => tabbed()`); got == "" {
			return
		}
	}
	p.t.Errorf("%s, by Tab through %v controls: got\n%s", what, n, got)
}

// TestBrowserKeyboard goes through every page of a new class with the Tab key,
// and reads there what to do next; names, labels and contrast as well.
func TestBrowserKeyboard(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	p := newTab(t, startBrowser(t), s).size(1280, 900)
	join, who := s.URL("/join"), ""
	for _, c := range []struct{ user, path, next string }{
		{"", "/", "Type your name, and you get a page for your board|None. A board that is turned away stands here with the reason."},
		{"", "/join", "Your name Join"},
		{"", "/link/0123", "Make a new one where the server runs, and open what it prints: labbroker instructor-link"},
		{"", "/wall", "Sign in with the password that you set with the first start’s link."},
		{"", "/s/nobody", "Connect a board with the user nobody and this page comes alive. Or join the class first"},
		{"instructor", "/wall", "Students join at " + join + ", or you upload a class list on the roster."},
		{"instructor", "/wall?projector", "Join at " + join + " and start your board"},
		{"instructor", "/roster", "Upload a class list above, add a person, or let students join by themselves."},
		{"instructor", "/roster/slips", "Upload a class list on the roster"},
		{"instructor", "/labs", "No lab has been started. Start one above"},
		{"instructor", "/setup", "Nobody is in the roster. Upload a class list"},
		{"instructor", "/packets", "Log in with a client of yours, as with mosquitto_sub -h 127.0.0.1"},
		{"ada", "/s/ada#tab=live", "Nothing was published yet. Start your board"},
		{"ada", "/s/ada#tab=plots", "No plot yet. This line draws one"},
		{"ada", "/s/ada#tab=runs", "No run yet. This line begins one"},
		{"ada", "/s/ada#tab=iv", "Send both in one row"},
		{"ada", "/s/ada#tab=export", "This line sends the first reading"},
		{"ada", "/s/ada#tab=start", "Start its program again."},
		{"ada", "/s/ada#tab=publish", "Nothing is pinned yet. Add a switch for an LED|Nothing came yet. Publish to ada/hello"},
		{"ada", "/s/ada#tab=packets", "Send something from your board, or press the test button on Start."},
	} {
		if c.user != who {
			password := teacher
			if c.user == "ada" {
				password = "pw"
				connected(t, s, "ada", password).leave() // a session with nothing in it
			}
			p.signIn(c.user, password)
			who = c.user
		}
		visit(p, c.path, c.next)
	}
	p.clean("status of 401", "status of 404") // the void link's, and nobody's page
}

// visit opens a page, waits for what it says to do next and goes through it with
// the Tab key.
func visit(p *tab, path, next string) {
	p.t.Helper()
	p.goTo(path)
	if strings.Contains(path, "#") { // a fragment alone loads nothing
		if err := p.Reload(); err != nil {
			p.t.Fatal(err)
		}
	}
	for _, text := range strings.Split(next, "|") {
		p.waitText("main", text)
	}
	p.waitJS(`() => document.readyState === 'complete' && !document.querySelector('[data-state=loading]')?.checkVisibility()`)
	p.keyboard(path)
	p.accessible(path)
}
