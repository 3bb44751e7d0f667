package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labbroker/sensor/solar"
)

// plotClient publishes as the course's plotclient does: json.dumps of the
// arguments, QoS 0, header and rest of a packet apart.
type plotClient struct {
	b       *board
	session string
}

func (p plotClient) publish(verb, payload string) {
	p.b.send(0x30, append(field(p.session+"/"+verb), payload...))
}

// dumps is Python's json.dumps of a list: ", " between, NaN and Infinity bare.
func dumps(args ...any) string {
	parts := make([]string, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case nil:
			parts[i] = "null"
		case float64:
			switch {
			case math.IsNaN(a):
				parts[i] = "NaN"
			case math.IsInf(a, 1):
				parts[i] = "Infinity"
			default:
				parts[i] = fmt.Sprint(a)
			}
		case json.RawMessage:
			parts[i] = string(a)
		default:
			b, _ := json.Marshal(a)
			parts[i] = string(b)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (p plotClient) newSeries(args ...any)  { p.publish("new_series", dumps(args...)) }
func (p plotClient) data(args ...any)       { p.publish("data", dumps(args...)) }
func (p plotClient) saveSeries(args ...any) { p.publish("save_series", dumps(args...)) }
func (p plotClient) plotSeries(series, options string) {
	p.publish("plot_series", dumps(series, json.RawMessage(options)))
}

// done is the next answer on plot/done.
func (p plotClient) done() (d struct{ Series, File, URL string }) {
	p.b.t.Helper()
	for {
		topic, payload := p.b.message()
		if topic != p.session+"/plot/done" {
			continue
		}
		if err := json.Unmarshal([]byte(payload), &d); err != nil {
			p.b.t.Fatalf("plot/done: %v in %s", err, payload)
		}
		return d
	}
}

// TestCourse is the course's flow: unchanged code with --access open, two
// changed lines with claim.
func TestCourse(t *testing.T) {
	t.Parallel()
	for _, access := range []string{"open", "claim"} {
		t.Run(access, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, Options{Args: []string{"--access", access}})
			c := plotClient{b: dial(t, s), session: "iot49"}
			user, password := "", ""
			if access == "claim" {
				c.session, user, password = "ada", "ada", "lovelace"
			}
			if code := c.b.connect("esp32_1", user, password); code != 0 {
				t.Fatalf("connect: got %d, want 0", code)
			}
			c.b.subscribe(c.session+"/plot/done", 0)
			damped(t, s, c, password)
			labs(t, s, c, password)
		})
	}
}

// damped is the first example: 200 rows of a damped cosine, saved and drawn.
func damped(t *testing.T, s *Server, c plotClient, password string) {
	c.newSeries("sinusoid", "time", "cos")
	for i := range 200 {
		x := float64(i) / 50
		c.data("sinusoid", x, math.Exp(-x)*math.Cos(2*math.Pi*x))
	}
	c.saveSeries("sinusoid", nil)
	began := time.Now()
	c.plotSeries("sinusoid", `{"filename": "example.pdf", "title": "Damped $\\cos(\\omega t)$", "xlabel": "Time [s]", "ylabel": "Amplitude", "format": ["r--"]}`)
	if d := c.done(); d.Series != "sinusoid" || d.File != "sinusoid.pkl" || d.URL == "" {
		t.Errorf("plot/done of save_series: got %+v", d)
	}
	d := c.done()
	answered := time.Since(began)
	if d.Series != "sinusoid" || d.File != "example.pdf" {
		t.Errorf("plot/done of plot_series: got %+v", d)
	}
	pdf := fetch(t, s, c, password, d.URL)
	t.Logf("answered after %v, fetched after %v", answered, time.Since(began))
	text := pdfText(t, pdf)
	for _, want := range []string{"Damped cos", "Time [s]", "Amplitude"} {
		if !strings.Contains(text, want) {
			t.Errorf("pdftotext: got %q, want %q in it", text, want)
		}
	}
	code, pickle := s.Get(t, c.session, password, "/api/sessions/"+c.session+"/plots/sinusoid.pkl")
	if code != http.StatusOK {
		t.Fatalf("sinusoid.pkl: got %d %s", code, pickle)
	}
	got := python(t, pickle, `
import pickle, sys, collections
d = pickle.load(open(sys.argv[1], 'rb'))
print(isinstance(d, dict), list(d), [type(v).__name__ for v in d.values()], [len(v) for v in d.values()], d['time'][50], round(d['cos'][50], 6))`)
	if want := fmt.Sprintf("True ['time', 'cos'] ['list', 'list'] [200, 200] 1.0 %.6f\n", math.Exp(-1)); got != want {
		t.Errorf("pickle.load: got %s, want %s", got, want)
	}
}

