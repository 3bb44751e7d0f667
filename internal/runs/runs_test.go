package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"labbroker/internal/series"
)

// TestRestart: what was under way has ended with its last row, and goes on
// with the next one.
func TestRestart(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["S","x"]`)
	for i := range 30 {
		c.send("data", fmt.Sprintf(`["S",%d]`, i))
		c.send("mcu/ina219", fmt.Sprintf(`{"voltage_V":%g,"current_mA":5}`, 0.2*float64(i)))
	}
	c.runs("S 1 series 1-0 0", "sweep 14:03:22 sweep 2-0 0")
	c.restart()
	c.runs("S 1 series 1-59 30", "sweep 14:03:22 sweep 2-60 30")
	c.send("data", `["S",30]`)
	c.runs("S 1 series 1-0 30", "sweep 14:03:22 sweep 2-60 30")
	c.restart()
	c.runs("S 1 series 1-61 31", "sweep 14:03:22 sweep 2-60 30")
	c.send("new_series", `["S","x"]`)
	c.send("data", `["S",31]`)
	c.runs("S 1 series 1-61 31", "sweep 14:03:22 sweep 2-60 30", "S 2 series 62-0 0")
}

// TestRest: a run that nothing comes to for a minute has ended, until more
// comes.
func TestRest(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["S","x"]`)
	c.send("data", `["S",1]`)
	c.runs("S 1 series 1-0 0")
	c.rec.look(c.now().Add(2*seriesRest), true)
	c.runs("S 1 series 1-1 1")
	c.send("data", `["S",2]`)
	c.runs("S 1 series 1-0 1")
}

func TestMQTTPlot(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"", "lab/p"} {
		t.Run("root "+root, func(t *testing.T) {
			t.Parallel()
			c := newClass(t)
			at, name := strings.TrimPrefix(root+"/", "/"), root
			if root == "" {
				name = "value"
			}
			c.send(at+"new", `{"columns":["time [s]","v [V]"],"rollover":3,"args":{"title":"T","y_axis_label":"U"},"layout":"scatter_plot"}`)
			for i := range 4 {
				c.send(at+"add", fmt.Sprintf(`{"time [s]":%d,"v [V]":3.5}`, i))
			}
			c.send(at+"add", `{"time [s]":4}`)
			c.send(at+"bin", "\x40\xa0\x00\x00\x40\x40\x00\x00")
			c.runs(name + " 1 series 1-0 0")
			c.wait(func() string {
				if _, err := c.store.PlotFile(context.Background(), "ada", name+".pdf"); err != nil {
					return err.Error()
				}
				return ""
			})
			p := c.plot(name + ".pdf")
			var o struct{ Layout string }
			if json.Unmarshal(p.Options, &o) != nil || o.Layout != "scatter_plot" || p.Kind != series.PlotLive || p.Rollover != 3 || p.Last != 0 {
				t.Errorf("chart: got %+v with %s", p, p.Options)
			}
			if titles, rows := c.drawn(p); fmt.Sprint(titles, rows) != "[time [s] v [V]] [[3 3.5] [4 NaN] [5 3]]" {
				t.Errorf("got %v %v, want the last three rows", titles, rows)
			}
			if got := c.codes(); got != "" {
				t.Errorf("notices: got %s, want none", got)
			}
		})
	}
}

