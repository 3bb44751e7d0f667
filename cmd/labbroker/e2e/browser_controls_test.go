package e2e

import (
	"fmt"
	"testing"

	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"
)

// sweep publishes a solar cell's curve of n points, from short to open
// circuit.
func sweep(b *board, topic string, n int) {
	for i := range n {
		v := 5 * float64(i) / float64(n-1)
		c := 80.0
		if v > 4 {
			c = 80 * (5 - v)
		}
		b.publish1(topic, fmt.Sprintf(`{"voltage":%.3f,"current_mA":%.1f,"power_mW":%.1f}`, v, c, v*c))
	}
}

// TestBrowserControls: keys, ranges, pause, zoom, theme, search, units.
func TestBrowserControls(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "ada", "pw")
	sweep(b, "ada/mcu/ina219", 60)
	b.publish1("ada/room/temp", `{"temperature_C": 21.5, "humidity": 48}`)
	b.publish1("ada/guess", `{"voltage": 5.012, "current": 81.3}`)
	p := newTab(t, startBrowser(t), s).size(1280, 800).signIn("ada", "pw").goTo("/s/ada")
	p.waitText(".value[data-quantity=voltage]", "V")
	press := func(k input.Key) {
		t.Helper()
		if err := p.Keyboard.Type(k); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("series", func(t *testing.T) {
		p.js(`() => { const s = document.querySelector('#series'); s.value = 'mcu/ina219'; s.dispatchEvent(new Event('change')); }`)
		p.waitText(".value[data-quantity=power]", "mW")
		p.waitJS(`() => document.querySelectorAll('#time canvas').length === 3`)
		p.waitJS(`() => [...document.querySelectorAll('.small')].map((n) => n.dataset.series).sort().join() === 'guess,room/temp'`)
	})
	t.Run("X-Y views", func(t *testing.T) {
		for key, want := range map[input.Key]string{'1': "iv", '2': "pv", '3': "pr"} {
			press(key)
			p.waitJS(`(want) => document.querySelector('#views [aria-pressed=true]').dataset.view === want`, want)
		}
	})
	t.Run("pause", func(t *testing.T) {
		press(input.Space)
		p.waitText("#status", "paused")
		before := p.text(".value[data-quantity=voltage]")
		b.publish1("ada/mcu/ina219", `{"voltage":1.234,"current_mA":50,"power_mW":61.7}`)
		p.waitText("#topics", "1.234") // it came, and the numbers stand
		if got := p.text(".value[data-quantity=voltage]"); got != before {
			t.Errorf("paused: got %s, want %s", got, before)
		}
		press(input.Space)
		p.waitText(".value[data-quantity=voltage]", "1.234 V")
	})
	t.Run("ranges", func(t *testing.T) {
		for _, r := range []string{"1h", "1d", "all", "5m"} {
			p.click(fmt.Sprintf("#ranges [data-range=%q]", r))
			p.waitJS(`(r) => document.querySelector('#ranges [aria-pressed=true]').dataset.range === r`, r)
			p.waitJS(`() => Number(document.documentElement.dataset.rows) === 61`)
		}
	})
	t.Run("zoom", func(t *testing.T) {
		box := p.js(`() => { const b = document.querySelector('#time .chart').getBoundingClientRect(); return [b.left, b.right, b.top + 60]; }`).([]any)
		left, right, y := box[0].(float64), box[1].(float64), box[2].(float64)
		mouse := p.Mouse
		mouse.MustMoveTo(right-200, y).MustDown(proto.InputMouseButtonLeft)
		mouse.MustMoveTo(right-60, y).MustMoveTo(right-20, y).MustUp(proto.InputMouseButtonLeft)
		p.waitJS(`() => document.querySelector('#unzoom').checkVisibility()`)
		mouse.MustMoveTo((left+right)/2, y)
		p.js(`() => document.querySelector('#time').dispatchEvent(new MouseEvent('dblclick', {bubbles: true}))`)
		p.waitJS(`() => !document.querySelector('#unzoom').checkVisibility()`)
	})
	t.Run("wheel is the page's", func(t *testing.T) {
		p.js(`() => scrollTo(0, 0)`)
		p.Mouse.MustScroll(0, 200)
		p.waitJS(`() => scrollY > 0`)
		p.js(`() => scrollTo(0, 0)`)
	})
	t.Run("theme", func(t *testing.T) {
		paper := func() any { return p.js(`() => getComputedStyle(document.body).backgroundColor`) }
		before := paper()
		p.click("#theme")
		if after := paper(); after == before {
			t.Errorf("after the switch: got %v as before", after)
		}
		p.waitJS(`() => document.querySelectorAll('#time canvas').length === 3`)
		p.click("#theme")
	})
	t.Run("search", func(t *testing.T) {
		press(input.Slash)
		p.waitJS(`() => document.activeElement.id === 'search'`)
		for _, r := range "humid" {
			press(input.Key(r))
		}
		p.waitJS(`() => [...document.querySelectorAll('#topics [data-topic]')].map((n) => n.dataset.topic).join() === 'ada/room/temp'`)
		press(input.Escape)
		p.waitJS(`() => document.querySelectorAll('#topics [data-topic]').length > 1`)
	})
	t.Run("list of keys", func(t *testing.T) {
		p.click("#help")
		p.waitText("#keys", "search topics")
		press(input.Escape)
		p.waitJS(`() => !document.querySelector('#keys').open`)
	})
	t.Run("unit and undo", func(t *testing.T) {
		p.js(`() => { const s = document.querySelector('#series'); s.value = 'guess'; s.dispatchEvent(new Event('change')); }`)
		p.waitText(".value[data-quantity=current]", "81.3 mA?")
		p.click(".value[data-quantity=current] button.unit")
		p.js(`() => [...document.querySelectorAll('.unit-menu button')].find((b) => b.textContent === 'A').click()`)
		p.waitText(".value[data-quantity=current]", "81300")
		p.waitText("#toast", "sent in A")
		p.click("#toast button")
		p.waitText(".value[data-quantity=current]", "81.3 mA?")
	})
	t.Run("CSV", func(t *testing.T) {
		text, _ := p.js(`async () => (await fetch(document.querySelector('#csv').href)).text()`).(string)
		if got, want := line(text, "time,"), "elapsed_s,voltage_V,current_mA"; got != want {
			t.Errorf("heading: got %q, want %q", got, want)
		}
	})
	p.clean()
}

