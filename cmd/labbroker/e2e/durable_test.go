package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// restart kills the server as a power cut would, and starts it on the same
// folder.
func (s *Server) restart(t *testing.T, args ...string) *Server {
	t.Helper()
	s.Kill()
	return startServer(t, Options{Data: s.Data, Args: args})
}

// grades is a column of a lab's grade book, by session.
func grades(t *testing.T, s *Server, lab int64, column string) map[string]string {
	t.Helper()
	_, book := s.Get(t, "instructor", teacher, fmt.Sprintf("/api/labs/%d/gradebook.csv", lab))
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(book, []byte("\uFEFF")))).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("grade book: got %v\n%s", err, book)
	}
	out := map[string]string{}
	for _, l := range lines[1:] {
		out[l[slices.Index(lines[0], "session")]] = l[slices.Index(lines[0], column)]
	}
	return out
}

// waitFile waits until a file of the data folder has a text n times.
func waitFile(t *testing.T, s *Server, name, text string, n int) {
	t.Helper()
	eventually(t, func() string {
		data, err := os.ReadFile(filepath.Join(s.Data, name))
		if err != nil || strings.Count(string(data), text) < n {
			return fmt.Sprintf("%d times %s in %s: %s, %v", n, text, name, data, err)
		}
		return ""
	})
}

// TestProblemsSurvive: how many kinds of mistakes a session made in a lab is
// known after a kill, and a mistake that goes on is counted once.
func TestProblemsSurvive(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	wrong := func(name string, topics ...string) {
		b := connected(t, s, name, "pw")
		for range 3 {
			for _, topic := range topics {
				b.publish1(topic, "1")
			}
		}
		b.leave()
	}
	wrong("ada", "before")
	lab := startLab(t, s, "Solar cell")
	wrong("ada", "x", "y")
	wrong("bob", "x")
	want := func(what string, want map[string]string) {
		t.Helper()
		got := grades(t, s, lab, "problems")
		for name, n := range want {
			if got[name] != n {
				t.Errorf("%s: got %v problems of %s, want %s", what, got[name], name, n)
			}
		}
		if _, ok := got["gone"]; ok {
			t.Errorf("%s: got a line of a session that is gone", what)
		}
	}
	want("at first", map[string]string{"ada": "2", "bob": "1"})
	connected(t, s, "tick", "pw") // takes what waits along to the disk
	waitFile(t, s, "labs.jsonl", `"kinds"`, 2)
	s = s.restart(t)
	want("after a kill", map[string]string{"ada": "2", "bob": "1"})
	wrong("ada", "y", "z")
	want("y went on, z is new", map[string]string{"ada": "3", "bob": "1"})

	s.order(t, "PUT", "/api/roster/sessions/ada/name", map[string]string{"name": "eve"}, 200)
	wrong("gone", "x")
	connected(t, s, "tock", "pw")
	waitFile(t, s, "labs.jsonl", `"gone","kinds"`, 1)
	s.order(t, "DELETE", "/api/sessions/gone", nil, 204)
	api(t, s, "POST", fmt.Sprintf("/api/labs/%d/end", lab), nil, 200, nil) // is written at once
	s = s.restart(t)
	want("renamed, removed, ended", map[string]string{"eve": "3", "bob": "1"})
	wrong("bob", "late")
	want("after the end", map[string]string{"eve": "3", "bob": "1"})
}

// said is what the instructor said to a session, with its numbers.
func said(t *testing.T, s *Server, name string) string {
	t.Helper()
	_, body := s.Get(t, "instructor", teacher, "/api/sessions/"+name+"/messages")
	var list []struct {
		ID         int64
		Text, Time string
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatalf("messages of %s: %s", name, body)
	}
	var all []string
	for _, m := range list {
		all = append(all, fmt.Sprint(m.ID, " ", m.Time, " ", m.Text))
	}
	return strings.Join(all, "|")
}

// stateOf is the word of a session's state.
func stateOf(t *testing.T, s *Server, name string) string {
	t.Helper()
	var x struct{ State string }
	api(t, s, "GET", "/api/sessions/"+name, nil, 200, &x)
	return x.State
}

