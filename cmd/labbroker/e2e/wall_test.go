package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// order asks the server as the instructor, and wants this status.
func (s *Server) order(t *testing.T, method, path string, body any, want int) string {
	t.Helper()
	code, got := s.Do(t, method, "instructor", teacher, path, body)
	if code != want {
		t.Fatalf("%s %s: got %d %s, want %d", method, path, code, got, want)
	}
	return string(got)
}

// TestWallPause: a paused board is acknowledged and heard by nobody, on a topic
// that it has used before too; it still hears, its page publishes as little, and
// all goes on when it is resumed.
func TestWallPause(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	ada, ear := connected(t, s, "ada", "pw"), dial(t, s)
	if ear.connect("ear", "ada", "pw") != 0 {
		t.Fatal("the second client of ada does not get in")
	}
	ear.subscribe("ada/#", 0)
	ada.subscribe("ada/led", 0)
	ada.publish1("ada/x", "1")
	if topic, _ := ear.message(); topic != "ada/x" {
		t.Fatalf("got %s, want ada/x", topic)
	}
	s.order(t, "PUT", "/api/sessions/ada/pause", map[string]bool{"paused": true}, 200)
	ada.publish1("ada/x", "2") // acknowledged
	ada.publish1("ada/y", "2")
	if code, body := s.Do(t, "POST", "ada", "pw", "/api/sessions/ada/publish", map[string]any{"topic": "ada/x", "payload": "2"}); code != 403 || !strings.Contains(string(body), "paused") {
		t.Errorf("ada's page: got %d %s, want 403 and why", code, body)
	}
	s.order(t, "POST", "/api/sessions/ada/publish", map[string]any{"topic": "ada/led", "payload": "on"}, 200)
	if topic, text := ear.message(); topic == "ada/errors" {
		if !strings.Contains(text, "paused") {
			t.Errorf("ada/errors: got %q, want that the instructor paused her", text)
		}
		if topic, _ = ear.message(); topic != "ada/led" {
			t.Errorf("next: got %s, want ada/led alone", topic)
		}
	} else {
		t.Errorf("got %s %q, want the notice on ada/errors", topic, text)
	}
	if topic, text := ada.message(); topic != "ada/led" || text != "on" {
		t.Errorf("ada hears: got %s %s, want ada/led on", topic, text)
	}
	if _, body := s.Get(t, "ada", "pw", "/api/sessions/ada"); !strings.Contains(string(body), `"state":"paused"`) {
		t.Errorf("ada's page: got %s, want it to say paused", body)
	}
	s.order(t, "PUT", "/api/sessions/ada/pause", map[string]bool{"paused": false}, 200)
	ada.publish1("ada/x", "3")
	if topic, text := ear.message(); topic != "ada/x" || text != "3" {
		t.Errorf("resumed: got %s %s, want ada/x 3", topic, text)
	}
	if a := waitRows(t, s, "ada", "pw", "x", 2); len(a.Rows) != 2 {
		t.Errorf("history: got %v, want the rows 1 and 3", a.Rows)
	}
}

