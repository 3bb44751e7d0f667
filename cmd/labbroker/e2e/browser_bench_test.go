package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/input"
)

// order sends one of the course's plot verbs, at QoS 1 so that the test knows
// when it has arrived.
func order(b *board, session, verb, list string) { b.publish1(session+"/"+verb, list) }

// solarCurve sends a run of n rows of a solar cell: 5 V, 80 mA, a knee near
// 4.2 V, from short to open circuit.
func solarCurve(b *board, session, series string, n int) {
	order(b, session, "new_series", fmt.Sprintf(`[%q,"Voltage [V]","Current [mA]"]`, series))
	for k := range n {
		v := 5.05 * float64(k) / float64(n-1)
		i := 80.0 - 80*math.Expm1(v/0.25)/math.Expm1(5/0.25)
		order(b, session, "data", fmt.Sprintf(`[%q,%.3f,%.2f]`, series, v, i))
	}
}

// bench opens a part of the session's page.
func (p *tab) bench(session, part string) *tab {
	p.t.Helper()
	p.goTo("/s/" + session + "#tab=" + part)
	p.waitJS(`(part) => document.querySelector('#tab-' + part).getAttribute('aria-selected') === 'true' && document.querySelector('#tabs').checkVisibility()`, part)
	return p
}

// press clicks the first visible button or link below a selector that says
// this.
func (p *tab) press(within, text string) {
	p.t.Helper()
	p.waitJS(`(within, text) => {
		const all = [...document.querySelectorAll(within + ' button, ' + within + ' a')];
		const one = all.find((b) => b.textContent.trim() === text && b.checkVisibility());
		one?.click();
		return Boolean(one);
	}`, within, text)
}

// TestBrowserGallery: a plot arrives in the open gallery by itself, is a
// picture and a chart, is downloaded in all its formats, and goes when it is
// deleted.
func TestBrowserGallery(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "ada", "pw")
	b.publish1("ada/x", `{"voltage":1.5}`)
	p := newTab(t, startBrowser(t), s).size(1280, 800).signIn("ada", "pw").bench("ada", "plots")
	p.waitText("#gallery", "plot_series") // the line that fills it

	order(b, "ada", "new_series", `["damped","time [s]","cos"]`)
	for k := range 60 {
		x := float64(k) / 20
		order(b, "ada", "data", fmt.Sprintf(`["damped",%.2f,%.4f]`, x, math.Exp(-x)*math.Cos(6*x)))
	}
	order(b, "ada", "save_series", `["damped",null]`)
	order(b, "ada", "plot_series", `["damped",{"filename":"lab1/damped.pdf","title":"Damped $\\omega$","format":["r--"]}]`)
	const card = `[data-file="lab1/damped.pdf"]`
	p.waitText(card, "lab1/damped.pdf")
	p.waitText("#tab-plots", "2")
	p.waitText(`[data-kind=saved]`, "damped.pkl")
	p.waitJS(`(card) => document.querySelector(card + ' img').naturalWidth > 0`, card)
	order(b, "ada", "plot_series", `["x",{"filename":"lab 2/<b>50% & #2.png"}]`)
	p.waitText("#hint", "characters that a file may not have")
	order(b, "ada", "plot_series", `["x",{"filename":"lab 2/50% & #2.png"}]`)
	p.waitText("#tab-plots", "3")
	p.waitJS(`() => document.querySelector('#gallery .card img').naturalWidth > 0`)
	if first := p.js(`() => document.querySelector('#gallery .card').dataset.file`); first != "lab 2/50% & #2.png" {
		t.Errorf("first in the gallery: got %v, want the newest", first)
	}
	p.js(`() => { const s = document.querySelector('#folders select'); s.value = 'lab1/'; s.dispatchEvent(new Event('change')); }`)
	p.waitJS(`() => document.querySelectorAll('#gallery .card').length === 1`)

	for link, want := range map[string]string{"PDF": "%PDF-", "SVG": "<", "PNG": "\u0089PNG", "CSV": "time"} {
		got, _ := p.js(`async (card, link) => {
			const a = [...document.querySelectorAll(card + ' a')].find((x) => x.textContent === link);
			return String.fromCharCode(...new Uint8Array(await (await fetch(a.href)).arrayBuffer()).slice(0, 8));
		}`, card, link).(string)
		if !strings.HasPrefix(got, want) && !strings.HasPrefix(strings.TrimPrefix(got, `"`), want) {
			t.Errorf("%s: got %q..., want %q", link, got, want)
		}
	}

	p.js(`(card) => document.querySelector(card + ' .thumb').click()`, card)
	p.waitJS(`() => document.querySelector('#plot').open && document.querySelector('#plot img').naturalWidth > 0`)
	p.press("#plot", "Chart")
	p.waitJS(`() => document.querySelectorAll('#plot canvas').length > 0`)
	p.press("#plot", "×")

	p.press(card, "Delete")
	p.waitText("#sure", "lab1/damped.pdf")
	p.press("#sure", "Keep")
	p.waitText(card, "lab1/damped.pdf")
	p.press(card, "Delete")
	p.press("#sure", "Delete")
	p.waitJS(`(card) => !document.querySelector(card)`, card)
	p.waitText("#tab-plots", "2")
	p.clean()
}

