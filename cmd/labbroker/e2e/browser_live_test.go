package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// connected is a board that is logged in.
func connected(t *testing.T, s *Server, user, password string) *board {
	t.Helper()
	b := dial(t, s)
	if code := b.connect(user+"-board", user, password); code != 0 {
		t.Fatalf("CONNACK of %s: got %d, want 0", user, code)
	}
	return b
}

// TestBrowserLive: a reading is a point in an open browser within 300 ms, and
// the page asks nothing of another host and has nothing to complain about.
//
// It measures, so it runs alone: without t.Parallel, before those that have it.
func TestBrowserLive(t *testing.T) {
	s := startServer(t, Options{})
	b := connected(t, s, "alice", "s3cret")
	b.publish1("alice/mcu/ina219", `{"voltage":5.012,"current_mA":81.3}`)
	waitRows(t, s, "alice", "s3cret", "mcu/ina219", 1)

	p := newTab(t, startChromium(t), s).signIn("alice", "s3cret").goTo("/s/alice")
	p.waitText("#status", "publishing")
	p.waitText(".value[data-quantity=voltage]", "5.012 V")
	p.waitText(".value[data-quantity=current]", "81.3 mA")
	p.waitText(".value[data-quantity=resistance]", "61.6 Ω")
	p.waitText("#clients", "1 client")
	if got := p.js(`() => document.querySelectorAll('#time canvas').length`); got != 2.0 {
		t.Errorf("charts over time: got %v, want 2: voltage and current, none for power that was never sent", got)
	}

	measurePoints(t, p, b, "alice/mcu/ina219", 40)
	p.waitText(".value[data-quantity=voltage]", "4.390 V")
	p.clean()
}

// measurePoints publishes n readings, one after the other, and prints how long
// each took from before the publish until the open page's charts showed it.
// A reading that never shows fails the test; how long it may take does not,
// since the machine has other work: the target is 300 ms, docs/capacity.md has
// what was measured.
func measurePoints(t *testing.T, p *tab, b *board, topic string, n int) {
	t.Helper()
	// The moment at which the charts show each row, by the page's clock, which
	// is this machine's.
	p.js(`() => {
		window.drawn = {};
		new MutationObserver(() => { window.drawn[document.documentElement.dataset.lastSeq] ??= Date.now(); })
			.observe(document.documentElement, {attributes: true, attributeFilter: ['data-last-seq']});
	}`)
	var took []time.Duration
	pause := time.NewTicker(137 * time.Millisecond) // not in step with anything
	defer pause.Stop()
	for i := range n {
		<-pause.C
		before := p.lastSeq()
		sent := time.Now()
		b.publish1(topic, fmt.Sprintf(`{"voltage":%.3f,"current_mA":%.1f}`, 4+float64(i%40)/100, 80+float64(i%40)))
		p.waitJS(`(before) => Object.keys(window.drawn).some((seq) => Number(seq) > before)`, before)
		at := p.js(`(before) => window.drawn[Math.min(...Object.keys(window.drawn).map(Number).filter((n) => n > before))]`, before).(float64)
		took = append(took, time.UnixMilli(int64(at)).Sub(sent))
	}
	slices.Sort(took)
	t.Logf("publish to point, %d points: median %v, p95 %v, p99 %v, greatest %v", n, took[n/2], took[n*95/100], took[n*99/100], took[n-1])
}

