package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// enrolment is what a test needs of the API's answers.
type enrolment struct {
	Plan     string
	Problems []struct {
		Line int
		Text string
	}
	Slips []struct {
		Session, Name, Password, Kind, QR string
	}
	Sessions []struct {
		Session, Password string
		Archived          bool
		People            []struct{ Name string }
	}
}

// roster asks the API for one of its answers.
func (s *Server) roster(t *testing.T, path string) enrolment {
	t.Helper()
	status, body := s.Get(t, "instructor", teacher, path)
	var e enrolment
	if err := json.Unmarshal(body, &e); status != 200 || err != nil {
		t.Fatalf("GET %s: got %d %s", path, status, body)
	}
	return e
}

// upload posts a class list as a file.
func (s *Server) upload(t *testing.T, list, apply string) (int, enrolment) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL("/api/roster/list?apply="+apply), strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("instructor", teacher)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var e enrolment
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatalf("got %s: %v", b, err)
	}
	return resp.StatusCode, e
}

// enrol uploads a list and applies it.
func (s *Server) enrol(t *testing.T, list string) {
	t.Helper()
	_, e := s.upload(t, list, "")
	if status, _ := s.upload(t, list, e.Plan); e.Plan == "" || status != 200 {
		t.Fatalf("got %d %+v, want the list applied", status, e)
	}
}

func (s *Server) rows(t *testing.T, name, series string) int {
	t.Helper()
	status, body := s.Get(t, "instructor", teacher, "/api/sessions/"+name+"/rows?series="+series)
	if status == 404 {
		return -1
	}
	var r struct{ Rows [][]any }
	if err := json.Unmarshal(body, &r); err != nil || status != 200 {
		t.Fatalf("rows of %s: got %d %s", name, status, body)
	}
	return len(r.Rows)
}

// TestRosterAccess: in roster access whoever is on the list gets in with the
// slip's password, and nobody else; a new password ends the old one at once,
// over MQTT and HTTP.
func TestRosterAccess(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--access", "roster"}})
	if code := dial(t, s).connect("b", "ada", "x"); code != 5 {
		t.Errorf("before the list: got CONNACK %d, want 5", code)
	}
	s.enrol(t, "name,session,password\nAda Lovelace,,\nEve,eve,s3cret\n")
	slips := s.roster(t, "/api/roster/slips")
	if len(slips.Slips) != 2 || slips.Slips[0].Password == "" || slips.Slips[1].Kind != "chosen" {
		t.Fatalf("got %+v, want two slips", slips)
	}
	password := slips.Slips[0].Password
	board := connected(t, s, "ada", password)
	board.publish1("ada/x", `{"voltage":1}`)
	connected(t, s, "eve", "s3cret")
	if code := dial(t, s).connect("b", "bob", "x"); code != 5 {
		t.Errorf("not on the list: got CONNACK %d, want 5", code)
	}

	status, body := s.Do(t, "PUT", "instructor", teacher, "/api/roster/sessions/ada/password", map[string]string{})
	var one struct{ Password string }
	if err := json.Unmarshal(body, &one); err != nil || status != 200 || one.Password == "" || one.Password == password {
		t.Fatalf("got %d %s, want another password", status, body)
	}
	if code := dial(t, s).connect("b", "ada", password); code != 4 {
		t.Errorf("with the old one over MQTT: got CONNACK %d, want 4", code)
	}
	if status, _ := s.Get(t, "ada", password, "/api/sessions/ada"); status != 401 {
		t.Errorf("with the old one over HTTP: got %d, want 401", status)
	}
	closed(board)
	connected(t, s, "ada", one.Password)
	if status, _ := s.Get(t, "ada", one.Password, "/api/sessions/ada"); status != 200 {
		t.Errorf("with the new one over HTTP: got %d, want 200", status)
	}
}

// TestRenameSession: a session's rows, runs and retained messages are there
// under its new name, over kill -9 too, and a board of the old name is told.
func TestRenameSession(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	board := connected(t, s, "ada", "pw")
	for i := range 20 {
		board.publish1("ada/x", fmt.Sprintf(`{"voltage":%d}`, i))
	}
	retain1(board, "ada/led", "on")
	eventually(t, func() string { return want(s.rows(t, "ada", "x"), 20) })
	s.enrol(t, "name,session,section\nAda Lovelace,ada,A\n")

	if status, body := s.Do(t, "PUT", "instructor", teacher, "/api/roster/sessions/ada/name", map[string]string{"name": "Lovelace"}); status != 200 {
		t.Fatalf("rename: got %d %s", status, body)
	}
	closed(board)
	check := func() {
		t.Helper()
		if got := s.rows(t, "lovelace", "x"); got < 20 {
			t.Errorf("of the new name: got %d rows, want 20 and more", got)
		}
		if status, _ := s.Get(t, "instructor", teacher, "/api/sessions/ada"); status != 404 {
			t.Errorf("of the old name: got %d, want 404", status)
		}
		r := s.roster(t, "/api/roster")
		if len(r.Sessions) != 1 || r.Sessions[0].Session != "Lovelace" || len(r.Sessions[0].People) != 1 {
			t.Errorf("got %+v, want Lovelace with her name", r.Sessions)
		}
		if code := dial(t, s).connect("b", "ada", "pw"); code != 5 {
			t.Errorf("as ada: got CONNACK %d, want 5", code)
		}
		eventually(t, func() string {
			_, body := s.Get(t, "instructor", teacher, "/api/sessions/lovelace/notices")
			if !strings.Contains(string(body), "is called `Lovelace` now") {
				return "the notice that the name is gone: " + string(body)
			}
			return ""
		})
		b := connected(t, s, "lovelace", "pw")
		b.subscribe("Lovelace/led", 0)
		if topic, payload := b.message(); topic != "Lovelace/led" || payload != "on" {
			t.Errorf("got %s %s, want the retained message below the new name", topic, payload)
		}
		b.publish1("Lovelace/x", `{"voltage":99}`)
		eventually(t, func() string {
			if s.rows(t, "lovelace", "x") < 21 {
				return "the new row"
			}
			return ""
		})
		b.c.Close()
	}
	check()
	data := s.Data
	s.Kill()
	s = startServer(t, Options{Data: data})
	check()
	if status, _ := s.Do(t, "PUT", "instructor", teacher, "/api/roster/sessions/lovelace/name", map[string]string{"name": "ada"}); status != 200 {
		t.Errorf("back: got %d, want 200", status)
	}
	connected(t, s, "ada", "pw")
}

