package dashboard

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"labbroker/internal/series"
	"labbroker/sensor"
)

func TestRows(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "mcu/ina219", volts, amps)
	device := at(3, 4.5, 0.0813)
	device.Device, device.Restart = start.UnixNano()+1e12, true
	l.append(id, at(0, 5.012, 0.184), at(1, math.NaN(), 0.1), at(2, 5), device)
	const (
		path    = "/api/sessions/ada/rows?series=mcu/ina219"
		columns = `{"columns":[{"name":"voltage","quantity":"voltage","unit":"V","guessed":false,"set":false,"sent":"V"},` +
			`{"name":"current","quantity":"current","unit":"mA","guessed":true,"set":false,"sent":"A"}],"rows":[`
		r1 = `[1,"2026-11-22T23:00:00.123Z",5.012,184]`
		r2 = `[2,"2026-11-22T23:00:01.123Z",null,100]`
		r3 = `[3,"2026-11-22T23:00:02.123Z",5,null]`
		r4 = `[4,"2026-11-22T23:00:03.123Z",4.5,81.3]`
	)
	for _, tc := range []struct{ name, query, rows, restarts string }{
		{"all", "", strings.Join([]string{r1, r2, r3, r4}, ","), "4"},
		{"from", "&from=2026-11-22T23:00:02Z", r3 + "," + r4, "4"},
		{"from elsewhere, the plus become a space", "&from=2026-11-23T00:00:02+01:00", r3 + "," + r4, "4"},
		{"to", "&to=2026-11-22T23:00:01.123Z", r1 + "," + r2, ""},
		{"from and to the same row", "&from=2026-11-22T23:00:01.123Z&to=2026-11-22T23:00:01.123Z", r2, ""},
		{"after", "&after=3", r4, "4"},
		{"limit", "&limit=1", r4, "4"},
		{"nothing there", "&after=4", "", ""},
		{"points", "&points=10", strings.Join([]string{r1, r2, r3, r4}, ","), "4"},
		{"device time", "&clock=device&limit=1", `[4,"2026-11-22T23:16:40.123Z",4.5,81.3]`, "4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l.want(path+tc.query, ada, 200, columns+tc.rows+`],"restarts":[`+tc.restarts+"]}")
		})
	}
}

func TestSeries(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.want("/api/sessions/ada/series", ada, 200, "[]")
	l.append(l.define("ada", "x", volts), at(0, 1), at(1, 2))
	l.define("ada", "y", series.Column{Name: "n"})
	got := decode[[]seriesJSON](t, l.get("/api/sessions/ada/series", ada).body)
	if len(got) != 2 || got[0].Name != "x" || got[0].Rows != 2 || !got[0].Last.Equal(start.Add(1e9)) || got[1].First != nil {
		t.Errorf("got %+v, want x with 2 rows and y without", got)
	}
	if got := got[0].Columns[0].Units; len(got) == 0 || got[0] != "V" {
		t.Errorf("got choices %v, want V first", got)
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	power := series.Column{Name: "power", Quantity: sensor.Power, Unit: "mW", Sent: "mW"}
	id := l.define("ada", "mcu/ina219", volts, amps, power)
	l.append(id, at(0, 5.012, 0.0813), at(0.5, 5, 0.1, 500), at(62, math.NaN(), math.NaN(), 1))
	got := l.get("/api/sessions/ada/rows.csv?series=mcu/ina219", ada)
	want := "time,elapsed_s,voltage_V,current_mA,power_mW\n" +
		"2026-11-22T23:00:00.123Z,0,5.012,81.3,\n" +
		"2026-11-22T23:00:00.623Z,0.5,5,100,500\n" +
		"2026-11-22T23:01:02.123Z,62,,,1\n"
	if got.body != want {
		t.Errorf("got\n%s\nwant\n%s", got.body, want)
	}
	if got, want := got.header.Get("Content-Disposition"), `attachment; filename="ada_mcu-ina219.csv"`; got != want {
		t.Errorf("got disposition %s, want %s", got, want)
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"mcu/ina219":             "ada_mcu-ina219.csv",
		"":                       "ada_.csv",
		"\"; filename=evil.exe":  "ada_---filename-evil.exe.csv",
		"../../etc/passwd":       "ada_..-..-etc-passwd.csv",
		"ümlaut\r\nX: y":         "ada_-mlaut--X--y.csv",
		strings.Repeat("x", 300): "ada_" + strings.Repeat("x", 96) + ".csv",
	} {
		if got := fileName("ada", in, ".csv"); got != want {
			t.Errorf("got %q for %q, want %q", got, in, want)
		}
	}
}

// broken is a store whose rows end with an error after n of them.
type broken struct {
	columns []series.Column
	n       int
}

func (b broken) info() series.Info {
	return series.Info{ID: 1, Session: "ada", Name: "x", Columns: b.columns}
}

func (b broken) List(context.Context, string) ([]series.Info, error) { return nil, nil }

func (b broken) Get(context.Context, string, string) (series.Info, error) { return b.info(), nil }

func (b broken) Rows(_ context.Context, _ series.ID, _ series.Query, f func(series.Row) error) error {
	for i := range b.n {
		if err := f(at(float64(i), 1)); err != nil {
			return err
		}
	}
	return errTest
}

func TestBrokenExportDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"rows", "rows.csv"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			address := "/api/sessions/ada/" + path + "?series=x"
			if got := newLabWith(t, Options{}, broken{[]series.Column{volts}, 100_000}).get(address, ada); got.err == nil {
				t.Errorf("got %d and %d bytes as if whole, want a broken connection", got.status, len(got.body))
			}
			got := newLabWith(t, Options{}, broken{[]series.Column{volts}, 3}).get(address, ada)
			if text := got.sentence(t); got.status != 500 || strings.Contains(text, "secret") {
				t.Errorf("got %d %q before anything was sent, want 500 without the cause", got.status, text)
			}
			if got := got.header.Get("Content-Disposition"); got != "" {
				t.Errorf("got disposition %q with an error, want none", got)
			}
		})
	}
}

