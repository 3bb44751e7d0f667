package dashboard

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"labbroker/internal/series"
)

var smallPages = fstest.MapFS{
	"layout.html":       {Data: []byte(`{{define "layout"}}<title>{{template "title" .}}</title>{{template "content" .}}{{end}}`)},
	"page_index.html":   {Data: []byte(`{{define "title"}}index{{end}}{{define "content"}}{{range .Info.MQTT}}<b>{{.}}</b>{{end}}{{range .Info.Refused}}<i>{{.User}}: {{.Text}}</i>{{end}}{{.Problem}}{{end}}`)},
	"page_session.html": {Data: []byte(`{{define "title"}}{{.Session}}{{end}}{{define "content"}}{{.Known}} {{.Static}}{{end}}`)},
	"page_link.html":    {Data: []byte(`{{define "title"}}link{{end}}{{define "content"}}{{.Known}} {{.Problem}}{{end}}`)},
	"page_setup.html":   {Data: []byte(`{{define "title"}}setup{{end}}{{define "content"}}{{end}}`)},
	"page_join.html":    {Data: []byte(`{{define "title"}}join{{end}}{{define "content"}}{{.Version}}{{end}}`)},
	"page_labs.html":    {Data: []byte(`{{define "title"}}labs{{end}}{{define "content"}}{{end}}`)},
	"page_roster.html":  {Data: []byte(`{{define "title"}}roster{{end}}{{define "content"}}{{.Version}}{{end}}`)},
	"page_slips.html":   {Data: []byte(`{{define "title"}}slips{{end}}{{define "content"}}{{.Version}}{{end}}`)},
	"page_wall.html":    {Data: []byte(`{{define "title"}}wall{{end}}{{define "content"}}{{.Version}}{{end}}`)},

	"page_wire.html": {Data: []byte(`{{define "title"}}packets{{end}}{{define "content"}}{{end}}`)},

	"page_projector.html": {Data: []byte(`{{define "title"}}projector{{end}}{{define "content"}}{{end}}`)},
}

var smallFiles = fstest.MapFS{
	"js/live.js":       {Data: []byte("// " + strings.Repeat("live ", 1000))},
	"css/base.css":     {Data: []byte("body{}")},
	"vendor/chart.bin": {Data: []byte{0, 1, 2}},
}

