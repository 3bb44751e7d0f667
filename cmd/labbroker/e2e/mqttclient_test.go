package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// interpreters run the modules for boards: MicroPython where the machine has
// one, and Python.
func interpreters(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	if p, err := exec.LookPath("micropython"); err == nil {
		found["MicroPython"] = []string{p}
	}
	p, err := exec.LookPath("python3")
	if err != nil {
		t.Fatalf("python3 is missing; scripts/tools.sh installs it: %v", err)
	}
	found["Python"] = []string{p, "-B", "-u"}
	return found
}

// program is one that runs beside the server; lines are what it prints.
type program struct {
	t     *testing.T
	in    io.Writer
	lines chan string // capacity 10,000: more than any of them prints; closed at its end
	seen  []string    // what until has read
	stop  func()      // ends it and waits for that
}

func runProgram(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, in: in, lines: make(chan string, 10_000)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
		close(p.lines)
	}()
	p.stop = sync.OnceFunc(func() {
		cmd.Process.Kill()
		<-ended
		cmd.Wait() // it was killed, or its end was seen already
	})
	t.Cleanup(p.stop)
	return p
}

// until waits for a line that begins with prefix, and gives the rest of it.
func (p *program) until(prefix string) string {
	p.t.Helper()
	timeout := time.After(60 * time.Second)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("it ended before it printed %q:\n%s", prefix, strings.Join(p.seen, "\n"))
			}
			p.seen = append(p.seen, line)
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return strings.TrimSpace(rest)
			}
		case <-timeout:
			p.t.Fatalf("after 60 s it has not printed %q, but:\n%s", prefix, strings.Join(p.seen, "\n"))
		}
	}
}

func (p *program) tell(line string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		p.t.Fatal(err)
	}
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// installed is a folder with the modules as a board installs them: from the
// list of /mip/.
func installed(t *testing.T, s *Server) string {
	t.Helper()
	dir := t.TempDir()
	status, body := s.Get(t, "", "", "/mip/package.json")
	var list struct {
		URLs    [][2]string
		Version string
	}
	if err := json.Unmarshal(body, &list); err != nil || status != 200 || len(list.URLs) < 2 {
		t.Fatalf("/mip/package.json: got %d %s, want a list", status, body)
	}
	for _, u := range list.URLs {
		path, ok := strings.CutPrefix(u[1], "http://"+s.HTTP)
		if !ok {
			t.Fatalf("%s is at %s, want an address of this server", u[0], u[1])
		}
		status, text := s.Get(t, "", "", path)
		if status != 200 {
			t.Fatalf("%s: got %d", path, status)
		}
		if err := os.WriteFile(filepath.Join(dir, u[0]), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestMQTTClient is the project's module for boards against the server, from
// before the server runs to after it was started again.
func TestMQTTClient(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("testdata/mqttclient_test.py")
	if err != nil {
		t.Fatal(err)
	}
	modules := installed(t, startServer(t, Options{}))
	for name, run := range interpreters(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			o := Options{Dir: t.TempDir(), Args: []string{"--mqtt-addr", "127.0.0.1:" + port}}
			p := runProgram(t, o.Dir, append(run, script, modules, "127.0.0.1", port)...)
			p.until("MQTT: no answer from 127.0.0.1, port " + port)
			s := startServer(t, o)
			p.until("CONNECTED")
			if got := p.until("GOT"); got != `ada/led b'\xc3\xbc'` {
				t.Errorf("callback: got %s, want the bytes of ü", got)
			}
			if got := p.until("PLOTTED"); !strings.Contains(got, "IV.svg") {
				t.Errorf("plot/done: got %s, want IV.svg", got)
			}
			if got := p.until("The broker says:"); !strings.Contains(got, "bob/x") {
				t.Errorf("errors: got %s, want what is wrong with bob/x", got)
			}
			p.until("READY restart")
			if got := waitRows(t, s, "ada", "s3cret", "mcu/ina219", 2); len(got.Rows) != 2 {
				t.Errorf("readings: got %d rows, want 2", len(got.Rows))
			}
			waitRows(t, s, "ada", "s3cret", "temp", 4)
			waitRows(t, s, "ada", "s3cret", "IV", 20)
			status, topics := s.Get(t, "ada", "s3cret", "/api/sessions/ada/topics")
			if status != 200 || !strings.Contains(string(topics), "25 °C, 61 Ω, 日本") {
				t.Errorf("topics: got %d %s, want the text whole", status, topics)
			}

			s.Kill()
			p.tell("restart")
			p.until("MQTT: the connection broke")
			s = startServer(t, o)
			p.until("AGAIN")
			if got := p.until("LED"); got != "on" {
				t.Errorf("after the restart: got %q, want what is subscribed again", got)
			}
			waitRows(t, s, "ada", "s3cret", "again", 21)
			p.until("READY idle")
			p.tell("idle")
			p.until("IDLED")
			if got := p.until("REFUSED"); got != "4 user or password is wrong" {
				t.Errorf("wrong password: got %s, want code 4 in words", got)
			}
			p.until("READY end")
			if n := strings.Count(strings.Join(p.seen, "\n"), "the connection broke"); n != 1 {
				t.Errorf("broken connections: got %d, want the one of the restart:\n%s", n, strings.Join(p.seen, "\n"))
			}
			_, state := s.Get(t, "ada", "s3cret", "/api/sessions/ada")
			if !strings.Contains(string(state), `"id":"board-1"`) {
				t.Errorf("after longer than the keepalive: got %s, want the board still there", state)
			}
			p.tell("end")
		})
	}
}
