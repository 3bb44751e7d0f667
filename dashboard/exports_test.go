package dashboard

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/series"
)

func TestExports(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	if got := l.get("/api/sessions/ada/export.csv", ada); got.status != 404 || !strings.Contains(got.sentence(t), "nothing to export") {
		t.Errorf("got %d %s of an empty session, want 404", got.status, got.body)
	}
	id := l.define("ada", "IV",
		series.Column{Name: "voltage", Quantity: volts.Quantity, Unit: "V", Sent: "V", Title: "Voltage [V]"},
		series.Column{Name: "current", Quantity: amps.Quantity, Unit: "mA", Sent: "A", Factor: 1000, Title: "Current [A]"})
	first := l.sweep(id, "IV 1", 30, nil)
	l.append(id, at(60, 9, 0.0813))
	if got := l.get("/api/sessions/ada/export.csv", ada); !strings.HasPrefix(got.body, "time,elapsed_s,voltage_V,current_mA\n") || got.err != nil {
		t.Errorf("got %.200s %v, want the only series as CSV", got.body, got.err)
	}
	l.append(l.define("ada", "temp/room", series.Column{Name: "temp", Unit: "°C"}), at(0, 21.5))
	for _, tc := range []struct {
		name, path, kind, file string
		begins, ends, has      string
	}{
		{"series", "export.csv?series=IV", "text/csv; charset=utf-8; header=present", "ada_IV.csv",
			"time,elapsed_s,voltage_V,current_mA\n2026-11-22T23:00:00.123Z,0,0,92.5\n", "2026-11-22T23:01:00.123Z,60,9,81.3\n", ""},
		{"run", fmt.Sprintf("export.csv?run=%d", first.ID), "text/csv; charset=utf-8; header=present", "ada_IV-1.csv",
			"time,elapsed_s,voltage_V,current_mA\n2026-11-22T23:00:00.123Z,0,0,92.5\n", "\n", ""},
		{"the course's headings", "export.csv?series=IV&headings=course", "text/csv; charset=utf-8; header=present", "ada_IV.csv",
			"time,elapsed_s,Voltage [V],Current [A]\n2026-11-22T23:00:00.123Z,0,0,0.0925\n", "60,9,0.0813\n", ""},
		{"JSON with figures", "export.json?series=IV", "application/json", "ada_IV.json", "{", "}\n", `"voc"`},
		{"a run's figures", fmt.Sprintf("export.json?run=%d", first.ID), "application/json", "ada_IV-1.json", "{", "}\n", `"voc"`},
		{"all, zipped", "export.csv", "application/zip", "ada_all.zip", "PK", "", "temp_room.csv"},
		{"Excel", "export.xlsx?tz=Europe/Berlin", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "ada_all.xlsx", "PK", "", ""},
		{"MATLAB", "export.mat?series=IV", "application/x-matlab-data", "ada_IV.mat", "MATLAB 5.0", "", "voc"},
		{"NumPy", "export.npz?series=IV", "application/octet-stream", "ada_IV.npz", "PK", "", ""},
		{"pickle", "export.pkl?series=IV", "application/octet-stream", "ada_IV.pkl", "\x80", ".", "Current [A]"},
		{"notebook", "export.ipynb?series=IV", "application/x-ipynb+json", "ada_IV.ipynb", "{", "}\n", "/api/sessions/ada/export.csv?key=KEY"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := l.get("/api/sessions/ada/"+tc.path, ada)
			if got.status != 200 || got.err != nil || !strings.HasPrefix(got.body, tc.begins) || !strings.HasSuffix(got.body, tc.ends) || !strings.Contains(got.body, tc.has) {
				t.Errorf("got %d %v %.300q ... %.100q, want %q ... %q with %q", got.status, got.err, got.body, got.body[max(0, len(got.body)-100):], tc.begins, tc.ends, tc.has)
			}
			if kind := got.header.Get("Content-Type"); kind != tc.kind {
				t.Errorf("got type %q, want %q", kind, tc.kind)
			}
			if name := got.header.Get("Content-Disposition"); name != `attachment; filename="`+tc.file+`"` {
				t.Errorf("got disposition %s, want %s", name, tc.file)
			}
		})
	}
	z := l.get("/api/sessions/ada/export.csv?key=key-ada")
	r, err := zip.NewReader(strings.NewReader(z.body), int64(len(z.body)))
	if err != nil || len(r.File) != 2 {
		t.Errorf("got %v by key, want a zip of two", err)
	}
}