// TestBrowserRuns: runs are renamed, shared, laid over each other and
// normalised, and a stretch that was marked becomes one.
func TestBrowserRuns(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	ada, bob := connected(t, s, "ada", "pw"), connected(t, s, "bob", "pw2")
	solarCurve(ada, "ada", "IV", 30)
	solarCurve(ada, "ada", "IV", 40)
	solarCurve(bob, "bob", "mine", 20)
	p := newTab(t, startBrowser(t), s).size(1280, 800).signIn("ada", "pw").bench("ada", "runs")
	p.waitJS(`() => document.querySelectorAll('#runs-list .run').length >= 2`)
	p.waitJS(`() => document.querySelector('.overlay .chart').dataset.runs === '1'`) // the newest, by itself

	p.js(`() => document.querySelectorAll('#runs-list .run')[0].querySelector('.run-actions button:last-child').click()`)
	p.js(`() => {
		const form = document.querySelector('#runs-list form');
		form.elements.name.value = 'lamp 30 cm <b>';
		form.elements.note.value = 'two lamps';
		form.elements.shared.checked = true;
		form.requestSubmit();
	}`)
	p.waitText("#runs-list .run", "lamp 30 cm <b>")
	p.waitText("#runs-list .run", "two lamps")
	p.waitText("#runs-list .run", "shared")

	p.js(`() => document.querySelectorAll('#runs-list .run')[1].querySelector('input[type=checkbox]').click()`)
	p.waitJS(`() => document.querySelector('.overlay .chart').dataset.runs === '2'`)
	if got := p.js(`() => [document.querySelector('#overlay-x').value, document.querySelector('#overlay-y').value].join()`); got != "voltage,current" {
		t.Errorf("axes: got %v, want current over voltage", got)
	}
	for _, norm := range []string{"max", "iv"} {
		p.js(`(norm) => { const s = document.querySelector('#overlay-by'); s.value = norm; s.dispatchEvent(new Event('change')); }`, norm)
		p.waitJS(`() => document.querySelector('.overlay .chart').dataset.runs === '2'`)
	}
	p.js(`() => { const s = document.querySelector('#overlay-y'); s.value = 'power'; s.dispatchEvent(new Event('change')); }`)
	p.waitJS(`() => Number(document.querySelector('.overlay .chart').dataset.points) >= 60`)

	// A classmate lays it over their own.
	q := newTab(t, startBrowser(t), s).size(1280, 800).signIn("bob", "pw2").bench("bob", "runs")
	q.waitText("#runs-shared", "ada: lamp 30 cm <b>")
	q.js(`() => document.querySelector('#runs-shared input').click()`)
	q.waitJS(`() => document.querySelector('.overlay .chart').dataset.runs === '2'`)
	q.clean()

	// What the chart shows is kept as a run.
	p.goTo("/").goTo("/s/ada#series=IV")
	p.waitJS(`() => Number(document.documentElement.dataset.rows) > 60`)
	before := p.text("#tab-runs")
	p.click("#mark")
	p.waitText("#marking", "points of the chart")
	p.js(`() => {
		const [from, to] = document.querySelectorAll('#marking input[type=range]');
		from.value = 2; to.value = 20;
		to.dispatchEvent(new Event('input'));
		document.querySelector('#marking [name=name]').value = 'the knee';
		document.querySelector('#marking').requestSubmit();
	}`)
	p.waitText("#toast", "the knee")
	p.press("#toast", "Show")
	p.waitText("#runs-list .run", "the knee")
	p.waitText("#runs-list .run", "19 rows")
	if after := p.text("#tab-runs"); after == before {
		t.Errorf("runs after the marking: got %q as before", after)
	}
	p.press("#runs-list .run", "Edit")
	p.press("#runs-list .run", "Delete")
	p.press("#sure", "Delete")
	p.waitJS(`() => ![...document.querySelectorAll('#runs-list .name')].some((n) => n.textContent === 'the knee')`)
	p.clean()
}