// TestRenameIsFinished: what a crash left of a rename, after its first line, is
// done at the next start, with what was acknowledged and is in the journal
// alone.
func TestRenameIsFinished(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	board := connected(t, s, "ada", "pw")
	board.publish1("ada/x", `{"voltage":1}`)
	retain1(board, "ada/led", "on")
	s.enrol(t, "name,session\nAda Lovelace,ada\n")
	board.publish1("ada/x", `{"voltage":2}`)
	s.Kill()
	f, err := os.OpenFile(s.Data+"/accounts.jsonl", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"op":"rename","session":"ada","to":"eve"}` + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s = startServer(t, Options{Data: s.Data})
	eventually(t, func() string { return want(s.rows(t, "eve", "x"), 2) })
	if status, _ := s.Get(t, "instructor", teacher, "/api/sessions/ada"); status != 404 {
		t.Errorf("of the old name: got %d, want 404", status)
	}
	if r := s.roster(t, "/api/roster"); len(r.Sessions) != 1 || r.Sessions[0].Session != "eve" || len(r.Sessions[0].People) != 1 {
		t.Errorf("got %+v, want eve with her name", r.Sessions)
	}
	b := connected(t, s, "eve", "pw")
	b.subscribe("eve/led", 0)
	if topic, payload := b.message(); topic != "eve/led" || payload != "on" {
		t.Errorf("got %s %s, want the retained message below the new name", topic, payload)
	}
}

// TestRosterFile: --roster takes what the page takes, and its people are on the
// roster.
func TestRosterFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/class.csv", []byte("\ufeffName;Session;Passwort;Gruppe\r\nAda Lovelace;ada;pw;A\r\nBob;ada;;A\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Options{Dir: dir, Args: []string{"--access", "roster", "--roster", "class.csv"}})
	connected(t, s, "ada", "pw")
	r := s.roster(t, "/api/roster")
	if len(r.Sessions) != 1 || len(r.Sessions[0].People) != 2 || r.Sessions[0].Password != "generated" {
		t.Errorf("got %+v, want ada with two people", r.Sessions)
	}
	for name, want := range map[string]string{
		"name,session,password\nAda,ada,\n":           "line 2: Give ada a password.",
		"name,session,password\nAda,a b,x\n,b,y\n":    `line 2: The session "a b" has other characters`,
		"name,password\nAda,x\n":                      "line 2: Give Ada a session.",
		"name,session,password\nAda,a,x\nBob,a,y\n":   "line 3: The password differs from the one in line 2",
		"name,session,password\n\"Ada,ada,x\n":        "line 2: A quotation mark",
		"Ada,ada,pw\nInstructor,instructor,x\n":       `line 2: The session "instructor" is reserved.`,
		"name,session,password,password\nAda,a,x,y\n": "line 1: Two columns are the password.",
	} {
		if err := os.WriteFile(dir+"/bad.csv", []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		bad := launch(t, Options{Args: []string{"--access", "roster", "--roster", dir + "/bad.csv"}})
		<-bad.done
		if !strings.Contains(bad.log.String(), want) && !bytes.Contains([]byte(bad.Out.String()), []byte(want)) {
			t.Errorf("%q: got %s%s, want %s", name, bad.Out, bad.log, want)
		}
	}
}

// retain1 publishes at QoS 1 with the retain flag.
func retain1(b *board, topic, payload string) {
	b.t.Helper()
	b.send(0x33, append(append(field(topic), 0, 1), payload...))
	if h, _ := b.await(4); h == 0 {
		b.t.Fatalf("publish to %s: the connection ended without an acknowledgement", topic)
	}
}

// closed waits until the broker has ended the connection.
func closed(b *board) {
	b.t.Helper()
	for {
		if h, _ := b.read(); h == 0 {
			return
		}
	}
}

func want(got, want int) string {
	if got != want {
		return fmt.Sprintf("got %d rows, want %d", got, want)
	}
	return ""
}