// TestBrowserHostile: names that students choose are text, whatever they hold.
func TestBrowserHostile(t *testing.T) {
	t.Parallel()
	const script = `</script><script>alert(1)`
	const image = `<img src=x onerror=alert(2)>`
	s := startServer(t, Options{})
	if code := dial(t, s).connect("b1", script, "pw"); code == 0 {
		t.Error("CONNECT as a script: got 0, want a refusal")
	}
	b := connected(t, s, "eve", "pw")
	b.publish1("eve/"+script, `{"`+image+`": 1.5, "voltage": 3.3, "current_mA": 2}`)
	b.publish1("eve/"+image, script+" is not a number")
	b.publish1(image, "1")
	for i := range 3 { // a line, not a lone point
		b.publish1("eve/"+script, fmt.Sprintf(`{"%s": %d.5, "voltage": 3.%d, "current_mA": 2}`, image, i, i))
	}

	browser := startBrowser(t)
	p := newTab(t, browser, s).signIn("eve", "pw").goTo("/s/eve")
	p.waitJS(`(name) => [...document.querySelectorAll('.value .what')].some((n) => n.textContent === name)`, image)
	p.waitJS(`(name) => [...document.querySelectorAll('#series option')].some((n) => n.textContent === name)`, script)
	p.waitText("#topics", image)
	p.waitText("#topics", script+" is not a number")
	p.waitText("#notices", image)
	p.waitJS(`() => document.querySelectorAll('#time canvas').length >= 3`)
	p.waitJS(`() => Number(document.documentElement.dataset.lastSeq) > 0`)
	for _, at := range []string{"#time .chart", "#time .chart.last"} { // the numbers beside the pointer
		p.waitJS(`(at, name) => {
			const node = document.querySelector(at);
			const box = node.getBoundingClientRect();
			for (const [x, y] of [[box.right - 20, box.top + 60], [box.right - 21, box.top + 60]]) {
				node.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, clientX: x, clientY: y}));
			}
			const tip = document.querySelector('#tip');
			return tip.checkVisibility() && tip.textContent.includes(name);
		}`, at, image)
	}
	if got := p.js(`() => document.querySelectorAll('img, script:not([src])').length`); got != 0.0 {
		t.Errorf("images and inline scripts in the page: got %v, want 0", got)
	}
	p.clean()

	first := newTab(t, browser, s).goTo("/")
	first.waitText("#refused", script)
	first.clean()

	wall := newTab(t, browser, s).signIn("instructor", teacher).goTo("/wall")
	wall.waitText("#tiles", "eve")
	wall.clean()
}

// watchers is how many live streams the server has open.
func watchers(t *testing.T, s *Server) string {
	t.Helper()
	_, body := s.Get(t, "", "", "/metrics")
	return line(string(body), "labbroker_live_watchers ")
}

// TestBrowserHidden: a hidden tab gives its stream back, and catches up
// without gap or duplicate when it is seen again.
func TestBrowserHidden(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "alice", "pw")
	n := 0
	send := func(count int) {
		for range count {
			n++
			b.publish1("alice/x", fmt.Sprintf(`{"voltage":%d.5}`, n))
		}
	}
	send(5)
	p := newTab(t, startChromium(t), s).signIn("alice", "pw").goTo("/s/alice")
	p.waitText(".value[data-quantity=voltage]", "5.500")
	p.js(`() => {
		window.hidden = false;
		Object.defineProperty(document, 'visibilityState', {get: () => (window.hidden ? 'hidden' : 'visible')});
		window.seen = (yes) => { window.hidden = !yes; document.dispatchEvent(new Event('visibilitychange')); };
	}`)
	for range 3 {
		p.js(`() => window.seen(false)`)
		eventually(t, func() string {
			if got := watchers(t, s); got != "0" {
				return "the end of the stream, open: " + got
			}
			return ""
		})
		send(20)
		p.js(`() => window.seen(true)`)
		p.waitText(".value[data-quantity=voltage]", fmt.Sprintf("%d.500", n))
		p.waitJS(`(n) => Number(document.documentElement.dataset.lastSeq) >= n`, n)
	}
	send(5)
	p.waitText(".value[data-quantity=voltage]", fmt.Sprintf("%d.500", n))
	// Every row once: the page tells how many its charts hold.
	p.waitJS(`(n) => Number(document.documentElement.dataset.rows) === n`, n)
	p.clean()
}

// TestBrowserTabs: ten tabs of one browser, which has six connections for a
// server, each show live data when they are looked at.
func TestBrowserTabs(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "alice", "pw")
	b.publish1("alice/x", `{"voltage":1.5}`)
	browser := startChromium(t)
	var tabs []*tab
	for range 10 {
		p := newTab(t, browser, s)
		if len(tabs) == 0 {
			p.signIn("alice", "pw")
		}
		p.front().goTo("/s/alice")
		p.waitText(".value[data-quantity=voltage]", "1.500")
		tabs = append(tabs, p)
	}
	eventually(t, func() string {
		if got := watchers(t, s); got != "1" {
			return "nine streams given back, open: " + got
		}
		return ""
	})
	for i, p := range tabs {
		b.publish1("alice/x", fmt.Sprintf(`{"voltage":%d.5}`, i+2))
		p.front()
		p.waitText(".value[data-quantity=voltage]", fmt.Sprintf("%d.500", i+2))
	}
	for _, p := range tabs {
		p.clean()
	}
}
