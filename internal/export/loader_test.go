package export

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
)

// serve answers /one.{format} and /two.{format} with exports of one and two
// tables to whoever has the key, as the class server does.
func serve(t *testing.T, o Options) *httptest.Server {
	t.Helper()
	iv := tableOf("IV", voltAmp(), at(0, 0, 81.3), at(0.5, 0.3, 80), at(1, 0.5727, 0))
	other := tableOf("mcu/temp $x$", []Column{{Name: "temp", Unit: "°C"}}, at(0, 21.5), at(1))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("key") != "r-1" {
			http.Error(w, "no key", http.StatusForbidden)
			return
		}
		tables := []Table{iv}
		if strings.HasPrefix(r.URL.Path, "/two.") {
			tables = append(tables, other)
		}
		o := o
		o.URL = "http://" + r.Host + strings.Replace(r.URL.Path, ".ipynb", ".csv", 1) + "?key=r-1"
		f, err := FormatOf(path.Ext(r.URL.Path)[1:], len(tables))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", f.ContentType)
		if err := Write(r.Context(), w, f.Name, tables, o); err != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// run executes Python sources, each in a namespace of its own, and gives what
// an expression is afterwards, as text.
func run(t *testing.T, sources [][2]string) []string {
	t.Helper()
	in, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import json, sys
out, sys.stdout = sys.stdout, sys.stderr  # what the sources print is not the answer
results = []
for source, expression in json.load(sys.stdin):
    space = {"__name__": "__main__"}
    try:
        exec(source, space)
        results.append(str(eval(expression, space)))
    except Exception as e:
        results.append("%s: %s" % (type(e).__name__, e))
json.dump(results, out)
`
	var out []string
	if err := json.Unmarshal([]byte(python(t, string(in), "-c", script)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLoaders runs the very lines that the page shows.
func TestLoaders(t *testing.T) {
	t.Parallel()
	server := serve(t, Options{})
	tests := []struct {
		format, one, oneWant, two, twoWant string
	}{
		{"csv", `list(data.columns), str(data["time"].dtype), data["voltage_V"].max()`, `(['time', 'elapsed_s', 'voltage_V', 'current_mA'], 'datetime64[ns, UTC]', 0.5727)`,
			`list(data), data["mcu_temp _x_"]["temp_°C"].tolist()`, `(['IV', 'mcu_temp _x_'], [21.5, nan])`},
		{"json", `list(data.columns), data["current_mA"].tolist()`, `(['time', 'elapsed_s', 'voltage_V', 'current_mA'], [81.3, 80.0, 0.0])`,
			`[d.shape for d in data]`, `[(3, 4), (2, 3)]`},
		{"xlsx", `list(data.columns), str(data["time (UTC)"][1])`, `(['time (UTC)', 'elapsed_s', 'voltage_V', 'current_mA'], '2026-11-22 23:00:00.623000')`,
			`list(data), data["mcu_temp $x$"].shape`, `(['IV', 'mcu_temp $x$'], (2, 3))`},
		{"mat", `data["voltage_V"].ravel().tolist()`, `[0.0, 0.3, 0.5727]`,
			`data["IV"]["current_mA"][0, 0].ravel().tolist(), sorted(k for k in data if k[0] != "_")`, `([81.3, 80.0, 0.0], ['IV', 'mcu_temp_x'])`},
		{"npz", `data["voltage_V"].tolist(), str(data["time"][1])`, `([0.0, 0.3, 0.5727], '2026-11-22T23:00:00.623000000')`,
			`data.files`, `['IV/time', 'IV/elapsed_s', 'IV/voltage_V', 'IV/current_mA', 'IV/info', 'mcu_temp _x_/time', 'mcu_temp _x_/elapsed_s', 'mcu_temp _x_/temp_°C', 'mcu_temp _x_/info']`},
		{"pkl", `type(data).__name__, list(data.items())`, `('OrderedDict', [('Voltage  [V]', [0.0, 0.3, 0.5727]), ('Current [mA]', [81.3, 80.0, 0.0])])`,
			`list(data), list(data["mcu/temp $x$"])`, `(['IV', 'mcu/temp $x$'], ['time_unix_s', 'elapsed_s', 'temp_°C'])`},
		{"ipynb", `__import__("json").load(open("labbroker.ipynb"))["nbformat"]`, `4`,
			`__import__("json").load(open("labbroker.ipynb"))["nbformat"]`, `4`},
	}
	var sources [][2]string
	for _, tt := range tests {
		one := Loader(tt.format, server.URL+"/one."+tt.format+"?key=r-1", false)
		two := Loader(tt.format, server.URL+"/two."+tt.format+"?key=r-1", true)
		for _, lines := range [][]Line{one, two} {
			if len(lines) == 0 || lines[0].Language != "Python" || strings.Contains(lines[0].Code, "\n") {
				t.Fatalf("%s: got %v, want a line of Python first", tt.format, lines)
			}
		}
		sources = append(sources, [2]string{one[0].Code, tt.one}, [2]string{two[0].Code, tt.two})
	}
	got := run(t, sources)
	for i, tt := range tests {
		if got[2*i] != tt.oneWant {
			t.Errorf("%s\ngot  %s\nwant %s", sources[2*i][0], got[2*i], tt.oneWant)
		}
		if got[2*i+1] != tt.twoWant {
			t.Errorf("%s\ngot  %s\nwant %s", sources[2*i+1][0], got[2*i+1], tt.twoWant)
		}
	}
	if got := Loader("doc", "x", false); got != nil {
		t.Errorf("got %v for an unknown format, want none", got)
	}
}

// TestLiterals has text that would end a literal in Python and MATLAB.
func TestLiterals(t *testing.T) {
	t.Parallel()
	var sources [][2]string
	for _, text := range hostile() {
		sources = append(sources, [2]string{"x = " + pythonText(strings.ToValidUTF8(text, "?")), "x"})
	}
	for i, got := range run(t, sources) {
		if want := strings.ToValidUTF8(hostile()[i], "?"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := matlabText(`a"b`), `"a""b"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	line := Loader("csv", `http://x/y.csv?key=1&series=a"); system("id`, false)
	if want := `data = readtable("http://x/y.csv?key=1&series=a""); system(""id", "FileType", "text");`; line[1].Code != want {
		t.Errorf("got %s, want %s", line[1].Code, want)
	}
}

// cells are a notebook's code, joined, and its text.
func cells(t *testing.T, notebook string) (code, markdown string) {
	t.Helper()
	var n struct {
		Cells []struct {
			Type    string `json:"cell_type"`
			ID      string `json:"id"`
			Source  string `json:"source"`
			Outputs *[]any `json:"outputs"`
		} `json:"cells"`
		Format int `json:"nbformat"`
		Minor  int `json:"nbformat_minor"`
	}
	if err := json.Unmarshal([]byte(notebook), &n); err != nil {
		t.Fatal(err)
	}
	if n.Format != 4 || n.Minor != 5 {
		t.Errorf("got format %d.%d, want 4.5", n.Format, n.Minor)
	}
	ids := map[string]bool{}
	for _, c := range n.Cells {
		if (c.Type == "code") != (c.Outputs != nil) || c.ID == "" || ids[c.ID] {
			t.Errorf("got the cell %+v, want an id of its own, and outputs for code only", c)
		}
		ids[c.ID] = true
		if c.Type == "code" {
			code += c.Source + "\n"
		} else {
			markdown += c.Source + "\n"
		}
	}
	return code, markdown
}

// TestNotebook runs the cells of notebooks against a server.
func TestNotebook(t *testing.T) {
	t.Parallel()
	o := Options{Analysis: map[string]any{"IV": analysis()}}
	server := serve(t, o)
	var sources [][2]string
	iv := tableOf("IV", voltAmp(), at(0))
	for _, name := range []string{"one", "two"} {
		o.URL = server.URL + "/" + name + ".csv?key=r-1"
		tables := []Table{iv}
		if name == "two" {
			tables = append(tables, tableOf("mcu/temp $x$", []Column{{Name: "temp", Unit: "°C"}}))
		}
		code, markdown := cells(t, text(t, "ipynb", o, tables...))
		for _, want := range []string{"# ada: ", "## Analysis of IV", "| Voc | 0.5727 | 0.0002 | V |", "not measured: begin the sweep at 0 V"} {
			if !strings.Contains(markdown, want) {
				t.Errorf("got %s, want %q in it", markdown, want)
			}
		}
		if strings.Contains(markdown, "Resistance") {
			t.Errorf("got a figure that does not matter for a solar cell in %s", markdown)
		}
		sources = append(sources, [2]string{"import matplotlib.pyplot as plt\nplt.close('all')\n" + code, `len(v), figures["voc"], figures["isc"], len(plt.get_fignums()), [l.get_label() for l in ax.lines], ax.lines[1].get_ydata()`})
	}
	// A server's course headings, hostile names, nothing in the tables.
	var columns []Column
	for i, name := range hostile() {
		columns = append(columns, Column{Name: name, Title: name, Quantity: []string{"voltage", "current"}[i%2], Unit: "V"})
	}
	for _, headings := range []string{"", Course} {
		for _, rows := range [][]sample{nil, {at(0, 1, 2), at(1, 2, 3)}} {
			o := Options{Headings: headings, Analysis: map[string]any{"<b>`x`": analysis()}}
			wide := tableOf("<b>`x`", columns, rows...)
			wide.Session = "ada |$x$ [a](javascript:alert(1))"
			files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := Write(r.Context(), w, "csv", []Table{wide}, o); err != nil {
					panic(http.ErrAbortHandler)
				}
			}))
			t.Cleanup(files.Close)
			o.URL = files.URL + "/x.csv?key='\"&x=1"
			code, markdown := cells(t, text(t, "ipynb", o, wide))
			if strings.Contains(markdown, "<b>") || strings.Contains(markdown, "[a](") {
				t.Errorf("got %s, want names to stay text", markdown)
			}
			sources = append(sources, [2]string{code, "len(v)"})
		}
	}
	got := run(t, sources)
	for i, figures := range []string{"2", "3"} {
		want := "(3, (0.5727, 0.0002, 'V'), (None, None, 'A'), " + figures + ", ['I-V', 'MPP'], array([690.]))"
		if got[i] != want {
			t.Errorf("got %s, want %s", got[i], want)
		}
	}
	if want := []string{"0", "2", "0", "2"}; strings.Join(got[2:], "|") != strings.Join(want, "|") {
		t.Errorf("got %q rows from hostile notebooks, want %q", got[2:], want)
	}
}