// TestUnits: sweeps are found whatever the units are.
func TestUnits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, topic, row string }{
		{"V and mA", "a", `{"voltage_V":%[1]g,"current_mA":%[2]g}`},
		{"mV and A", "a", `{"bus_mV":%[3]g,"current_A":%[4]g}`},
		{"letters", "a", `{"v":%[1]g,"i":%[2]g}`},
		{"without a clock, then with one", "a", `{"v":%[1]g,"i":%[2]g,"lux":1}`},
		{"lines", "a", "V=%[1]g I=%[2]g"},
		{"positions", "data", `["S",%[2]g,%[5]g]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t)
			if tc.topic == "data" {
				c.send("new_series", `["S", "Current [mA]", "Voltage [V*100]"]`)
			}
			for i := range 40 {
				v := 0.15 * float64(i)
				s := fmt.Sprintf(tc.row+"%.0[1]s%.0[2]s%.0[3]s%.0[4]s%.0[5]s", v, 80-v, 1000*v, (80-v)/1000, 100*v)
				s, _, _ = strings.Cut(s, "%!")
				c.send(tc.topic, s)
			}
			c.rec.look(c.now().Add(time.Minute/2), false)
			want := []string{"sweep 14:03:22 sweep 1-40 40"}
			if tc.topic == "data" {
				want = []string{"S 1 series 1-0 0"} // of which the sweep is all
			}
			c.runs(want...)
		})
	}
}

// TestOneRunForOneStretch: a sweep that is all of a run which was begun is not
// kept a second time; one that is a part of it is.
func TestOneRunForOneStretch(t *testing.T) {
	t.Parallel()
	const begin = "begin"
	hold := func(v float64, n int) (list []float64) {
		for range n {
			list = append(list, v)
		}
		return list
	}
	to := func(from, to float64, n int) (list []float64) {
		for i := range n {
			list = append(list, from+(to-from)*float64(i)/float64(n-1))
		}
		return list
	}
	for _, tc := range []struct {
		name string
		do   []any // numbers of volts, begin, or a time to rest
		want []string
	}{
		{"one sweep", []any{begin, to(0, 6, 20)}, []string{"S 1 series 1-0 0"}},
		{"one sweep that has ended", []any{begin, to(0, 6, 20), 2 * time.Minute}, []string{"S 1 series 1-20 20"}},
		{"two runs", []any{begin, to(0, 6, 20), begin, to(0, 6, 30)}, []string{"S 1 series 1-20 20", "S 2 series 21-0 0"}},
		{"two runs with a rest", []any{begin, to(0, 6, 20), 2 * time.Minute, begin, to(0, 6, 30), 2 * time.Minute},
			[]string{"S 1 series 1-20 20", "S 2 series 21-50 30"}},
		{"to and fro", []any{begin, to(0, 6, 20), to(5.7, 0, 20)},
			[]string{"S 1 series 1-0 0", "sweep 14:03:22 sweep 1-20 20", "sweep 14:03:24 sweep 20-0 0"}},
		{"a few rows beside it", []any{begin, hold(0, 2), to(0, 6, 40), 2 * time.Minute}, []string{"S 1 series 1-42 42"}},
		{"goes on after a rest", []any{begin, to(0, 6, 20), 2 * time.Minute, hold(6, 5)},
			[]string{"S 1 series 1-0 20", "sweep 14:03:22 sweep 1-20 20"}},
		{"begun in the middle of one", []any{begin, hold(0, 30), begin, to(0, 6, 20), 2 * time.Minute},
			[]string{"S 1 series 1-30 30", "S 2 series 31-50 20"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t)
			for _, do := range tc.do {
				switch do := do.(type) {
				case string:
					c.send("new_series", `["S","Voltage [V]","Current [mA]"]`)
				case []float64:
					for _, v := range do {
						c.send("data", fmt.Sprintf(`["S",%g,%g]`, v, 80-v))
					}
				case time.Duration:
					c.mu.Lock()
					c.at = c.at.Add(do)
					c.mu.Unlock()
					c.rec.look(c.now(), false)
				}
			}
			c.runs(tc.want...)
		})
	}
}

// TestRunsAreNumberedInOrder: runs that begin within one commit are newest
// first as later ones are.
func TestRunsAreNumberedInOrder(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	const most = 40
	for range most {
		c.send("new_series", `["S","x"]`)
		c.send("data", `["S",1]`)
	}
	var list []series.Run
	c.wait(func() (missing string) {
		var err error
		if list, err = c.store.Runs(context.Background(), "ada"); err != nil || len(list) < most {
			return fmt.Sprintf("%d runs, got %d %v", most, len(list), err)
		}
		return ""
	})
	for i, run := range list {
		if want := fmt.Sprintf("S %d", most-i); run.Name != want {
			t.Errorf("place %d: got %s, want %s", i, run.Name, want)
		}
	}
}

// TestForget: a removed session begins anew.
func TestForget(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["S","x"]`)
	c.send("data", `["S",1]`)
	c.runs("S 1 series 1-0 0")
	if err := c.store.DeleteSession(context.Background(), "ada"); err != nil {
		t.Fatal(err)
	}
	c.pipe.Forget("ada")
	c.rec.Forget("ada")
	c.runs()
	c.send("new_series", `["S","x"]`)
	c.send("data", `["S",1]`)
	c.send("plot_series", `["S"]`)
	c.answered(fmt.Sprintf(done, "S", "S.pdf", "S.pdf"))
	c.runs("S 1 series 2-0 0")
}
