package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"labbroker/internal/mqtttest"
)

// published is the answer to POST publish.
type published struct {
	ID        string
	Hints     []string
	Receivers []struct {
		Session, Client, State string
		QoS                    byte
		After                  float64 `json:"after_ms"`
	}
	Error string
}

// say publishes from the page of session, as user.
func (s *Server) say(t *testing.T, user, password, session string, message map[string]any) (int, published) {
	t.Helper()
	status, body := s.Do(t, http.MethodPost, user, password, "/api/sessions/"+session+"/publish", message)
	var p published
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("publish: got %d %s: %v", status, body, err)
	}
	return status, p
}

type message = map[string]any

// TestPublishFromThePage is the button's way: policy, board, acknowledgement,
// history.
func TestPublishFromThePage(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	ada := mqtttest.Login{ID: "board", User: "ada", Password: "adas secret"}
	board := mqtttest.Connect(t, s.MQTT, ada)
	bob := mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "board", User: "Bob", Password: "bobs secret"})
	page := func(m message) (int, published) { t.Helper(); return s.say(t, "ada", ada.Password, "ada", m) }

	if status, p := page(message{"topic": "ada/led", "payload": "on"}); status != 200 || len(p.Receivers) != 0 {
		t.Errorf("nobody subscribes: got %d %+v, want 200 and no receiver", status, p)
	}
	board.Subscribe("ada/led", 1)
	_, p := page(message{"topic": "ada/led", "payload": "on", "qos": 1})
	if len(p.Receivers) != 1 || p.Receivers[0].State != "waiting" || p.Receivers[0].Client != "board" {
		t.Fatalf("got %+v, want the board, waiting", p)
	}
	if m := board.Message(); m.Topic != "ada/led" || m.Payload != "on" {
		t.Errorf("the board got %v, want on", m)
	}
	_, body := s.Get(t, "ada", ada.Password, "/api/sessions/ada/publish/"+p.ID+"?wait=10")
	if err := json.Unmarshal(body, &p); err != nil || p.Receivers[0].State != "acknowledged" || p.Receivers[0].After <= 0 {
		t.Errorf("got %s, want acknowledged", body)
	}

	for _, tc := range []struct {
		name, user, topic string
		status            int
		want              string // in the sentence
	}{
		{"no prefix", "ada", "data", 403, "publish to `ada/data`"},
		{"another's", "ada", "Bob/x", 403, "belongs to Bob"},
		{"another's public", "ada", "Bob/public/x", 403, "belongs to Bob"},
		{"class", "ada", "class/x", 403, "the instructor's"},
		{"$SYS", "ada", "$SYS/x", 403, "the broker's own"},
		{"wildcard", "ada", "ada/+", 422, "wildcard"},
		{"empty", "ada", "", 422, "empty topic"},
		{"own public", "ada", "ada/public/x", 200, ""},
		{"own name", "ada", "ada", 200, ""},
		{"instructor on a session", "instructor", "ada/led", 200, ""},
		{"instructor to the class", "instructor", "class/x", 200, ""},
		{"instructor, $SYS", "instructor", "$SYS/x", 403, "the broker's own"},
	} {
		password := ada.Password
		if tc.user == "instructor" {
			password = teacher
		}
		status, p := s.say(t, tc.user, password, "ada", message{"topic": tc.topic, "payload": "1"})
		if status != tc.status || !strings.Contains(p.Error, tc.want) {
			t.Errorf("%s: got %d %q, want %d %q", tc.name, status, p.Error, tc.status, tc.want)
		}
	}
	if m := board.Message(); m.Payload != "1" {
		t.Errorf("from the instructor: got %v, want 1", m)
	}
	if status, _ := s.say(t, "Bob", "bobs secret", "ada", message{"topic": "ada/led"}); status != 403 {
		t.Errorf("Bob in ada's name: got %d, want 403", status)
	}

	// Whose client of another session it is, only the instructor sees.
	bob.Subscribe("ada/public/#", 0)
	if _, p := page(message{"topic": "ada/public/x", "payload": "7.5", "qos": 1}); len(p.Receivers) != 1 || p.Receivers[0].Session != "" || p.Receivers[0].Client != "" {
		t.Errorf("ada sees %+v, want one client without a name", p.Receivers)
	}
	if _, p := s.say(t, "instructor", teacher, "ada", message{"topic": "ada/public/x", "payload": "7.5"}); len(p.Receivers) != 1 || p.Receivers[0].Session != "Bob" {
		t.Errorf("the instructor sees %+v, want Bob's", p.Receivers)
	}
	waitRows(t, s, "ada", ada.Password, "public/x", 3) // the history has them all
}

