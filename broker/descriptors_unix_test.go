//go:build unix

package broker_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
)

const inSubprocess = "LABBROKER_TEST_DESCRIPTORS"

// TestOutOfDescriptors: a broker that may open no more files serves who is
// there, and lets others in when some have gone. It runs in a process of its
// own, since the limit is the process's.
func TestOutOfDescriptors(t *testing.T) {
	if os.Getenv(inSubprocess) != "" {
		serveWithFew(t)
		return
	}
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestOutOfDescriptors$", "-test.v")
	cmd.Env = append(os.Environ(), inSubprocess+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = cmd.Wait() }()
	addr, seen := "", ""
	lines := bufio.NewScanner(out)
	for addr == "" && lines.Scan() {
		seen += lines.Text() + "\n"
		_, addr, _ = strings.Cut(lines.Text(), "serves at ")
	}
	if addr == "" {
		t.Fatalf("the subprocess said %q", seen)
	}
	first := mqtttest.Connect(t, addr, login("alice", "first"))
	var crowd []net.Conn
	for range 100 { // more than it may have; the kernel takes them all
		c, err := net.DialTimeout("tcp", addr, mqtttest.Patience)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		crowd = append(crowd, c)
	}
	waiting := mqtttest.Dial(t, addr)
	waiting.Send(login("alice", "waiting").Frame())
	for i := range 20 {
		first.Publish("alice/x", fmt.Sprint(i), 1, false)
	}
	if p, err := waiting.Next(300 * time.Millisecond); err == nil {
		t.Errorf("got %v, want no room for it yet", p)
	}
	for _, c := range crowd {
		_ = c.Close()
	}
	if ack := waiting.Await(mqtttest.CONNACK); ack.Code != 0 {
		t.Errorf("got %v, want it accepted when there is room", ack)
	}
	waiting.Alive()
	first.Alive()
	_ = in.Close()
	rest, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the subprocess: %v: %s", err, rest)
	}
}

// serveWithFew is the subprocess: it runs a broker until its input ends.
func serveWithFew(t *testing.T) {
	w := newWorld(t, settings{Options: broker.Options{ConnectTimeout: time.Minute}})
	limit := syscall.Rlimit{Cur: 60, Max: 60}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	fmt.Println("serves at " + w.addr)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if got := w.broker.Stats().Unaccepted; got == 0 {
		t.Error("counted: got no connection that could not be accepted")
	}
}
