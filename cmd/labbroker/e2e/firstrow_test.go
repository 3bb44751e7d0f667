package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstRow is the first thing anybody tries: one mosquitto_pub is a row of
// the API, and the row survives kill -9.
func TestFirstRow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, Options{Data: dir + "/data"})
	publish(t, s, "alice", "s3cret", "alice/mcu/ina219", `{"voltage":5.012,"current_mA":81.3}`)
	a := waitRows(t, s, "alice", "s3cret", "mcu/ina219", 1)
	check := func(a *rowsAnswer) {
		t.Helper()
		if len(a.Columns) != 2 || a.Columns[0].Unit != "V" || a.Columns[1].Unit != "mA" || a.Columns[1].Guessed {
			t.Errorf("columns: got %+v, want V and mA, not guessed", a.Columns)
		}
		if len(a.Rows) != 1 || a.Rows[0][2] != 5.012 || a.Rows[0][3] != 81.3 {
			t.Errorf("rows: got %v, want one with 5.012 and 81.3", a.Rows)
		}
	}
	check(a)

	s.Kill()
	s = startServer(t, Options{Data: dir + "/data"})
	check(waitRows(t, s, "alice", "s3cret", "mcu/ina219", 1))

	_, body := s.Get(t, "alice", "s3cret", "/api/sessions/alice/rows.csv?series=mcu/ina219")
	if got := strings.SplitN(string(body), "\n", 2)[0]; strings.TrimRight(got, "\r") != "time,elapsed_s,voltage_V,current_mA" {
		t.Errorf("CSV heading: got %q", got)
	}
}

// TestInterrupt: Ctrl-C ends a busy server in order, also with a connection
// that never said CONNECT, and what was acknowledged is in the history.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, Options{Data: dir + "/data", Args: []string{"--simulate", "3"}})
	silent, err := net.Dial("tcp", s.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	b := dial(t, s)
	if code := b.connect("b1", "alice", "pw"); code != 0 {
		t.Fatalf("CONNACK: got %d, want 0", code)
	}
	const n = 500
	for i := range n {
		b.publish1("alice/x", fmt.Sprintf(`{"voltage": %d}`, i))
	}
	took, err := s.Interrupt(t)
	t.Logf("Ctrl-C took %v", took)
	if err != nil {
		t.Errorf("the server's end: got %v, want exit code 0", err)
	}
	s = startServer(t, Options{Data: dir + "/data"})
	if a := waitRows(t, s, "alice", "pw", "x", n); len(a.Rows) != n {
		t.Errorf("got %d rows, want %d", len(a.Rows), n)
	}
}

// TestSimulated: `--simulate 3` shows moving charts by itself, in every
// access mode, and the simulated sessions are gone after the end.
func TestSimulated(t *testing.T) {
	t.Parallel()
	for _, access := range []string{"claim", "roster", "open"} {
		t.Run(access, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"--simulate", "3", "--access", access}
			if access == "roster" {
				file := filepath.Join(dir, "class.csv")
				if err := os.WriteFile(file, []byte("name,session,password\nAda,ada,s3cret\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--roster", file)
			}
			s := startServer(t, Options{Data: dir + "/data", Args: args})
			var sessions []struct {
				Session   string
				Simulated bool
				Messages  int
			}
			list := func() {
				code, body := s.Get(t, "instructor", teacher, "/api/sessions")
				if err := json.Unmarshal(body, &sessions); code != 200 || err != nil {
					t.Fatalf("sessions: got %d %s %v", code, body, err)
				}
			}
			eventually(t, func() string {
				list()
				n := 0
				for _, x := range sessions {
					if x.Simulated && x.Messages > 5 {
						n++
					}
				}
				if n != 3 {
					return fmt.Sprintf("three simulated sessions with messages: %+v", sessions)
				}
				return ""
			})
			if _, err := s.Interrupt(t); err != nil {
				t.Errorf("the server's end: got %v", err)
			}
			s = startServer(t, Options{Data: dir + "/data", Args: args[2:]})
			list()
			for _, x := range sessions {
				if x.Simulated {
					t.Errorf("after a restart: got the simulated session %s, want none", x.Session)
				}
			}
		})
	}
}

// TestCourseClient: the course's unchanged client, without user name, works
// under open access; under claim it is refused with code 4 and finds itself
// on the first page, with what to change.
func TestCourseClient(t *testing.T) {
	t.Parallel()
	t.Run("open", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, Options{Args: []string{"--access", "open"}})
		b := dial(t, s)
		if code := b.connect("a1b2c3", "", ""); code != 0 {
			t.Fatalf("CONNACK: got %d, want 0", code)
		}
		b.publish1("wiggle/new_series", `["IV", "Voltage [V]", "Current [mA]"]`)
		b.publish1("wiggle/data", `["IV", 0.5, 12.5]`)
		a := waitRows(t, s, "wiggle", "any", "IV", 1)
		if a.Columns[1].Unit != "mA" || a.Rows[0][3] != 12.5 {
			t.Errorf("got %+v, want 12.5 mA", a)
		}
	})
	t.Run("claim", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, Options{})
		if code := dial(t, s).connect("a1b2c3", "", ""); code != 4 {
			t.Fatalf("CONNACK: got %d, want 4", code)
		}
		code, body := s.Get(t, "", "", "/api/info")
		var info struct {
			Refused []struct{ Client, Text string }
		}
		if err := json.Unmarshal(body, &info); code != 200 || err != nil {
			t.Fatalf("info: got %d %s", code, body)
		}
		if len(info.Refused) != 1 || !strings.HasSuffix("a1b2c3", info.Refused[0].Client) || info.Refused[0].Text == "" {
			t.Errorf("refused: got %+v, want the client and what to change", info.Refused)
		}
		_, page := s.Get(t, "", "", "/")
		if !strings.Contains(string(page), "a1b2c3") {
			t.Errorf("the first page does not list the refused client")
		}
	})
}

// TestRefusedPublish: a QoS 1 publish outside the prefix is acknowledged, its
// sender stays connected and reads the sentence on <session>/errors.
func TestRefusedPublish(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := dial(t, s)
	if code := b.connect("b1", "ada", "pw"); code != 0 {
		t.Fatalf("CONNACK: got %d, want 0", code)
	}
	if code := b.subscribe("ada/errors", 0); code != 0 {
		t.Fatalf("SUBACK: got %d, want 0", code)
	}
	b.publish1("data", "1")
	topic, text := b.message()
	if topic != "ada/errors" || !strings.Contains(text, "`ada/data`") {
		t.Errorf("got %q %q, want the way out on ada/errors", topic, text)
	}
	b.publish1("ada/data", "2")
	if n := notices(t, s, "ada", "pw"); len(n) == 0 {
		t.Error("got no notice in the API")
	}
}
