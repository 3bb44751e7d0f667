package e2e

import (
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"
)

// TestBrowserWallCost prints what the wall of 100 boards at 10 Hz costs
// Chromium, all its processes together; the target is 0.25 of a core. How fast
// this machine is, is not judged; that the page keeps up is.
//
// It measures, so it runs alone: without t.Parallel, before those that have it.
func TestBrowserWallCost(t *testing.T) {
	watched := 4 * time.Second
	if measuring {
		watched = 10 * time.Second
	}
	s := startServer(t, Options{Args: []string{"--simulate", "100"}})
	browser := startChromium(t)
	p := newTab(t, browser, s).size(1280, 800).signIn("instructor", teacher).goTo("/wall")
	p.waitText("#status", "100 sessions")
	p.waitText("#summary", "100 publishing")
	used := func() float64 {
		all, err := proto.SystemInfoGetProcessInfo{}.Call(browser)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, one := range all.ProcessInfo {
			sum += one.CPUTime
		}
		return sum
	}
	p.js(`() => {
		globalThis.changes = 0;
		new MutationObserver(() => { globalThis.changes++; }).observe(document.querySelector('#tiles'), { subtree: true, childList: true, characterData: true });
	}`)
	before, began := used(), time.Now()
	p.js(`(ms) => new Promise((done) => setTimeout(done, ms))`, watched.Milliseconds())
	cost := (used() - before) / time.Since(began).Seconds()
	changes := p.js(`() => globalThis.changes`).(float64)
	t.Logf("the wall with 100 boards at 10 Hz: %.2f of a core in Chromium, changes on %v occasions in %v", cost, changes, watched)
	if changes < watched.Seconds()/2 {
		t.Errorf("changes in %v: got %v, want the page to follow each second", watched, changes)
	}
	p.clean()
}
