package runs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/ingest"
	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

// class is a pipeline with a recorder on a store, from the message to the
// answer.
type class struct {
	t     *testing.T
	store *memory.Store
	rec   *Recorder
	pipe  *ingest.Pipeline
	stop  func()

	mu      sync.Mutex // guards the following
	at      time.Time
	told    []notice.Draft
	answers []string
	changes map[string]int
}

func (c *class) Notice(_ string, d notice.Draft) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, d)
}

func (c *class) Numeric(string, string)    {}
func (c *class) Reading(string, time.Time) {}

func newClass(t *testing.T) *class {
	c := &class{t: t, changes: map[string]int{}, at: time.Date(2026, 11, 22, 14, 3, 22, 0, time.UTC)}
	c.store = memory.New(memory.Options{Committed: func(list []series.Committed) { c.rec.Committed(list) }})
	c.start()
	t.Cleanup(func() { c.stop() })
	return c
}

// start makes pipeline and recorder on the store as it is, like a server that
// starts again.
func (c *class) start() {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	c.rec = New(c.store, c, Options{
		Log: log, Location: time.UTC, Now: c.now,
		Changed: func(session, what string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.changes[session+" "+what]++
		},
		Answer: func(topic string, payload []byte) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.answers = append(c.answers, topic+" "+string(payload))
			return nil
		},
		URL: func(session, file string) string { return "http://host/" + session + "/" + file },
	})
	if err := c.rec.Restore(context.Background()); err != nil {
		c.t.Fatal(err)
	}
	c.pipe = ingest.New(c.store, c.store, c, c, ingest.Options{Log: log, Bench: c.rec})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.rec.Run(ctx); err != nil {
			c.t.Error(err)
		}
	})
	c.stop = func() { cancel(); wg.Wait() }
}

func (c *class) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *class) restart() {
	c.stop()
	c.start()
}

func (c *class) send(topic, payload string) {
	c.mu.Lock()
	c.at = c.at.Add(100 * time.Millisecond)
	c.mu.Unlock()
	c.pipe.Accept(ingest.Message{Session: "ada", Topic: topic, Payload: []byte(payload), At: c.now()})
}

// wait polls until done says nothing.
func (c *class) wait(missing func() string) {
	c.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for {
		what := missing()
		if what == "" {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			c.t.Fatalf("after 30 s: %s", what)
		}
	}
}

// runs are the session's, the earliest first: "name kind first-last rows".
func (c *class) runs(want ...string) {
	c.t.Helper()
	c.wait(func() string {
		list, err := c.store.Runs(context.Background(), "ada")
		if err != nil {
			c.t.Fatal(err)
		}
		slices.SortFunc(list, func(a, b series.Run) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Kind, b.Kind)) })
		var got []string
		for _, r := range list {
			s := fmt.Sprintf("%s %s %d-%d %d", r.Name, r.Kind, r.First, r.Last, r.Rows)
			if r.Open() != r.Ended.IsZero() || r.Started.IsZero() {
				s += fmt.Sprintf(" from %v to %v", r.Started, r.Ended)
			}
			got = append(got, s)
		}
		if !slices.Equal(got, want) {
			return fmt.Sprintf("got runs %q, want %q", got, want)
		}
		return ""
	})
}

func (c *class) answered(want ...string) {
	c.t.Helper()
	c.wait(func() string {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !slices.Equal(c.answers, want) {
			return fmt.Sprintf("got answers %q, want %q", c.answers, want)
		}
		return ""
	})
}

func (c *class) codes() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, d := range c.told {
		list = append(list, string(d.Code))
	}
	return strings.Join(list, " ")
}

func (c *class) plot(file string) series.Plot {
	c.t.Helper()
	p, err := c.store.PlotFile(context.Background(), "ada", file)
	if err != nil {
		c.t.Fatalf("plot %s: %v", file, err)
	}
	return p
}

// drawn are the numbers of a plot, in the order of its columns.
func (c *class) drawn(p series.Plot) (titles []string, rows [][]float64) {
	c.t.Helper()
	info, err := c.store.Get(context.Background(), "ada", p.SeriesName)
	if err != nil {
		c.t.Fatal(err)
	}
	places := p.Columns
	if places == nil {
		for i := range info.Columns {
			places = append(places, i)
		}
	}
	for _, i := range places {
		titles = append(titles, info.Columns[i].Title)
	}
	err = c.store.Rows(context.Background(), p.Series, p.Query(), func(r series.Row) error {
		var row []float64
		for _, i := range places {
			row = append(row, r.Values[i])
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return titles, rows
}

const done = `ada/plot/done {"series":"%s","file":"%s","url":"http://host/ada/%s"}`

func TestCourse(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["P_vs_RL", "Resistance [Ohm]", "Current [mA]", "Voltage [V*100]", "Power [mW]"]`)
	for i := range 20 {
		c.send("data", fmt.Sprintf(`["P_vs_RL", %d, %g, %g, %g]`, 10*i, 80.5-float64(i), 5.0*float64(i%3), 40.25))
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
	c.send("plot_series", `["P_vs_RL", {"filename": "second.svg"}]`)
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
