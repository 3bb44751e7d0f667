package ingest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/internal/series/memory"
	"labbroker/sensor"
)

// all is everything that a class has seen so far.
func (c *class) all() string {
	c.t.Helper()
	var b strings.Builder
	list, err := c.store.List(context.Background(), "")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, i := range list {
		fmt.Fprintf(&b, "%s %+v %d\n", i.Name, i.Columns, i.Rows)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprint(&b, c.told, c.numeric, c.read)
	return b.String()
}

func (c *class) preview(topic, payload string) *Preview {
	c.t.Helper()
	p, err := c.p.Preview(context.Background(), Message{Session: "ada", Topic: topic, Payload: []byte(payload), At: time.Unix(1771234567, 0)})
	if err != nil {
		c.t.Fatalf("preview of %s on %s: %v", payload, topic, err)
	}
	return p
}

// String is a preview in a line.
func (p *Preview) line() string {
	var b strings.Builder
	fmt.Fprint(&b, p.Form)
	if p.Command != "" {
		fmt.Fprint(&b, " ", p.Command)
	}
	rows := func(mark string, list []PreviewRow) {
		for _, r := range list {
			fmt.Fprint(&b, mark, r.Series)
			if r.New {
				b.WriteString("*")
			}
			for _, c := range r.Columns {
				fmt.Fprintf(&b, " %s", c.Name)
				if c.New {
					b.WriteString("*")
				}
				fmt.Fprintf(&b, "=%v%s", c.Value, c.Sent)
				if c.Guessed {
					b.WriteString("?")
				}
			}
			if !r.Device.IsZero() {
				fmt.Fprint(&b, " at ", r.Device.Format(time.RFC3339))
			}
		}
	}
	rows(" > ", p.Rows)
	rows(" begins ", p.Begins)
	if p.Waits {
		b.WriteString(" waits")
	}
	if p.Order != nil {
		fmt.Fprint(&b, " orders ", p.Order.Kind, " of ", p.Order.Series)
	}
	for _, n := range p.Notices {
		fmt.Fprint(&b, " !", n.Code)
	}
	return b.String()
}

func TestPreview(t *testing.T) {
	t.Parallel()
	said := []struct{ topic, payload string }{
		{"mcu/ina219", `{"voltage": 5.01, "current_mA": 80.1}`},
		{"new_series", `["IV", "V [V]", "I [mA]"]`},
		{"side/voltage", "4.9"},
	}
	for _, tc := range []struct{ name, topic, payload, want string }{
		{"known series", "mcu/ina219", `{"voltage": 5.02, "current_mA": 81.3}`, "object > mcu/ina219 voltage=5.02V current=81.3mA"},
		{"new column", "mcu/ina219", `{"voltage": 5.02, "power_mW": 7}`, "object > mcu/ina219 voltage=5.02V power*=7mW"},
		{"new series, guessed", "mcu/cell", `{"voltage": 5.02, "current": 81.3}`, "object > mcu/cell* voltage*=5.02V current*=81.3mA? !unit-guessed"},
		{"device time", "mcu/t", `{"time": 1771234560, "lux": 12}`, "object > mcu/t* lux*=12lux at 2026-02-16T09:36:00Z"},
		{"text", "say", "hello", "text"},
		{"empty", "say", "", "empty"},
		{"blank", "new_series", " ", "text new_series !plot-format"},
		{"bytes", "say", "\x00\xff", "bytes"},
		{"broken", "say", `{"voltage": 5.02`, "broken !broken-json"},
		{"bytes turned to text", "mcu/t", "b'5.02'", "number > mcu/t* value*=5.02 !bytes-repr"},
		{"decimal comma", "mcu/t", "5,02", "number > mcu/t* value*=5.02 !decimal-comma"},
		{"no number", "mcu/ina219", `{"voltage": NaN, "current_mA": 3}`, "object > mcu/ina219 current=3mA !nan"},
		{"sibling", "side/current", "12.5 mA", "number > side voltage=4.9V current*=12.5mA waits"},
		{"command's row", "data", `["IV", 3.3, 12.5]`, "list data > IV V=3.3V I=12.5mA"},
		{"command of columns", "new_series", `["S", "U [V]", "x"]`, "list new_series begins S* U*=NaNV x*=NaN"},
		{"plot of nothing", "plot_series", `["Q", {}]`, "list plot_series !unknown-series"},
		{"plot", "plot_series", `["IV", {}]`, "list plot_series orders plot of IV"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClass(t, Options{Bench: noBench{}}, memory.Options{})
			for _, m := range said {
				c.p.Accept(Message{Session: "ada", Topic: m.topic, Payload: []byte(m.payload), At: time.Unix(1771234567, 0)})
			}
			before, sessions := c.all(), len(c.p.sessions)
			got := c.preview(tc.topic, tc.payload)
			if again := c.preview(tc.topic, tc.payload); !reflect.DeepEqual(strings.ReplaceAll(again.line(), "NaN", ""), strings.ReplaceAll(got.line(), "NaN", "")) {
				t.Errorf("the second time: got %s, want %s", again.line(), got.line())
			}
			if got.line() != tc.want {
				t.Errorf("got  %s\nwant %s", got.line(), tc.want)
			}
			if after := c.all(); after != before || len(c.p.sessions) != sessions {
				t.Errorf("a preview changed something: got\n%s\nwant\n%s", after, before)
			}
		})
	}
}

