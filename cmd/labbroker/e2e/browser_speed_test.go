package e2e

import (
	"fmt"
	"testing"
	"time"
)

// publish0 sends at QoS 0: nothing comes back.
func (b *board) publish0(topic, payload string) {
	b.t.Helper()
	b.send(0x30, append(field(topic), payload...))
}

// TestBrowserBenchSpeed prints how long a session's page takes to open where
// 100 sessions (5 in a test) have 50 runs each, and how long an overlay of 10 runs of 2,000
// points takes to draw. The targets are 1 s and 300 ms; how fast this machine
// is, is not judged.
//
// It measures, so it runs alone: without t.Parallel, before those that have it.
func TestBrowserBenchSpeed(t *testing.T) {
	const runs, short, long, points = 50, 12, 10, 2000
	sessions := 5
	if measuring {
		sessions = 100
	}
	s := startServer(t, Options{Args: []string{"--session-rate", "1000000"}})
	fill := func(name string, of func(run int) int) {
		b := connected(t, s, name, "pw")
		for run := range runs {
			b.publish0(name+"/new_series", `["IV","Voltage [V]","Current [mA]"]`)
			n := of(run)
			for k := range n {
				v := 5 * float64(k) / float64(n-1)
				b.publish0(name+"/data", fmt.Sprintf(`["IV",%.4f,%.3f]`, v, 80-float64(run)/10-max(0, v-4)*70))
			}
		}
		b.publish1(name+"/done", "text") // everything before it has arrived
		b.c.Close()
	}
	for n := range sessions - 1 {
		fill(fmt.Sprintf("team%d", n), func(int) int { return short })
	}
	fill("ada", func(run int) int {
		if run < runs-long {
			return short
		}
		return points
	})
	want := (runs-long)*short + long*points
	waitRows(t, s, "ada", "pw", "IV", want)

	p := newTab(t, startChromium(t), s).size(1280, 800).signIn("ada", "pw")
	var opened []time.Duration
	for range 5 {
		p.goTo("/").goTo("/s/ada")
		p.waitText("#tab-runs", fmt.Sprint(runs))
		p.waitJS(`() => Number(document.documentElement.dataset.lastSeq) > 0 && performance.getEntriesByName('ready').length === 1`)
		ms := p.js(`() => performance.getEntriesByName('ready')[0].startTime`).(float64)
		opened = append(opened, time.Duration(ms*1e6).Round(time.Millisecond))
	}
	t.Logf("session page with %d runs, %d sessions: readings, runs and plots after %v", runs, sessions, opened)

	p.bench("ada", "runs")
	p.waitJS(`() => document.querySelectorAll('#runs-list .run').length === 50`)
	p.js(`() => { for (const box of [...document.querySelectorAll('#runs-list input[type=checkbox]')].slice(1, 10)) box.click(); }`)
	p.waitJS(`(n) => { const d = document.querySelector('.overlay .chart').dataset; return d.runs === '10' && Number(d.points) >= n; }`, long*points/2)
	var drew []string
	for _, y := range []string{"power", "current", "resistance", "current"} {
		p.js(`(y) => { const s = document.querySelector('#overlay-y'); s.value = y; s.dispatchEvent(new Event('change')); }`, y)
		drew = append(drew, p.js(`() => document.querySelector('.overlay .chart').dataset.ms`).(string)+" ms")
	}
	t.Logf("overlay of %d runs, %s points in all: drawn in %v", long, p.js(`() => document.querySelector('.overlay .chart').dataset.points`), drew)
	p.clean()
}
