package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// follow does what Run does every second.
func follow(t *testing.T, b *Book) {
	t.Helper()
	if err := b.look(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

const header = `{"op":"labbroker-accounts","version":1}` + "\n"

func TestReset(t *testing.T) {
	t.Parallel()
	path := file(t)
	var reset []string
	b := open(t, path, Options{OnReset: func(s string) { reset = append(reset, s) }})
	login(t, b, "Alice", "first", "Alice", nil)
	login(t, b, "bob", "b", "bob", nil)
	key, err := b.NewKey("Alice")
	if err != nil {
		t.Fatal(err)
	}
	if err := Reset(path, "carol"); !errors.Is(err, ErrUnknown) {
		t.Errorf("nobody: got %v, want %v", err, ErrUnknown)
	}
	if err := Reset(path, "ALICE"); err != nil {
		t.Fatal(err)
	}
	follow(t, b)
	if got, want := fmt.Sprint(reset), "[Alice]"; got != want {
		t.Errorf("OnReset: got %s, want %s", got, want)
	}
	if _, ok := b.KeySession(key); ok {
		t.Error("the key outlived the reset")
	}
	check(t, b, "alice", "first", "", ErrUnknown)
	login(t, b, "ALICE", "second", "Alice", nil) // in its old spelling
	login(t, b, "alice", "first", "", ErrPassword)
	login(t, b, "bob", "b", "bob", nil)

	// The instructor's that was given at start ends by another, until the next
	// start.
	reset = nil
	given := open(t, path, Options{Instructor: "given", OnReset: func(s string) { reset = append(reset, s) }})
	stamp := given.Stamp("instructor")
	if err := b.SetInstructor("another"); err != nil {
		t.Fatal(err)
	}
	follow(t, given)
	login(t, given, "instructor", "another", "instructor", nil)
	login(t, given, "instructor", "given", "", ErrPassword)
	if got, want := fmt.Sprint(reset), "[instructor]"; got != want {
		t.Errorf("OnReset: got %s, want %s", got, want)
	}
	if given.Stamp("instructor") == stamp {
		t.Error("the instructor's cookie outlived the reset")
	}

	if err := Reset(path+"x", "alice"); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("no file: got %v, want that it cannot be read", err)
	}
	if _, err := os.Stat(path + "x.lock"); err == nil {
		t.Error("no file: a lock was left behind")
	}
}

// OnReset may use the book as it likes, and others may too meanwhile.
func TestOnResetHoldsNothing(t *testing.T) {
	t.Parallel()
	path := file(t)
	var b *Book
	calls := 0
	b = open(t, path, Options{OnReset: func(name string) {
		if calls++; calls == 1 {
			login(t, b, name, "again", name, nil)
			if err := b.Remove(name); err != nil {
				t.Error(err)
			}
		}
	}})
	login(t, b, "alice", "a", "alice", nil)
	if err := b.Remove("alice"); err != nil {
		t.Fatal(err)
	}
	if calls != 2 || len(b.Names()) != 0 {
		t.Errorf("got %d calls, sessions %q, want 2 and none", calls, b.Names())
	}
}

// A reset that the server has not read yet comes before a claim that it
// writes: the order is the file's.
func TestResetThenClaim(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	login(t, b, "alice", "first", "alice", nil)
	if err := Reset(path, "alice"); err != nil {
		t.Fatal(err)
	}
	login(t, b, "bob", "b", "bob", nil)
	login(t, b, "alice", "second", "alice", nil)
}

func TestRunFollows(t *testing.T) {
	t.Parallel()
	path := file(t)
	reset := make(chan string, 1)
	b := open(t, path, Options{poll: time.Millisecond, OnReset: func(s string) { reset <- s }})
	login(t, b, "alice", "first", "alice", nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	if err := Reset(path, "alice"); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-reset:
		if got != "alice" {
			t.Errorf("got %q, want alice", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("the reset was not seen")
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: got %v, want no error", err)
	}
}

func TestForeignFile(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, data, want string }{
		{"text", "hello\n", "is not a file of labbroker's accounts"},
		{"text without an end", "hello", "is not a file of labbroker's accounts"},
		{"other JSON", `{"a":1}` + "\n", "is not a file of labbroker's accounts"},
		{"newer", `{"op":"labbroker-accounts","version":2}` + "\n", "was written by a newer labbroker (format 2, this one reads 1)"},
	}
	for _, tt := range tests {
		path := file(t)
		write(t, path, tt.data)
		for name, f := range map[string]func() error{
			"Open": func() error { _, err := Open(path, Options{}); return err },
			"Reset": func() error {
				return Reset(path, "alice")
			},
		} {
			if err := f(); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("%s, %s: got %v, want %s", tt.name, name, err, tt.want)
			}
		}
		if got := read(t, path); got != tt.data {
			t.Errorf("%s: the file was changed to %q", tt.name, got)
		}
	}
	if _, err := Open(t.TempDir(), Options{}); err == nil {
		t.Error("a folder: got no error")
	}
	if _, err := Open(file(t)+"/x/y", Options{}); err == nil {
		t.Error("no folder: got no error")
	}
}

func TestCompaction(t *testing.T) {
	t.Parallel()
	path := file(t)
	var s strings.Builder
	s.WriteString(header)
	s.WriteString(`{"op":"tomorrow","session":"alice","much":true}` + "\n")
	s.WriteString(`{"op":"claim","session":"Alice","hash":"` + cheap.hash("old") + `"}` + "\n")
	s.WriteString(`{"op":"key","session":"alice","sum":"` + strings.Repeat("ab", 32) + `"}` + "\n")
	s.WriteString(`{"op":"reset","session":"alice"}` + "\n")
	for i := range 300 {
		fmt.Fprintf(&s, `{"op":"session","session":"sim-%d"}`+"\n"+`{"op":"remove","session":"sim-%[1]d"}`+"\n", i)
	}
	s.WriteString(`{"op":"claim","session":"bob","hash":"` + cheap.hash("b") + `","note":"kept"}` + "\n")
	s.WriteString(`{"op":"session","session":"carol"}` + "\n")
	write(t, path, s.String())
	b := open(t, path, Options{})
	data := read(t, path)
	if n := strings.Count(data, "\n"); n != 6 {
		t.Errorf("got %d lines, want header, secret, three sessions and the unknown one:\n%s", n, data)
	}
	for _, want := range []string{`"op":"tomorrow"`, `"much":true`, `"note":"kept"`, `"session":"Alice"`} {
		if !strings.Contains(data, want) {
			t.Errorf("lost %s:\n%s", want, data)
		}
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v, want 0600", st.Mode(), err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, path, Options{})
	login(t, b, "bob", "b", "bob", nil)
	login(t, b, "ALICE", "new", "Alice", nil)
}

func TestModeIsTightened(t *testing.T) {
	t.Parallel()
	path := file(t)
	if err := os.WriteFile(path, []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, path, Options{})
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want 0600", st.Mode(), err)
	}
}

// A backup that is put in the file's place is read; a file that is gone is
// written anew.
func TestReplacedFile(t *testing.T) {
	t.Parallel()
	path := file(t)
	var heard changes
	reset := map[string]bool{}
	b := open(t, path, Options{OnChange: heard.note, OnReset: func(s string) { reset[s] = true }})
	login(t, b, "alice", "a", "alice", nil)
	backup := read(t, path)
	login(t, b, "bob", "b", "bob", nil)

	write(t, path+".tmp", backup)
	if err := os.Rename(path+".tmp", path); err != nil {
		t.Fatal(err)
	}
	follow(t, b)
	if got, want := fmt.Sprint(b.Names(), reset), "[alice] map[bob:true]"; got != want {
		t.Errorf("replaced: got %s, want %s", got, want)
	}
	heard.check(t, "+alice", "+bob", "-bob")
	login(t, b, "carol", "c", "carol", nil)

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	follow(t, b)
	login(t, b, "dora", "d", "dora", nil)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, path, Options{})
	if got, want := fmt.Sprint(b.Names()), "[alice carol dora]"; got != want {
		t.Errorf("removed: got %s, want %s", got, want)
	}
	login(t, b, "alice", "a", "alice", nil)
}