// TestPreviewOfNobody knows a session that never sent anything, and one that
// only the history knows.
func TestPreviewOfNobody(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	if got := c.preview("x", `{"voltage": 1}`).line(); got != "object > x* voltage*=1V" {
		t.Errorf("got %s", got)
	}
	if _, err := c.store.Define("ada", "x", []series.Column{{Name: "voltage", Quantity: sensor.Voltage, Unit: "V", Sent: "V", Factor: 1}}); err != nil {
		t.Fatal(err)
	}
	if got := c.preview("x", `{"voltage": 1}`).line(); got != "object > x voltage=1V" {
		t.Errorf("from the history: got %s", got)
	}
	if len(c.p.sessions) != 0 {
		t.Error("a preview made a session")
	}
}

// noBench takes orders and knows nothing.
type noBench struct{}

func (noBench) Begin(Begin)                  {}
func (noBench) Order(Order)                  {}
func (noBench) Columns(string, string) []int { return nil }

// FuzzPreview: whatever a message says, its preview changes nothing and is what
// then happens.
func FuzzPreview(f *testing.F) {
	f.Add("new_series", []byte(`["S","v","v"]`), "data", []byte(`["S",1,2]`))
	f.Add("p/new", []byte(`{"columns":["",""]}`), "p/bin", []byte("\x40\x00\x00\x00"))
	f.Add("x/voltage", []byte("1"), "x/current", []byte("2,5 mA"))
	f.Add("x/voltage", []byte("1"), "x/voltage", []byte("2"))
	f.Add("a", []byte(`{"ts":1e300,"v":1}`), "a", []byte(`{"ts":-5,"v":[1,2],"i":[3,4]}`))
	f.Add("a", []byte("t,v"), "a", []byte("1,2"))
	f.Fuzz(func(t *testing.T, topic1 string, payload1 []byte, topic2 string, payload2 []byte) {
		c := newClass(t, Options{MaxSeries: 5, Bench: noBench{}}, memory.Options{})
		at := time.Unix(1771234567, 0)
		c.p.Accept(Message{Session: "ada", Topic: topic1, Payload: payload1, At: at})
		m := Message{Session: "ada", Topic: topic2, Payload: payload2, At: at.Add(time.Second / 2)}
		before := c.all()
		p, err := c.p.Preview(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		if after := c.all(); after != before {
			t.Fatalf("the preview changed something: got\n%s\nwant\n%s", after, before)
		}
		told, had := len(c.told), c.rows()
		c.p.Accept(m)
		if p.Waits {
			return
		}
		if got, want := len(p.Rows)+p.More, c.rows()-had; got != want {
			t.Errorf("got a preview of %d rows, want %d", got, want)
		}
		codes := func(list []notice.Draft) (s []string) {
			for _, d := range list {
				s = append(s, d.Text)
			}
			return s
		}
		if got, want := codes(p.Notices), codes(c.told[told:]); !slices.Equal(got, want) {
			t.Errorf("got a preview of the notices %q, want %q", got, want)
		}
	})
}

func (c *class) rows() (n int) {
	list, err := c.store.List(context.Background(), "")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, i := range list {
		n += int(i.Rows)
	}
	return n
}
