package ingest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

// class is a pipeline with everything around it.
type class struct {
	t     testing.TB
	store *memory.Store
	p     *Pipeline

	mu      sync.Mutex // guards the following
	told    []notice.Draft
	numeric map[string]int
	read    int
}

func (c *class) Notice(session string, d notice.Draft) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, d)
}

func (c *class) Numeric(session, topic string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.numeric[session+"/"+topic]++
}

func (c *class) Reading(string, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read++
}

func newClass(t testing.TB, o Options, m memory.Options) *class {
	c := &class{t: t, store: memory.New(m), numeric: map[string]int{}}
	c.start(o)
	return c
}

// start makes a pipeline on the store as it is, like a server that restarts.
func (c *class) start(o Options) {
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	c.p = New(c.store, c.store, c, c, o)
}

func (c *class) send(topic string, payloads ...string) {
	for _, p := range payloads {
		c.p.Accept(Message{Session: "ada", Topic: topic, Payload: []byte(p), At: time.Now()})
	}
}

// codes are the kinds of notices that were told, in order.
func (c *class) codes() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, d := range c.told {
		list = append(list, string(d.Code))
	}
	return strings.Join(list, " ")
}

// shown is a series as a page shows it: columns, then rows.
func (c *class) shown(name string) string {
	c.t.Helper()
	info, err := c.store.Get(context.Background(), "ada", name)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for i, col := range info.Columns {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(col.Name)
		if col.Unit != "" {
			b.WriteString(" " + col.Unit)
		}
		if col.Guessed {
			b.WriteString("?")
		}
		if col.Set {
			b.WriteString("!")
		}
	}
	err = c.store.Rows(context.Background(), info.ID, series.Query{}, func(r series.Row) error {
		b.WriteString(" |")
		if r.Restart {
			b.WriteString("*")
		}
		for _, v := range r.Values {
			if math.IsNaN(v) {
				b.WriteString(" -")
			} else {
				fmt.Fprintf(&b, " %.6g", v)
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return b.String()
}

func (c *class) names() string {
	list, err := c.store.List(context.Background(), "ada")
	if err != nil {
		c.t.Fatal(err)
	}
	var names []string
	for _, i := range list {
		names = append(names, i.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func (c *class) want(name, want string) {
	c.t.Helper()
	if got := c.shown(name); got != want {
		c.t.Errorf("series %s:\n got %s\nwant %s", name, got, want)
	}
}

func TestReadings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, topic string
		payloads    []string
		series      string
		want        string
	}{
		{"an object", "mcu/chip", []string{`{"voltage":4.1,"current_mA":77.2}`}, "mcu/chip", "voltage V,current mA | 4.1 77.2"},
		{"keys in any order", "a", []string{`{"v":1,"i":20}`, `{"i":21,"v":2}`}, "a", "v V,i mA? | 1 20 | 2 21"},
		{"a new key", "a", []string{`{"v":1}`, `{"v":2,"lux":300}`}, "a", "v V,lux lux | 1 - | 2 300"},
		{"a gap", "a", []string{`{"v":1,"i":20}`, `{"v":nan,"i":21}`, `{"v":3}`}, "a", "v V,i mA? | 1 20 | - 21 | 3 -"},
		{"only gaps", "a", []string{`{"v":nan}`}, "a", "no such series"},
		{"text", "a", []string{"hello"}, "a", "no such series"},
		{"better evidence for past and future", "a", []string{`{"voltage":1,"current":0.2}`, `{"voltage":1,"current":0.215}`},
			"a", "voltage V,current mA? | 1 200 | 1 215"},
		{"whole numbers in mV", "a", []string{`{"voltage":5020}`, `{"voltage":12}`}, "a", "voltage V? | 5.02 | 0.012"},
		{"volts stay volts", "a", []string{`{"voltage":0}`, `{"voltage":299}`, `{"voltage":300}`}, "a", "voltage V | 0 | 299 | 300"},
		{"range beats resolution", "a", []string{`{"voltage":0.1,"current":0.31}`, `{"voltage":1,"current":64.1}`, `{"voltage":0.1,"current":0.31}`},
			"a", "voltage V,current mA? | 0.1 0.31 | 1 64.1 | 0.1 0.31"},
		{"power and volts end a guess", "a", []string{`{"voltage":5,"current":100}`, `{"voltage":5,"current":100,"power":0.5}`},
			"a", "voltage V,current mA,power mW | 5 100 - | 5 100 500"},
		{"units of each message", "a/current", []string{"812 mA", "1.25 A", "640 mA"}, "a", "current mA | 812 | 1250 | 640"},
		{"two units of one quantity", "a", []string{`{"current_mA":80,"current_A":0.08}`, `{"current_mA":81,"current_A":0.081}`},
			"a", "current mA,current_A mA | 80 80 | 81 81"},
		{"a suffix says what was guessed", "a", []string{`{"current":2}`, `{"current_A":2}`}, "a", "current mA | 2000 | 2000"},
		{"another suffix is another column", "a", []string{`{"current_mA":2}`, `{"current_A":2}`}, "a", "current mA,current_A mA | 2 - | - 2000"},
		{"load and bus", "a", []string{`{"loadvoltage":5,"busvoltage":4.9}`}, "a", "loadvoltage V,busvoltage V | 5 4.9"},
		{"rows in one payload", "a", []string{`[{"v":1},{"v":2}]`}, "a", "v V | 1 | 2"},
		{"numbers by place", "a", []string{"1;2,5;3"}, "a", "c1,c2,c3 | 1 2.5 3"},
		{"a header before", "a", []string{"t , sin", "1,0.5", "2,0.8"}, "a", "t,sin | 1 0.5 | 2 0.8"},
		{"the session's own topic", "", []string{"17"}, "value", "value | 17"},
		{"an object on it", "", []string{`{"v":1}`}, "value", "v V | 1"},
		{"two chips", "s", []string{`{"A-1":{"Voltage":1.5},"A-2":{"Voltage":2.5}}`}, "s/A-2", "Voltage V | 2.5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t, Options{}, memory.Options{})
			c.send(tc.topic, tc.payloads...)
			c.p.closeRows(time.Time{}, true)
			c.want(tc.series, tc.want)
		})
	}
}

func TestPresenceHearsOfReadingsOnly(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("log", "hello")
	c.send("a", `{"v":1}`)
	c.send("b/voltage", "4.1")
	if c.numeric["ada/log"] != 0 || c.numeric["ada/a"] != 1 || c.numeric["ada/b/voltage"] != 1 {
		t.Errorf("got %v, want a and b/voltage", c.numeric)
	}
}

func TestRestartOfTheServer(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("a", `{"voltage":1,"current":0.215,"current_A":0.2}`)
	c.send("new_series", `["S","Voltage [V]","Current [A]"]`)
	c.send("data", `["S",1,0.2]`)
	c.start(Options{})
	c.send("a", `{"voltage":1,"current":0.2,"current_A":0.2}`)
	c.send("data", `["S",2,0.3]`)
	c.want("a", "voltage V,current mA?,current_A mA | 1 215 200 | 1 200 200")
	c.want("S", "Voltage V,Current mA | 1 200 | 2 300")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("series", func(t *testing.T) {
		t.Parallel()
		c := newClass(t, Options{MaxSeries: 2}, memory.Options{})
		for i := range 4 {
			c.send(fmt.Sprintf("t%d", i), "1")
		}
		if got, want := c.codes(), "too-many-series too-many-series"; got != want {
			t.Errorf("got notices %q, want %q", got, want)
		}
		if got, want := c.names(), "t0 t1"; got != want {
			t.Errorf("got series %q, want %q", got, want)
		}
	})
	t.Run("columns", func(t *testing.T) {
		t.Parallel()
		c := newClass(t, Options{}, memory.Options{})
		for i := range series.MaxColumns + 3 {
			c.send("a", fmt.Sprintf(`{"k%d":1}`, i))
		}
		info, err := c.store.Get(context.Background(), "ada", "a")
		if err != nil || len(info.Columns) != series.MaxColumns {
			t.Fatalf("got %d columns, %v, want %d", len(info.Columns), err, series.MaxColumns)
		}
		if got, want := c.codes(), "too-many-columns too-many-columns too-many-columns"; got != want {
			t.Errorf("got notices %q, want %q", got, want)
		}
	})
}

func TestRecordingOff(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{Off: true})
	for range 3 {
		c.send("a", `{"v":1}`)
	}
	if got, want := c.codes(), "recording-off"; got != want {
		t.Errorf("got notices %q, want %q", got, want)
	}
	if c.read != 3 {
		t.Errorf("got %d readings, want 3", c.read)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("a", `{"v":1}`)
	if err := c.store.DeleteSession(context.Background(), "ada"); err != nil {
		t.Fatal(err)
	}
	c.p.Forget("ada")
	c.send("a", `{"i":2,"v":2}`)
	c.want("a", "i mA?,v V | 2 2")
}

// A series deleted behind the pipeline's back is made again, no row lost but
// the one that found out.
func TestDeletedSeries(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("a", `{"v":1}`)
	if err := c.store.DeleteSession(context.Background(), "ada"); err != nil {
		t.Fatal(err)
	}
	c.send("a", `{"v":2}`, `{"v":3}`)
	c.want("a", "v V | 2 | 3")
}

func TestConcurrentSessions(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.p.Run(ctx) }()
	const sessions, clients, each = 4, 3, 50
	var wg sync.WaitGroup
	for s := range sessions {
		for k := range clients {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range each {
					name := fmt.Sprintf("s%d", s)
					c.p.Accept(Message{Session: name, Topic: fmt.Sprintf("c%d", k), Payload: fmt.Appendf(nil, `{"n":%d,"voltage":1}`, i), At: time.Now()})
					c.p.Accept(Message{Session: name, Topic: "shared/voltage", Payload: []byte("1.5"), At: time.Now()})
					if i%20 == 0 {
						_, _ = c.p.SetUnit(ctx, name, fmt.Sprintf("c%d", k), "voltage", "mV")
						_ = c.p.ClockWarning()
					}
				}
			}()
		}
	}
	wg.Wait()
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for s := range sessions {
		for k := range clients {
			info, err := c.store.Get(context.Background(), fmt.Sprintf("s%d", s), fmt.Sprintf("c%d", k))
			if err != nil {
				t.Fatal(err)
			}
			next := 0.0
			_ = c.store.Rows(context.Background(), info.ID, series.Query{}, func(r series.Row) error {
				if r.Values[0] != next {
					t.Errorf("got row %v, want %v", r.Values[0], next)
				}
				next++
				return nil
			})
			if next != each {
				t.Errorf("got %v rows, want %d", next, each)
			}
		}
		info, err := c.store.Get(context.Background(), fmt.Sprintf("s%d", s), "shared")
		if err != nil || info.Rows != clients*each {
			t.Errorf("got %d rows of siblings, %v, want %d", info.Rows, err, clients*each)
		}
	}
}

func BenchmarkAccept(b *testing.B) {
	for _, bc := range []struct{ name, topic, payload string }{
		{"object", "mcu/chip", `{"voltage": 5.012, "current_mA": 81.3}`},
		{"guessed", "mcu/chip", `{"voltage": 5.012, "current": 81.3, "power": 407.4}`},
		{"scalar", "x/voltage", "5.012"},
		{"row", "data", `["S", 3.31, 12.53]`},
	} {
		b.Run(bc.name, func(b *testing.B) {
			c := newClass(b, Options{}, memory.Options{})
			c.p = New(sink{c.store}, c.store, c, quiet{}, Options{})
			c.send("new_series", `["S","v","i"]`)
			m := Message{Session: "ada", Topic: bc.topic, Payload: []byte(bc.payload), At: time.Now()}
			b.ReportAllocs()
			for b.Loop() {
				c.p.Accept(m)
			}
		})
	}
}

// sink defines and keeps nothing, so that the benchmark measures the pipeline.
type sink struct{ series.Appender }

func (sink) Append(b series.Batch) error { return nil }

type quiet struct{}

func (quiet) Numeric(string, string)    {}
func (quiet) Reading(string, time.Time) {}
