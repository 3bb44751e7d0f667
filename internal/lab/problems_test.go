package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProblems: kinds of mistakes are counted by session and lab, written in
// groups, and known to a book that finds the file after a kill.
func TestProblems(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "labs.jsonl")
	synctest.Test(t, func(t *testing.T) {
		b := open(t, path, &store{}, Options{Out: func(name string) bool { return name == "archived" }})
		stop := run(t, b)
		b.Problem("ada", 1) // before the lab
		l := start(t, b)
		size := func() int64 {
			st, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			return st.Size()
		}
		before := size()
		for range 1000 {
			b.Problem("ada", 1)
			b.Problem("ADA", 2)
			b.Problem("bob", 1)
			b.Problem("sim-1", 1)
			b.Problem("archived", 1)
		}
		synctest.Wait()
		if got := size(); got != before {
			t.Errorf("at once: got %d bytes written, want none", got-before)
		}
		time.Sleep(again)
		synctest.Wait()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), `"op":"problems"`); n != 2 {
			t.Errorf("got %d lines for 2 sessions, want 2:\n%s", n, data)
		}
		want := func(b *Book, id int64, name string, n int) {
			t.Helper()
			if got := b.Problems(id, name); got != n {
				t.Errorf("lab %d, %s: got %d problems, want %d", id, name, got, n)
			}
		}
		// As a kill leaves it, with a last mistake that was not written.
		b.Problem("ada", 3)
		killed := filepath.Join(filepath.Dir(path), "killed")
		if err := os.WriteFile(killed, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := open(t, killed, &store{}, Options{})
		defer c.Close()
		want(c, l.ID, "Ada", 2)
		want(c, l.ID, "bob", 1)
		want(c, l.ID, "sim-1", 0)
		want(c, l.ID, "archived", 0)
		c.Problem("ada", 2) // goes on over the restart: the same kind
		c.Problem("ada", 4)
		want(c, l.ID, "ada", 3)
		if err := c.Rename("ada", "eve"); err != nil {
			t.Fatal(err)
		}
		want(c, l.ID, "ada", 0)
		want(c, l.ID, "eve", 3)
		if err := c.Drop("bob"); err != nil {
			t.Fatal(err)
		}
		want(c, l.ID, "bob", 0)

		// The end makes a number of them, which stays.
		want(b, l.ID, "ada", 3)
		if err := b.End(l.ID); err != nil {
			t.Fatal(err)
		}
		b.Problem("ada", 5)
		second, err := b.Start("b", auto)
		if err != nil {
			t.Fatal(err)
		}
		b.Problem("ada", 5)
		for i := range uint32(2 * MaxProblems) {
			b.Problem("eve", i)
		}
		stop()
		b = open(t, path, &store{}, Options{})
		want(b, l.ID, "ada", 3)
		want(b, second.ID, "ada", 1)
		want(b, second.ID, "eve", MaxProblems)
		if err := b.Rename("ada", "zoe"); err != nil { // the file is written anew
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b = open(t, path, &store{}, Options{})
		defer b.Close()
		want(b, l.ID, "zoe", 3)
		want(b, second.ID, "zoe", 1)
		want(b, second.ID, "eve", MaxProblems)
		if err := b.Clear(); err != nil {
			t.Fatal(err)
		}
		want(b, l.ID, "zoe", 0)
	})
}

// TestProblemsAreKeptTogether: a class whose mistakes never end stays a small
// file, since each kind is written once.
func TestProblemsAreKeptTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "labs.jsonl")
	b := open(t, path, &store{}, Options{})
	start(t, b)
	for i := range uint32(10_000) {
		b.Problem(fmt.Sprint("s", i%100), i)
		if i%100 == 99 {
			if err := b.flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st.Size() > 1<<20 {
		t.Errorf("got %d bytes for 100 sessions with 100 kinds each, want less than 1 MB", st.Size())
	}
}

// BenchmarkProblemRepeated is what a board's thousandth mistake of a kind costs.
func BenchmarkProblemRepeated(b *testing.B) {
	book, err := Open(b.Context(), filepath.Join(b.TempDir(), "labs.jsonl"), &store{}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close()
	if _, err := book.Start("a", auto); err != nil {
		b.Fatal(err)
	}
	for i := range uint32(20) {
		book.Problem("ada", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		book.Problem("ada", 19)
	}
}
