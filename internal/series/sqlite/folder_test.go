package sqlite

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"labbroker/internal/series"
	"labbroker/internal/series/seriestest"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// content is the folder's files and what is in them.
func content(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %d %x\n", path, info.ModTime().UnixNano(), data)
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return b.String()
}

func tool(t *testing.T, dir, script string) {
	t.Helper()
	if out, err := exec.Command("sqlite3", filepath.Join(dir, fileName), script).CombinedOutput(); err != nil {
		t.Fatalf("sqlite3: %v: %s", err, out)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir string) string // returns the folder to open
		want error
		says string
	}{
		{"missing", func(t *testing.T, dir string) string { return filepath.Join(dir, "a", "b") }, nil, ""},
		{"empty", func(t *testing.T, dir string) string { return dir }, nil, ""},
		{"a mount point's litter", func(t *testing.T, dir string) string {
			_ = os.Mkdir(filepath.Join(dir, "lost+found"), 0o700)
			return dir
		}, nil, ""},
		{"only a configuration", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "labbroker.toml"), "")
			write(t, filepath.Join(dir, "notes.txt"), "")
			return dir
		}, nil, ""},
		{"empty file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, fileName), "")
			return dir
		}, nil, ""},
		{"someone's files", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "thesis.tex"), "x")
			return dir
		}, ErrForeign, "thesis.tex"},
		{"no SQLite", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, fileName), strings.Repeat("hello ", 100))
			return dir
		}, ErrForeign, "no SQLite file"},
		{"short", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, fileName), "hello")
			return dir
		}, ErrForeign, "no SQLite file"},
		{"another program's", func(t *testing.T, dir string) string {
			tool(t, dir, "CREATE TABLE t(x); PRAGMA user_version=1")
			return dir
		}, ErrForeign, "another program"},
		{"newer", func(t *testing.T, dir string) string {
			tool(t, dir, fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=77; CREATE TABLE t(x)", application))
			return dir
		}, ErrNewer, "version is 77"},
		{"a file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "f"), "x")
			return filepath.Join(dir, "f")
		}, ErrUnwritable, "is a file"},
		{"below a file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "f"), "x")
			return filepath.Join(dir, "f", "data")
		}, ErrUnwritable, "data"},
		{"unwritable", func(t *testing.T, dir string) string { return "/proc/labbroker-data" }, ErrUnwritable, "/proc/labbroker-data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			dir := c.make(t, base)
			before := content(t, base)
			err := Check(dir)
			if c.name == "unwritable" && err == nil {
				// The superuser may write everywhere; the kernel says so only then.
				_, err = Open(dir, Options{})
			}
			if !errors.Is(err, c.want) || c.want != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatalf("Check: got %v, want %v with %q", err, c.want, c.says)
			}
			if got := content(t, base); got != before {
				t.Errorf("Check changed the folder: got %s, want %s", got, before)
			}
			if c.want == nil {
				open(t, dir, Options{})
				return
			}
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("error: got %q, want one line", err)
			}
			if _, err := Open(dir, Options{}); !errors.Is(err, c.want) {
				t.Errorf("Open: got %v, want %v", err, c.want)
			}
			if got := content(t, base); got != before {
				t.Errorf("Open changed the folder: got %s, want %s", got, before)
			}
		})
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("Open twice: got %v, want ErrLocked", err)
	}
	if err := Check(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("Check: got %v, want ErrLocked", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Check(dir); err != nil {
		t.Errorf("Check after Close: got %v, want nil", err)
	}
	if _, err := os.Stat(filepath.Join(dir, fileName+"-wal")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log after Close: got %v, want none", err)
	}
}

// TestMigrate opens a file of this version with a program that is two ahead.
func TestMigrate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	id := put(t, s, "ada", "x", readingColumns, series.Row{Time: at, Values: []float64{5, 80, 400}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	now := len(steps) + 1
	newer := append(slices.Clone(steps), "ALTER TABLE series ADD COLUMN note TEXT DEFAULT 'none'", "UPDATE series SET note = name || '!'")

	broken := Options{steps: append(slices.Clone(newer[:now]), "UPDATE nothing SET x = 1")}
	if _, err := Open(dir, broken); err == nil {
		t.Fatal("a step that fails: got no error")
	}
	if got := sqlite3(t, dir, "PRAGMA user_version"); got != fmt.Sprint(now) {
		t.Fatalf("version after a step that failed: got %s, want %d", got, now)
	}

	s = open(t, dir, Options{steps: newer})
	if got := seriestest.Read(t, s, id, series.Query{}); len(got) != 1 || got[0].Values[2] != 400 {
		t.Errorf("rows: got %v, want the one from before", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"PRAGMA user_version":           fmt.Sprint(now + 2),
		"SELECT note FROM series":       "x!",
		"SELECT power_mW FROM readings": "400.0",
		"PRAGMA application_id":         fmt.Sprint(application),
	} {
		if got := sqlite3(t, dir, query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	backup := filepath.Join(dir, fmt.Sprintf("labbroker-v%d-backup.db", now))
	out, err := exec.Command("sqlite3", backup, "PRAGMA user_version; SELECT power_mW FROM readings").CombinedOutput()
	if string(out) != fmt.Sprintf("%d\n400.0\n", now) {
		t.Errorf("backup: got %s, %v, want version %d and the row", out, err, now)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("the older program: got %v, want ErrNewer", err)
	}
}
