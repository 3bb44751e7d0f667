// Package examples has a test only: what students copy runs as it stands. The
// MicroPython program runs in CPython on stand-ins for the board
// (testdata/esp32.py), against a fake broker.
package examples

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"labbroker/internal/board/boardtest"
)

// python finds an interpreter, one that has the module unless it is "".
func python(t *testing.T, module string) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import sys"+strings.TrimRight(", "+module, ", ")).Run() == nil {
			return name
		}
	}
	t.Fatalf("no python3 with %q: `make test` installs it", module)
	return ""
}

// start runs a Python program until the test ends; lines gives what it
// prints.
func start(t *testing.T, module string, args ...string) (lines <-chan string, stdin func(string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, python(t, module), append([]string{"-u"}, args...)...)
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
	c := make(chan string, 10000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := bufio.NewScanner(out); s.Scan(); {
			c <- s.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		cmd.Wait() // it was killed, or the test has failed already
		for t.Failed() && len(c) > 0 {
			t.Log("printed: ", <-c)
		}
	})
	return c, func(line string) { fmt.Fprintln(in, line) }
}

// printed waits for a line with that text.
func printed(t *testing.T, lines <-chan string, text string) {
	t.Helper()
	for !strings.Contains(boardtest.Next(t, fmt.Sprintf("line %q", text), lines), text) {
	}
}

func esp32(t *testing.T, b *boardtest.Broker, session string, more ...string) <-chan string {
	t.Helper()
	args := append([]string{"testdata/esp32.py", b.Addr(), session, "s3cret", "--interval", "20"}, more...)
	lines, _ := start(t, "", args...)
	return lines
}

// reading waits for a payload on the sensor's topic.
func reading(t *testing.T, b *boardtest.Broker) map[string]float64 {
	t.Helper()
	for {
		m := boardtest.Next(t, "reading", b.Messages)
		if m.Topic != "ada/mcu/ina219" {
			continue
		}
		var fields map[string]float64
		if err := json.Unmarshal([]byte(m.Payload), &fields); err != nil {
			t.Fatalf("payload %s: %v", m.Payload, err)
		}
		return fields
	}
}

func TestMicroPythonBoard(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	lines := esp32(t, broker, "ada")

	c := boardtest.Next(t, "CONNECT", broker.Connects)
	will := boardtest.Message{Topic: "ada/status", Payload: "offline", Retain: true}
	if c.User != "ada" || c.Password != "s3cret" || len(c.ID) != 12 || !c.Clean || c.Keepalive != 30 || c.Will != will {
		t.Errorf("CONNECT: got %+v, want ada's, with a will", c)
	}
	filters := []string{boardtest.Next(t, "SUBSCRIBE", broker.Filters), boardtest.Next(t, "SUBSCRIBE", broker.Filters)}
	if want := []string{"ada/errors", "ada/led"}; !slices.Equal(filters, want) {
		t.Errorf("filters: got %q, want %q", filters, want)
	}
	m := boardtest.Next(t, "status", broker.Messages)
	if m.Topic != "ada/status" || m.Payload != "online" || !m.Retain {
		t.Errorf("first message: got %+v, want ada/status online", m)
	}
	for range 5 {
		f := reading(t, broker)
		if f["voltage"] != 5.012 || f["current_mA"] != 81.3 || f["power_mW"] != 407.5 || len(f) != 3 {
			t.Fatalf("reading: got %v, want 5.012 V, 81.3 mA, 407.5 mW", f)
		}
	}

	broker.Send("ada/led", "on")
	printed(t, lines, "LED: 1")
	broker.Send("ada/led", "off")
	printed(t, lines, "LED: 0")
	// Two bytes a letter, and longer than one byte of length can say.
	broker.Send("ada/errors", strings.Repeat("ä", 100)+": `x` is not yours")
	printed(t, lines, "ä: `x` is not yours")

	broker.HangUp()
	printed(t, lines, "Connection lost")
	boardtest.Next(t, "second CONNECT", broker.Connects)
	for len(broker.Messages) > 0 {
		<-broker.Messages
	}
	reading(t, broker)
}

func TestMicroPythonSensorFallsOff(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	lines := esp32(t, broker, "ada", "--faults", "1")
	printed(t, lines, "INA219: no answer")
	reading(t, broker)
}

func TestMicroPythonIsRefused(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	broker.Check(func(boardtest.Connect) byte { return 4 })
	lines := esp32(t, broker, "ada")
	printed(t, lines, "The broker refuses: 4")
	broker.Check(nil)
	reading(t, broker)
}

// Unchanged, the program says the slides' placeholder, which the broker knows.
func TestMicroPythonUnchanged(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	esp32(t, broker, "-")
	if c := boardtest.Next(t, "CONNECT", broker.Connects); c.User != "insert unique session here" {
		t.Errorf("user: got %q, want the placeholder", c.User)
	}
}

// call waits for a message on one of the plot verbs, and gives the verb and
// the list that it carried.
func call(t *testing.T, b *boardtest.Broker) (verb string, what []any) {
	t.Helper()
	m := boardtest.Next(t, "call", b.Messages)
	if err := json.Unmarshal([]byte(m.Payload), &what); err != nil || m.QoS != 0 {
		t.Fatalf("%s: got %s at QoS %d, %v; want a list at QoS 0", m.Topic, m.Payload, m.QoS, err)
	}
	return strings.TrimPrefix(m.Topic, "ada/"), what
}