// labs are P_vs_RL and IV as the course has them.
func labs(t *testing.T, s *Server, c plotClient, password string) {
	cell := solar.Panel()
	c.newSeries("P_vs_RL", "Resistance [Ohm]", "Current [mA]", "Voltage [V*100]", "Power  [mW]")
	c.data("P_vs_RL", math.Inf(1), 0.0, 100*float64(cell.Open()), math.NaN())
	for i := range 30 {
		v, a := cell.Loaded(solar.Ohm(math.Pow(1.3, float64(i))))
		c.data("P_vs_RL", float64(v)/float64(a), 1e3*float64(a), 100*float64(v), 1e3*float64(v)*float64(a))
	}
	const file = "mcu/apps/solar/plots/P_vs_RL.pdf"
	c.plotSeries("P_vs_RL", `{"filename": "`+file+`", "title": "Power vs $R_L$", "xlabel": "$R_L\\ [\\Omega]$", "xlog": true, "format": ["o", "+", ">"], "figsize": [10, 8]}`)
	c.newSeries("IV", "Voltage [V]", "Current [mA]")
	for i := range 20 {
		v := float64(cell.Open()) * float64(i) / 19
		c.data("IV", v, 1e3*float64(cell.Current(solar.Volt(v))))
	}
	c.plotSeries("IV", `{"filename": "IV.svg"}`)
	c.plotSeries("IV", `{"filename": "../IV.pdf"}`)
	d := c.done()
	if d.Series != "P_vs_RL" || d.File != file {
		t.Errorf("plot/done: got %+v, want %s", d, file)
	}
	text := pdfText(t, fetch(t, s, c, password, d.URL))
	for _, want := range []string{"Power vs", "Current [mA]", "Voltage [V*100]"} {
		if !strings.Contains(text, want) {
			t.Errorf("pdftotext of P_vs_RL: got %q, want %q in it", text, want)
		}
	}
	if d := c.done(); d.Series != "IV" || d.File != "IV.svg" || !strings.Contains(string(fetch(t, s, c, password, d.URL)), "<svg") {
		t.Errorf("plot/done: got %+v, want IV.svg", d)
	}
	eventually(t, func() string {
		if text := notices(t, s, c.session, password)["plot-refused"]; !strings.Contains(text, "leaves its folder") {
			return "a notice that ../IV.pdf leaves its folder"
		}
		return ""
	})
	want := map[string]float64{"P_vs_RL 1": 31, "IV 1": 20}
	eventually(t, func() string {
		code, body := s.Get(t, c.session, password, "/api/sessions/"+c.session+"/runs")
		var list []struct {
			Name, Kind string
			Rows       float64
		}
		if err := json.Unmarshal(body, &list); err != nil || code != http.StatusOK {
			t.Fatalf("runs: got %d %s, %v", code, body, err)
		}
		sweeps, found := 0, 0
		for _, r := range list {
			if r.Kind == "sweep" {
				sweeps++
			}
			if n, ok := want[r.Name]; ok && n == r.Rows {
				found++
			}
		}
		if found < 2 || sweeps > 0 { // a sweep that is all of a run is that run
			return fmt.Sprintf("runs %v and no sweeps beside them in %s", want, body)
		}
		return ""
	})
}

// TestCourseRestart kills the server in the middle of a lab: headings, runs,
// plots and a corrected unit are as they were, and the board goes on.
func TestCourseRestart(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	start := func() plotClient {
		c := plotClient{b: dial(t, s), session: "ada"}
		if code := c.b.connect("esp32_1", "ada", "lovelace"); code != 0 {
			t.Fatalf("connect: got %d, want 0", code)
		}
		c.b.subscribe("ada/plot/done", 0)
		return c
	}
	c := start()
	plotClient{c.b, "iot49"}.newSeries("IV", "x") // refused, and told how to mend it
	c.b.send(0x30, append(field("new_series"), dumps("IV", "x")...))
	c.newSeries("IV", "Voltage  [V*10]", "Current [mA]")
	c.data("IV", 10.0, 81.5)
	c.data("IV", 20.0, 80.5)
	c.plotSeries("IV", `{"filename": "first.pdf"}`)
	c.done()
	code, body := s.Do(t, http.MethodPut, "ada", "lovelace", "/api/sessions/ada/units", map[string]string{"series": "IV", "column": "Current", "unit": "A"})
	if code/100 != 2 {
		t.Fatalf("units: got %d %s", code, body)
	}
	_, body = s.Get(t, "ada", "lovelace", "/api/sessions/ada/notices")
	for _, want := range []string{`mqtt.publish("ada/new_series", ...)`, `PlotClient(mqtt, session="ada")`} {
		if !strings.Contains(strings.ReplaceAll(string(body), `\"`, `"`), want) {
			t.Errorf("notices: got %s, want %s", body, want)
		}
	}
	s.Kill()
	s = startServer(t, Options{Data: s.Data})
	c = start()
	c.data("IV", 30.0, 79.5)
	c.saveSeries("IV", nil)
	d := c.done()
	want := "[('Voltage  [V*10]', [10.0, 20.0, 30.0]), ('Current [mA]', [81.5, 80.5, 79.5])]\n"
	if got := python(t, fetch(t, s, c, "lovelace", d.URL), "import pickle, sys; print(list(pickle.load(open(sys.argv[1], 'rb')).items()))"); got != want {
		t.Errorf("pickle.load: got %s, want %s", got, want)
	}
	if text := pdfText(t, fetch(t, s, c, "lovelace", "http://x/api/sessions/ada/plots/first.pdf")); !strings.Contains(text, " 20") || strings.Contains(text, "30") {
		t.Errorf("first.pdf: got %q, want what was drawn before, 10 to 20 V", text)
	}
	eventually(t, func() string {
		_, body := s.Get(t, "ada", "lovelace", "/api/sessions/ada/runs")
		var list []struct {
			Name string
			Rows int
		}
		if err := json.Unmarshal(body, &list); err != nil || len(list) != 1 || list[0].Name != "IV 1" || list[0].Rows != 3 {
			return fmt.Sprintf("one run of 3 rows in %s", body)
		}
		return ""
	})
}

// fetch reads a plot's address, at the port that the test has.
func fetch(t *testing.T, s *Server, c plotClient, password, url string) []byte {
	t.Helper()
	_, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	code, body := s.Get(t, c.session, password, "/"+path)
	if code != http.StatusOK {
		t.Fatalf("%s: got %d %.200s", url, code, body)
	}
	return body
}

func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("pdftotext: %v\n%s", err, out)
	}
	return string(out)
}

// python runs a script with a file that has this content.
func python(t *testing.T, content []byte, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("python3", "-c", script, path).CombinedOutput()
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, out)
	}
	return string(out)
}
