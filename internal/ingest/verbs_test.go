package ingest

import (
	"strings"
	"testing"
	"time"

	"labbroker/internal/series/memory"
	"labbroker/sensor"
)

func TestPlotVerbs(t *testing.T) {
	t.Parallel()
	type say struct{ topic, payload string }
	long := strings.Repeat("L", 300)
	for _, tc := range []struct {
		name    string
		says    []say
		series  string
		want    string
		notices string
	}{
		{"a declared series",
			[]say{{"new_series", `["S","Voltage [V]","Current [mA]"]`}, {"data", `["S",3.1,12]`}, {"data", `["S",nan,13]`}},
			"S", "Voltage V,Current mA | 3.1 12 | - 13", "nan"},
		{"below a root",
			[]say{{"lab/new_series", `["S","v","i","p","r"]`}, {"lab/data", `["S",2,100,200,0.02]`}},
			"S", "v V,i mA?,p mW?,r Ohm | 2 100 200 20", "unit-guessed unit-guessed"},
		{"the same S below two roots",
			[]say{{"a/new_series", `["S","x"]`}, {"b/new_series", `["S","y"]`}, {"a/data", `["S",1]`}, {"b/data", `["S",2]`}},
			"b/S", "y | 2", ""},
		{"scaled to fit an axis",
			[]say{{"new_series", `["S","Power  [mW]","Voltage [V*10]"]`}, {"data", `["S",12,31]`}},
			"S", "Power mW,Voltage V | 12 3.1", ""},
		{"a time stays a column",
			[]say{{"new_series", `["S","time [s]","v [V]"]`}, {"data", `["S",0.5,3]`}},
			"S", "time s,v V | 0.5 3", ""},
		{"begun again",
			[]say{{"new_series", `["S","v"]`}, {"data", `["S",1]`}, {"new_series", `["S","v"]`}, {"data", `["S",2]`}, {"data", `["S",3]`}},
			"S", "v V | 1 |* 2 | 3", ""},
		{"begun again with other columns",
			[]say{{"new_series", `["S","a","b"]`}, {"data", `["S",1,2]`}, {"new_series", `["S","b","c [V]"]`}, {"data", `["S",3,4]`}},
			"S", "a,b,c V | 1 2 - |* - 3 4", ""},
		{"begun again with the unit",
			[]say{{"new_series", `["S","current"]`}, {"data", `["S",1]`}, {"new_series", `["S","current [A]"]`}, {"data", `["S",2]`}},
			"S", "current mA | 1000 |* 2000", "unit-guessed"},
		{"equal titles",
			[]say{{"new_series", `["S","x","x"]`}, {"data", `["S",1,2]`}},
			"S", "x,x 2 | 1 2", ""},
		{"too few and too many",
			[]say{{"new_series", `["S","a","b"]`}, {"data", `["S",1]`}, {"data", `["S",1,2,3]`}},
			"S", "a,b | 1 - | 1 2", "wrong-count wrong-count"},
		{"never declared",
			[]say{{"data", `["S",1,2]`}, {"data", `["S",3,4]`}},
			"S", "c1,c2 | 1 2 | 3 4", "unknown-series unknown-series"},
		{"a name of 300 letters",
			[]say{{"new_series", `["` + long + `","v"]`}, {"data", `["` + long + `",1]`}},
			sensor.Label(long), "v V | 1", ""},
		{"two names that differ at the end",
			[]say{{"new_series", `["` + long + `","v"]`}, {"new_series", `["` + long + `2","i [mA]"]`}, {"data", `["` + long + `2",1]`}},
			sensor.Label(long + "2"), "i mA | 1", ""},
		{"a name beyond the letters, as Python escapes it",
			[]say{{"new_series", `["IV \u263c \ud83c\udf1e","v"]`}, {"data", `["IV \u263c \ud83c\udf1e",1]`}},
			"IV \u263c \U0001f31e", "v V | 1", ""},
		{"a name with control characters",
			[]say{{"new_series", `["a\u0001\nb","v"]`}, {"data", `["a\u0001\nb",1]`}},
			"a  b", "v V | 1", ""},
		{"a name that is broken",
			[]say{{"new_series", "[\"a\\ud83c\xff\",\"v\"]"}, {"data", "[\"a\\ud83c\xff\",1]"}},
			"a\ufffd\ufffd", "v V | 1", ""},
		{"no name", []say{{"new_series", `["","v"]`}}, "S", "no such series", "plot-format"},
		{"a row of words", []say{{"new_series", `["S","v"]`}, {"data", `["S","x"]`}, {"data", `["S",1]`}}, "S", "v V | 1", "plot-format"},
		{"not a list", []say{{"new_series", `S`}}, "S", "no such series", "plot-format"},
		{"no rows of the others",
			[]say{{"save_series", `["S",null]`}, {"plot_series", `["S",{"grid":true,"figsize":[5,3]}]`}, {"plot", "create the plot"}},
			"S", "no such series", ""},
		{"CSV on data", []say{{"data", "t , sin"}, {"data", "1 , 0.5"}}, "data", "t,sin | 1 0.5", ""},
		{"CSV without a header", []say{{"data", "1,0.5"}}, "data", "c1,c2 | 1 0.5", ""},
		{"an object on data", []say{{"data", `{"v":1}`}}, "data", "v V | 1", ""},
		{"newer plots",
			[]say{{"p/new", `{"columns":["time [s]","v [V]","i [mA]"],"rollover":200}`}, {"p/add", `{"v [V]":3.3,"time [s]":1}`}, {"p/bin", "\x40\x00\x00\x00\x40\x40\x00\x00\x41\x20\x00\x00"}},
			"p", "time s,v V,i mA | 1 3.3 - | 2 3 10", ""},
		{"newer plots, too few",
			[]say{{"p/new", `{"columns":["a","b"]}`}, {"p/bin", "\x40\x00\x00\x00"}},
			"p", "a,b | 2 -", "wrong-count"},
		{"bin without columns", []say{{"p/bin", "\x40\x00\x00\x00\x40\x40\x00\x00"}}, "p", "c1,c2 | 2 3", ""},
		{"new with columns that are none", []say{{"p/new", `{"columns":"v","rollover":5}`}}, "p/new", "no such series", "plot-format"},
		{"new without columns is a reading", []say{{"p/new", `{"v":1}`}}, "p/new", "v V | 1", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t, Options{}, memory.Options{})
			for _, s := range tc.says {
				c.send(s.topic, s.payload)
			}
			c.p.closeRows(time.Time{}, true)
			c.want(tc.series, tc.want)
			if got := c.codes(); got != tc.notices {
				t.Errorf("got notices %q, want %q", got, tc.notices)
			}
		})
	}
}
