package dashboard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/class"
	"labbroker/internal/presence"
	"labbroker/internal/qr"
	"labbroker/internal/session"
)

func (l *lab) settings(set class.Settings) {
	l.t.Helper()
	if err := l.class.SetSettings(set); err != nil {
		l.t.Fatal(err)
	}
}

// decode reads an answer that is JSON.
func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("got %d %s: %v", a.status, a.body, err)
	}
}

func TestJoinSuggests(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	if err := l.class.SetPeople([]class.Person{{Name: "Grace Hopper", Display: "グレース", Session: "grace"}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		typed, want string
		listed      bool
	}{
		{"", "", false},
		{"zoe", "zoe", false},
		{"Zoe-7", "Zoe-7", false},
		{" Zoë Müller ", "zoe", false},
		{"ADA", "ada2", false}, // taken, whatever the case
		{"Ada Lovelace", "ada-l", false},
		{"Grace Hopper", "grace", true},
		{"グレース", "student", true},
		{"instructor", "student", false},
		{"sim-3", "sim", false},
		{"<script>alert(1)</script>", "script", false},
		{strings.Repeat("x", 1000), "", false},
	} {
		got := l.do("GET", "/api/join?name="+url.QueryEscape(tt.typed), "")
		var out joinJSON
		got.decode(t, &out)
		if out.Listed != tt.listed || !out.Joining || out.Code {
			t.Errorf("%q: got %+v, want listed = %v", tt.typed, out, tt.listed)
		}
		if tt.typed == "" {
			if out.Session != "" {
				t.Errorf("nothing typed: got %q, want nothing offered", out.Session)
			}
			continue
		}
		if err := session.Check(out.Session); err != nil {
			t.Errorf("%.20q: got %q, which is no name: %v", tt.typed, out.Session, err)
		}
		if _, taken := l.people.Find(out.Session); taken {
			t.Errorf("%.20q: got %q, want a free name", tt.typed, out.Session)
		}
		if tt.want != "" && out.Session != tt.want && (len(tt.want) < 4 || !strings.HasPrefix(out.Session, tt.want[:4])) {
			t.Logf("%q: offered %s", tt.typed, out.Session)
		}
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	got := l.do("POST", "/api/join", `{"name":"Zoë Müller"}`)
	if got.status != 201 || !strings.Contains(got.body, `"session":"zoe"`) {
		t.Fatalf("join: got %d %s, want zoe", got.status, got.body)
	}
	cookie := header("Cookie", strings.SplitN(got.header.Get("Set-Cookie"), ";", 2)[0])
	password, ok := l.people.Readable("zoe")
	if !ok {
		t.Error("the password is not readable")
	}
	var start startJSON
	l.do("GET", "/api/sessions/zoe/start", "", cookie).decode(t, &start)
	if start.Password != password || !start.Readable || len(start.Files) != 3 || !strings.Contains(start.Files[0].Text, password) || !strings.Contains(start.QR, "<svg") {
		t.Errorf("start: got %+v, want the password in the code", start)
	}
	if got := l.do("GET", "/api/sessions/ada/start", "", cookie); got.status != 403 {
		t.Errorf("another's start: got %d, want 403", got.status)
	}

	if got, want := l.class.Of("zoe"), []class.Person{{Name: "Zoë Müller", Session: "zoe", Joined: true}}; !reflect.DeepEqual(got, want) {
		t.Errorf("people: got %+v, want %+v", got, want)
	}
	if got := l.do("GET", "/api/join?name="+url.QueryEscape("zoë müller"), ""); !strings.Contains(got.body, `"listed":false,"known":true`) {
		t.Errorf("the same name again: got %s, want it known and not listed", got.body)
	}

	for _, tt := range []struct {
		name, body string
		status     int
		say        string
	}{
		{"both", `{"name":" Grace   Hopper","session":"gh"}`, 201, `"gh"`},
		{"a name that cannot be shown", `{"name":"\u0007","session":"bell"}`, 201, `"bell"`},
		{"taken", `{"session":"ADA"}`, 201, `"ADA-2"`},
		{"taken again", `{"session":"ada"}`, 201, `"ada-3"`},
		{"no name", `{"name":"  "}`, 422, "Type your name"},
		{"no JSON", `name=x`, 400, "JSON"},
		{"bad", `{"session":"a/b"}`, 422, "cannot be a name"},
		{"reserved", `{"session":"Instructor"}`, 422, "cannot be a name"},
	} {
		if got := l.do("POST", "/api/join", tt.body); got.status != tt.status || !strings.Contains(got.body, tt.say) {
			t.Errorf("%s: got %d %s, want %d with %s", tt.name, got.status, got.body, tt.status, tt.say)
		}
	}
	if got := fmt.Sprint(l.class.Of("gh"), l.class.Of("bell"), l.class.Of("ADA-2")); got != "[{Grace Hopper  gh   true}] [] []" {
		t.Errorf("people: got %s, want Grace Hopper", got)
	}
	l.settings(class.Settings{Joining: false})
	if got := l.do("POST", "/api/join", `{"name":"late"}`); got.status != 403 || !strings.Contains(got.body, "closed joining") {
		t.Errorf("closed: got %d %s, want 403", got.status, got.body)
	}
}

// TestChosenPasswordIsNotShown in code or anywhere.
func TestChosenPasswordIsNotShown(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	got := l.do("GET", "/api/sessions/ada/start", "", ada)
	if strings.Contains(got.body, "adaada") || !strings.Contains(got.body, "your password") {
		t.Errorf("got %s, want a placeholder", got.body)
	}
}

// guesses are the wrong codes that are borne at once.
const guesses = 30

func TestJoinCode(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.settings(class.Settings{Joining: true, JoinCode: "solar-427"})
	join := func(code string) answer {
		return l.do("POST", "/api/join", fmt.Sprintf(`{"name":"zoe","code":%q}`, code))
	}
	if got := join(""); got.status != 403 || !strings.Contains(got.body, "Type the join code") {
		t.Errorf("no code: got %d %s", got.status, got.body)
	}
	if got := join(" SOLAR-427 "); got.status != 201 {
		t.Errorf("the code as a phone writes it: got %d %s", got.status, got.body)
	}
	slowed := 0
	for i := range 2 * guesses {
		switch got := join(fmt.Sprint("wrong-", i)); got.status {
		case 429:
			slowed++
			if got.header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		case 403:
		default:
			t.Fatalf("wrong: got %d %s", got.status, got.body)
		}
	}
	if slowed < guesses-1 {
		t.Errorf("of %d wrong codes %d were slowed, want all after the first %d", 2*guesses, slowed, guesses)
	}
	l.pass(10 * time.Second)
	if got := join("solar-427"); got.status != 201 {
		t.Errorf("after a while: got %d %s, want in", got.status, got.body)
	}
}

// TestManyJoinAtOnce: all get in, none twice, though all have one name.
func TestManyJoinAtOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	const n = 50
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			name := []string{"Kim", "kim", "KIM"}[i%3]
			got := l.do("POST", "/api/join", `{"session":"`+name+`","name":"Kim"}`)
			var you You
			got.decode(t, &you)
			mu.Lock()
			defer mu.Unlock()
			if got.status != 201 || seen[session.Key(you.Session)] {
				t.Errorf("got %d %q, want a name that nobody has", got.status, you.Session)
			}
			seen[session.Key(you.Session)] = true
		})
	}
	wg.Wait()
	if len(seen) != n {
		t.Errorf("got %d names, want %d", len(seen), n)
	}
	if got := len(l.class.People()); got != n {
		t.Errorf("got %d people, want %d", got, n)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	make := func() (code struct {
		Code, URL, QR string
		Seconds       int
	}) {
		t.Helper()
		l.do("POST", "/api/sessions/ada/code", "", ada).decode(t, &code)
		if len(code.Code) != 7 || !strings.HasSuffix(code.URL, "/code#"+code.Code) || code.QR != string(qr.SVG(code.URL)) {
			t.Fatalf("got %+v, want a code", code)
		}
		return code
	}
	use := func(code string) answer { return l.do("POST", "/api/code", fmt.Sprintf(`{"code":%q}`, code)) }
	first := make()
	second := make()
	if got := use(first.Code); got.status != 401 {
		t.Errorf("one that was replaced: got %d, want 401", got.status)
	}
	typed := strings.ToUpper(second.Code[:3] + " - " + second.Code[3:])
	got := use(typed)
	if got.status != 200 || !strings.Contains(got.body, `"session":"ada"`) {
		t.Fatalf("typed as %q: got %d %s, want ada", typed, got.status, got.body)
	}
	cookie := header("Cookie", strings.SplitN(got.header.Get("Set-Cookie"), ";", 2)[0])
	if got := l.do("GET", "/api/sessions/ada", "", cookie); got.status != 200 {
		t.Errorf("its cookie: got %d, want ada's data", got.status)
	}
	if got := use(second.Code); got.status != 401 {
		t.Errorf("used twice: got %d, want 401", got.status)
	}

	third := make() // a reset ends it
	l.people.mu.Lock()
	l.people.stamps["ada"] = "changed"
	l.people.mu.Unlock()
	if got := use(third.Code); got.status != 401 {
		t.Errorf("after a reset: got %d, want 401", got.status)
	}
}

