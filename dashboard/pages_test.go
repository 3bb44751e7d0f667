package dashboard

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"labbroker/internal/presence"
)

// TestPagesOfTheWebFolder fills the pages that the program really serves.
func TestPagesOfTheWebFolder(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{
		Templates: os.DirFS("../web"), Static: os.DirFS("../web"), Version: "v<7>",
		Addresses: func() Addresses {
			return Addresses{MQTT: []string{"192.168.1.5:1883"}, HTTP: []string{"http://192.168.1.5:8080"}}
		},
	})
	l.presence.Refused(presence.Refusal{Addr: "192.168.1.23", User: "<script>alert(1)</script>", Text: "No <b>."})
	for _, tc := range []struct {
		path string
		who  as
		want []string
	}{
		{"/", func(*http.Request) {}, []string{"192.168.1.5:1883", `action="/api/signin"`, "&lt;script&gt;alert(1)&lt;/script&gt;", "No &lt;b&gt;.", "v&lt;7&gt;"}},
		{"/", ada, []string{`href="/s/ada"`}},
		{"/", boss, []string{`href="/wall"`}},
		{"/s/ADA", ada, []string{`data-session="ADA"`, `data-known="true"`}},
		{"/s/zoe", ada, []string{`data-known="false"`}},
		{"/wall", boss, []string{`data-page="wall"`}},
		{"/roster", boss, []string{`data-page="roster"`, `href="/roster" aria-current="page"`}},
		{"/roster/slips", boss, []string{`data-page="slips"`}},
		{"/packets", boss, []string{`data-page="wire"`, "/css/packets.css"}},
	} {
		got := l.get(tc.path, tc.who)
		if got.status != 200 || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("GET %s: got %d %s, want a page", tc.path, got.status, got.header.Get("Content-Type"))
		}
		for _, want := range append(tc.want, "/static/") {
			if !strings.Contains(got.body, want) {
				t.Errorf("GET %s: got %s, want %s in it", tc.path, got.body, want)
			}
		}
		for _, bad := range []string{"<script>", "javascript:", " onclick", " style="} {
			if strings.Contains(got.body, bad) {
				t.Errorf("GET %s: got a page with %s, want none", tc.path, bad)
			}
		}
		for _, part := range strings.Split(got.body, `"/static/`)[1:] {
			path, _, _ := strings.Cut(part, `"`)
			if got := l.get("/static/" + path); got.status != 200 {
				t.Errorf("GET /static/%s: got %d, want the file that %s names", path, got.status, tc.path)
			}
		}
	}
}

// TestModulesAreNamed: a page names every module that its script needs, so
// that the browser asks for all at once.
func TestModulesAreNamed(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Templates: os.DirFS("../web"), Static: os.DirFS("../web")})
	for path, page := range map[string]string{"/": "index", "/s/ada": "session", "/wall": "wall"} {
		body := l.get(path, boss).body
		seen := map[string]bool{}
		var need func(name string)
		need = func(name string) {
			if seen[name] {
				return
			}
			seen[name] = true
			if !strings.Contains(body, l.dash.assets.Edition()+"/"+name+`"`) {
				t.Errorf("GET %s: got a page without %s, want all modules named", path, name)
			}
			text, err := os.ReadFile("../web/" + name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`from '\./([a-z]+\.js)'`).FindAllStringSubmatch(string(text), -1) {
				need("js/" + m[1])
			}
		}
		need("js/" + page + ".js")
		if vendor := strings.Contains(body, "/vendor/echarts.esm.min.mjs"); vendor != seen["js/charts.js"] {
			t.Errorf("GET %s: names the chart library: got %v, want %v", path, vendor, seen["js/charts.js"])
		}
	}
}

func TestBrokenTemplatesAreAnErrorAtStart(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	for name, templates := range map[string]fstest.MapFS{
		"none":   {},
		"broken": {"layout.html": {Data: []byte("{{")}},
	} {
		if _, err := New(l.dash.Deps, Options{Templates: templates}); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

// TestPageOfAnImpossibleName: who types a name that nobody can have gets a
// page with the reason, not JSON.
func TestPageOfAnImpossibleName(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Templates: os.DirFS("../web")})
	got := l.get("/s/a%20b")
	if got.status != 404 || !strings.Contains(got.header.Get("Content-Type"), "text/html") || !strings.Contains(got.body, "a b") {
		t.Errorf("got %d %s %s, want a page that names it", got.status, got.header.Get("Content-Type"), got.body)
	}
}
