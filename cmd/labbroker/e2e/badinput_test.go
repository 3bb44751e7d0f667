package e2e

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// refuse runs the program with args in dir and returns what it printed on
// standard error; it must end by itself with exit code 1.
func refuse(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("%q: got %v, want exit code 1", args, err)
	}
	return strings.TrimSpace(stderr.String())
}

// TestBadInput: each mistake at the start ends with one clear sentence and
// exit code 1, and neither opens nor changes anything.
func TestBadInput(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // not defer: the cases run after this function
	busy := taken.Addr().String()
	free := []string{"--mqtt-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0"}

	tests := []struct {
		name  string
		files map[string]string // put into the working folder first
		env   []string
		args  []string
		want  string // part of the sentence
	}{
		{name: "unknown flag", args: []string{"--colour"}, want: "--colour"},
		{name: "unknown command", args: []string{"serv"}, want: "serv"},
		{name: "unknown access", args: append(free, "--access", "everyone"), want: "claim, roster and open"},
		{name: "bad address", args: []string{"--mqtt-addr", "1883"}, want: "host:port"},
		{name: "bad port", args: []string{"--http-addr", ":99999"}, want: "no port number"},
		{name: "bad rate", args: append(free, "--session-rate", "fast"), want: "session-rate"},
		{name: "negative rate", args: append(free, "--session-rate=-1"), want: "0 (no limit)"},
		{name: "no rate", args: append(free, "--session-rate", "NaN"), want: "0 (no limit)"},
		{name: "endless connect rate", args: append(free, "--connect-rate", "Inf"), want: "0 (no limit)"},
		{name: "negative connect rate", args: append(free, "--connect-rate=-1"), want: "--connect-rate -1: a rate is 0 (no limit)"},
		{name: "negative burst", args: append(free, "--session-burst=-1"), want: "--session-burst -1: a limit is 0 (none)"},
		{name: "negative clients of a session", args: append(free, "--session-clients=-1"), want: "--session-clients -1: a limit is 0 (none)"},
		{name: "negative clients", args: append(free, "--max-clients=-1"), want: "--max-clients -1: a limit is 0 (none)"},
		{name: "negative packet", args: append(free, "--max-packet=-1"), want: "--max-packet -1: a limit is 0 (none)"},
		{name: "packet too small", args: append(free, "--max-packet", "20"), want: "a log-in has to fit"},
		{name: "negative levels", args: append(free, "--topic-levels=-1"), want: "--topic-levels -1: a limit is 0 (none)"},
		{name: "negative length", args: append(free, "--topic-length=-1"), want: "--topic-length -1: a limit is 0 (none)"},
		{name: "negative subscriptions", args: append(free, "--max-subscriptions=-1"), want: "--max-subscriptions -1: a limit is 0 (none)"},
		{name: "negative retained", args: append(free, "--max-retained=-1"), want: "--max-retained -1: a limit is 0 (none)"},
		{name: "negative queue", args: append(free, "--max-queued=-1"), want: "--max-queued -1: a limit is 0 (none)"},
		{name: "many in words", args: append(free, "--max-clients", "many"), want: "--max-clients"},
		{name: "unknown durability", args: append(free, "--durability", "disk"), want: "process or power"},
		{name: "bad level", args: append(free, "--log-level", "loud"), want: "debug, info, warn and error"},
		{name: "public host with a scheme", args: append(free, "--public-host", "http://pi.local"), want: "without port"},
		{name: "roster's file without its access", files: map[string]string{"class.csv": "Ada,ada,x\n"},
			args: append(free, "--access", "open", "--roster", "class.csv"), want: "--roster FILE needs --access roster"},
		{name: "roster missing", args: append(free, "--access", "roster", "--roster", "no.csv"), want: "no.csv"},
		{name: "roster with a bad name", files: map[string]string{"class.csv": "Ada,ada,x\nEve,e v e,y\n"},
			args: append(free, "--access", "roster", "--roster", "class.csv"), want: "line 2"},
		{name: "unknown key", files: map[string]string{"labbroker.toml": "acess = \"open\"\n"}, args: free, want: `"acess"`},
		{name: "bad toml", files: map[string]string{"labbroker.toml": "access = \n"}, args: free, want: "line 1"},
		{name: "bad value in toml", files: map[string]string{"labbroker.toml": "session-rate = \"fast\"\n"}, args: free, want: "fast"},
		{name: "missing settings file", args: append(free, "--config", "other.toml"), want: "other.toml"},
		{name: "bad environment", env: []string{"LABBROKER_SIMULATE=many"}, args: free, want: "many"},
		{name: "MQTT port in use", args: []string{"--mqtt-addr", busy, "--http-addr", "127.0.0.1:0"}, want: "in use"},
		{name: "HTTP port in use", args: []string{"--http-addr", busy, "--mqtt-addr", "127.0.0.1:0"}, want: "in use"},
		{name: "one port for both", args: []string{"--mqtt-addr", "127.0.0.1:39183", "--http-addr", "127.0.0.1:39183"}, want: "a port of its own"},
		{name: "one port for both, in other words", args: []string{"--mqtt-addr", "127.0.0.1:39184", "--http-addr", "localhost:39184"}, want: "in use"},
		{name: "foreign accounts", files: map[string]string{"lab/accounts.jsonl": "{\"name\": \"Ada\"}\n"}, args: append(free, "--data", "lab"), want: "accounts.jsonl"},
		{name: "data is a file", files: map[string]string{"file": "x"}, args: append(free, "--data", "file"), want: "file"},
		{name: "data below a file", files: map[string]string{"file": "x"}, args: append(free, "--data", "file/data"), want: "file"},
		{name: "foreign folder", files: map[string]string{"photos/cat.jpg": "meow"}, args: append(free, "--data", "photos"), want: "photos"},
		{name: "foreign database", files: map[string]string{"lab/labbroker.db": "not a database"}, args: append(free, "--data", "lab"), want: "labbroker.db"},
		{name: "nobody to reset", args: []string{"reset", "ada", "--data", "nowhere"}, want: "nowhere"},
		{name: "nobody to link", args: []string{"instructor-link", "--data", "nowhere"}, want: "nowhere"},
		{name: "foreign class", files: map[string]string{"lab/class.json": "{}", "lab/accounts.jsonl": ""}, args: append(free, "--data", "lab"), want: "class.json"},
		{name: "no bus", args: []string{"sensor", "--bus", "/dev/i2c-none", "--session", "ada", "--password", "x"}, want: "/dev/i2c-none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range tt.files {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			before := listing(t, dir)
			got := refuse(t, dir, tt.env, tt.args...)
			if !strings.HasPrefix(got, "labbroker: ") || strings.Contains(got, "\n") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want one sentence with %q", got, tt.want)
			}
			if after := listing(t, dir); after != before {
				t.Errorf("the folder changed:\ngot  %s\nwant %s", after, before)
			}
		})
	}
}

// listing is every path below dir with its content.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var s strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			s.WriteString(path + "\n")
			return err
		}
		b, err := os.ReadFile(path)
		s.WriteString(path + ": " + string(b) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.String()
}

// TestUnwritableFolder needs a folder that even root cannot write to.
func TestUnwritableFolder(t *testing.T) {
	t.Parallel()
	got := refuse(t, t.TempDir(), nil, "--mqtt-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--data", "/proc/labbroker")
	if !strings.Contains(got, "/proc/labbroker") || strings.Contains(got, "\n") {
		t.Errorf("got %q, want one sentence that names the folder", got)
	}
}
