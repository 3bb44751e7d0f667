package ingest

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/series/memory"
)

func TestHints(t *testing.T) {
	t.Parallel()
	times := func(n int, s string) []string { return strings.Split(strings.Repeat(s+"\n", n)[:n*(len(s)+1)-1], "\n") }
	for _, tc := range []struct {
		name, topic string
		payloads    []string
		want        string
	}{
		{"nothing", "a", times(50, `{"voltage_V":4.1,"current_mA":77}`), ""},
		{"bytes", "a/voltage", []string{"b'4.1'"}, "bytes-repr"},
		{"decimal comma", "a/voltage", []string{"4,1"}, "decimal-comma"},
		{"nan", "a", []string{`{"voltage_V":nan}`}, "nan"},
		{"broken JSON", "a", []string{`{"voltage_V":`}, "broken-json"},
		{"a guess, once", "a", times(5, `{"voltage":4.1,"current":77}`), "unit-guessed"},
		{"a guess, not of 0", "a", []string{`{"voltage":4.1,"current":0}`}, ""},
		{"a guess that was wrong, again", "a", []string{`{"voltage":1,"current":2}`, `{"voltage":1,"current":0.213}`}, "unit-guessed unit-guessed"},
		{"always zero", "a", times(alike, `{"voltage_V":0,"current_mA":0}`), "always-zero"},
		{"always zero, siblings", "a/current_mA", times(alike+1, "0"), "always-zero"},
		{"never a current", "a", times(alike, `{"voltage_V":5.1,"current_mA":0}`), "always-zero"},
		{"an open circuit is no mistake", "a", append([]string{`{"voltage_V":0.4,"current_mA":31}`}, times(50, `{"voltage_V":5.1,"current_mA":0}`)...), ""},
		{"not always zero", "a", append(times(alike-1, `{"voltage_V":0,"current_mA":0}`), `{"voltage_V":1,"current_mA":2}`, `{"voltage_V":0,"current_mA":0}`), ""},
		{"swapped", "a", times(alike, `{"voltage_V":4,"current_mA":-77}`), "swapped-pins"},
		{"swapped, no voltage sent", "a", times(alike, `{"current_mA":-77}`), "swapped-pins"},
		{"charging and discharging", "a", times(60, `{"voltage_V":4,"current_mA":-77}`+"\n"+`{"voltage_V":4,"current_mA":77}`), ""},
		{"the shunt's end", "a", times(ends, `{"voltage_V":4,"current_A":3.2}`), "pinned"},
		{"the bus's end", "a", times(ends, `{"voltage_V":32.76}`), "pinned"},
		{"a smaller range's end", "a", times(ends, `{"voltage_V":4,"current_mA":400}`), "pinned"},
		{"the shunt voltage's end", "a", times(ends, `{"shunt_mV":-320}`), "pinned"},
		{"near it, but moving", "a", []string{`{"current_mA":399.9}`, `{"current_mA":400.1}`, `{"current_mA":400}`, `{"current_mA":399.9}`, `{"current_mA":400.1}`, `{"current_mA":400}`}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t, Options{}, memory.Options{})
			c.send(tc.topic, tc.payloads...)
			c.p.closeRows(time.Time{}, true)
			if got := c.codes(); got != tc.want {
				t.Errorf("got notices %q, want %q", got, tc.want)
			}
		})
	}
}

func TestHintsNameTheTopic(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("x/voltage", "4.1")
	c.send("x/current", "77.2")
	c.p.closeRows(time.Time{}, true)
	if len(c.told) != 1 || c.told[0].Topic != "ada/x/current" {
		t.Errorf("got %v, want one at ada/x/current", c.told)
	}
}

func TestHintsSayWhatWasSent(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("x", `{"voltage_V":-inf}`)
	if len(c.told) != 1 || !strings.Contains(c.told[0].Text, "sent `-inf`") {
		t.Errorf("got %v, want one that quotes -inf", c.told)
	}
}

func TestClockWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var step atomic.Int64
		c := newClass(t, Options{Now: func() time.Time { return time.Now().Add(time.Duration(step.Load())) }}, memory.Options{})
		stop := c.run()
		pass(time.Second)
		if got := c.p.ClockWarning(); got != "" {
			t.Errorf("got %q, want no warning", got)
		}
		step.Store(int64(3 * 365 * 24 * time.Hour))
		pass(time.Second)
		if got := c.p.ClockWarning(); !strings.Contains(got, "stepped forward") {
			t.Errorf("got %q, want a step forward", got)
		}
		step.Store(0)
		pass(time.Second)
		if got := c.p.ClockWarning(); !strings.Contains(got, "stepped back") {
			t.Errorf("got %q, want a step back", got)
		}
		pass(2 * time.Hour)
		if got := c.p.ClockWarning(); got != "" {
			t.Errorf("got %q, want no warning after two hours", got)
		}
		stop()
	})
}

// A row that waits when the clock is set back is not kept waiting.
func TestClockSetBackEndsRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var step atomic.Int64
		c := newClass(t, Options{Now: func() time.Time { return time.Now().Add(time.Duration(step.Load())) }}, memory.Options{})
		stop := c.run()
		defer stop()
		c.send("x/voltage", "1")
		step.Store(int64(-time.Hour))
		pass(time.Second)
		c.want("x", "voltage V | 1")
	})
}
