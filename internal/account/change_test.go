package account

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// changes is what OnChange said, "+" before what was added and "-" before what
// was removed.
type changes []string

func (c *changes) note(added, removed []string) {
	for _, name := range added {
		*c = append(*c, "+"+name)
	}
	for _, name := range removed {
		*c = append(*c, "-"+name)
	}
}

func (c *changes) check(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(*c, changes(want)) {
		t.Errorf("OnChange: got %q, want %q", *c, want)
	}
}

// TestChanges: each is told once, as it stands in the end.
func TestChanges(t *testing.T) {
	t.Parallel()
	const claimed = `{"op":"session","session":"%s"}` + "\n"
	const removed = `{"op":"remove","session":"%s"}` + "\n"
	roster := Options{Mode: ModeRoster, Roster: []Entry{{Session: "Ada", Password: "x"}}}
	tests := []struct {
		name     string
		o        Options
		appended string
		want     []string
	}{
		{"one", Options{}, fmt.Sprintf(claimed, "bob"), []string{"+bob"}},
		{"twice", Options{}, fmt.Sprintf(claimed+claimed, "bob", "BOB"), []string{"+bob"}},
		{"came and went", Options{}, fmt.Sprintf(claimed+removed, "bob", "bob"), []string{"-bob"}},
		{"spelt anew", Options{}, fmt.Sprintf(claimed+removed+claimed, "bob", "bob", "BOB"), []string{"+BOB"}},
		{"removed, nobody", Options{}, fmt.Sprintf(removed, "bob"), nil},
		{"removed, in the roster", roster, fmt.Sprintf(claimed+removed, "ada", "ada"), []string{"+Ada"}},
		{"a reset", Options{}, fmt.Sprintf(claimed+`{"op":"reset","session":"bob"}`+"\n", "bob"), []string{"+bob"}},
	}
	for _, tt := range tests {
		var heard changes
		path := file(t)
		tt.o.OnChange = heard.note
		b := open(t, path, tt.o)
		write(t, path, read(t, path)+tt.appended)
		follow(t, b)
		t.Log(tt.name)
		heard.check(t, tt.want...)
	}
}

// TestRespelt: a file in the place of the old one spells a name anew.
func TestRespelt(t *testing.T) {
	t.Parallel()
	path := file(t)
	var heard changes
	b := open(t, path, Options{Mode: ModeOpen, OnChange: heard.note})
	login(t, b, "alice", "", "alice", nil)
	login(t, b, "bob", "", "bob", nil)
	write(t, path+".tmp", header+`{"op":"session","session":"ALICE"}`+"\n"+`{"op":"session","session":"carol"}`+"\n")
	if err := os.Rename(path+".tmp", path); err != nil {
		t.Fatal(err)
	}
	follow(t, b)
	slices.Sort(heard)
	heard.check(t, "+ALICE", "+alice", "+bob", "+carol", "-bob")
}

// TestLateSync: that a session exists is on the disk after a while, a password
// at once, and all of it when the book is closed.
func TestLateSync(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{Mode: ModeOpen, late: time.Hour})
	login(t, b, "alice", "", "alice", nil)
	if !b.unsynced() {
		t.Error("after a session without a password: got synced")
	}
	if got := read(t, path); !strings.Contains(got, `"alice"`) {
		t.Errorf("got %q, want the line written", got)
	}
	if err := b.SetInstructor("teach"); err != nil {
		t.Fatal(err)
	}
	if b.unsynced() {
		t.Error("after a password: got unsynced")
	}
	login(t, b, "bob", "", "bob", nil)
	if err := b.journal.sync(); err != nil || b.unsynced() {
		t.Errorf("sync: got %v, want all on the disk", err)
	}
}

// TestRunSyncs within 100 ms, and while nothing comes not at all.
func TestRunSyncs(t *testing.T) {
	t.Parallel()
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		b := open(t, path, Options{Mode: ModeOpen, poll: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx) }()
		for range 3 {
			for i := range 5 {
				if _, err := b.Bind(fmt.Sprint("s", time.Now().UnixNano(), "-", i)); err != nil {
					t.Fatal(err)
				}
			}
			began := time.Now()
			for b.unsynced() {
				<-time.After(time.Millisecond)
				synctest.Wait()
			}
			if took := time.Since(began); took > 101*time.Millisecond {
				t.Errorf("synced after %v, want 100 ms", took)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func (b *Book) unsynced() bool {
	b.journal.io.Lock()
	defer b.journal.io.Unlock()
	return b.journal.unsynced
}

// BenchmarkNewSession is a client of open access with a name that nobody had.
func BenchmarkNewSession(b *testing.B) {
	book, err := Open(b.TempDir()+"/accounts.jsonl", Options{Mode: ModeOpen, OnChange: func(_, _ []string) {}})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n++; n%5000 == 0 {
			b.StopTimer()
			book.mu.Lock()
			clear(book.state.sessions)
			book.mu.Unlock()
			b.StartTimer()
		}
		if _, err := book.Login(fmt.Sprint("s", n), "pw"); err != nil {
			b.Fatal(err)
		}
	}
}