// done answers a save and a plot as the broker does.
func done(b *boardtest.Broker, files ...string) {
	for _, file := range files {
		b.Send("ada/plot/done", fmt.Sprintf(`{"series":"S","file":%q,"url":"http://b/%s"}`, file, file))
	}
}

func TestMicroPythonPlots(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	lines := esp32(t, broker, "ada", "--program", "plots", "--interval", "1")
	if verb, what := call(t, broker); verb != "new_series" || !slices.Equal(what, []any{"IV", "Voltage [V]", "Current [mA]"}) {
		t.Errorf("first: got %s %v, want new_series of IV", verb, what)
	}
	for range 50 {
		if verb, what := call(t, broker); verb != "data" || len(what) != 3 || fmt.Sprintf("%s %.3f %.1f", what...) != "IV 5.012 81.3" {
			t.Fatalf("row: got %s %v, want data of IV", verb, what)
		}
	}
	if verb, what := call(t, broker); verb != "save_series" || !slices.Equal(what, []any{"IV", nil}) {
		t.Errorf("then: got %s %v, want save_series of IV", verb, what)
	}
	verb, what := call(t, broker)
	if options, _ := what[1].(map[string]any); verb != "plot_series" || options["filename"] != "lab1/IV.pdf" || options["title"] != "Solar cell" {
		t.Errorf("last: got %s %v, want plot_series with its options", verb, what)
	}
	done(broker, "IV.pkl", "lab1/IV.pdf")
	printed(t, lines, "IV.pkl is at http://b/IV.pkl")
	printed(t, lines, "lab1/IV.pdf is at http://b/lab1/IV.pdf")
	boardtest.Next(t, "DISCONNECT", broker.Goodbyes)
}

func TestHostPlots(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	lines, _ := start(t, "paho.mqtt.client", "python/plot.py", "--broker", broker.Addr(), "--rows", "10", "ada", "s3cret")
	for _, want := range append(append([]string{"new_series"}, slices.Repeat([]string{"data"}, 10)...), "save_series", "plot_series") {
		if verb, what := call(t, broker); verb != want || what[0] != "damped" {
			t.Errorf("got %s %v, want %s of damped", verb, what, want)
		}
	}
	done(broker, "damped.pkl")
	printed(t, lines, "damped.pkl is at http://b/damped.pkl")
	broker.Send("ada/errors", "The filename leaves its folder.")
	printed(t, lines, "The broker says: The filename")
	boardtest.Next(t, "DISCONNECT", broker.Goodbyes)
}

func TestHost(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	lines, stdin := start(t, "paho.mqtt.client", "python/host.py", "--broker", broker.Addr(), "ada", "s3cret")
	c := boardtest.Next(t, "CONNECT", broker.Connects)
	if c.User != "ada" || c.Password != "s3cret" {
		t.Errorf("CONNECT: got %+v, want ada's", c)
	}
	printed(t, lines, "Connected as ada")
	if got := boardtest.Next(t, "SUBSCRIBE", broker.Filters); got != "ada/mcu/ina219" {
		t.Errorf("filter: got %q, want ada/mcu/ina219", got)
	}
	broker.Send("ada/mcu/ina219", `{"voltage": 5.012, "current_mA": 81.3}`)
	printed(t, lines, "5.012 V  81.3 mA")
	broker.Send("ada/mcu/ina219", `[1]`)
	printed(t, lines, "not a reading")
	broker.Send("ada/errors", "You published to `x`.")
	printed(t, lines, "The broker says: You published to `x`.")
	stdin("led on")
	if m := boardtest.Next(t, "command", broker.Messages); m.Topic != "ada/led" || m.Payload != "on" || m.QoS != 1 {
		t.Errorf("command: got %+v, want ada/led on", m)
	}
	broker.HangUp()
	printed(t, lines, "Connection ended")
	printed(t, lines, "Connected as ada")
}

func TestHostIsRefused(t *testing.T) {
	t.Parallel()
	broker := boardtest.New(t)
	broker.Check(func(boardtest.Connect) byte { return 5 })
	lines, _ := start(t, "paho.mqtt.client", "python/host.py", "--broker", broker.Addr(), "ada", "s3cret")
	printed(t, lines, "The broker refuses: ")
}

// Every Python file compiles, and is ASCII: an editor on a student's machine
// may think otherwise of anything else.
func TestPythonCompiles(t *testing.T) {
	t.Parallel()
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".py" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 10 {
		t.Fatalf("Python files: got %q, %v, want at least 10", files, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(string(text), func(r rune) bool { return r > 126 }); i >= 0 {
			t.Errorf("%s: byte %d is not ASCII", path, i)
		}
	}
	cmd := exec.Command(python(t, ""), append([]string{"-m", "py_compile"}, files...)...)
	cmd.Env = append(os.Environ(), "PYTHONPYCACHEPREFIX="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("py_compile: %v\n%s", err, out)
	}
}
