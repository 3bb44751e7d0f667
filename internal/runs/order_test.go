package runs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"labbroker/internal/series"
)

const done = `ada/plot/done {"series":"%s","file":"%s","url":"http://host/ada/%s"}`

func TestCourse(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["P_vs_RL", "Resistance [Ohm]", "Current [mA]", "Voltage [V*100]", "Power [mW]"]`)
	for i := range 20 {
		c.send("data", fmt.Sprintf(`["P_vs_RL", %d, %g, %g, %g]`, 10*i+10, 80.5-float64(i), 5.0*float64(i%3), 40.25))
	}
	c.send("save_series", `["P_vs_RL", null]`)
	c.send("plot_series", `["P_vs_RL", {"filename": "mcu/apps/solar/plots/P_vs_RL.pdf", "xlog": true, "format": ["o", "+", ">"], "figsize": [10, 8], "title": "$P(R_L)$"}]`)
	c.send("plot_series", `["P_vs_RL", {}]`)
	const file = "mcu/apps/solar/plots/P_vs_RL.pdf"
	c.answered(fmt.Sprintf(done, "P_vs_RL", "P_vs_RL.pkl", "P_vs_RL.pkl"), fmt.Sprintf(done, "P_vs_RL", file, file),
		fmt.Sprintf(done, "P_vs_RL", "P_vs_RL.pdf", "P_vs_RL.pdf"))
	c.runs("P_vs_RL 1 series 1-0 0")
	p := c.plot(file)
	if p.Kind != series.PlotDrawn || p.First != 1 || p.Last != 20 || p.Message != "" {
		t.Errorf("plot: got %+v, want rows 1 to 20 and no message", p)
	}
	titles, rows := c.drawn(p)
	if got := strings.Join(titles, ","); got != "Resistance [Ohm],Current [mA],Voltage [V*100],Power [mW]" {
		t.Errorf("titles: got %s", got)
	}
	if len(rows) != 20 || rows[2][2] != 10 {
		t.Errorf("rows: got %v, want 20 as they were sent", rows)
	}
	if s := c.plot("P_vs_RL.pkl"); s.Kind != series.PlotSaved || string(s.Options) != "{}" || s.Last != 20 {
		t.Errorf("saved: got %+v", s)
	}
	// Begun again: the first run ends, its plot stays what it was.
	c.send("new_series", `["P_vs_RL", "Resistance [Ohm]", "Current [mA]", "Voltage [V*100]", "Power [mW]"]`)
	c.runs("P_vs_RL 1 series 1-20 20")
	c.send("data", `["P_vs_RL", 1, 2, 300, 4]`)
	c.send("plot_series", `["P_vs_RL", {"filename": "second.svg", "format": ["o", "+", ">"]}]`)
	c.runs("P_vs_RL 1 series 1-20 20", "P_vs_RL 2 series 21-0 0")
	c.wait(func() string {
		if _, err := c.store.PlotFile(context.Background(), "ada", "second.svg"); err != nil {
			return err.Error()
		}
		return ""
	})
	if _, rows := c.drawn(c.plot("second.svg")); len(rows) != 1 || rows[0][2] != 300 {
		t.Errorf("second plot: got %v, want the one row of the second run", rows)
	}
	if _, rows := c.drawn(c.plot(file)); len(rows) != 20 {
		t.Errorf("first plot: got %d rows, want 20", len(rows))
	}
	if got := c.codes(); got != "" {
		t.Errorf("notices: got %s, want none", got)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes["ada runs"] == 0 || c.changes["ada plots"] == 0 {
		t.Errorf("changes: got %v, want runs and plots of ada", c.changes)
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	type say struct{ topic, payload string }
	begin := []say{{"new_series", `["S","x","y"]`}, {"data", `["S",1,2]`}, {"data", `["S",NaN,Infinity]`}, {"data", `["S",3,4]`}}
	for _, tc := range []struct {
		name    string
		says    []say
		answer  string // series and file, "" = none
		notices string
	}{
		{"no options", []say{{"plot_series", `["S"]`}}, "S S.pdf", ""},
		{"null", []say{{"plot_series", `["S", null]`}}, "S S.pdf", ""},
		{"a file's name for options", []say{{"plot_series", `["S", "a/b"]`}}, "S a/b.pdf", ""},
		{"bare tokens", []say{{"plot_series", `["S", {"title": "NaN \"inf", "xlim": [NaN, -Infinity]}]`}}, "S S.pdf", "plot-options"},
		{"bytes as text", []say{{"plot_series", `b'["S", {}]'`}}, "S S.pdf", "bytes-repr"},
		{"saved by name", []say{{"save_series", `["S", "x/y.pickle"]`}}, "S x/y.pickle", ""},
		{"unknown series", []say{{"plot_series", `["s", {}]`}}, "", "unknown-series"},
		{"no rows yet", []say{{"new_series", `["S","x"]`}, {"plot_series", `["S"]`}}, "", "unknown-series"},
		{"never begun", []say{{"mcu/ina219", `{"voltage":1,"current_mA":2}`}, {"plot_series", `["mcu/ina219", {"filename":"x.png"}]`}}, "mcu/ina219 x.png", ""},
		{"broken", []say{{"plot_series", `["S", {"title": }`}}, "", "plot-format"},
		{"cut off", []say{{"plot_series", `["S", {"title": "x`}}, "", "broken-json"},
		{"single quotes", []say{{"plot_series", `["S", {'title': 'x'}]`}}, "", "broken-json"},
		{"no list", []say{{"save_series", `S`}}, "", "plot-format"},
		{"options of another kind", []say{{"plot_series", `["S", [1]]`}}, "", "plot-refused"},
		{"a file's name of another kind", []say{{"save_series", `["S", 7]`}}, "", "plot-format"},
		{"out of the folder", []say{{"plot_series", `["S", {"filename": "../../etc/x.pdf"}]`}}, "", "plot-refused"},
		{"saved out of the folder", []say{{"save_series", `["S", "/etc/passwd"]`}}, "", "plot-refused"},
		{"another format", []say{{"plot_series", `["S", {"filename": "x.exe"}]`}}, "", "plot-refused"},
		{"a figure of 10,000 inches", []say{{"plot_series", `["S", {"figsize": [10000, 10000]}]`}}, "S S.pdf", "plot-options"},
		{"zero on a logarithmic axis", []say{{"data", `["S",0,2]`}, {"plot_series", `["S", {"xlog": true}]`}}, "S S.pdf", "plot-options"},
		{"too few and too many", []say{{"data", `["S",1]`}, {"data", `["S",1,2,3]`}, {"plot_series", `["S"]`}}, "S S.pdf", "wrong-count wrong-count"},
		{"below a root", []say{{"lab/new_series", `["T","x"]`}, {"lab/data", `["T",1]`}, {"lab/plot_series", `["T"]`}}, "T T.pdf", ""},
		{"a number for a name", []say{{"new_series", `["1","x","y"]`}, {"data", `["1",1,2]`}, {"plot_series", `["1"]`}}, "1 1.pdf", ""},
		{"the template", []say{{"data", "t , sin"}, {"data", "1 , 0.5"}, {"data", "2 , nan"}, {"plot", "create the plot"}}, "data data.pdf", "nan"},
		{"the template, too many values", []say{{"data", "t , sin"}, {"data", "1 , 0.5, 7"}, {"plot", "create the plot"}}, "data data.pdf", "wrong-count"},
		{"the template without rows", []say{{"plot", "create the plot"}}, "", "unknown-series"},
		{"text elsewhere", []say{{"lab/plot", "create the plot"}}, "", ""},
		{"numbers on plot", []say{{"plot", `{"v": 1}`}}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t)
			for _, s := range append(slices.Clone(begin), tc.says...) {
				c.send(s.topic, s.payload)
			}
			// The row of begin that is no number is told of.
			want := strings.TrimSpace("nan " + tc.notices)
			c.wait(func() string {
				if got := c.codes(); got != want {
					return fmt.Sprintf("got notices %q, want %q", got, want)
				}
				return ""
			})
			c.stop()
			if name, file, ok := strings.Cut(tc.answer, " "); ok {
				c.answered(fmt.Sprintf(done, name, file, file))
				return
			}
			c.answered()
		})
	}
}