// TestWallOrders: a client is disconnected and may come back, a new password
// ends the old one at once, and cleared data is gone while the account stays.
func TestWallOrders(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	ada, host := connected(t, s, "ada", "pw"), dial(t, s)
	if host.connect("host", "ada", "pw") != 0 {
		t.Fatal("the second client of ada does not get in")
	}
	addr := ada.c.LocalAddr().String()
	s.order(t, "POST", "/api/sessions/ada/disconnect", map[string]string{"addr": addr}, 204)
	if h, _ := ada.read(); h != 0 {
		t.Errorf("got a packet %x, want the connection ended", h)
	}
	s.order(t, "POST", "/api/sessions/ada/disconnect", map[string]string{"addr": addr}, 404)
	if n := notices(t, s, "ada", "pw")["dismissed"]; !strings.Contains(n, "ada-board") {
		t.Errorf("notice: got %q, want that the instructor disconnected ada-board", n)
	}
	ada = connected(t, s, "ada", "pw") // it may
	ada.publish1("ada/mcu", `{"voltage":5,"current_mA":80}`)
	ada.send(0x33, append(append(field("ada/led"), 0, 9), "on"...)) // retained
	ada.await(4)
	order(ada, "ada", "new_series", `["IV","V","mA"]`)
	order(ada, "ada", "data", `["IV",1,2]`)
	order(ada, "ada", "plot_series", `["IV"]`)
	ada.publish1("elsewhere", "1")
	waitRows(t, s, "ada", "pw", "mcu", 1)
	eventually(t, func() string {
		if _, body := s.Get(t, "ada", "pw", "/api/sessions/ada/plots"); !strings.Contains(string(body), "IV.pdf") {
			return "the plot: " + string(body)
		}
		return ""
	})

	s.order(t, "DELETE", "/api/sessions/ada/data", nil, 204)
	for _, path := range []string{"/series", "/runs", "/plots", "/notices", "/topics"} {
		if _, body := s.Get(t, "ada", "pw", "/api/sessions/ada"+path); strings.TrimSpace(string(body)) != "[]" {
			t.Errorf("%s after clearing: got %s, want []", path, body)
		}
	}
	ear := dial(t, s)
	ear.connect("ear", "ada", "pw")
	ear.subscribe("ada/#", 0)
	ada.publish1("ada/mcu", `{"voltage":6,"current_mA":80}`) // it is still in, and begins anew
	if topic, _ := ear.message(); topic != "ada/mcu" {
		t.Errorf("first that a subscriber hears: got %s, want ada/mcu and no retained message", topic)
	}
	if a := waitRows(t, s, "ada", "pw", "mcu", 1); len(a.Rows) != 1 || len(a.Columns) != 2 {
		t.Errorf("rows after clearing: got %v, want the new one", a)
	}

	var fresh struct{ Password string }
	if err := json.Unmarshal([]byte(s.order(t, "POST", "/api/sessions/ada/password", nil, 200)), &fresh); err != nil || len(fresh.Password) < 6 {
		t.Fatalf("new password: got %q, %v", fresh.Password, err)
	}
	if h, _ := ada.await(14); h != 0 {
		t.Errorf("got a packet %x, want ada's connections ended", h)
	}
	if code := dial(t, s).connect("ada-board", "ada", "pw"); code != 4 {
		t.Errorf("the old password: got CONNACK %d, want 4", code)
	}
	if code, _ := s.Get(t, "ada", "pw", "/api/sessions/ada"); code != 401 {
		t.Errorf("the old password over HTTP: got %d, want 401", code)
	}
	connected(t, s, "ada", fresh.Password)
}

