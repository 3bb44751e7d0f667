package dashboard

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"labbroker/dashboard/bench"
	"labbroker/internal/series"
)

// damped appends the course's damped cosine as it is declared there.
func (l *lab) damped(n int) series.ID {
	l.t.Helper()
	id := l.define("ada", "sinusoid",
		series.Column{Name: "time", Unit: "s", Sent: "s", Title: "time [s]"},
		series.Column{Name: "cos", Unit: "mA", Sent: "A", Factor: 1000, Title: "cos [A]"})
	rows := make([]series.Row, n)
	for i := range rows {
		t := float64(i) / 20
		rows[i] = at(float64(i), t, math.Exp(-t)*math.Cos(2*math.Pi*t))
	}
	l.append(id, rows...)
	return id
}

func (l *lab) plot(id series.ID, kind series.PlotKind, file, options string) series.Plot {
	l.t.Helper()
	p, err := l.store.PutPlot(l.t.Context(), series.Plot{
		Session: "ada", Series: id, SeriesName: "sinusoid", Kind: kind, File: file, Options: json.RawMessage(options),
		First: 1, Last: 200, Time: start,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// TestPlotsNewestFirst: by when they were asked for; several may be kept at
// once, in any order.
func TestPlotsNewestFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.damped(3)
	for _, n := range []int{2, 3, 1} {
		_, err := l.store.PutPlot(t.Context(), series.Plot{
			Session: "ada", Series: id, SeriesName: "sinusoid", Kind: series.PlotDrawn, File: fmt.Sprint(n, ".pdf"),
			First: 1, Last: 3, Time: start.Add(time.Duration(n) * time.Millisecond),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got := ""
	for _, p := range decode[[]plotJSON](t, l.get("/api/sessions/ada/plots", ada).body) {
		got += p.File + " "
	}
	if got != "3.pdf 2.pdf 1.pdf " {
		t.Errorf("got %s, want the newest first", got)
	}
}

func TestPlots(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.want("/api/sessions/ada/plots", ada, 200, "[]")
	id := l.damped(200)
	l.plot(id, series.PlotDrawn, "lab 1/ümlaut's.pdf", `{"title":"Damped"}`)
	l.plot(id, series.PlotSaved, "sinusoid.pkl", `{}`)
	list := decode[[]plotJSON](t, l.get("/api/sessions/ada/plots", ada).body)
	if len(list) != 2 || list[0].Kind != "saved" || strings.Join(list[0].Formats, " ") != "pkl" {
		t.Fatalf("got %+v, want the saved series first", list)
	}
	p := list[1]
	if p.File != "lab 1/ümlaut's.pdf" || p.URL != "/api/sessions/ada/plots/lab%201/%C3%BCmlaut%27s.pdf" ||
		strings.Join(p.Formats, " ") != "pdf svg png" || string(p.Options) != `{"title":"Damped"}` {
		t.Errorf("got %+v, want the plot with its address", p)
	}
	for _, tc := range []struct {
		query, kind, begins, name, policy string
	}{
		{"", "application/pdf", "%PDF-", "inline ümlaut's.pdf", pdfPolicy},
		{"?format=svg", "image/svg+xml", "<?xml", "inline ümlaut's.svg", imagePolicy},
		{"?format=png&download=1", "image/png", "\x89PNG", "attachment ümlaut's.png", imagePolicy},
		{"?data=csv", "text/csv; charset=utf-8; header=present", "time,elapsed_s,time [s],cos [A]\n2026-11-22T23:00:00.123Z,0,0,1\n", "attachment ümlaut's.csv", policy},
	} {
		t.Run(tc.query, func(t *testing.T) {
			t.Parallel()
			got := l.get(p.URL+tc.query, ada)
			if got.status != 200 || got.err != nil || !strings.HasPrefix(got.body, tc.begins) {
				t.Errorf("got %d %.80q %v, want %q", got.status, got.body, got.err, tc.begins)
			}
			if kind := got.header.Get("Content-Type"); kind != tc.kind {
				t.Errorf("got type %q, want %q", kind, tc.kind)
			}
			how, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
			if got := how + " " + params["filename"]; err != nil || got != tc.name {
				t.Errorf("got disposition %s %v, want %s", got, err, tc.name)
			}
			if got := got.header.Get("Content-Security-Policy"); got != tc.policy {
				t.Errorf("got policy %q, want %q", got, tc.policy)
			}
		})
	}
	pickle := l.get("/api/sessions/ada/plots/sinusoid.pkl", ada)
	if pickle.status != 200 || pickle.header.Get("Content-Disposition") != "attachment; filename=sinusoid.pkl" || !strings.Contains(pickle.body, "cos [A]") {
		t.Errorf("got %d %v, want the pickle", pickle.status, pickle.header)
	}
}

// TestPictureIsRemembered asks twice: by its tag, and drawn once only.
func TestPictureIsRemembered(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	p := l.plot(l.damped(200), series.PlotDrawn, "x.svg", `{}`)
	const path = "/api/sessions/ada/plots/x.svg"
	first := l.get(path, ada)
	if got := l.get(path, ada); got.body != first.body || got.header.Get("ETag") != first.header.Get("ETag") {
		t.Error("got another picture the second time, want the same")
	}
	if got := l.get(path, ada, header("If-None-Match", first.header.Get("ETag"))); got.status != 304 || got.body != "" {
		t.Errorf("got %d and %d bytes, want 304 without any", got.status, len(got.body))
	}
	v, err := l.dash.plotView(t.Context(), &p)
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave() // who is gone gets what is remembered alone
	if b, err := l.dash.draw(gone, &p, &v, bench.DrawingOf(&p, &v, "svg")); err != nil || string(b) != first.body {
		t.Errorf("got %d bytes, %v remembered, want the picture", len(b), err)
	}
	l.plot(p.Series, series.PlotDrawn, "x.svg", `{"title":"again"}`)
	if got := l.get(path, ada, header("If-None-Match", first.header.Get("ETag"))); got.status != 200 || got.body == first.body {
		t.Errorf("got %d and the old picture after it was drawn again, want the new one", got.status)
	}
	if got := l.do("DELETE", path, "", ada); got.status != 204 {
		t.Errorf("got %d, want 204", got.status)
	}
	if got := l.get(path, ada); got.status != 404 {
		t.Errorf("got %d after removal, want 404", got.status)
	}
}

func TestPlotMistakes(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.damped(20)
	l.plot(id, series.PlotDrawn, "x.pdf", `{}`)
	l.plot(id, series.PlotSaved, "x.pkl", `{}`)
	for _, tc := range []struct {
		name, path string
		want       int
	}{
		{"unknown", "/none.pdf", 404},
		{"outside", "/..%2f..%2fetc/passwd", 404},
		{"two dots", "/%2e%2e/%2e%2e/x.pdf", 404},
		{"nothing", "/%00", 404},
		{"another format", "/x.pdf?format=gif", 400},
		{"other data", "/x.pdf?data=xml", 400},
		{"a picture of a pickle", "/x.pkl?format=svg", 400},
		{"a chart of a pickle", "/x.pkl?chart=1", 400},
		{"a chart in grey", "/x.pdf?chart=1&dark=2", 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := l.get("/api/sessions/ada/plots"+tc.path, ada)
			if got.status == http.StatusTemporaryRedirect || got.status == http.StatusMovedPermanently {
				got = l.get(got.header.Get("Location"), ada)
			}
			if got.status != tc.want || got.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("got %d %s, want %d with a sentence", got.status, got.body, tc.want)
			}
			if got := got.header.Get("Content-Security-Policy"); got != policy {
				t.Errorf("got policy %q with an error, want %q", got, policy)
			}
		})
	}
}

// TestPlotsRunNothing is what a hostile title or column can do in the picture
// and the chart: stand there as text.
func TestPlotsRunNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "sinusoid", series.Column{Name: "t"}, series.Column{Name: "x", Title: hostile}, series.Column{Name: "y", Title: "</svg>"})
	l.append(id, at(0, 1, 2, 3), at(1, 2, 3, 4))
	options, err := json.Marshal(map[string]any{"title": hostile, "xlabel": hostile, "figsize": []float64{10_000, 10_000}})
	if err != nil {
		t.Fatal(err)
	}
	l.plot(id, series.PlotDrawn, "x.svg", string(options))
	got := l.get("/api/sessions/ada/plots/x.svg", ada)
	if got.status != 200 || strings.Contains(got.body, "<script") || strings.Contains(got.body, "<img") || strings.Count(got.body, "</svg>") != 1 {
		t.Errorf("got %d %.300s, want the names escaped", got.status, got.body)
	}
	if got := got.header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") || !strings.HasSuffix(got, "; sandbox") {
		t.Errorf("got policy %q, want a sandbox without sources", got)
	}
	var size struct {
		Width string `xml:"width,attr"`
	}
	if err := xml.Unmarshal([]byte(got.body), &size); err != nil {
		t.Fatal(err)
	}
	if points, err := strconv.ParseFloat(strings.TrimSuffix(size.Width, "pt"), 64); err != nil || points > 50*72 {
		t.Errorf("got a width of %s for 10,000 inches, %v, want at most 50 inches", size.Width, err)
	}
	got = l.get("/api/sessions/ada/plots/x.svg?chart=1", ada)
	if got.status != 200 || strings.Contains(got.body, "<script") {
		t.Errorf("got %d %.300s, want the names escaped", got.status, got.body)
	}
}