// TestMany asks for several plots in a row, and for more than may wait.
func TestMany(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["S","x"]`)
	var want []string
	for i := range 60 {
		file := fmt.Sprintf("f%d.pdf", i%20)
		c.send("data", `["S",1]`)
		c.send("plot_series", fmt.Sprintf(`["S", {"filename": "%s"}]`, file))
		want = append(want, fmt.Sprintf(done, "S", file, file))
	}
	c.answered(want...)
	if p := c.plot("f19.pdf"); p.Last != 60 {
		t.Errorf("the last plot ends with row %d, want 60", p.Last)
	}
	c.stop()
	for range maxOrders + 10 {
		c.send("plot_series", `["S"]`)
	}
	if got := strings.Count(c.codes(), "plot-refused"); got != 10 {
		t.Errorf("plots left out: got %d notices, want 10", got)
	}
	c.stop = func() {}
}

// TestOtherColumns: a series that begins again with other columns, or in
// another order, draws those, in that order; also after a restart.
func TestOtherColumns(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["S","a [V]","b [mA]"]`)
	c.send("data", `["S",1,2]`)
	c.send("new_series", `["S","b [mA]","c [W*10]"]`)
	c.send("data", `["S",3,4]`)
	c.restart()
	c.send("data", `["S",5,6]`)
	c.send("plot_series", `["S"]`)
	c.answered(fmt.Sprintf(done, "S", "S.pdf", "S.pdf"))
	titles, rows := c.drawn(c.plot("S.pdf"))
	if fmt.Sprint(titles, rows) != "[b [mA] c [W*10]] [[3 4] [5 6]]" {
		t.Errorf("got %v %v, want b and c with 3 4, 5 6", titles, rows)
	}
	c.runs("S 1 series 1-1 1", "S 2 series 2-0 1")
}