// TestWallMessages: what the instructor says comes to boards by MQTT and to
// pages, to those whom it concerns alone.
func TestWallMessages(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Data: classFile(t, "Ada L,ada,Tue 10,1", "Bob B,bob,Wed $8,2")})
	ada, bob := connected(t, s, "ada", "pw"), connected(t, s, "bob", "pw")
	for name, b := range map[string]*board{"ada": ada, "bob": bob} {
		b.subscribe("class/#", 1)
		b.subscribe(name+"/#", 1)
	}
	say := func(to, name, text string, want int) {
		t.Helper()
		s.order(t, "POST", "/api/class/messages", map[string]string{"to": to, "name": name, "text": text}, want)
	}
	heard := func(b *board, topic, text string) {
		t.Helper()
		h, body := b.await(3)
		n := int(body[0])<<8 | int(body[1])
		gotTopic, gotText := string(body[2:2+n]), string(body[2+n:])
		if h&6 != 0 {
			gotText = string(body[4+n:])
			b.send(0x40, body[2+n:4+n])
		}
		if gotTopic != topic || gotText != text {
			t.Errorf("got %s %q, want %s %q", gotTopic, gotText, topic, text)
		}
	}
	say("all", "", "Use 10 Ω <b>only</b>", 200)
	heard(ada, "class/message", "Use 10 Ω <b>only</b>")
	heard(bob, "class/message", "Use 10 Ω <b>only</b>")
	say("section", "Wed $8", "You are late", 200)
	heard(ada, "class/section/Wed -8/message", "You are late")
	heard(bob, "class/section/Wed -8/message", "You are late")
	say("session", "ADA", "Well done", 200)
	heard(ada, "ada/message", "Well done")
	say("all", "", "  ", 400)
	say("all", "", strings.Repeat("x", 501), 400)
	say("all", "", "turned\u202eround", 400)
	say("section", "Fri", "x", 404)
	say("session", "nobody", "x", 404)
	say("nobody", "", "x", 400)

	texts := func(name string) string {
		_, body := s.Get(t, name, "pw", "/api/sessions/"+name+"/messages")
		var list []struct{ Text string }
		if err := json.Unmarshal(body, &list); err != nil {
			t.Fatalf("messages of %s: %s", name, body)
		}
		var all []string
		for _, m := range list {
			all = append(all, m.Text)
		}
		return strings.Join(all, "|")
	}
	if got, want := texts("ada"), "Well done|Use 10 Ω <b>only</b>"; got != want {
		t.Errorf("ada's: got %s, want %s", got, want)
	}
	if got, want := texts("bob"), "You are late|Use 10 Ω <b>only</b>"; got != want {
		t.Errorf("bob's: got %s, want %s", got, want)
	}
	if code, _ := s.Do(t, "POST", "ada", "pw", "/api/class/messages", map[string]string{"to": "all", "text": "x"}); code != 403 {
		t.Errorf("ada speaks to all: got %d, want 403", code)
	}
}

// TestProjectorTellsNothing: the bytes of the projector's stream have no name,
// value, text or problem in them, and names only where they are asked for.
func TestProjectorTellsNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Data: classFile(t, "Zaphod Q,zq-session,Tue-Sec,42")})
	a, b := connected(t, s, "zq-session", "pw"), connected(t, s, "bo-session", "pw")
	a.publish1("zq-session/mcu", `{"voltage":3.14159,"text":"my-secret"}`)
	a.publish1("zq-session/note", "my-secret")
	b.publish1("bo-session/mcu", `{"voltage":3.14159}`)
	a.publish1("outside-topic", "1") // a problem
	s.order(t, "POST", "/api/class/messages", map[string]string{"to": "session", "name": "zq-session", "text": "hush-now"}, 200)
	names := []string{"zq-session", "bo-session"}
	secrets := []string{"Zaphod", "Tue-Sec", "3.14", "my-secret", "outside-topic", "hush-now", "mcu", "problem", "127.0.0.1", "rate", "board\""}
	for _, query := range []string{"", "?names=1"} {
		got := overhear(t, s, "/api/projector/stream"+query, func(all string) bool {
			return strings.Count(all, "event: wall") >= 3 && strings.Contains(all, `"seat":"42"`) && strings.Count(all, `"state":"`) >= 2
		}, func() { a.publish1("zq-session/mcu", `{"voltage":3.14158}`) })
		for _, secret := range secrets {
			if strings.Contains(got, secret) {
				t.Errorf("%q: got %q in %s, want it to stay here", query, secret, got)
			}
		}
		for _, name := range names {
			if strings.Contains(got, name) != (query != "") {
				t.Errorf("%q: got %s, want the name %s in it only where it is asked for", query, got, name)
			}
		}
	}
}

// overhear reads events until enough have come; meanwhile is called beside it.
func overhear(t *testing.T, s *Server, path string, enough func(all string) bool, meanwhile func()) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("instructor", teacher)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: got %v, %v", path, resp, err)
	}
	defer resp.Body.Close()
	var all strings.Builder
	end := time.Now().Add(30 * time.Second)
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
		if lines.Text() == "" {
			meanwhile()
		}
		if enough(all.String()) {
			return all.String()
		}
		if time.Now().After(end) {
			break
		}
	}
	t.Fatalf("%s: got %s, want more within 30 s", path, all.String())
	return ""
}
