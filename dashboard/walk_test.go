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
	"GET /", "GET /s/{session}", "GET /wall", "GET /setup", "GET /roster", "GET /roster/slips", "GET /link/{token}", "POST /link/{token}",
	"GET /join", "GET /code", "GET /api/join", "POST /api/join", "POST /api/code",
	"GET /", "GET /s/{session}", "GET /wall", "GET /setup", "GET /labs", "GET /link/{token}", "POST /link/{token}",
	"GET /api/info", "POST /api/signin", "POST /api/signout", "GET /api/openapi.yaml",
	"GET /static/{path...}", "GET /healthz", "GET /metrics", "GET /mqtt",
	"GET /mip/", "GET /mip/package.json", "GET /mip/{file}",
}

var parameter = regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)

// TestEveryRouteRefuses walks all routes there are, whoever added them, as those
// who may not use them: nobody, another student, a student where it is the
// instructor's, a read-only key where it is not data.
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
	forged := visitor{"a forged cookie", "", header("Cookie", cookieName+"=1.instructor.9999999999.AAAA")}
	adas := visitor{"ada", "", cookie(`{"session":"ada","password":"adaada"}`)}
	bobs := visitor{"Bob", "", cookie(`{"session":"bob","password":"BobBob"}`)}
	bobsPassword := visitor{"Bob by password", "", bob}
	adasKey := visitor{"ada's key", "key-ada", nobody.who}
	bobsKey := visitor{"Bob's key", "key-bob", nobody.who}
	refuses := func(r route, v visitor, want int) {
		t.Helper()
		path := strings.ReplaceAll(strings.TrimSuffix(r.path, "{$}"), "{session}", "ada")
		path = strings.ReplaceAll(path, "{format}", "csv")
		path = parameter.ReplaceAllString(path, "1")
		if v.key != "" {
			path += "?key=" + v.key
		}
		method := strings.Replace(r.method, "GET", "HEAD", 1) // streams would not end
		if got := l.do(method, path, "{}", v.who); got.status != want {
			t.Errorf("%s %s as %s: got %d %s, want %d", method, path, v.name, got.status, got.body, want)
		}
	}
	var unasked []string
	for _, r := range l.dash.routes() {
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
