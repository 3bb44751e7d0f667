package dashboard

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// open are the routes that ask nobody who they are: each was thought about.
// What they show to whom is in the tests of their own.
var open = []string{
	"GET /", "GET /s/{session}", "GET /wall", "GET /setup", "GET /roster", "GET /roster/slips", "GET /labs", "GET /packets", "GET /link/{token}", "POST /link/{token}",
	"GET /join", "GET /code", "GET /api/join", "POST /api/join", "POST /api/code",
	"GET /api/info", "POST /api/signin", "POST /api/signout", "GET /api/openapi.yaml",
	"GET /static/{path...}", "GET /healthz", "GET /metrics", "GET /mqtt",
	"GET /mip/", "GET /mip/package.json", "GET /mip/{file}",
}

var parameter = regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)

// TestEveryRouteRefuses walks all routes there are, whoever added them, as those
// who may not use them: nobody, another student, a student where it is the
// instructor's, a read-only key where it is not data, and whoever it is from a
// page of another site.
func TestEveryRouteRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Templates: smallPages, Static: smallFiles})
	cookie := func(body string) as {
		got := l.do("POST", "/api/signin", body)
		if got.status != http.StatusOK {
			t.Fatalf("sign in: got %d %s", got.status, got.body)
		}
		value, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
		return header("Cookie", value)
	}
	type visitor struct {
		name, key string
		who       as
	}
	nobody := visitor{"nobody", "", func(*http.Request) {}}
	forged := visitor{"a forged cookie", "", header("Cookie", "labbroker=1.instructor.9999999999.AAAA")}
	adas := visitor{"ada", "", cookie(`{"session":"ada","password":"adaada"}`)}
	bobs := visitor{"Bob", "", cookie(`{"session":"bob","password":"BobBob"}`)}
	bobsPassword := visitor{"Bob by password", "", bob}
	boss := visitor{"the instructor", "", cookie(`{"session":"instructor","password":"boss"}`)}
	adasKey := visitor{"ada's key", "key-ada", nobody.who}
	bobsKey := visitor{"Bob's key", "key-bob", nobody.who}
	ask := func(r route, v visitor, more ...as) answer {
		t.Helper()
		path := strings.ReplaceAll(strings.TrimSuffix(r.path, "{$}"), "{session}", "ada")
		path = strings.ReplaceAll(path, "{format}", "csv")
		path = parameter.ReplaceAllString(path, "1")
		if v.key != "" {
			path += "?key=" + v.key
		}
		method := strings.Replace(r.method, "GET", "HEAD", 1) // streams would not end
		return l.do(method, path, "{}", append(more, v.who)...)
	}
	// Who may is let in: else the walk would be as green over a server that
	// refuses all. Reading only, for what changes would change what comes later.
	admits := func(r route, v visitor) {
		t.Helper()
		if got := ask(r, v); got.status == http.StatusUnauthorized || got.status == http.StatusForbidden {
			t.Errorf("%s %s as %s: got %d, want in", r.method, r.path, v.name, got.status)
		}
	}
	refuses := func(r route, v visitor, want int) {
		t.Helper()
		if got := ask(r, v); got.status != want {
			t.Errorf("%s %s as %s: got %d %s, want %d", r.method, r.path, v.name, got.status, got.body, want)
		}
	}
	var unasked []string
	for _, r := range l.dash.routes() {
		if r.method != "GET" { // whoever it is, and whatever the browser says of it
			for _, v := range []visitor{nobody, adas, boss} {
				for _, other := range [][]as{
					{header("Origin", "http://evil.example")}, {header("Origin", "null")}, {header("Sec-Fetch-Site", "cross-site")}, {header("Sec-Fetch-Site", "same-site")},
				} {
					if got := ask(r, v, other...); got.status != http.StatusForbidden || !strings.Contains(got.body, "another site") {
						t.Errorf("%s %s as %s from another site: got %d %s, want 403", r.method, r.path, v.name, got.status, got.body)
					}
				}
			}
		}
		switch r.needs {
		case anyone:
			unasked = append(unasked, r.method+" "+strings.TrimSuffix(r.path, "{$}"))
			continue
		case instructor, teacher:
			for _, v := range []visitor{adas, bobs, bobsPassword} {
				refuses(r, v, 403)
			}
			refuses(r, adasKey, 401)
		case reader, classmate:
			for _, v := range []visitor{bobs, bobsPassword, bobsKey} {
				if r.needs == reader || v.key != "" {
					refuses(r, v, 403)
				}
			}
		case owner:
			refuses(r, bobs, 403)
			refuses(r, bobsPassword, 403)
			refuses(r, adasKey, 401)
		case member:
			refuses(r, adasKey, 401)
		default:
			t.Errorf("%s %s: got an unknown need %d", r.method, r.path, r.needs)
		}
		if r.method == "GET" {
			admits(r, boss)
			if r.needs != instructor && r.needs != teacher {
				admits(r, adas)
			}
		}
		refuses(r, nobody, 401)
		refuses(r, forged, 401)
	}
	for _, r := range unasked {
		if !slices.ContainsFunc(open, func(o string) bool { return strings.TrimSuffix(o, "{$}") == r }) {
			t.Errorf("%s: got a route for anyone that is not on the list above, want it thought about", r)
		}
	}
	if len(unasked) == len(l.dash.routes()) {
		t.Error("got no route that asks who somebody is")
	}
}
