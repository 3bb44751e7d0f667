package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestBrowserPages holds every page, empty and with a class in it, to what the
// student with a phone, the one with a keyboard only and the one who sees badly
// need: no scrolling sideways at 360 px, a name and a place in the tab order for
// every control, contrast in both themes; and to nothing from other machines and
// no error in the console.
func TestBrowserPages(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	tabs := []string{"live", "plots", "runs", "iv", "export", "start", "publish", "packets"}
	pages := []string{"/wall", "/wall?projector", "/roster", "/roster/slips", "/labs", "/setup", "/packets"}

	look := func(p *tab, what, path, ready string) {
		p.t.Helper()
		p.goTo(path)
		p.js(`() => location.reload()`) // a fragment alone loads nothing
		p.waitJS(`(ready) => document.readyState === 'complete' && document.querySelector(ready)?.checkVisibility() && !document.querySelector('[data-state=loading]')?.checkVisibility()`, ready)
		p.narrow(what)
		p.accessible(what)
		if strings.HasSuffix(what, "true") { // TestBrowserKeyboard goes through the empty ones
			p.keyboard(what)
		}
	}
	for _, full := range []bool{false, true} {
		t.Run(map[bool]string{false: "empty", true: "with a class"}[full], func(t *testing.T) {
			t.Parallel()
			s := startServer(t, Options{})
			what := func(path string) string { return fmt.Sprintf("%s, with a class %v", path, full) }
			own, err := browser.Incognito()
			if err != nil {
				t.Fatal(err)
			}
			b := connected(t, s, "ada", "pw")
			if full {
				solarCurve(b, "ada", "IV", 40)
				order(b, "ada", "plot_series", `["IV",{"filename":"iv.pdf"}]`)
				b.publish1("ada/mcu/ina219", `{"voltage":5.012,"current_mA":81.3,"power_mW":407.5}`)
				b.publish1("ada/text", "good morning")
				b.publish1("data", "5")
				connected(t, s, "bob", "pw").publish1("bob/x", "1")
				s.Do(t, "PUT", "instructor", teacher, "/api/class", map[string]any{"name": "Electronics", "wifi": "lab", "join_code": "solar-427"})
			}
			p := newTab(t, own, s).size(360, 740)
			look(p, what("/"), "/", "#connect")
			look(p, what("/join"), "/join", "#code")
			look(p, what("a link that is void"), "/link/0123", "main")
			p.signIn("ada", "pw")
			for _, name := range tabs {
				look(p, what("tab "+name), "/s/ada#tab="+name, "#tab-"+name+"[aria-selected=true]")
			}
			p.goTo("/") // where nothing goes on that a sign-out would end
			p.js(`() => fetch('/api/signout', { method: 'POST' })`)
			p.signIn("instructor", teacher)
			for _, path := range pages {
				look(p, what(path), path, "main")
			}
			p.clean("status of 404") // the void link's
		})
	}
}
