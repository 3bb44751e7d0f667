package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/seriestest"
)

// TestRenameSurvives: after a restart the session is the renamed one, tails
// and folded rows alike.
func TestRenameSurvives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{tailRows: 100})
	id, err := s.Define("ada", "x", readingColumns[:1])
	if err != nil {
		t.Fatal(err)
	}
	for n := range 250 {
		if err := s.Append(series.Batch{Series: id, Rows: []series.Row{{Time: int64(n), Values: []float64{float64(n)}}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RenameSession(context.Background(), "ada", "Eve"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	info, err := s.Get(context.Background(), "eve", "x")
	if err != nil || info.Rows != 250 || info.Session != "Eve" {
		t.Fatalf("got %+v %v, want Eve's 250 rows", info, err)
	}
	if got := sqlite3(t, dir, "SELECT group_concat(DISTINCT session) FROM numbers"); got != "Eve" {
		t.Errorf("in the file: got the sessions %q, want Eve", got)
	}
}

// TestRenameRefused: a name that the file refuses changes nothing, in memory
// or in the file.
func TestRenameRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	id, err := s.Define("ada", "x", readingColumns[:1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutPlot(context.Background(), series.Plot{Session: "ada", Series: id, File: "f"}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	s.mu.Lock()
	s.test = append(s.test, func(d *db) { // a plot of nobody's, which the last of the three tables stumbles over
		done <- d.exec("INSERT INTO plots(key, session, series, series_name, kind, file, options, first, last, time, message, rollover) VALUES ('eve','eve',0,'','','f','',0,0,0,'',0)")
	})
	s.wake()
	s.mu.Unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var refused *sqlError
	if err := s.RenameSession(context.Background(), "ada", "eve"); !errors.As(err, &refused) {
		t.Fatalf("got %v, want SQLite's refusal", err)
	}
	if info, err := s.Get(context.Background(), "ada", "x"); err != nil || info.Session != "ada" {
		t.Errorf("in memory: got %+v %v, want ada's", info, err)
	}
	if got := sqlite3(t, dir, "SELECT group_concat(key || ' ' || session) FROM series"); got != "ada ada" {
		t.Errorf("in the file: got %q, want ada's", got)
	}
}

const renameEnv = "LABBROKER_TEST_RENAME"

// renameForever renames a session back and forth and says so.
func renameForever(dir string) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	from, to := "ada", "eve"
	if list, err := s.List(ctx, to); err != nil {
		return err
	} else if len(list) > 0 {
		from, to = to, from
	}
	for _, name := range []string{"x", "y", "z"} {
		id, err := s.Define(from, name, readingColumns[:1])
		if err != nil {
			return err
		}
		if _, err := s.AddRun(ctx, series.Run{Session: from, Series: id, Name: "n"}); err != nil {
			return err
		}
		if _, err := s.PutPlot(ctx, series.Plot{Session: from, Series: id, File: name}); err != nil {
			return err
		}
	}
	for {
		if err := s.RenameSession(ctx, from, to); err != nil {
			return err
		}
		fmt.Println("renamed")
		from, to = to, from
	}
}

// TestRenameKilled kills a process in the middle of renaming: all has the one
// name or all the other.
func TestRenameKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), renameEnv+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		scan := bufio.NewScanner(out)
		n := 0
		for scan.Scan() {
			if !strings.HasPrefix(scan.Text(), "renamed") {
				t.Errorf("the process said %q", scan.Text())
			}
			if n++; n == 3+round {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
		stop.Stop()
		if n < 3+round {
			t.Fatalf("round %d: got %d renames", round, n)
		}
		s := open(t, dir, Options{})
		found := 0
		for _, name := range []string{"ada", "eve"} {
			list, err := s.List(context.Background(), name)
			if err != nil {
				t.Fatal(err)
			}
			runs, err := s.Runs(context.Background(), name)
			if err != nil {
				t.Fatal(err)
			}
			plots, err := s.Plots(context.Background(), name)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprint(len(list), len(runs), len(plots)), fmt.Sprint(3, 3*(round+1), 3); got == want {
				found++
			} else if got != "0 0 0" {
				t.Errorf("round %d: %s has %s series, runs and plots, want all (%s) or none", round, name, got, want)
			}
		}
		if found != 1 {
			t.Errorf("round %d: %d sessions have all, want one", round, found)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := sqlite3(t, dir, "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("integrity_check: got %q, want ok", got)
	}
}

var _ seriestest.Store = (*Store)(nil)
