package ingest

import (
	"encoding/json"
	"testing"

	"labbroker/internal/series/memory"
)

func TestBare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ give, want string }{
		{`["S", 1]`, `["S", 1]`},
		{`["S", NaN, -Infinity, Infinity]`, `["S", null, null, null]`},
		{`["NaN", "a\"NaN", nan, inf, -inf]`, `["NaN", "a\"NaN", null, null, null]`},
		{`{"NaN": NaN}`, `{"NaN": null}`},
		{`["NaN`, `["NaN`},
		{`["NaN\`, `["NaN\`},
	} {
		if got := string(bare([]byte(c.give))); got != c.want {
			t.Errorf("%s: got %s, want %s", c.give, got, c.want)
		}
	}
}

// nobody is a bench that looks at what it is given.
type nobody struct{ t *testing.T }

func (n nobody) Begin(b Begin) {
	if b.Session == "" || len(b.Columns) == 0 || b.Chart != nil && !json.Valid(b.Chart) {
		n.t.Errorf("Begin(%+v)", b)
	}
}

func (n nobody) Order(o Order) {
	if o.Series == "" || o.Name == "" || o.Options != nil && !json.Valid(o.Options) {
		n.t.Errorf("Order(%+v)", o)
	}
}

func (nobody) Columns(string, string) []int { return []int{1, 0} }

// FuzzVerbs sends anything to iot-plot's topics.
func FuzzVerbs(f *testing.F) {
	for _, s := range []string{`["S", "a", "b"]`, `["S", 1, NaN]`, `["S", {"title": "x"}]`, `["S", "x.pdf"]`, `b'["S"]'`, `{"columns": ["a"]}`,
		`{"columns": ["a"], "rollover": "x"}`, "t , sin", "1 , 2", "create", `["1", 2]`, `[`, `[[]]`, `[""]`, "\x40\x00\x00\x00"} {
		f.Add(s, s)
	}
	verbs := []string{"new_series", "data", "save_series", "plot_series", "plot", "new", "add", "bin", "lab/new", "lab/data"}
	f.Fuzz(func(t *testing.T, a, b string) {
		c := newClass(t, Options{Bench: nobody{t}}, memory.Options{})
		for _, p := range []string{a, b} {
			for _, v := range verbs {
				c.send(v, p)
			}
		}
	})
}
