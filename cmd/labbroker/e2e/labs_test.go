package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"labbroker/sensor/solar"
)

// labTable is what the API says of a lab.
type labTable struct {
	Lab struct {
		ID      int64
		Started string
	}
	Sessions []struct {
		Session string
		Ticks   []*struct{ At, By string }
	}
	Counts []int
}

// api asks as the instructor and decodes the answer into to (nil = nothing).
func api(t *testing.T, s *Server, method, path string, body any, want int, to any) {
	t.Helper()
	code, answer := s.Do(t, method, "instructor", teacher, path, body)
	if code != want {
		t.Fatalf("%s %s: got %d %s, want %d", method, path, code, answer, want)
	}
	if to != nil {
		if err := json.Unmarshal(answer, to); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

// steps of the labs under test; the last is the instructor's.
var steps = []map[string]any{
	{"kind": "connected"}, {"kind": "reading"}, {"kind": "plot"}, {"kind": "sweep"}, {"kind": "rows", "rows": 30},
	{"kind": "topic", "topic": "mcu/led"}, {"kind": "qos1"}, {"kind": "manual", "text": "=report"},
}

func startLab(t *testing.T, s *Server, name string) int64 {
	t.Helper()
	var l struct{ ID int64 }
	api(t, s, "POST", "/api/labs", map[string]any{"name": name, "steps": steps}, 201, &l)
	return l.ID
}

// ticked is which steps a session has done, as T and -.
func ticked(t *testing.T, s *Server, lab int64, name string) string {
	t.Helper()
	var table labTable
	api(t, s, "GET", fmt.Sprint("/api/labs/", lab), nil, 200, &table)
	for _, x := range table.Sessions {
		if x.Session != name {
			continue
		}
		out := ""
		for _, tick := range x.Ticks {
			out += map[bool]string{true: "T", false: "-"}[tick != nil]
		}
		return out
	}
	return "no line"
}

func waitTicks(t *testing.T, s *Server, lab int64, name, want string) {
	t.Helper()
	eventually(t, func() string {
		if got := ticked(t, s, lab, name); got != want {
			return fmt.Sprintf("%s of %s, got %s", want, name, got)
		}
		return ""
	})
}

// sweepRows are rows of a sweep of the simulated solar panel, as the course's
// plot client sends them, up to a part of the open circuit's voltage.
func sweepRows(upTo float64) []string {
	cell := solar.Panel().Lit(0.9)
	var out []string
	for i := range 41 {
		v := float64(cell.Open()) * upTo * float64(i) / 40
		out = append(out, fmt.Sprintf(`["IV", %.4f, %.3f]`, v, math.Max(0, 1e3*float64(cell.Current(solar.Volt(v))))))
	}
	return out
}

// TestLabSteps: each step is ticked by a real client's real doing, and by
// nothing else; a kill in the middle changes nothing.
func TestLabSteps(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--simulate", "2"}})
	early := connected(t, s, "early", "pw")
	lab := startLab(t, s, "Solar cell")
	waitTicks(t, s, lab, "early", "T-------")
	if code, body := s.Do(t, "POST", "instructor", teacher, "/api/labs", map[string]any{"name": "b", "steps": steps}); code != 409 {
		t.Errorf("a second lab at once: got %d %s, want 409", code, body)
	}

	ada := connected(t, s, "ada", "pw")
	waitTicks(t, s, lab, "ada", "T-------")
	send := func(b *board, topic, payload string) {
		b.send(0x30, append(field(topic), payload...))
	}
	send(ada, "ada/mcu/ina219", `{"voltage":5.012,"current_mA":81.3}`)
	waitTicks(t, s, lab, "ada", "TT------")
	send(ada, "ada/mcu/led", "on")
	waitTicks(t, s, lab, "ada", "TT---T--")
	ada.publish1("ada/hello", "world")
	waitTicks(t, s, lab, "ada", "TT---TT-")

	// A sweep that ends too early is none.
	sweep := func(b *board, name string, upTo float64) {
		b.publish1(name+"/new_series", `["IV", "Voltage [V]", "Current [mA]"]`)
		for _, row := range sweepRows(upTo) {
			b.publish1(name+"/data", row)
		}
		b.publish1(name+"/plot_series", `["IV", {"filename": "a/iv.pdf", "title": "IV"}]`)
		b.publish1(name+"/new_series", `["IV", "Voltage [V]", "Current [mA]"]`)
		b.publish1(name+"/data", sweepRows(upTo)[0])
	}
	sweep(early, "early", 0.6)
	waitTicks(t, s, lab, "early", "TTT-T-T-")
	sweep(ada, "ada", 1)
	waitTicks(t, s, lab, "ada", "TTTTTTT-")
	api(t, s, "PUT", fmt.Sprintf("/api/labs/%d/ticks", lab), map[string]any{"session": "ADA", "step": 7, "done": true}, 204, nil)
	waitTicks(t, s, lab, "ada", "TTTTTTTT")
	if code, body := s.Do(t, "PUT", "instructor", teacher, fmt.Sprintf("/api/labs/%d/ticks", lab), map[string]any{"session": "early", "step": 3, "done": true}); code != 400 {
		t.Errorf("tick what ticks by itself: got %d %s, want 400", code, body)
	}

	// A page says all of it on carol's behalf, and then her board a little.
	carol := connected(t, s, "carol", "pw")
	carol.c.Close()
	waitTicks(t, s, lab, "carol", "T-------")
	page := func(topic, payload string) {
		t.Helper()
		eventually(t, func() string { // a page may say only so much a second
			code, body := s.Do(t, "POST", "carol", "pw", "/api/sessions/carol/publish", map[string]any{"topic": topic, "payload": payload, "qos": 1})
			switch code {
			case 200, 202:
				return ""
			case 429:
				return "the page's turn"
			}
			t.Fatalf("publish from the page: got %d %s", code, body)
			return ""
		})
	}
	page("carol/mcu/led", "on")
	page("carol/new_series", `["IV", "Voltage [V]", "Current [mA]"]`)
	for _, row := range sweepRows(1) {
		page("carol/data", row)
	}
	page("carol/plot_series", `["IV", {"filename": "iv.pdf"}]`)
	page("carol/new_series", `["IV", "Voltage [V]", "Current [mA]"]`)
	page("carol/data", sweepRows(1)[0])
	eventually(t, func() string { // the run has ended and its plot is kept: all that could tick has been told
		_, runs := s.Get(t, "carol", "pw", "/api/sessions/carol/runs")
		_, plots := s.Get(t, "carol", "pw", "/api/sessions/carol/plots")
		if !strings.Contains(string(runs), `"name":"IV 1"`) || strings.Contains(string(runs), `"ended":null,"rows":41`) || !strings.Contains(string(plots), "iv.pdf") {
			return "carol's run and plot"
		}
		return ""
	})

	s.Kill()
	s = startServer(t, Options{Data: s.Data})
	for name, want := range map[string]string{"ada": "TTTTTTTT", "early": "TTT-T-T-", "carol": "T-------", "sim-1": "no line"} {
		if got := ticked(t, s, lab, name); got != want {
			t.Errorf("%s after kill -9: got %s, want %s", name, got, want)
		}
	}
	carol = connected(t, s, "carol", "pw")
	sweep(carol, "carol", 1)
	waitTicks(t, s, lab, "carol", "TTTTT-T-")
	var own struct {
		Lab   struct{ Name string }
		Ticks []*struct{ At, By string }
		Done  int
	}
	_, body := s.Get(t, "carol", "pw", "/api/sessions/carol/lab")
	if err := json.Unmarshal(body, &own); err != nil || own.Lab.Name != "Solar cell" || own.Done != 6 || !strings.Contains(own.Ticks[3].By, "Pmpp") {
		t.Errorf("carol's own checklist: got %s, %v, want 6 done, the sweep with its Pmpp", body, err)
	}
	api(t, s, "POST", fmt.Sprintf("/api/labs/%d/end", lab), nil, 200, nil)
	late := connected(t, s, "late", "pw")
	late.publish1("late/x", `{"voltage":5}`)
	waitRows(t, s, "late", "pw", "x", 1)
	if got := ticked(t, s, lab, "late"); got != "--------" {
		t.Errorf("after the end: got %s, want no tick", got)
	}
}

// TestLabOut: grade book and zip hold what happened, then the class is empty.
func TestLabOut(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--access", "claim"}})
	before := connected(t, s, "ada", "pw")
	before.publish1("ada/old", `{"voltage":1}`)
	waitRows(t, s, "ada", "pw", "old", 1)
	lab := startLab(t, s, "Solar / cell: 1")
	ada := connected(t, s, "ada", "pw")
	ada.publish1("ada/new_series", `["IV", "Voltage [V]", "Current [mA]"]`)
	for _, row := range sweepRows(1) {
		ada.publish1("ada/data", row)
	}
	for _, file := range []string{"../../x.pdf", "X.pdf", "con.pdf", "=1+1.pdf"} {
		ada.publish1("ada/plot_series", fmt.Sprintf(`["IV", {"filename": %q}]`, file))
	}
	ada.publish1("ada/new_series", `["IV", "Voltage [V]", "Current [mA]"]`)
	ada.publish1("ada/data", `["IV", 0.1, 80]`)
	waitTicks(t, s, lab, "ada", "TTTTT-T-")
	connected(t, s, "nul", "pw") // a device to Windows
	waitTicks(t, s, lab, "nul", "T-------")

	code, book := s.Get(t, "instructor", teacher, fmt.Sprintf("/api/labs/%d/gradebook.csv", lab))
	if code != 200 || !bytes.HasPrefix(book, []byte("\uFEFFsection,session,name,")) {
		t.Fatalf("grade book: got %d %.60q, want a byte order mark and the columns", code, book)
	}
	lines, err := csv.NewReader(bytes.NewReader(book[3:])).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("grade book: got %d lines, %v, want 3\n%s", len(lines), err, book)
	}
	cell := func(column string) string { return lines[1][slices.Index(lines[0], column)] }
	if got := slices.Index(lines[0], "'=report (UTC)"); got < 0 {
		t.Errorf("grade book's columns: got %q, want the step that begins with = made harmless", lines[0])
	}
	for column, want := range map[string]string{"session": "ada", "steps_done": "6", "steps": "8", "rows": "42", "topic mcu/led (UTC)": ""} {
		if got := cell(column); got != want {
			t.Errorf("grade book, %s: got %q, want %q", column, got, want)
		}
	}
	if got := cell("complete sweep (UTC)"); !strings.HasSuffix(got, "Z") || len(got) != 24 {
		t.Errorf("grade book's time: got %q, want ISO 8601 in UTC", got)
	}
	watt := cell("best_pmpp_W")
	v, i := solar.Panel().Lit(0.9).Peak()
	var got float64
	if _, err := fmt.Sscan(watt, &got); err != nil || math.Abs(got/(float64(v)*float64(i))-1) > 0.01 {
		t.Errorf("best Pmpp: got %q, want %.4g W", watt, float64(v)*float64(i))
	}
	api(t, s, "POST", fmt.Sprintf("/api/labs/%d/end", lab), nil, 200, nil)

	files := archiveOf(t, s, map[string]any{"kind": "lab", "lab": lab, "span": "lab"})
	var names []string
	for name := range files {
		names = append(names, name)
		if strings.Contains(name, "..") || strings.Contains(name, `\`) || path.IsAbs(name) || len(name) > 200 {
			t.Errorf("a name in the zip: got %q, want a safe one", name)
		}
	}
	for _, want := range []string{"gradebook.csv", "README.txt", "sessions/ada/data/IV.csv", "sessions/ada/notebook.ipynb"} {
		if files[want] == nil {
			t.Errorf("the zip: got %q, want %s", names, want)
		}
	}
	if files["sessions/ada/data/old.csv"] != nil {
		t.Error("the zip of the lab's time has rows of before")
	}
	if n := bytes.Count(files["sessions/ada/data/IV.csv"], []byte("\n")); n != 43 {
		t.Errorf("rows in the zip: got %d lines, want 43", n)
	}
	pictures := map[string]int{}
	for name, b := range files {
		switch {
		case strings.HasSuffix(name, ".pdf") && bytes.HasPrefix(b, []byte("%PDF-")), strings.HasSuffix(name, ".png") && bytes.HasPrefix(b, []byte("\x89PNG")):
			pictures[path.Ext(name)]++
		}
		if stem := strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name))); stem == "con" || stem == "nul" {
			t.Errorf("a name in the zip: got %s, a device to Windows", name)
		}
	}
	if pictures[".pdf"] < 3 || pictures[".pdf"] != pictures[".png"] {
		t.Errorf("plots in the zip: got %v of %q, want each as PDF and PNG", pictures, names)
	}
	var notebook struct {
		Cells []struct{ Source string }
		NB    int `json:"nbformat"`
	}
	if err := json.Unmarshal(files["sessions/ada/notebook.ipynb"], &notebook); err != nil || notebook.NB != 4 {
		t.Errorf("the notebook: got %v, format %d, want 4", err, notebook.NB)
	}
	text := ""
	for _, c := range notebook.Cells {
		text += c.Source + "\n"
	}
	if !strings.Contains(text, `pd.read_csv("data/IV.csv"`) || !strings.Contains(text, "pmpp") || strings.Contains(text, "http://") {
		t.Errorf("the notebook: got\n%s\nwant it to load the file beside it, with the figures, from no server", text)
	}
	if files := archiveOf(t, s, map[string]any{"kind": "lab", "lab": lab, "span": "all"}); files["sessions/ada/data/old.csv"] == nil {
		t.Error("the zip of all that the sessions have lacks rows of before the lab")
	}
	emptyClass(t, s)
}

// emptyClass takes the class along, empties it and looks that nothing is left
// but the instructor.
func emptyClass(t *testing.T, s *Server) {
	t.Helper()
	publish(t, s, "instructor", teacher, "class/agenda", "today", "-r")
	publish(t, s, "ada", "pw", "ada/kept", "x", "-r")
	if code, body := s.Do(t, "POST", "instructor", teacher, "/api/class/empty", map[string]any{"confirm": "start empty"}); code != 409 {
		t.Fatalf("empty what was not downloaded: got %d %s, want 409", code, body)
	}
	files := archiveOf(t, s, map[string]any{"kind": "class"})
	for _, want := range []string{"roster.csv", "README.txt", "sessions/ada/data/old.csv"} {
		if files[want] == nil {
			t.Errorf("the class's zip lacks %s", want)
		}
	}
	if code, body := s.Do(t, "POST", "instructor", teacher, "/api/class/empty", map[string]any{"confirm": "yes"}); code != 400 {
		t.Fatalf("a wrong confirmation: got %d %s, want 400", code, body)
	}
	api(t, s, "POST", "/api/class/empty", map[string]any{"confirm": "Start empty"}, 202, nil)
	eventually(t, func() string {
		var state struct{ State, Error string }
		api(t, s, "GET", "/api/class/empty", nil, 200, &state)
		if state.State != "done" {
			return "the end of the emptying: " + state.State + " " + state.Error
		}
		return ""
	})
	nothingLeft(t, s)
	s.Kill()
	nothingLeft(t, startServer(t, Options{Data: s.Data}))
}

func nothingLeft(t *testing.T, s *Server) {
	t.Helper()
	var sessions []any
	api(t, s, "GET", "/api/sessions", nil, 200, &sessions)
	if len(sessions) != 0 {
		t.Errorf("after the emptying: got sessions %v, want none", sessions)
	}
	var list struct{ Labs []any }
	api(t, s, "GET", "/api/labs", nil, 200, &list)
	if len(list.Labs) != 0 {
		t.Errorf("after the emptying: got labs %v, want none", list.Labs)
	}
	host, port, _ := net.SplitHostPort(s.MQTT)
	out, _ := exec.Command("mosquitto_sub", "-h", host, "-p", port, "-u", "instructor", "-P", teacher,
		"-t", "#", "-t", "+/#", "--retained-only", "-W", "1", "-F", "%t").Output() // it ends for the time
	if len(out) > 0 {
		t.Errorf("retained messages after the emptying: got %q, want none", out)
	}
	b := connected(t, s, "ada", "another") // the name is free again
	b.c.Close()
	eventually(t, func() string {
		code, _ := s.Do(t, "DELETE", "instructor", teacher, "/api/sessions/ada", nil)
		if code != 204 {
			return fmt.Sprint("ada gone, got ", code)
		}
		return ""
	})
}

// archiveOf makes a zip, downloads and unpacks it.
func archiveOf(t *testing.T, s *Server, ask map[string]any) map[string][]byte {
	t.Helper()
	var job struct {
		ID, State, Error, URL string
		Done, Of              int64
	}
	api(t, s, http.MethodPost, "/api/archives", ask, 202, &job)
	eventually(t, func() string {
		api(t, s, "GET", "/api/archives/"+job.ID, nil, 200, &job)
		if job.State == "failed" {
			t.Fatalf("the zip: %s", job.Error)
		}
		if job.State != "ready" {
			return "a zip that is ready"
		}
		return ""
	})
	if job.Done != job.Of {
		t.Errorf("progress of a zip that is ready: got %d of %d", job.Done, job.Of)
	}
	code, body := s.Get(t, "instructor", teacher, job.URL)
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if code != 200 || err != nil {
		t.Fatalf("the zip: got %d, %v", code, err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		for name := range files {
			if strings.EqualFold(name, f.Name) {
				t.Errorf("the zip has %s and %s", name, f.Name)
			}
		}
		files[f.Name] = b
	}
	return files
}

// TestEmptyingKilled: a process that is killed while it empties the class leaves
// no half of one: the next finishes.
func TestEmptyingKilled(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--access", "open"}})
	for i := range 60 {
		name := fmt.Sprint("s", i)
		b := connected(t, s, name, "")
		b.publish1(name+"/x", `{"voltage":5}`)
		b.c.Close()
	}
	startLab(t, s, "killed")
	var state struct {
		State    string
		Done, Of int
	}
	api(t, s, "POST", "/api/class/empty", map[string]any{"confirm": "start empty", "unsaved": true}, 202, &state)
	eventually(t, func() string {
		if api(t, s, "GET", "/api/class/empty", nil, 200, &state); state.Done == 0 && state.State == "working" {
			return "the first session to go"
		}
		return ""
	})
	s.Kill()
	t.Logf("killed in the state %s, after %d of %d sessions", state.State, state.Done, state.Of)
	nothingLeft(t, startServer(t, Options{Data: s.Data, Args: []string{"--access", "open"}}))
}
