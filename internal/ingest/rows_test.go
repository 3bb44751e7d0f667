package ingest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"labbroker/internal/series/memory"
	"labbroker/sensor"
)

// rowsOf is how a message of ada's stands in her series, in a line.
func (c *class) rowsOf(topic, payload string, at time.Time) string {
	c.t.Helper()
	var b strings.Builder
	m := Message{Session: "ada", Topic: topic, Payload: []byte(payload), At: at}
	for i, r := range c.p.Rows(m, sensor.Decode(topic, m.Payload), 2, 3) {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(r.Series)
		for _, x := range r.Columns {
			name := x.Title
			if name == "" {
				name = x.Name
			}
			fmt.Fprintf(&b, ", %s=%v%s", name, x.Value*x.Scale(), x.Unit)
			if x.Guessed {
				b.WriteString("?")
			}
		}
	}
	return b.String()
}

// TestRows: rows by position have the names and units that were declared, all
// others those of their series.
func TestRows(t *testing.T) {
	t.Parallel()
	type say struct{ topic, payload string }
	for _, tc := range []struct {
		name           string
		says           []say
		topic, payload string
		want           string
	}{
		{"declared", []say{{"new_series", `["IV","Voltage [V]","Current [mA]"]`}}, "data", `["IV",0.5,81.3]`, "IV, Voltage [V]=0.5V, Current [mA]=81.3mA"},
		{"in another unit than it is shown in", []say{{"new_series", `["IV","U [mV]","I [A]"]`}}, "data", `["IV",500,0.0813]`, "IV, U [mV]=0.5V, I [A]=81.3mA"},
		{"never declared", nil, "data", `["IV",0.5,81.3]`, "IV, c1=0.5, c2=81.3"},
		{"never declared, and another is", []say{{"new_series", `["IV","v"]`}}, "data", `["UI",0.5]`, "UI, c1=0.5"},
		{"below a root", []say{{"lab/new_series", `["IV","t [s]","v [V]"]`}}, "lab/data", `["IV",1,0.5]`, "IV, t [s]=1s, v [V]=0.5V"},
		{"one name below two roots", []say{{"a/new_series", `["S","x"]`}, {"b/new_series", `["S","y"]`}}, "b/data", `["S",1]`, "b/S, y=1"},
		{"a name that is a number", []say{{"new_series", `["1","v [V]"]`}}, "data", `["1",0.5]`, "1, v [V]=0.5V"},
		{"more values than titles", []say{{"new_series", `["IV","v [V]"]`}}, "data", `["IV",1,2,3]`, "IV, v [V]=1V"},
		{"more than are looked at", []say{{"new_series", `["S","a","b","c","d"]`}}, "data", `["S",1,2,3,4]`, "S, a=1, b=2, c=3"},
		{"declared anew", []say{{"new_series", `["S","a"]`}, {"data", `["S",1]`}, {"new_series", `["S","b [V]"]`}}, "data", `["S",1]`, "S, b [V]=1V"},
		{"a gap", []say{{"new_series", `["S","a [V]","b"]`}}, "data", `["S",nan,1]`, "S, a [V]=NaNV, b=1"},
		{"the header of a file", []say{{"log", "time_s,voltage_V"}}, "log", "1,5.02\n2,5.03\n3,5.04", "log, time=1s, voltage=5.02V | log, time=2s, voltage=5.03V"},
		{"MQTT Plot", []say{{"p/new", `{"columns":["time [s]","v [V]"]}`}}, "p/add", `{"v [V]":5,"time [s]":1}`, "p, v [V]=5V, time [s]=1s"},
		{"named", nil, "x", `{"voltage":5.02,"current_mA":81.3}`, "x, voltage=5.02V, current=81.3mA"},
		{"named, with what the series knows", []say{{"x", `{"current":0.0123}`}, {"x", `{"current":0.013}`}}, "x", `{"current":0.05}`, "x, current=50mA?"},
		{"beside others", []say{{"x/voltage", "5"}, {"x/current", "81.3"}}, "x/voltage", "5.02", "x, voltage=5.02V"},
		{"no number", nil, "x", "hello", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t, Options{}, memory.Options{})
			at := time.Unix(1771234567, 0)
			for i, say := range tc.says {
				c.p.Accept(Message{Session: "ada", Topic: say.topic, Payload: []byte(say.payload), At: at.Add(time.Duration(i) * time.Second)})
			}
			before := c.all()
			if got := c.rowsOf(tc.topic, tc.payload, at.Add(time.Minute)); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if after := c.all(); after != before {
				t.Errorf("looking changed something: got\n%s\nwant\n%s", after, before)
			}
		})
	}
}