// TestBrowserPhone: no page is wider than a phone, in any state.
func TestBrowserPhone(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "ada", "pw")
	sweep(b, "ada/mcu/a-rather-long-name-of-a-sensor/in/a/deep/tree/ina219", 30)
	b.publish1("ada/room", `{"temperature_C": 21.5, "humidity_percent_relative": 48.123456}`)
	b.publish1("ada/text", "a long word: Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung")
	b.publish1("a/topic/without/the/prefix/that/goes/on/and/on/and/on/without/an/end", "1")
	p := newTab(t, startBrowser(t), s).size(390, 844)
	fits := func(path string) {
		t.Helper()
		p.waitJS(`() => document.fonts.ready.then(() => true)`)
		if got := p.js(`() => document.documentElement.scrollWidth - innerWidth`).(float64); got > 0 {
			t.Errorf("%s: got %v px wider than the phone, want 0", path, got)
		}
	}
	p.goTo("/")
	p.waitText("#addresses", ":")
	fits("/")
	p.goTo("/s/nobody")
	p.waitText("#panel", "Nobody is")
	fits("/s/nobody")
	p.goTo("/s/ada")
	p.waitText("#panel", "Sign in")
	fits("/s/ada, sign-in")
	p.signIn("ada", "pw").goTo("/s/ada")
	p.waitText("#values", "V")
	p.waitText("#topics", "Donau")
	fits("/s/ada")
	p.signIn("instructor", teacher).goTo("/wall")
	p.waitText("#tiles", "ada")
	fits("/wall")
	p.clean()
}