// TestBrowserAnalysis: the figures stand beside the curve with their
// uncertainties, what was not reached says so, and area and irradiance give an
// efficiency.
func TestBrowserAnalysis(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "ada", "pw")
	b.publish1("ada/x", `{"voltage":1.5}`)
	p := newTab(t, startBrowser(t), s).size(1280, 800).signIn("ada", "pw").bench("ada", "iv")
	p.waitText("#pane-iv", "No run has a voltage and a current yet")

	solarCurve(b, "ada", "IV", 40)
	p.waitText("#iv-figures", "Solar cell")
	for figure, want := range map[string]string{"isc": "80.", "voc": "5.00", "pmpp": "mW", "ff": "0."} {
		p.waitText(fmt.Sprintf("[data-figure=%s]", figure), want)
		p.waitText(fmt.Sprintf("[data-figure=%s]", figure), "±")
	}
	p.waitJS(`() => { const d = document.querySelector('#pane-iv .chart').dataset; return d.points === '40' && d.marks === '3' && Number(d.model) > 10; }`)
	p.waitText("#iv-fit", "Residual")
	p.js(`() => {
		const form = document.querySelector('.cell');
		form.elements.area.value = '25';
		form.elements.irradiance.value = '1000';
		form.requestSubmit();
	}`)
	p.waitText("[data-figure=efficiency]", "%")
	for _, view := range []string{"P-V", "P-R"} {
		p.press("#pane-iv", view)
		p.waitJS(`() => document.querySelector('#pane-iv .chart').dataset.marks === '1'`)
	}

	// The next sweep stops before it reaches open circuit: it shows while it
	// grows, and says what is missing.
	order(b, "ada", "new_series", `["short","Voltage [V]","Current [mA]"]`)
	for k := range 30 {
		order(b, "ada", "data", fmt.Sprintf(`["short",%.3f,%.2f]`, 0.1*float64(k), 80-0.01*float64(k)))
	}
	p.waitText("[data-figure=voc]", "not measured")
	p.waitText("[data-figure=isc]", "80.")
	p.clean()
}

// TestBrowserBenchPhone: no part of the page is wider than a phone, empty or
// full, and the parts are reached with the keyboard.
func TestBrowserBenchPhone(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "ada", "pw")
	b.publish1("ada/room", `{"temperature_C": 21.5}`)
	p := newTab(t, startBrowser(t), s).size(390, 844).signIn("ada", "pw")
	parts := strings.Fields(p.goTo("/s/ada").js(`() => [...document.querySelectorAll('#tabs [role="tab"]')].map((b) => b.dataset.tab).join(' ')`).(string))
	fits := func(what string) {
		t.Helper()
		for _, part := range parts {
			p.bench("ada", part)
			if got := p.js(`() => document.documentElement.scrollWidth - innerWidth`).(float64); got > 0 {
				t.Errorf("%s, %s: got %v px wider than the phone, want 0", part, what, got)
			}
		}
	}
	fits("empty")
	solarCurve(b, "ada", "a-rather-long-name-of-a-series-Donaudampfschifffahrt", 30)
	order(b, "ada", "plot_series", `["a-rather-long-name-of-a-series-Donaudampfschifffahrt",{"filename":"a/deep/tree/of/folders/`+strings.Repeat("long", 20)+`.pdf"}]`)
	p.bench("ada", "plots").waitText("#gallery", "longlong")
	p.bench("ada", "runs").waitText("#runs-list", "Donau")
	p.bench("ada", "iv").waitText("#iv-figures", "±")
	fits("full")

	p.bench("ada", "plots")
	p.js(`() => document.querySelector('#tab-plots').focus()`)
	at := slices.Index(parts, "plots") + 1
	for _, want := range slices.Concat(parts[at:], parts[:at]) {
		if err := p.Keyboard.Type(input.ArrowRight); err != nil {
			t.Fatal(err)
		}
		p.waitJS(`(want) => document.activeElement.dataset.tab === want && document.querySelector('#pane-' + want).checkVisibility()`, want)
	}
	p.clean()
}
