package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

// TestBrowserLabs: the instructor starts a lab out of the list, sees ticks come,
// ticks one by hand, ends it, takes the class along and starts empty; a student
// sees the checklist.
func TestBrowserLabs(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	browser := startChromium(t)
	p := newTab(t, browser, s).size(1280, 900).goTo("/labs")
	p.waitText("#panel", "This page is the instructor")
	p.js(`(password) => {
		const form = document.querySelector('#signin');
		form.elements.password.value = password;
		form.requestSubmit();
	}`, teacher)
	p.waitText("#older", "No lab has been started")
	p.js(`() => {
		const form = document.querySelector('#start');
		form.elements.name.value = 'Cell <b>1</b>';
		document.querySelector('#more').click();
		form.elements.manual.value = 'report';
		form.requestSubmit();
	}`)
	p.waitText("#current-title", "Cell <b>1</b>")
	p.waitText("#nobody", "Nobody is in the class yet")

	student := newTab(t, startBrowser(t), s).size(360, 740)
	ada := connected(t, s, "ada", "pw")
	p.waitText("#matrix", "ada")
	p.waitText("#matrix thead", "connected 1 of 1")
	student.signIn("ada", "pw").goTo("/s/ada")
	student.waitText("#lab", "Cell <b>1</b> 1 of 5")
	solarCurve(ada, "ada", "IV", 40)
	order(ada, "ada", "plot_series", `["IV",{"filename":"iv.pdf"}]`)
	order(ada, "ada", "new_series", `["IV","Voltage [V]","Current [mA]"]`)
	order(ada, "ada", "data", `["IV",0.1,80]`)
	for _, want := range []string{"first reading 1 of 1", "first plot 1 of 1", "complete sweep 1 of 1", "report 0 of 1"} {
		p.waitText("#matrix thead", want)
	}
	p.waitText("#matrix tbody", "Pmpp")
	student.waitText("#lab", "4 of 5")
	p.click(`#matrix tbody input[type=checkbox]`)
	p.waitText("#matrix thead", "report 1 of 1")
	student.waitText("#lab", "5 of 5")
	wall := newTab(t, browser, s).goTo("/wall")
	wall.waitText("#tiles [data-session=ada]", "lab 5/5")
	wall.clean()

	for _, tab := range []*tab{p, student} {
		tab.front().size(360, 740)
		tab.waitJS(`() => document.documentElement.scrollWidth <= innerWidth`)
	}
	p.front().size(1280, 900)
	unnamed := p.js(`() => [...document.querySelectorAll('input, select, button, a')]
		.filter((n) => n.checkVisibility() && !n.labels?.length && !n.getAttribute('aria-label') && !n.textContent.trim())
		.map((n) => n.outerHTML).join()`)
	if unnamed != "" {
		t.Errorf("controls without a name: got %v, want none", unnamed)
	}

	p.click("#zip")
	p.waitText("#archives", "Cell _b_1__b_")
	p.download("#archives a")
	p.waitText("#archives", ", downloaded")
	p.click("#end")
	p.waitText("#sure", "End Cell <b>1</b>?")
	p.press("#sure", "End the lab")
	p.waitText("#state", "ended")
	student.waitJS(`() => document.querySelector('#lab').hidden`)
	p.waitText("#start", "Start a lab")

	p.waitText("#saved", "not been downloaded yet")
	p.waitJS(`() => document.querySelector('#go').disabled`)
	p.click("#all")
	p.download("#all-job a")
	p.waitText("#saved", "You have downloaded the whole class")
	p.js(`() => {
		const form = document.querySelector('#empty');
		form.elements.confirm.value = 'start empty';
		form.dispatchEvent(new Event('input'));
		document.querySelector('#go').click();
	}`)
	p.waitText("#saved", "The class is empty: 1 session was removed")
	p.waitText("#older", "No lab has been started")
	eventually(t, func() string {
		_, body := s.Get(t, "instructor", teacher, "/api/sessions")
		if got := strings.TrimSpace(string(body)); got != "[]" {
			return fmt.Sprintf("no session, got %s", got)
		}
		return ""
	})
	p.clean("net::ERR_ABORTED", "status of 404") // a download; the lab, asked for in the moment that it goes
	student.clean("401", "403")
}

// download clicks a link with the mouse: a browser takes a second file of a page
// only from who clicks.
func (p *tab) download(selector string) {
	p.t.Helper()
	p.waitJS(`(s) => Boolean(document.querySelector(s)?.checkVisibility())`, selector)
	link, err := p.Element(selector)
	if err == nil {
		err = link.Click(proto.InputMouseButtonLeft, 1)
	}
	if err != nil {
		p.t.Fatalf("click %s: %v", selector, err)
	}
}
