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