func TestExportMistakes(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.append(l.define("ada", "x", volts), at(0, 1))
	for _, tc := range []struct {
		name, path string
		want       int
	}{
		{"unknown series", "export.csv?series=y", 404},
		{"unknown run", "export.csv?run=7", 404},
		{"a run without a number", "export.csv?run=IV", 400},
		{"both", "export.csv?run=7&series=x", 400},
		{"headings", "export.csv?headings=big", 400},
		{"time zone", "export.xlsx?tz=Mars/Olympus", 400},
		{"a path as time zone", "export.xlsx?tz=../../etc/passwd", 400},
		{"unknown format", "export.pdf", 404},
		{"no format", "export", 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := l.get("/api/sessions/ada/"+tc.path, ada)
			if got.status != tc.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, tc.want)
			}
			got.sentence(t)
		})
	}
	got := l.do("POST", "/api/sessions/ada/exports", `{"format":"exe"}`, ada)
	if text := got.sentence(t); got.status != 404 || !strings.Contains(text, "csv, xlsx") {
		t.Errorf("got %d %q, want the formats", got.status, text)
	}
}

// TestFormats lists the ways out with the code that loads them.
func TestFormats(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.append(l.define("ada", "mcu/ina219", volts), at(0, 1))
	list := decode[[]formatJSON](t, l.get("/api/sessions/ada/exports?series=mcu/ina219&key=key-ada").body)
	if len(list) != 7 || list[0].Name != "csv" || list[0].File != "ada_mcu-ina219.csv" {
		t.Fatalf("got %+v, want seven formats, CSV first", list)
	}
	for _, f := range list {
		u, err := url.Parse(f.URL)
		if err != nil || "http://"+u.Host != l.url || u.Query().Get("key") != "key-ada" || u.Query().Get("series") != "mcu/ina219" {
			t.Errorf("got address %s, %v, want one of this server with the key", f.URL, err)
			continue
		}
		if len(f.Lines) == 0 || !strings.Contains(f.Lines[0].Code, f.URL) {
			t.Errorf("got lines %v for %s, want one with the address", f.Lines, f.Name)
		}
		if got := l.get(strings.TrimPrefix(f.URL, l.url)); got.status != 200 {
			t.Errorf("got %d from %s, want 200", got.status, f.URL)
		}
	}
}

// TestBrokenExportsOfAllFormats do not look whole either.
func TestBrokenExportsOfAllFormats(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"csv", "json", "xlsx", "mat", "npz", "pkl"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			l := newLabWith(t, Options{}, &gated{n: 100_000, fail: true})
			got := l.get("/api/sessions/ada/export."+format+"?series=x", ada)
			if got.err == nil && got.status == 200 {
				t.Errorf("got %d and %d bytes as if whole, want a broken connection or an error", got.status, len(got.body))
			}
		})
	}
}

// gated is a store of one series whose rows stop in the middle until open is
// closed, or for good with an error.
type gated struct {
	n    int
	open chan struct{} // nil = does not stop
	fail bool
	rows int64 // that it says it has; 0 = n

	once    sync.Once
	reached chan struct{} // closed in the middle; nil = nobody asks
}

func (g *gated) info() series.Info {
	info := series.Info{ID: 1, Session: "ada", Name: "x", Columns: []series.Column{volts, amps}, Rows: int64(g.n)}
	if g.rows > 0 {
		info.Rows = g.rows
	}
	return info
}

// middle waits until a reader stands in the middle.
func (g *gated) middle(t *testing.T) {
	t.Helper()
	select {
	case <-g.reached:
	case <-time.After(time.Minute):
		t.Fatal("got no reader in the middle of the rows after a minute")
	}
}

func (g *gated) List(context.Context, string) ([]series.Info, error) {
	return []series.Info{g.info()}, nil
}

func (g *gated) Get(context.Context, string, string) (series.Info, error) { return g.info(), nil }