// TestListenFromThePage hears what a subscription of the session's would.
func TestListenFromThePage(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	ada := mqtttest.Login{ID: "board", User: "ada", Password: "adas secret"}
	board := mqtttest.Connect(t, s.MQTT, ada)
	bob := mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "board", User: "Bob", Password: "bobs secret"})
	board.Publish("ada/led", "before", 1, true)
	bob.Publish("Bob/public/x", "before", 1, true)
	bob.Publish("Bob/x", "secret", 1, true)

	l := s.listen(t, "ada", ada.Password, "ada", "ada/#", "#", "Bob/#")
	if e := l.next("hello"); !strings.Contains(e, `"filters":["#","ada/#"]`) || !strings.Contains(e, "That belongs to Bob") {
		t.Errorf("hello: got %s, want two filters, and why Bob's is none", e)
	}
	l.message(`"topic":"ada/led","text":"before","size":6,"cut":false,"binary":false,"qos":1,"retain":true,"kept":true`)
	l.message(`"topic":"Bob/public/x","text":"before"`)
	bob.Publish("Bob/x", "secret", 1, false)
	s.say(t, "instructor", teacher, "ada", message{"topic": "class/message", "payload": "hello"})
	l.message(`"topic":"class/message","text":"hello","size":5,"cut":false,"binary":false,"qos":0,"retain":false,"kept":false`)
	board.Publish("ada/bytes", "A \x00\x00", 0, false)
	l.message(`"topic":"ada/bytes","text":"41200000","size":4,"cut":false,"binary":true`)
	if strings.Contains(l.all.String(), "secret") {
		t.Errorf("ada heard Bob's secret: %s", &l.all)
	}

	if e := s.listen(t, "ada", ada.Password, "ada", "Bob/#").next("refused"); !strings.Contains(e, "That belongs to Bob") {
		t.Errorf("Bob's: got %s, want why not", e)
	}
	l = s.listen(t, "instructor", teacher, "ada", "Bob/#", "$SYS/broker/version")
	l.message(`"topic":"$SYS/broker/version"`)
	l.message(`"topic":"Bob/x","text":"secret"`)

	_, body := s.Get(t, "ada", ada.Password, "/api/sessions/ada")
	var state struct{ Clients []any }
	if err := json.Unmarshal(body, &state); err != nil || len(state.Clients) != 1 {
		t.Errorf("a listening page counts as a client: %s", body)
	}
}

// pageEar reads the stream of messages.
type pageEar struct {
	t    *testing.T
	body *bufio.Scanner
	all  strings.Builder // what was read
}

func (s *Server) listen(t *testing.T, user, password, session string, filters ...string) *pageEar {
	t.Helper()
	q := url.Values{"filter": filters}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL("/api/sessions/"+session+"/listen?"+q.Encode()), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, password)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 {
		t.Fatalf("listen: got %s", resp.Status)
	}
	return &pageEar{t: t, body: bufio.NewScanner(resp.Body)}
}