// TestOrdersSurvive: the instructor's pauses and messages hold over a kill, with
// the sentences that boards and pages get; renaming moves them and removing drops
// them.
func TestOrdersSurvive(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	for _, name := range []string{"ada", "bob", "eve"} {
		connected(t, s, name, "pw").publish1(name+"/x", "1")
	}
	pause := func(name string, on bool) {
		t.Helper()
		s.order(t, "PUT", "/api/sessions/"+name+"/pause", map[string]bool{"paused": on}, 200)
	}
	say := func(to, name, text string) {
		t.Helper()
		s.order(t, "POST", "/api/class/messages", map[string]string{"to": to, "name": name, "text": text}, 200)
	}
	pause("ada", true)
	pause("bob", true)
	pause("bob", false)
	pause("eve", true)
	say("all", "", "Use 10 Ω <b>only</b>")
	say("session", "ada", "well done")
	before := said(t, s, "ada")

	s = s.restart(t)
	if got := said(t, s, "ada"); got != before || strings.Count(got, "|") != 1 {
		t.Errorf("after a kill: got %s, want both as they were: %s", got, before)
	}
	if got := stateOf(t, s, "ada") + stateOf(t, s, "bob"); !strings.HasPrefix(got, "paused") || strings.HasSuffix(got, "paused") {
		t.Errorf("states of ada and bob: got %s, want ada's paused alone", got)
	}
	ada, bob := connected(t, s, "ada", "pw"), connected(t, s, "bob", "pw")
	ada.subscribe("ada/errors", 0)
	ada.publish1("ada/x", "2") // acknowledged
	if topic, text := ada.message(); topic != "ada/errors" || !strings.HasPrefix(text, "The instructor paused `ada`: what you publish is acknowledged and goes nowhere") {
		t.Errorf("ada's board: got %s %q, want why", topic, text)
	}
	if n := notices(t, s, "ada", "pw"); n["paused"] == "" || len(n) != 1 {
		t.Errorf("ada's page: got %v, want that she is paused", n)
	}
	if code, body := s.Do(t, "POST", "ada", "pw", "/api/sessions/ada/publish", map[string]any{"topic": "ada/x", "payload": "2"}); code != 403 || !strings.Contains(string(body), "paused") {
		t.Errorf("ada publishes from her page: got %d %s, want 403 and why", code, body)
	}
	bob.publish1("bob/x", "2")
	waitRows(t, s, "bob", "pw", "x", 2)
	ada.leave()

	// A new name takes both along, over another kill; a removed session has none.
	s.order(t, "PUT", "/api/roster/sessions/ada/name", map[string]string{"name": "zoe"}, 200)
	s.order(t, "DELETE", "/api/sessions/eve", nil, 204)
	s.Kill()
	// As if it had been killed before the desk had the new name.
	file := filepath.Join(s.Data, "desk.json")
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), `"zoe"`) || strings.Contains(string(data), `"eve"`) {
		t.Fatalf("desk.json: got %s, %v, want zoe and no eve", data, err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(data, []byte(`"zoe"`), []byte(`"ada"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	s = s.restart(t)
	if got := said(t, s, "zoe"); got != before {
		t.Errorf("renamed: got %s, want %s", got, before)
	}
	if got := stateOf(t, s, "zoe"); got != "paused" {
		t.Errorf("renamed: got %s, want paused", got)
	}
	eve := connected(t, s, "eve", "anew")
	eve.publish1("eve/x", "1")
	if a := waitRows(t, s, "eve", "anew", "x", 1); len(a.Rows) != 1 || stateOf(t, s, "eve") == "paused" {
		t.Errorf("the next one called eve: got rows %v, %s, want her own alone and no pause", a.Rows, stateOf(t, s, "eve"))
	}

	// Resumed is resumed, and starting empty leaves nothing of it.
	pause("zoe", false)
	s = s.restart(t)
	if got := stateOf(t, s, "zoe"); got == "paused" {
		t.Error("resumed before the kill: got paused")
	}
	pause("zoe", true)
	api(t, s, "POST", "/api/class/empty", map[string]any{"confirm": "start empty", "unsaved": true}, 202, nil)
	var state struct{ State string }
	eventually(t, func() string {
		if api(t, s, "GET", "/api/class/empty", nil, 200, &state); state.State != "done" {
			return "the class to be empty: " + state.State
		}
		return ""
	})
	s = s.restart(t)
	connected(t, s, "zoe", "new").publish1("zoe/x", "1")
	waitRows(t, s, "zoe", "new", "x", 1)
	if got := said(t, s, "zoe"); got != "" {
		t.Errorf("messages after starting empty: got %s, want none", got)
	}
	data, err = os.ReadFile(file)
	if err != nil || strings.Contains(string(data), "zoe") || strings.Contains(string(data), "well done") {
		t.Errorf("desk.json: got %s, %v, want nothing of the class before", data, err)
	}
}

// TestRefusedAfterRestart: who does not get in is told why by a server that
// was killed, too.
func TestRefusedAfterRestart(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	for _, name := range []string{"ada", "bob", "old"} {
		connected(t, s, name, "pw").leave()
	}
	s.order(t, "POST", "/api/roster/archive", map[string]any{"sessions": []string{"bob"}, "archived": true}, 204)
	s.order(t, "PUT", "/api/roster/sessions/old/name", map[string]string{"name": "new"}, 200)
	s = s.restart(t)
	for _, tt := range []struct {
		name, password, want string
		code                 int
	}{
		{"ada", "wrong", "password", 4}, {"bob", "pw", "archived", 5}, {"old", "pw", "`new`", 5},
	} {
		if code := dial(t, s).connect(tt.name+"-board", tt.name, tt.password); code != tt.code {
			t.Errorf("%s: got CONNACK %d, want %d", tt.name, code, tt.code)
		}
		var info struct{ Refused []struct{ User, Text string } }
		_, body := s.Get(t, "", "", "/api/info") // which anybody may see
		if err := json.Unmarshal(body, &info); err != nil || len(info.Refused) == 0 || info.Refused[0].User != tt.name || !strings.Contains(info.Refused[0].Text, tt.want) {
			t.Errorf("%s: got %s, %v, want it first, with %s", tt.name, body, err, tt.want)
		}
	}
	for name, code := range map[string]string{"ada": "wrong-password", "new": "renamed"} {
		if n := notices(t, s, name, "pw"); n[code] == "" {
			t.Errorf("%s's page: got %v, want the notice %s", name, n, code)
		}
	}
}

// TestForeignDesk: a desk that is damaged or a newer program's is not begun
// anew: the start ends with one sentence, and the file stays as it is.
func TestForeignDesk(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	startServer(t, Options{Data: data}).Kill()
	for text, want := range map[string]string{
		`{"version":2}`: "was written by a newer labbroker (format 2, this one reads 1)", `{"version":1,"pau`: "is not an instructor's desk of labbroker",
	} {
		file := filepath.Join(data, "desk.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(binary, "--mqtt-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--data", data, "--instructor-password", teacher).CombinedOutput()
		if err == nil || !strings.Contains(string(out), file+" "+want) || strings.Count(strings.TrimSpace(string(out)), "\n") != 0 {
			t.Errorf("%s: got %v, %s, want one line: %s", text, err, out, want)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%s: got %s, %v afterwards, want it untouched", text, got, err)
		}
	}
}