// What cannot be written is not granted.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	login(t, b, "alice", "a", "alice", nil)
	if err := b.journal.file.Close(); err != nil {
		t.Fatal(err)
	}
	login(t, b, "bob", "b", "", ErrUnavailable)
	login(t, b, "alice", "a", "alice", nil)
	if got, want := fmt.Sprint(b.Names()), "[alice]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := b.Remove("alice"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Remove: got %v, want %v", err, ErrUnavailable)
	}
}

// Appends that come while one is being written share one write, and all are
// applied in the file's order.
func TestAppendsAreGrouped(t *testing.T) {
	t.Parallel()
	b := open(t, file(t), Options{Mode: ModeOpen})
	var mu sync.Mutex
	groups, lines := 0, 0
	apply := b.journal.apply
	b.journal.apply = func(l [][]byte, own []record) {
		mu.Lock()
		groups++
		lines += bytes.Count(bytes.Join(l, []byte{'\n'}), []byte{'{'})
		mu.Unlock()
		apply(l, own)
	}
	b.journal.io.Lock() // the disk is slow
	const n = 50
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, err := b.Bind(fmt.Sprint("s", i)); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "all appends wait", func() bool {
		b.journal.mu.Lock()
		defer b.journal.mu.Unlock()
		return bytes.Count(b.journal.batch.data, []byte{'\n'}) == n
	})
	b.journal.io.Unlock()
	wg.Wait()
	if groups != 1 || lines != n || len(b.Names()) != n {
		t.Errorf("got %d lines in %d groups, %d names, want %d in 1", lines, groups, len(b.Names()), n)
	}
}
