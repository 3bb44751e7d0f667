package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// teacher is the instructor's password of every server under test.
const teacher = "teach-me-now"

// Options say how a server under test is started; the zero value is claim
// access with a new data folder.
type Options struct {
	Data string   // "" = a new folder
	Args []string // further arguments
	Env  []string
	Dir  string // working folder; "" = a new one
	Bare bool   // no password is given for the instructor
}

// Server is a running labbroker.
type Server struct {
	MQTT, HTTP string // host:port
	Data       string
	Out        *lockedBuffer // standard output

	cmd       *exec.Cmd
	log       *lockedBuffer
	listening chan [2]string // capacity 1: the addresses, MQTT and HTTP, when it listens
	done      chan struct{}  // closed when the process has ended
	err       error          // of Wait, once done is closed
}

// startServer runs the program and returns when it listens. The server is
// stopped at the end of the test, and its log shown if the test failed.
func startServer(t *testing.T, o Options) *Server {
	t.Helper()
	s := launch(t, o)
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("the server printed:\n%s\nand logged:\n%s", s.Out, tail(s.log.String(), 60))
		}
		if strings.Contains(s.log.String(), "WARNING: DATA RACE") {
			t.Errorf("the server has a data race:\n%s", s.log)
		}
	})
	s.await(t)
	return s
}

// launch runs the program and does not wait for it. Who calls it kills it.
func launch(t *testing.T, o Options) *Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Data == "" {
		o.Data = o.Dir + "/data"
	}
	args := append([]string{
		"--mqtt-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--data", o.Data,
		"--log-format", "json", "--log-level", "debug",
	}, o.Args...)
	if !o.Bare {
		args = append(args, "--instructor-password", teacher)
	}
	s := &Server{
		Data: o.Data, Out: &lockedBuffer{}, cmd: exec.Command(binary, args...),
		log: &lockedBuffer{}, listening: make(chan [2]string, 1), done: make(chan struct{}),
	}
	s.cmd.Dir = o.Dir
	s.cmd.Env = append(os.Environ(), o.Env...)
	s.cmd.Stdout = s.Out
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			io.WriteString(s.log, lines.Text()+"\n")
			var l struct{ Msg, MQTT, HTTP string }
			if json.Unmarshal(lines.Bytes(), &l) == nil && l.Msg == "listening" {
				s.listening <- [2]string{l.MQTT, l.HTTP}
			}
		}
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	return s
}

// await waits until the server listens.
func (s *Server) await(t *testing.T) {
	t.Helper()
	select {
	case a := <-s.listening:
		s.MQTT, s.HTTP = a[0], a[1]
	case <-s.done:
		t.Fatalf("the server ended: %v\n%s%s", s.err, s.Out, s.log)
	case <-time.After(60 * time.Second):
		t.Fatalf("the server does not listen\n%s", s.log)
	}
}

// Interrupt is Ctrl-C; it returns how long the server took to end and with
// which error.
func (s *Server) Interrupt(t *testing.T) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		s.cmd.Process.Signal(syscall.SIGQUIT)
		t.Fatal("the server does not end")
	}
	return time.Since(began), s.err
}

// Kill is kill -9, if it still runs.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// URL is the server's address with a path.
func (s *Server) URL(path string) string { return "http://" + s.HTTP + path }

// Get asks the API as user ("" = nobody) and returns status and body.
func (s *Server) Get(t *testing.T, user, password, path string) (int, []byte) {
	t.Helper()
	return s.Do(t, http.MethodGet, user, password, path, nil)
}

// Do sends a JSON body to the API.
func (s *Server) Do(t *testing.T, method, user, password, path string, body any) (int, []byte) {
	t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, s.URL(path), r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, b
}

// lockedBuffer is a buffer that one goroutine writes and others read.
type lockedBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func tail(s string, lines int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// eventually calls f until it returns "" (what is still missing otherwise).
func eventually(t *testing.T, f func() string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		missing := f()
		if missing == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still missing after 30 s: %s", missing)
		}
	}
}