// many is a store with n rows of one series that exist only while they are read.
type many struct{ broken }

func (m many) Rows(_ context.Context, _ series.ID, _ series.Query, f func(series.Row) error) error {
	values := []float64{0, 0, 0}
	for i := range m.n {
		values[0], values[1], values[2] = 5+float64(i%1000)/1000, float64(i%813)/10, float64(i%4075)/10
		if err := f(series.Row{Seq: int64(i + 1), Time: start.UnixNano() + int64(i)*1e8, Values: values}); err != nil {
			return err
		}
	}
	return nil
}

type sink struct {
	http.ResponseWriter
	n int64
}

func (s *sink) Write(b []byte) (int, error) { s.n += int64(len(b)); return len(b), nil }

// BenchmarkExport is a million rows of V, I and P.
func BenchmarkExport(b *testing.B) {
	current := series.Column{Name: "current", Quantity: sensor.Current, Unit: "mA", Sent: "A", Factor: 1000}
	reader := many{broken{[]series.Column{volts, current, {Name: "power", Unit: "mW"}}, 1_000_000}}
	s := &Server{Deps: Deps{Reader: reader}}
	r := httptest.NewRequest("GET", "/?series=x", nil)
	for _, bc := range []struct {
		name   string
		handle handler
	}{{"json", s.getRows}, {"csv", s.getCSV}} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := &sink{ResponseWriter: httptest.NewRecorder()}
				if err := bc.handle(w, r, call{name: "ada"}); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(w.n)
			}
		})
	}
}

func TestExportMovesOnInPieces(t *testing.T) {
	t.Parallel()
	l := newLabWith(t, Options{}, many{broken{[]series.Column{volts, volts, volts}, 10_000}})
	got := l.get("/api/sessions/ada/rows.csv?series=x", ada)
	if lines := strings.Count(got.body, "\n"); lines != 10_001 || got.err != nil {
		t.Errorf("got %d lines, %v, want 10001", lines, got.err)
	}
	got = l.get("/api/sessions/ada/rows?series=x", ada)
	if rows := decode[struct{ Rows [][]any }](t, got.body).Rows; len(rows) != 10_000 {
		t.Errorf("got %d rows, want 10000", len(rows))
	}
}

func TestTheBrowserThatLeavesEndsTheExport(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	o := newOut(w)
	r.CloseWithError(errTest)
	o.b = append(o.b, make([]byte, outBuffer)...)
	if err := o.spill(); err == nil {
		t.Error(fmt.Errorf("got no error, want %w", errTest))
	}
}