func TestPlotChart(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "sinusoid",
		series.Column{Name: "R", Title: "Resistance [Ohm]", Unit: "Ohm", Sent: "Ohm"},
		series.Column{Name: "I", Title: "Current [mA]"}, series.Column{Name: "P", Title: "Power [mW]"})
	l.append(id, at(0, 0, 1, 2), at(1, 10, math.NaN(), 3), at(2, 100, 2, 4))
	type chart struct {
		Title   string
		Columns []string
		Hist    bool
		Rows    [][]any
		Option  struct {
			XAxis, YAxis []struct {
				Type, Name string
				Data       []string
				SplitLine  struct{ Show bool }
			}
			Series []struct {
				Type, Name, Symbol string
				ShowSymbol         *bool
				LineStyle          struct {
					Type, Color string
					Width       *float64
				}
				ItemStyle struct{ Color string }
			}
		}
	}
	ask := func(file, options, query string) chart {
		t.Helper()
		l.plot(id, series.PlotDrawn, file, options)
		got := l.get("/api/sessions/ada/plots/"+file+"?chart=1"+query, ada)
		if got.status != 200 {
			t.Fatalf("got %d %s, want a chart", got.status, got.body)
		}
		return decode[chart](t, got.body)
	}
	got := ask("P.pdf", `{"xlog":true,"format":["o","r--"],"title":"$P$ at $R_L$","xlabel":"$R$ [$\\Omega$]","grid":false}`, "")
	if fmt.Sprint(got.Columns) != "[Resistance [Ohm] Current [mA] Power [mW]]" || got.Title != "P at R_L" {
		t.Errorf("got %q, %q, want the headings and the title as text", got.Columns, got.Title)
	}
	if want := "[[<nil> 1 2] [10 <nil> 3] [100 2 4]]"; fmt.Sprint(got.Rows) != want {
		t.Errorf("got rows %v, want %s: no logarithm of 0", got.Rows, want)
	}
	x, y := got.Option.XAxis[0], got.Option.YAxis[0]
	if x.Type != "log" || y.Type != "value" || x.Name != "R [Ω]" || x.SplitLine.Show || y.SplitLine.Show {
		t.Errorf("got axes %+v and %+v, want x logarithmic, without a grid", x, y)
	}
	a, b := got.Option.Series[0], got.Option.Series[1]
	if a.Symbol != "circle" || !*a.ShowSymbol || a.LineStyle.Width == nil || *a.LineStyle.Width != 0 || a.ItemStyle.Color != "#1f77b4" {
		t.Errorf("got %+v, want blue circles without a line", a)
	}
	if *b.ShowSymbol || b.LineStyle.Type != "dashed" || *b.LineStyle.Width != 1.5 || b.LineStyle.Color != "#ff0000" || b.Name != "Power [mW]" {
		t.Errorf("got %+v, want a red dashed line", b)
	}
	got = ask("H.pdf", `{"hist":true}`, "&dark=1")
	if !got.Hist || len(got.Rows) != 10 || fmt.Sprint(got.Rows[0]) != "[5 1 2 3]" || fmt.Sprint(got.Rows[9]) != "[95 1 0 0]" ||
		got.Option.Series[0].Type != "bar" || len(got.Option.Series) != 3 || got.Option.XAxis[0].Type != "category" || len(got.Option.XAxis[0].Data) != 10 {
		t.Errorf("got %+v, want ten bins of three columns", got)
	}
	if _, text := got.Rows[0][0].(string); !text {
		t.Errorf("got %T for a bin's middle, want a text: numbers would be places", got.Rows[0][0])
	}
}

// TestPlotOfOneColumn is against the index.
func TestPlotOfOneColumn(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "sinusoid", series.Column{Name: "x"})
	l.append(id, at(0, 7), at(1, 8))
	l.plot(id, series.PlotDrawn, "x.svg", `{}`)
	got := l.get("/api/sessions/ada/plots/x.svg?chart=1", ada)
	if !strings.Contains(got.body, `"rows":[[0,7],[1,8]]`) || !strings.Contains(got.body, `"columns":["","x"]`) {
		t.Errorf("got %s, want values against their index", got.body)
	}
}