func TestGuessedCodesAreSlowed(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	last := 0
	for i := range guesses + 1 {
		last = l.do("POST", "/api/code", fmt.Sprintf(`{"code":"222%04d"}`, i)).status
	}
	if last != 429 {
		t.Errorf("got %d after %d wrong codes, want 429", last, guesses)
	}
}

func TestSlip(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	at := l.dash.SlipURL("http://192.168.1.5:8080", "ada")
	text, ok := strings.CutPrefix(at, "http://192.168.1.5:8080/code#")
	if !ok {
		t.Fatalf("got %s, want an address of the code page", at)
	}
	use := func(code string) int { return l.do("POST", "/api/code", fmt.Sprintf(`{"code":%q}`, code)).status }
	for range 2 { // again and again
		if got := use(text); got != 200 {
			t.Errorf("slip: got %d, want in", got)
		}
	}
	name, mac, _ := strings.Cut(text, ".")
	for _, bad := range []string{"bob." + mac, "instructor." + mac, name + ".", name + "." + mac[1:], "nobody." + mac} {
		if got := use(bad); got != 401 {
			t.Errorf("%s: got %d, want 401", bad, got)
		}
	}
	l.people.mu.Lock()
	l.people.stamps["ada"] = "changed"
	l.people.mu.Unlock()
	if got := use(text); got != 401 {
		t.Errorf("after the password changed: got %d, want 401", got)
	}
}

