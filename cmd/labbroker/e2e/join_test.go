package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestClassJoins: 200 students come evenly over 10 s, some with one name. All
// get in, nobody gets another's name, and what each was given works on a board.
func TestClassJoins(t *testing.T) {
	t.Parallel()
	const students, over = 200, 10 * time.Second
	s := startClass(t, labClass)
	names := []string{"Ada Lovelace", "ADA LOVELACE", "Grace Hopper", "李明", "Zoë", "kim", "Kim", "KIM"}
	took := make([]time.Duration, students)
	got := make([]string, students)
	var wg sync.WaitGroup
	tick := time.NewTicker(over / students)
	defer tick.Stop()
	for i := range students {
		<-tick.C
		wg.Go(func() {
			began := time.Now()
			name := names[i%len(names)]
			if i%3 == 0 {
				name = fmt.Sprint("student ", i)
			}
			status, body := s.Do(t, http.MethodPost, "", "", "/api/join", map[string]string{"name": name, "code": "solar-427"})
			took[i] = time.Since(began)
			var you struct{ Session string }
			if err := json.Unmarshal(body, &you); err != nil || status != http.StatusCreated {
				t.Errorf("%s: got %d %s, want in", name, status, body)
			}
			got[i] = you.Session
		})
	}
	wg.Wait()
	keys := map[string]bool{}
	for i, name := range got {
		if key := strings.ToLower(name); keys[key] || key == "" {
			t.Errorf("student %d: got the name %q, which another has", i, name)
		} else {
			keys[key] = true
		}
	}
	named := map[string]int{} // by session: people
	for _, x := range s.roster(t, "/api/roster").Sessions {
		named[x.Session] = len(x.People)
	}
	for i, name := range got {
		if named[name] != 1 {
			t.Errorf("student %d: got %d people in the roster as %s, want 1", i, named[name], name)
		}
	}
	slices.Sort(took)
	t.Logf("joining: median %v, p99 %v, longest %v", took[students/2], took[students*99/100], took[students-1])
	if t.Failed() {
		return
	}

	// Their passwords are primed: a board is in at once.
	began := time.Now()
	for _, name := range got[:20] {
		status, body := s.Get(t, "instructor", teacher, "/api/sessions/"+name+"/start")
		var start struct{ Password string }
		if err := json.Unmarshal(body, &start); err != nil || status != 200 {
			t.Fatalf("%s: got %d %s", name, status, body)
		}
		if code := dial(t, s).connect("board", name, start.Password); code != 0 {
			t.Errorf("%s: got CONNACK %d, want in", name, code)
		}
	}
	t.Logf("20 boards in turn: %v", time.Since(began))
}

// TestStarterHost runs the program for the computer as the page gives it.
func TestStarterHost(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := dial(t, s)
	if code := b.connect("board", "ada", "s3cret"); code != 0 {
		t.Fatalf("CONNACK %d", code)
	}
	if code := b.subscribe("ada/led", 0); code != 0 {
		t.Fatalf("SUBACK %d", code)
	}
	status, body := s.Get(t, "ada", "s3cret", "/api/sessions/ada/start")
	var start struct {
		Files []struct{ Kind, Name, Text string }
	}
	if err := json.Unmarshal(body, &start); err != nil || status != 200 {
		t.Fatalf("start: got %d %s", status, body)
	}
	i := slices.IndexFunc(start.Files, func(f struct{ Kind, Name, Text string }) bool { return f.Kind == "python" })
	// The password was chosen, so the student fills it in.
	text := strings.Replace(start.Files[i].Text, "your password", "s3cret", 1)
	file := filepath.Join(t.TempDir(), start.Files[i].Name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := runProgram(t, t.TempDir(), pahoPython(t), "-u", file)
	p.until("Connected as ada")
	p.until("Listening to ada/#") // what comes before, nobody hears
	b.publish1("ada/mcu/ina219", `{"voltage":5.012,"current_mA":81.3}`)
	p.until("5.012 V  81.3 mA")
	b.publish1("ada/text", "25 °C")
	p.until("ada/text 25 °C")
	p.tell("led on")
	if topic, payload := b.message(); topic != "ada/led" || payload != "on" {
		t.Errorf("led on: got %s %s", topic, payload)
	}
	b.publish1("bob/x", "1")
	p.until("The broker says: ")
}

// pahoPython is an interpreter that has paho.
func pahoPython(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import paho.mqtt.client").Run() == nil {
			return name
		}
	}
	t.Fatal("no python3 with paho.mqtt; scripts/tools.sh installs it")
	return ""
}
