package ingest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/series/memory"
)

func TestSiblings(t *testing.T) {
	t.Parallel()
	type say struct{ topic, payload string }
	for _, tc := range []struct {
		name   string
		says   []say
		series string
		want   string
	}{
		{"a row ends when a quantity repeats",
			[]say{{"x/voltage", "1"}, {"x/current_mA", "20"}, {"x/voltage", "2"}, {"x/current_mA", "21"}},
			"x", "voltage V,current mA | 1 20 | 2 21"},
		{"what is missing is a gap",
			[]say{{"x/voltage", "1"}, {"x/current_mA", "20"}, {"x/voltage", "2"}, {"x/voltage", "3"}, {"x/current_mA", "22"}},
			"x", "voltage V,current mA | 1 20 | 2 - | 3 22"},
		{"nan keeps its place",
			[]say{{"x/voltage", "1"}, {"x/current_mA", "nan"}, {"x/voltage", "2"}, {"x/current_mA", "21"}},
			"x", "voltage V,current mA | 1 - | 2 21"},
		{"states of a node",
			[]say{{"n/sensor/ina219_bus_voltage/state", "6.1"}, {"n/sensor/ina219_current/state", "0.2"}, {"n/sensor/ina219_power/state", "1.22"}},
			"n/sensor/ina219", "bus_voltage V,current mA?,power mW? | 6.1 200 1220"},
		{"power tells the current's prefix",
			[]say{{"x/voltage", "5"}, {"x/current", "2"}, {"x/power", "0.01"}},
			"x", "voltage V,current mA,power mW | 5 2 10"},
		{"two parts do not mix",
			[]say{{"n/solar_voltage", "6"}, {"n/battery_voltage", "4"}, {"n/solar_current_mA", "80"}},
			"n/solar", "voltage V,current mA | 6 80"},
		{"others stay alone",
			[]say{{"x/voltage", "1"}, {"x/temperature", "21.5"}},
			"x/temperature", "temperature °C | 21.5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t, Options{}, memory.Options{})
			for _, s := range tc.says {
				c.send(s.topic, s.payload)
			}
			c.p.closeRows(time.Time{}, true)
			c.want(tc.series, tc.want)
		})
	}
}

// run starts the pipeline and returns what ends it.
func (c *class) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.p.Run(ctx) }()
	return func() { cancel(); <-done }
}

// pass lets time go by in a synctest bubble.
func pass(d time.Duration) { <-time.After(d) }

func TestRowEndsAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{}, memory.Options{})
		stop := c.run()
		defer stop()
		c.send("x/voltage", "1")
		pass(900 * time.Millisecond)
		c.want("x", "no such series")
		c.send("x/current_mA", "20")
		pass(200 * time.Millisecond)
		c.want("x", "voltage V,current mA | 1 20")
		c.send("x/current_mA", "21")
		pass(1100 * time.Millisecond)
		c.want("x", "voltage V,current mA | 1 20 | - 21")
	})
}

func TestRowEndsWithThePipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{}, memory.Options{})
		stop := c.run()
		c.send("x/voltage", "1")
		synctest.Wait()
		stop()
		c.want("x", "voltage V | 1")
	})
}

// After a few equal rows nobody waits for the next one any more.
func TestRowEndsWhenComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{}, memory.Options{})
		for range steady + 2 {
			c.send("x/voltage", "1")
			c.send("x/current_mA", "20")
			pass(100 * time.Millisecond)
		}
		c.want("x", "voltage V,current mA | 1 20 | 1 20 | 1 20 | 1 20 | 1 20")
		// A third quantity joins, and then stays out again.
		for range 2 {
			c.send("x/voltage", "2")
			c.send("x/current_mA", "21")
			c.send("x/power_mW", "42")
			pass(100 * time.Millisecond)
		}
		c.p.closeRows(time.Time{}, true)
		c.want("x", "voltage V,current mA,power mW | 1 20 - | 1 20 - | 1 20 - | 1 20 - | 1 20 - | 2 21 - | - - 42 | 2 21 42")
	})
}

// A server that starts in the middle of a round finds out where rounds begin.
func TestRowsFindTheirBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t, Options{}, memory.Options{})
		c.send("x/current_mA", "0")
		for i := range 20 {
			pass(100 * time.Millisecond)
			n := string(rune('a' + i))
			c.send("x/voltage", "1"+string('0'+n[0]%10))
			pass(2 * time.Millisecond)
			c.send("x/current_mA", "1"+string('0'+n[0]%10))
		}
		c.p.closeRows(time.Time{}, true)
		got := c.shown("x")
		const end = "| 14 14 | 15 15 | 16 16"
		if len(got) < len(end) || got[len(got)-len(end):] != end {
			t.Errorf("got %s, want it to end with %s", got, end)
		}
	})
}