func (l *lab) steps(name string) string {
	l.t.Helper()
	var out sessionJSON
	l.do("GET", "/api/sessions/"+name, "", boss).decode(l.t, &out)
	var parts []string
	for _, s := range out.Steps {
		part := s.Step + " " + s.State
		if s.Hint != "" {
			part += " (" + s.Hint + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func TestSteps(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Addresses: func() Addresses { return Addresses{MQTT: []string{"192.168.1.5:1883"}} }})
	want := func(what, want string) {
		t.Helper()
		if got := l.steps("ada"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got\n%s, want\n%s", what, got, want)
		}
	}
	want("nothing", "seen now (It has to reach `192.168.1.5`, port 1883, from the same WiFi (2.4 GHz). Look at what it prints.), connected later, publishing later, reading later, plotted later")
	refuse := func(user string) {
		l.presence.Refused(presence.Refusal{Addr: "192.168.1.77", User: user, Code: "bad_password", Text: "Wrong, " + user + ".", Time: time.Now()})
	}
	refuse("zoe")
	want("somebody else", "seen now")
	refuse("Adda")
	want("a near miss", "seen problem (Wrong, Adda.), connected later")
	refuse("ADA")
	want("refused", "seen done, connected problem (Wrong, ADA.), publishing later")
	key := l.presence.Connected(presence.Client{Session: "ada", ID: "board", Addr: "192.168.1.77:5000"})
	want("connected", "seen done, connected done, publishing now (Publish to a topic that starts with `ada/`.), reading later, plotted later")
	l.presence.Message(key, "ada", "text", []byte("hello"), 0, false)
	want("text", "seen done, connected done, publishing done, reading problem (Send a number such as")
	l.append(l.define("ada", "mcu/ina219", volts, amps), at(0, 5.012, .0813))
	want("a reading", "seen done, connected done, publishing done, reading done, plotted done")
	l.presence.Disconnected(key, "The connection was lost.")
	want("gone", "seen done, connected problem (The connection was lost.), publishing done, reading done, plotted done")
}

func FuzzHost(f *testing.F) {
	f.Add("192.168.1.5:8080")
	f.Add("a\"b")
	f.Fuzz(func(t *testing.T, text string) {
		if host := (&http.Request{Host: text}).Host; plainHost(host) && strings.ContainsAny(host, "\"'<>\\ \n/") {
			t.Errorf("%q counts as a host", host)
		}
	})
}
