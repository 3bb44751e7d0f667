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
				want = append([]string{"S 1 series 1-0 0"}, want...)
			}
			c.runs(want...)
		})
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
