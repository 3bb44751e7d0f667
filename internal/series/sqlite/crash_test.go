package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/seriestest"
)

const crashEnv = "LABBROKER_TEST_CRASH"

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		fmt.Println(appendForever(dir))
		os.Exit(1)
	}
	if dir := os.Getenv(renameEnv); dir != "" {
		fmt.Println(renameForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// appendForever appends to several series and prints each series' value and
// Seq that a commit has told; and it adds runs and prints their numbers.
func appendForever(dir string) error {
	out := bufio.NewWriter(os.Stdout)
	var mu sync.Mutex // guards out
	s, err := Open(dir, Options{tailRows: 3000, Committed: func(list []series.Committed) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range list {
			if n := len(c.Rows); n > 0 {
				fmt.Fprintln(out, "kept", c.Info.Name, int64(c.Rows[n-1].Values[0]), c.Rows[n-1].Seq)
			}
		}
		out.Flush()
	}})
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		id, err := s.Define("ada", "s0", readingColumns[:1])
		for err == nil {
			var r series.Run
			r, err = s.AddRun(context.Background(), series.Run{Session: "ada", Series: id, Name: "n"})
			mu.Lock()
			fmt.Fprintln(out, "kept", "run", r.ID, 0)
			out.Flush()
			mu.Unlock()
		}
	})
	for i := range 5 {
		wg.Go(func() {
			name := fmt.Sprintf("s%d", i)
			begin := int64(0)
			if info, err := s.Get(context.Background(), "ada", name); err == nil {
				begin = info.Rows
			}
			id, err := s.Define("ada", name, readingColumns[:1])
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for n := begin; err == nil; n++ {
				if n%5 == 0 {
					<-tick.C
				}
				err = s.Append(series.Batch{Series: id, Rows: []series.Row{{Time: n, Values: []float64{float64(n)}}}})
			}
		})
	}
	wg.Wait()
	return s.Close()
}

// TestKill kills a process that appends, again and again, and looks for every
// row whose commit it told.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lastSeq := int64(0)
	for round := range 4 {
		told, seq := killed(t, dir, 40*(round+1))
		if seq <= lastSeq {
			t.Fatalf("round %d: got seq %d after %d", round, seq, lastSeq)
		}
		lastSeq = seq
		s := open(t, dir, Options{})
		for name, want := range told {
			if name == "run" {
				if _, err := s.Run(context.Background(), "ada", want); err != nil {
					t.Fatalf("round %d: run %d: %v", round, want, err)
				}
				continue
			}
			info, err := s.Get(context.Background(), "ada", name)
			if err != nil {
				t.Fatalf("round %d: Get(%s): %v", round, name, err)
			}
			rows := seriestest.Read(t, s, info.ID, series.Query{})
			if int64(len(rows)) <= want || info.Rows != int64(len(rows)) {
				t.Fatalf("round %d: %s: got %d rows (info %d), want more than %d", round, name, len(rows), info.Rows, want)
			}
			for i, r := range rows {
				if r.Values[0] != float64(i) {
					t.Fatalf("round %d: %s: row %d: got value %v", round, name, i, r.Values[0])
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := sqlite3(t, dir, "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("integrity_check: got %q, want ok", got)
	}
	if got := sqlite3(t, dir, "SELECT count(*) - count(DISTINCT seq) FROM readings"); got != "0" {
		t.Errorf("rows seen twice in the view: got %s, want 0", got)
	}
}

// killed runs the process until it has told some commits and returns the last
// value told of each series, and the greatest Seq.
func killed(t *testing.T, dir string, lines int) (told map[string]int64, seq int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	told = map[string]int64{}
	scan := bufio.NewScanner(out)
	for n := 0; scan.Scan(); n++ {
		f := strings.Fields(scan.Text())
		if len(f) != 4 || f[0] != "kept" {
			if n < lines { // the last line may be torn
				t.Fatalf("the process said %q", scan.Text())
			}
			continue
		}
		value, _ := strconv.ParseInt(f[2], 10, 64)
		told[f[1]] = value
		if s, _ := strconv.ParseInt(f[3], 10, 64); s > seq {
			seq = s
		}
		if n == lines {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if len(told) != 6 {
		t.Fatalf("the process told of %d series and runs, want 6", len(told))
	}
	return told, seq
}

// sqlite3 asks the command line tool, as a user would while the server runs.
func sqlite3(t *testing.T, dir, query string) string {
	t.Helper()
	cmd := exec.Command("sqlite3", "-readonly", dir+"/"+fileName, query)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("sqlite3 %q: %v: %s", query, err, out)
	}
	return strings.TrimSpace(string(out))
}