func (g *gated) Rows(ctx context.Context, _ series.ID, q series.Query, f func(series.Row) error) error {
	values := []float64{0, 0}
	i := 0
	if q.Limit > 0 {
		i = max(0, g.n-q.Limit)
	}
	for ; i < g.n; i++ {
		if i == g.n/2 && g.open != nil {
			if g.reached != nil {
				g.once.Do(func() { close(g.reached) })
			}
			select {
			case <-g.open:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if i == g.n/2 && g.fail {
			return errTest
		}
		values[0], values[1] = 5+float64(i%1000)/1000, float64(i%813)/1e4
		if err := f(series.Row{Seq: int64(i + 1), Time: start.UnixNano() + int64(i)*1e8, Values: values}); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) job(body string, who as) exportJSON {
	l.t.Helper()
	got := l.do("POST", "/api/sessions/ada/exports", body, who)
	if got.status != 202 {
		l.t.Fatalf("got %d %s, want an export begun", got.status, got.body)
	}
	return decode[exportJSON](l.t, got.body)
}

func (l *lab) jobState(id string) exportJSON {
	l.t.Helper()
	return decode[exportJSON](l.t, l.get("/api/sessions/ada/exports/"+id, ada).body)
}

func TestExportInTheBackground(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "exports")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "export-old"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := &gated{n: 50_000, open: make(chan struct{}), reached: make(chan struct{})}
	l := newLabWith(t, Options{Exports: dir}, g)
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %v left of an earlier server, want nothing", left)
	}
	j := l.job(`{"format":"csv","series":"x"}`, ada)
	if j.State != "working" || j.Of != 50_000 || j.File != "ada_x.csv" || j.URL != "" {
		t.Errorf("got %+v, want work", j)
	}
	g.middle(t)
	j = until(t, "progress", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.Done >= 12_500 })
	if j.Done != 12_500 || j.State != "working" {
		t.Errorf("got %+v, want the quarter: half of looking through", j)
	}
	path := "/api/sessions/ada/exports/" + j.ID
	if got := l.get(path+"/file", ada); got.status != 409 {
		t.Errorf("got %d for an unfinished file, want 409", got.status)
	}
	if got := l.get("/api/sessions/Bob/exports/"+j.ID, bob); got.status != 404 {
		t.Errorf("got %d for another's export, want 404", got.status)
	}
	close(g.open)
	j = until(t, "ready", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State != "working" })
	if j.State != "ready" || j.Done != j.Of || j.URL != path+"/file" || j.Size == 0 {
		t.Fatalf("got %+v, want it ready", j)
	}
	got := l.get(j.URL, ada)
	if int64(len(got.body)) != j.Size || strings.Count(got.body, "\n") != 50_001 || got.header.Get("Content-Disposition") != `attachment; filename="ada_x.csv"` {
		t.Errorf("got %d bytes, want the %d of all rows", len(got.body), j.Size)
	}
	if part := l.get(j.URL, ada, header("Range", "bytes=0-3")); part.status != 206 || part.body != "time" {
		t.Errorf("got %d %q, want the part that was asked for", part.status, part.body)
	}
	l.dash.exports.expire(time.Now().Add(exportLife - time.Second))
	if got := l.get(path, ada); got.status != 200 {
		t.Errorf("got %d before the time is over, want 200", got.status)
	}
	l.dash.exports.expire(time.Now().Add(exportLife))
	if got := l.get(path, ada); got.status != 404 {
		t.Errorf("got %d after the time is over, want 404", got.status)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("got %v left on the disk, want nothing", left)
	}
}

func TestExportsAreCancelled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "exports")
	for _, format := range []string{"csv", "json", "xlsx", "mat", "npz", "pkl"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(dir, format)
			g := &gated{n: 20_000, open: make(chan struct{}), reached: make(chan struct{})}
			l := newLabWith(t, Options{Exports: dir}, g)
			j := l.job(`{"format":"`+format+`","series":"x"}`, ada)
			g.middle(t)
			if got := l.do("DELETE", "/api/sessions/ada/exports/"+j.ID, "", ada); got.status != 204 {
				t.Errorf("got %d %s, want 204", got.status, got.body)
			}
			j = until(t, "the end", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State != "working" })
			if j.State != "cancelled" || j.URL != "" || j.Error != "" {
				t.Errorf("got %+v, want it cancelled", j)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("got %v left on the disk, want nothing", left)
			}
		})
	}
}

// TestExportsAreBounded is how many there may be, and how large.
func TestExportsAreBounded(t *testing.T) {
	t.Parallel()
	g := &gated{n: 1000, open: make(chan struct{})}
	free := Recording{State: "on", Free: 10 << 30}
	l := newLabWith(t, Options{Exports: filepath.Join(t.TempDir(), "exports"), Recording: func() Recording { return free }}, g)
	var jobs []exportJSON
	for range sessionJobs {
		jobs = append(jobs, l.job(`{"format":"csv"}`, ada))
	}
	got := l.do("POST", "/api/sessions/ada/exports", `{"format":"csv"}`, ada)
	if text := got.sentence(t); got.status != 429 || !strings.Contains(text, "2 exports") {
		t.Errorf("got %d %q for the third, want 429", got.status, text)
	}
	for n := range allJobs - sessionJobs {
		name := fmt.Sprintf("s%d", n/2)
		l.people.add(name)
		if got := l.do("POST", "/api/sessions/"+name+"/exports", `{"format":"json"}`, boss); got.status != 202 {
			t.Fatalf("got %d %s, want export %d begun", got.status, got.body, n+3)
		}
	}
	got = l.do("POST", "/api/sessions/Bob/exports", `{"format":"csv"}`, bob)
	if text := got.sentence(t); got.status != 429 || !strings.Contains(text, "8 exports") {
		t.Errorf("got %d %q for the ninth, want 429", got.status, text)
	}
	close(g.open)
	for _, j := range jobs {
		until(t, "ready", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State == "ready" })
	}
	for range sessionFiles {
		j := l.job(`{"format":"csv"}`, ada)
		until(t, "ready", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State == "ready" })
	}
	if got := l.get("/api/sessions/ada/exports/"+jobs[0].ID, ada); got.status != 404 {
		t.Errorf("got %d for the oldest of many files, want it gone", got.status)
	}
}

func TestLargeExportsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		rows   int64
		free   uint64
		path   string // GET; "" = POST
		want   int
		phrase string
	}{
		{"larger than a file may be", 1e9, 1 << 40, "", 413, "about 48.0 GB; 2 GB are made here"},
		{"the same as a download", 1e9, 1 << 40, "export.mat", 413, "about 36.0 GB"},
		{"no room on the disk", 1e7, 600 << 20, "", 507, "600 MB are free"},
		{"no room for a download's parts", 1e7, 600 << 20, "export.xlsx", 507, "too little room"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			free := Recording{State: "on", Free: tc.free}
			l := newLabWith(t, Options{Recording: func() Recording { return free }}, &gated{n: 10, rows: tc.rows})
			var got answer
			if tc.path == "" {
				got = l.do("POST", "/api/sessions/ada/exports", `{"format":"csv"}`, ada)
			} else {
				got = l.get("/api/sessions/ada/"+tc.path, ada)
			}
			if text := got.sentence(t); got.status != tc.want || !strings.Contains(text, tc.phrase) {
				t.Errorf("got %d %q, want %d with %q", got.status, text, tc.want, tc.phrase)
			}
		})
	}
}

// TestFailedExports say why in a sentence, without the cause.
func TestFailedExports(t *testing.T) {
	t.Parallel()
	l := newLabWith(t, Options{Exports: filepath.Join(t.TempDir(), "exports")}, &gated{n: 1000, fail: true})
	j := l.job(`{"format":"csv"}`, ada)
	j = until(t, "the end", func() exportJSON { return l.jobState(j.ID) }, func(j exportJSON) bool { return j.State != "working" })
	if j.State != "failed" || j.Error == "" || strings.Contains(j.Error, "secret") || j.URL != "" {
		t.Errorf("got %+v, want a failure with a sentence", j)
	}
}

// TestTheSessionsExportsGoWithIt ends what is under way and removes the rest.
func TestTheSessionsExportsGoWithIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "exports")
	g := &gated{n: 1000, open: make(chan struct{}), reached: make(chan struct{})}
	l := newLabWith(t, Options{Exports: dir, Delete: func(context.Context, string) error { return nil }}, g)
	j := l.job(`{"format":"csv"}`, ada)
	g.middle(t)
	if got := l.do("DELETE", "/api/sessions/ada", "", boss); got.status != 204 {
		t.Fatalf("got %d %s, want 204", got.status, got.body)
	}
	until(t, "an empty folder", func() int { left, _ := os.ReadDir(dir); return len(left) }, func(n int) bool { return n == 0 })
	if got := l.get("/api/sessions/ada/exports/"+j.ID, ada); got.status == 200 && decode[exportJSON](t, got.body).State == "ready" {
		t.Errorf("got %s, want no file of a removed session", got.body)
	}
}

// TestALargeExportInLittleMemory streams a long series and prints the heap.
// EXPORT_ROWS asks for more rows, for the figures in docs/.
func TestALargeExportInLittleMemory(t *testing.T) {
	t.Parallel()
	g := &gated{n: 100_000}
	if text := os.Getenv("EXPORT_ROWS"); text != "" {
		if err := json.Unmarshal([]byte(text), &g.n); err != nil {
			t.Fatal(err)
		}
	}
	l := newLabWith(t, Options{}, g)
	for _, format := range []string{"csv", "json", "pkl", "npz", "mat", "xlsx"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", l.url+"/api/sessions/ada/export."+format, nil)
		if err != nil {
			t.Fatal(err)
		}
		ada(r)
		began := time.Now()
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var size int64
		var most uint64
		for err == nil {
			var n int64
			n, err = io.CopyN(io.Discard, resp.Body, 4<<20)
			size += n
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
		if err != io.EOF || resp.StatusCode != 200 {
			t.Errorf("%s: got %d, %v, want the whole export", format, resp.StatusCode, err)
		}
		resp.Body.Close()
		t.Logf("%s: %d rows, %.1f MB in %v, heap at most %.1f MB (with the tests beside it)",
			format, g.n, float64(size)/1e6, time.Since(began).Round(time.Millisecond), float64(most)/1e6)
	}
}