// TestRowsLater: who asks a moment later is told what held when the message came,
// a unit set by hand, and after a restart what the history has.
func TestRowsLater(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	at := time.Unix(1771234567, 0)
	say := func(after time.Duration, topic, payload string) {
		c.p.Accept(Message{Session: "ada", Topic: topic, Payload: []byte(payload), At: at.Add(after)})
	}
	want := func(after time.Duration, want string) {
		t.Helper()
		if got := c.rowsOf("data", `["S",1,2]`, at.Add(after)); got != want {
			t.Errorf("after %v: got %s, want %s", after, got, want)
		}
	}
	say(0, "new_series", `["S","a [V]","b [mA]"]`)
	say(2*time.Second, "new_series", `["S","c [s]","b [mA]"]`)
	want(time.Second, "S, a [V]=1V, b [mA]=2mA")
	want(3*time.Second, "S, c [s]=1s, b [mA]=2mA")
	say(4*time.Second, "data", `["S",1,2]`)
	if _, err := c.p.SetUnit(context.Background(), "ada", "S", "b", "A"); err != nil {
		t.Fatal(err)
	}
	want(5*time.Second, "S, c [s]=1s, b [mA]=2000mA")

	c.start(Options{Bench: columnsBench{2, 1}})
	want(time.Hour, "S, c1=1, c2=2") // nothing has come yet: nothing is read for who only looks
	say(time.Hour, "x", "1")
	want(time.Hour, "S, c [s]=1s, b [mA]=2000mA")
}

// columnsBench knows the columns of every series.
type columnsBench []int

func (columnsBench) Begin(Begin)                    {}
func (columnsBench) Order(Order)                    {}
func (b columnsBench) Columns(string, string) []int { return b }

// FuzzRows: whatever a message says, looking at it changes nothing, and finds it
// where it goes.
func FuzzRows(f *testing.F) {
	f.Add("new_series", []byte(`["S","v","v"]`), "data", []byte(`["S",1,2]`))
	f.Add("new_series", []byte(`["1","v"]`), "data", []byte(`["1",1,2]`))
	f.Add("p/new", []byte(`{"columns":["",""]}`), "p/bin", []byte("\x40\x00\x00\x00"))
	f.Add("x/voltage", []byte("1"), "x/current", []byte("2,5 mA"))
	f.Add("a", []byte("t,v"), "a", []byte("1,2"))
	f.Fuzz(func(t *testing.T, topic1 string, payload1 []byte, topic2 string, payload2 []byte) {
		c := newClass(t, Options{MaxSeries: 5, Bench: noBench{}}, memory.Options{})
		at := time.Unix(1771234567, 0)
		c.p.Accept(Message{Session: "ada", Topic: topic1, Payload: payload1, At: at})
		m := Message{Session: "ada", Topic: topic2, Payload: payload2, At: at.Add(time.Second / 2)}
		foretold, err := c.p.Preview(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		before := c.all()
		rows := c.p.Rows(m, sensor.Decode(topic2, payload2), maxPreview, maxPreviewColumns)
		if after := c.all(); after != before {
			t.Fatalf("looking changed something: got\n%s\nwant\n%s", after, before)
		}
		then, err := c.p.Preview(context.Background(), m)
		if err != nil || then.line() != foretold.line() {
			t.Fatalf("after looking: got %s %v, want %s", then.line(), err, foretold.line())
		}
		if len(rows) != len(foretold.Rows) || foretold.Waits {
			return // commands, and rows of gaps
		}
		for i, r := range foretold.Rows {
			if rows[i].Series != r.Series {
				t.Errorf("row %d: got a row of %q, want %q", i, rows[i].Series, r.Series)
			}
		}
	})
}