// next is the data of the next event of that name.
func (l *pageEar) next(name string) string {
	l.t.Helper()
	at := ""
	for l.body.Scan() {
		line := l.body.Text()
		l.all.WriteString(line + "\n")
		if e, ok := strings.CutPrefix(line, "event: "); ok {
			at = e
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && at == name {
			return data
		}
	}
	l.t.Fatalf("no event %s came: %v\n%s", name, l.body.Err(), &l.all)
	return ""
}

// message waits until one that holds this was heard.
func (l *pageEar) message(want string) {
	l.t.Helper()
	for !strings.Contains(l.all.String(), want) {
		l.next("messages")
	}
}

// TestCheckATopic asks, then looks that nothing came of it.
func TestCheckATopic(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	const password = "adas secret"
	board := mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "board", User: "ada", Password: password})
	mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "board", User: "Bob", Password: "bobs secret"}).Subscribe("ada/public/#", 1)
	board.Subscribe("ada/#", 1)
	board.Subscribe("ada/+/x", 0)
	for _, tc := range []struct {
		name, user, topic, payload string
		want                       []string // all of them in the answer
	}{
		{"no prefix", "ada", "mcu/cell", `{"voltage": 5.02}`, []string{`"allowed":false`, "publish to `ada/mcu/cell`", `"instead":"ada/mcu/cell"`, `"series":"mcu/cell"`}},
		{"guessed", "ada", "ada/mcu/cell", `{"voltage": 5.02, "current": 81.3}`, []string{
			`"allowed":true`, `"session":"ada"`, `"series":"mcu/cell","new":true`, `"name":"current","quantity":"current","unit":"mA","guessed":true`, `"why":"guessed: no sensor`, "came without a unit"}},
		{"receivers", "ada", "ada/public/x", "5", []string{`{"session":"","client":"","here":true,"qos":0,"filters":[],"shared":false}`, `{"session":"ada","client":"board","here":true,"qos":0,"filters":["ada/#","ada/+/x"],"shared":false}`}},
		{"instructor sees Bob", "instructor", "ada/public/x", "5", []string{`{"session":"Bob","client":"board","here":true,"qos":0,"filters":["ada/public/#"],"shared":false}`}},
		{"another's", "ada", "Bob/x", "5", []string{`"allowed":false`, "belongs to Bob", `"instead":""`, `"decoded":null`}},
		{"class", "ada", "class/x", "5", []string{`"allowed":false`, "the instructor's"}},
		{"$SYS", "ada", "$SYS/x", "5", []string{`"allowed":false`, "the broker's own"}},
		{"wildcard", "ada", "ada/#", "5", []string{`"allowed":false`, "wildcard"}},
		{"a command", "ada", "ada/new_series", `["IV", "V [V]", "I [mA]"]`, []string{`"command":"new_series"`, `"begins":[{"series":"IV","new":true`}},
		{"bytes turned to text", "ada", "ada/mcu/t", "b'5.02'", []string{"bytes turned to text"}},
		{"decimal comma", "ada", "ada/mcu/t", "5,02", []string{"comma"}},
		{"device time", "ada", "ada/mcu/t", `{"time": 1771234560, "lux": 12}`, []string{`"device_time":"2026-02-16T09:36:00.000Z"`}},
		{"as the session, by the instructor", "instructor", "Bob/x", "5", []string{`"allowed":false`, "belongs to Bob"}},
	} {
		pass := password
		if tc.user == "instructor" {
			pass = teacher
		}
		status, body := s.Do(t, http.MethodPost, tc.user, pass, "/api/sessions/ada/check", message{"topic": tc.topic, "payload": tc.payload})
		for _, want := range tc.want {
			if status != 200 || !strings.Contains(string(body), want) {
				t.Errorf("%s: got %d %s, want %s in it", tc.name, status, body, want)
			}
		}
	}
	if status, body := s.Do(t, http.MethodPost, "instructor", teacher, "/api/sessions/ada/check", message{"topic": "class/x", "payload": "5", "as": "instructor"}); !strings.Contains(string(body), `"allowed":true`) {
		t.Errorf("as instructor: got %d %s", status, body)
	}
	if status, _ := s.Do(t, http.MethodPost, "ada", password, "/api/sessions/ada/check", message{"topic": "class/x", "as": "instructor"}); status != 403 {
		t.Errorf("ada as instructor: got %d, want 403", status)
	}

	// A message behind them all: had one been sent, it had come before.
	board.Publish("ada/end", "1", 1, false)
	if m := board.Message(); m.Topic != "ada/end" {
		t.Errorf("a check was sent: %v", m)
	}
	waitRows(t, s, "ada", password, "end", 1)
	if _, body := s.Get(t, "ada", password, "/api/sessions/ada/series"); strings.Count(string(body), `"sent"`) != 1 {
		t.Errorf("a check made a series: %s", body)
	}
	if n := notices(t, s, "ada", password); len(n) != 0 {
		t.Errorf("a check made notices: %v", n)
	}
	if _, body := s.Get(t, "ada", password, "/api/sessions/ada/topics"); strings.Contains(string(body), "mcu") {
		t.Errorf("a check was heard: %s", body)
	}
}