// TestWhoMayUseWhat is every route for every kind of visitor. HEAD stands in
// for GET, so that streams end.
func TestWhoMayUseWhat(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Templates: smallPages, Static: smallFiles})
	id := l.define("ada", "x", volts, amps)
	l.append(id, at(0, 1, 2), at(1, 2, 3))
	for _, shared := range []bool{false, true} {
		run := series.Run{Session: "ada", Series: id, SeriesName: "x", First: 1, Last: 2, Name: "run", Shared: shared}
		if _, err := l.store.AddRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.store.PutPlot(t.Context(), series.Plot{Session: "ada", Series: id, SeriesName: "x", Kind: series.PlotDrawn, File: "a/x.pdf"}); err != nil {
		t.Fatal(err)
	}
	cookie := l.do("POST", "/api/signin", `{"session":"ada","password":"adaada"}`).header.Get("Set-Cookie")
	visitors := []struct {
		name string
		key  string
		who  as
	}{
		{"nobody", "", func(*http.Request) {}},
		{"ada with a wrong password", "", basic("ada", "wrong")},
		{"ada", "", ada},
		{"ada by cookie", "", header("Cookie", cookie)},
		{"ada by key", "key-ada", func(*http.Request) {}},
		{"Bob", "", bob},
		{"Bob by key", "key-bob", func(*http.Request) {}},
		{"instructor", "", boss},
	}
	const one = "/api/sessions/ADA"
	for _, tc := range []struct {
		method, path string
		want         [8]int // in the order of visitors
	}{
		{"HEAD", "/api/info", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"POST", "/api/signout", [8]int{204, 204, 204, 204, 204, 204, 204, 204}},
		{"HEAD", "/api/openapi.yaml", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/api/sessions", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"HEAD", "/api/wall/stream", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"HEAD", "/api/projector/stream", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"HEAD", "/api/class/messages", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/class/messages", [8]int{401, 401, 403, 403, 401, 403, 401, 400}},
		{"HEAD", one + "/messages", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"POST", one + "/disconnect", [8]int{401, 401, 403, 403, 401, 403, 401, 404}},
		{"PUT", one + "/pause", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/sessions/sim-1/password", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"PUT", "/api/sessions/sim-1/password", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"DELETE", one + "/data", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"POST", one + "/seen", [8]int{401, 401, 403, 403, 401, 403, 401, 204}},
		{"HEAD", one, [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/series", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/rows?series=x", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/rows.csv?series=x", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/charts?series=x", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/notices", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/topics", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/stream", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/packets", [8]int{401, 401, 501, 501, 401, 403, 401, 501}},
		{"HEAD", "/api/sessions/instructor/packets", [8]int{401, 401, 403, 403, 401, 403, 401, 404}},
		{"HEAD", "/api/packets", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"HEAD", "/packets", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", one + "/runs", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"POST", one + "/runs", [8]int{401, 401, 400, 400, 401, 403, 401, 400}},
		{"PUT", one + "/runs/1", [8]int{401, 401, 200, 200, 401, 403, 401, 200}},
		{"HEAD", one + "/runs/1/rows", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/runs/1/iv?v=0&i=1", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/runs/2/rows", [8]int{401, 401, 200, 200, 200, 200, 403, 200}}, // shared
		{"HEAD", one + "/runs/2/iv?v=0&i=1", [8]int{401, 401, 200, 200, 200, 200, 403, 200}},
		{"DELETE", one + "/runs/99", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"HEAD", "/api/shared", [8]int{401, 401, 200, 200, 401, 200, 401, 200}},
		{"HEAD", one + "/lab", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", "/labs", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/api/labs", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/labs", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"HEAD", "/api/labs/1", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"DELETE", "/api/labs/1", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"POST", "/api/labs/1/end", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"PUT", "/api/labs/1/ticks", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"HEAD", "/api/labs/1/gradebook.csv", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"HEAD", "/api/archives", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/archives", [8]int{401, 401, 403, 403, 401, 403, 401, 400}},
		{"HEAD", "/api/archives/none", [8]int{401, 401, 403, 403, 401, 403, 401, 404}},
		{"DELETE", "/api/archives/none", [8]int{401, 401, 403, 403, 401, 403, 401, 404}},
		{"HEAD", "/api/archives/none/file", [8]int{401, 401, 403, 403, 401, 403, 401, 404}},
		{"HEAD", "/api/class/empty", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/class/empty", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"DELETE", "/api/class/empty", [8]int{401, 401, 403, 403, 401, 403, 401, 204}},
		{"HEAD", one + "/plots", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/plots/a/x.pdf", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/plots/a/x.pdf?data=csv", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"DELETE", one + "/plots/none.pdf", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"HEAD", one + "/export.csv", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"HEAD", one + "/exports", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"POST", one + "/exports", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"HEAD", one + "/exports/none", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"HEAD", one + "/exports/none/file", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"DELETE", one + "/exports/none", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"POST", one + "/publish", [8]int{401, 401, 501, 501, 401, 403, 401, 501}},
		{"HEAD", one + "/publish/none", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"HEAD", one + "/listen", [8]int{401, 401, 501, 501, 401, 403, 401, 501}},
		{"POST", one + "/check", [8]int{401, 401, 501, 501, 401, 403, 401, 501}},
		{"HEAD", one + "/controls", [8]int{401, 401, 200, 200, 200, 403, 403, 200}},
		{"POST", one + "/controls", [8]int{401, 401, 422, 422, 401, 403, 401, 422}},
		{"PUT", one + "/controls", [8]int{401, 401, 200, 200, 401, 403, 401, 200}},
		{"PUT", one + "/controls/1", [8]int{401, 401, 422, 422, 401, 403, 401, 422}},
		{"DELETE", one + "/controls/99", [8]int{401, 401, 404, 404, 401, 403, 401, 404}},
		{"PUT", one + "/units", [8]int{401, 401, 501, 501, 401, 403, 401, 501}},
		{"POST", one + "/key", [8]int{401, 401, 200, 200, 401, 403, 401, 200}},
		{"DELETE", one, [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"DELETE", "/api/sessions/sim-1", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"HEAD", "/api/sessions/nobody", [8]int{401, 401, 403, 403, 403, 403, 403, 404}},
		{"HEAD", "/api/sessions/instructor", [8]int{401, 401, 403, 403, 403, 403, 403, 404}},
		{"HEAD", "/", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/s/ada", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/wall?projector", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/wall", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/setup", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/api/class", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"PUT", "/api/class", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"HEAD", "/link/none", [8]int{404, 404, 404, 404, 404, 404, 404, 404}},
		{"POST", "/link/none", [8]int{404, 404, 404, 404, 404, 404, 404, 404}},
		{"HEAD", "/static/css/base.css", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/join", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/code", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/api/join?name=x", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"POST", "/api/join", [8]int{422, 422, 422, 422, 422, 422, 422, 422}},
		{"POST", "/api/code", [8]int{401, 401, 401, 401, 401, 401, 401, 401}},
		{"HEAD", one + "/start", [8]int{401, 401, 200, 200, 401, 403, 401, 200}},
		{"POST", one + "/code", [8]int{401, 401, 201, 201, 401, 403, 401, 201}},
		{"HEAD", "/mip/", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/mip/package.json", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/mip/mqttclient.py", [8]int{404, 404, 404, 404, 404, 404, 404, 404}},
		{"HEAD", "/api/roster", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"HEAD", "/api/roster.csv", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"HEAD", "/api/roster/slips", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/roster/list", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/roster/people", [8]int{401, 401, 403, 403, 401, 403, 401, 400}},
		{"PUT", "/api/roster/people", [8]int{401, 401, 403, 403, 401, 403, 401, 409}},
		{"DELETE", "/api/roster/people", [8]int{401, 401, 403, 403, 401, 403, 401, 409}},
		{"POST", "/api/roster/passwords", [8]int{401, 401, 403, 403, 401, 403, 401, 200}},
		{"POST", "/api/roster/archive", [8]int{401, 401, 403, 403, 401, 403, 401, 204}},
		{"PUT", "/api/roster/sessions/zoe/password", [8]int{401, 401, 403, 403, 401, 403, 401, 404}},
		{"PUT", "/api/roster/sessions/ada/name", [8]int{401, 401, 403, 403, 401, 403, 401, 501}},
		{"HEAD", "/roster", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/roster/slips", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/healthz", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/metrics", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"HEAD", "/mqtt", [8]int{404, 404, 404, 404, 404, 404, 404, 404}},
		{"HEAD", "/elsewhere", [8]int{404, 404, 404, 404, 404, 404, 404, 404}},
		{"DELETE", one + "/key", [8]int{401, 401, 204, 204, 401, 403, 401, 204}}, // last: ends ada's key
	} {
		for i, v := range visitors {
			if v.name == "ada with a wrong password" {
				l.pass(10 * time.Minute) // all is forgiven
			}
			path := tc.path
			if v.key != "" {
				path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "key=" + v.key
			}
			if got := l.do(tc.method, path, "{}", v.who); got.status != tc.want[i] {
				t.Errorf("%s %s as %s: got %d %s, want %d", tc.method, path, v.name, got.status, got.body, tc.want[i])
			}
			if tc.path == one+"/key" && tc.method == "POST" {
				l.people.forget("new-ada")
			}
		}
	}
}

func TestErrorsAreJSON(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.define("ada", "x", volts)
	l.append(id, at(0, 1))
	for _, tc := range []struct {
		name, method, path, body string
		who                      []as
		want                     int
	}{
		{"unknown address", "GET", "/api/nothing", "", nil, 404},
		{"wrong method", "POST", "/api/info", "", nil, 405},
		{"wrong method of a session", "PATCH", "/api/sessions/ada", "", nil, 405},
		{"strange method", "BREW", "/api/info", "", nil, 405},
		{"no series", "GET", "/api/sessions/ada/rows", "", []as{ada}, 400},
		{"unknown series", "GET", "/api/sessions/ada/rows?series=y", "", []as{ada}, 404},
		{"unknown series's charts", "GET", "/api/sessions/ada/charts?series=y", "", []as{ada}, 404},
		{"charts of nothing", "GET", "/api/sessions/ada/charts", "", []as{ada}, 400},
		{"charts in grey", "GET", "/api/sessions/ada/charts?series=x&dark=2", "", []as{ada}, 400},
		{"from is no time", "GET", "/api/sessions/ada/rows?series=x&from=yesterday", "", []as{ada}, 400},
		{"to before from", "GET", "/api/sessions/ada/rows.csv?series=x&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "", []as{ada}, 400},
		{"a year beyond nanoseconds", "GET", "/api/sessions/ada/rows?series=x&to=9999-01-01T00:00:00Z", "", []as{ada}, 400},
		{"points", "GET", "/api/sessions/ada/rows?series=x&points=0", "", []as{ada}, 400},
		{"limit", "GET", "/api/sessions/ada/rows?series=x&limit=-1", "", []as{ada}, 400},
		{"after", "GET", "/api/sessions/ada/rows?series=x&after=1.5", "", []as{ada}, 400},
		{"clock", "GET", "/api/sessions/ada/rows?series=x&clock=sun", "", []as{ada}, 400},
		{"stream after", "GET", "/api/sessions/ada/stream?after=x", "", []as{ada}, 400},
		{"body is no JSON", "POST", "/api/signin", "ada", nil, 400},
		{"body too large", "POST", "/api/signin", `{"session":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413},
		{"from another site", "POST", "/api/signout", "", []as{header("Origin", "http://evil.example")}, 403},
		{"bearer", "GET", "/api/sessions", "", []as{header("Authorization", "Bearer x")}, 401},
		{"name of a page", "GET", "/s/%3Cscript%3E", "", nil, 404},
		{"unknown static file", "GET", "/static/../go.mod", "", nil, 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := l.do(tc.method, tc.path, tc.body, tc.who...)
			if got.status == http.StatusMovedPermanently || got.status == http.StatusTemporaryRedirect {
				got = l.get(got.header.Get("Location"))
			}
			if got.status != tc.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, tc.want)
			}
			if kind := got.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
				t.Errorf("got type %q, want JSON", kind)
			}
			got.sentence(t)
			if tc.want == 405 && got.header.Get("Allow") == "" {
				t.Error("got no Allow, want the methods")
			}
		})
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Templates: smallPages, Static: smallFiles})
	for _, path := range []string{"/", "/s/ada", "/static/js/live.js", "/api/info", "/api/sessions", "/nothing", "/healthz", "/metrics"} {
		h := l.get(path).header
		for key, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		} {
			if got := h.Get(key); got != want {
				t.Errorf("GET %s: got %s %q, want %q", path, key, got, want)
			}
		}
	}
	for _, forbidden := range []string{"unsafe", "http:", "*"} {
		if strings.Contains(policy, forbidden) {
			t.Errorf("got policy %q, want it without %q", policy, forbidden)
		}
	}
}

func TestInnerErrorsStayInside(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Delete: func(context.Context, string) error { return errTest }})
	got := l.do("DELETE", "/api/sessions/ada", "", boss)
	if text := got.sentence(t); got.status != 500 || strings.Contains(text, "secret") {
		t.Errorf("got %d %q, want 500 without the cause", got.status, text)
	}
}

// TestOpenAPINamesEveryRoute reads the file's two outer levels.
func TestOpenAPINamesEveryRoute(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	path, inside := "", false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case !strings.HasPrefix(line, " "):
			inside = line == "paths:"
		case inside && strings.HasPrefix(line, "  /"):
			path = strings.TrimSuffix(strings.TrimSpace(line), ":")
		case inside && strings.HasPrefix(line, "    ") && line[4] != ' ' && strings.HasSuffix(line, ":") && !strings.Contains(line, "parameters"):
			described = append(described, strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(line), ":"))+" "+path)
		}
	}
	var served []string
	for _, r := range newLab(t, Options{}).dash.routes() {
		served = append(served, r.method+" "+strings.NewReplacer("{$}", "", "{path...}", "{path}", "{file...}", "{file}").Replace(r.path))
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("got described\n%s\nwant, as served,\n%s", strings.Join(described, "\n"), strings.Join(served, "\n"))
	}
}

// A mistyped address gives a person a page from which to go on, a program JSON.
func TestNothingThere(t *testing.T) {
	l := newLab(t, Options{Templates: smallPages, Static: smallFiles})
	for _, c := range []struct{ name, path, accept, kind string }{
		{"browser", "/jion", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"},
		{"program", "/jion", "*/*", "application/json; charset=utf-8"},
		{"browser at the API", "/api/jion", "text/html", "application/json; charset=utf-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := l.do("GET", c.path, "", func(r *http.Request) { r.Header.Set("Accept", c.accept) })
			if got.status != 404 || got.header.Get("Content-Type") != c.kind {
				t.Errorf("got %d %s, want 404 %s", got.status, got.header.Get("Content-Type"), c.kind)
			}
		})
	}
}
