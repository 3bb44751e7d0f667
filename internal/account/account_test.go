package account

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/session"
)

// cheap makes hashing take no time; one test uses the standard cost.
var cheap = cost{memory: 64, time: 1}

func open(t *testing.T, path string, o Options) *Book {
	t.Helper()
	if o.cost == (cost{}) {
		o.cost = cheap
	}
	b, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
	})
	return b
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "accounts.jsonl") }

func login(t *testing.T, b *Book, user, password, want string, wantErr error) {
	t.Helper()
	got, err := b.Login(user, password)
	if got != want || !errors.Is(err, wantErr) {
		t.Errorf("Login(%q, %q): got %q, %v, want %q, %v", user, password, got, err, want, wantErr)
	}
}

func check(t *testing.T, b *Book, user, password, want string, wantErr error) {
	t.Helper()
	got, err := b.Check(user, password)
	if got != want || !errors.Is(err, wantErr) {
		t.Errorf("Check(%q, %q): got %q, %v, want %q, %v", user, password, got, err, want, wantErr)
	}
}

// eventually waits until ok says so, 10 s at most.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("after 10 s: got no sign that %s", what)
		}
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	check(t, b, "alice", "s3cret", "", ErrUnknown)
	login(t, b, "Alice", "s3cret", "Alice", nil)
	login(t, b, "Alice", "s3cret", "Alice", nil)
	login(t, b, "aLICE", "s3cret", "Alice", nil)
	login(t, b, "alice", "other", "", ErrPassword)
	login(t, b, "alice", "other", "", ErrPassword)
	login(t, b, "alice", "", "", ErrNoPassword)
	login(t, b, "", "s3cret", "", ErrNoUser)
	login(t, b, "", "", "", ErrNoUser)
	login(t, b, "bob", "b", "bob", nil)
	check(t, b, "ALICE", "s3cret", "Alice", nil)
	check(t, b, "alice", "x", "", ErrPassword)
	login(t, b, "instructor", "x", "", ErrPassword)

	if got, want := fmt.Sprint(b.Names()), "[Alice bob]"; got != want {
		t.Errorf("Names: got %s, want %s", got, want)
	}
	if got, ok := b.Find("ALICE"); got != "Alice" || !ok {
		t.Errorf("Find: got %q, %v, want Alice", got, ok)
	}
	if got, ok := b.Find("carol"); got != "" || ok {
		t.Errorf("Find: got %q, %v, want none", got, ok)
	}

	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, Options{})
	login(t, again, "alice", "s3cret", "Alice", nil)
	login(t, again, "alice", "other", "", ErrPassword)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "s3cret") || !strings.Contains(string(data), "$argon2id$v=19$") {
		t.Errorf("the file holds no hash, or the password: %s", data)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v, want 0600", st.Mode(), err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	b := open(t, file(t), Options{})
	tests := []struct {
		name, user string
		want       error
	}{
		{"reserved", "class", session.ErrReserved},
		{"dollar", "$SYS", session.ErrReserved},
		{"long", strings.Repeat("a", 33), session.ErrLong},
		{"spelling", "a b", session.ErrSpelling},
		{"slash", "alice/bob", session.ErrSpelling},
		{"wildcard", "#", session.ErrSpelling},
		{"control character", "a\n", session.ErrSpelling},
		{"not UTF-8", "\xff\xfe", session.ErrSpelling},
		{"markup", "</script><script>alert(1)", session.ErrSpelling},
		{"very long", strings.Repeat("\x00", 65535), session.ErrLong},
		{"placeholder", "insert unique session here", ErrPlaceholder},
		{"placeholder that could be a name", "Insert_Unique_Session_Here", ErrPlaceholder},
	}
	for _, tt := range tests {
		login(t, b, tt.user, "x", "", tt.want)
		login(t, b, tt.user, "x", "", ErrName)
		if _, err := b.Bind(tt.user); !errors.Is(err, ErrName) {
			t.Errorf("%s: Bind: got %v, want %v", tt.name, err, ErrName)
		}
	}
	if got := b.Names(); len(got) != 0 {
		t.Errorf("got %q, want no session", got)
	}
}

func TestRoster(t *testing.T) {
	t.Parallel()
	path := file(t)
	old := open(t, path, Options{}) // an earlier class, in claim access
	login(t, old, "stranger", "x", "stranger", nil)
	login(t, old, "alice", "claimed", "alice", nil)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	b := open(t, path, Options{Mode: ModeRoster, Instructor: "teach", Roster: []Entry{
		{Session: "Alice", Password: "pa"}, {Session: " bob ", Password: "pb"}}})
	login(t, b, "alice", "pa", "alice", nil) // the spelling that has data
	login(t, b, "alice", "claimed", "", ErrPassword)
	login(t, b, "alice", "", "", ErrNoPassword)
	check(t, b, "BOB", "pb", "bob", nil)
	login(t, b, "BOB", "pb", "bob", nil)
	login(t, b, "bob", "pb2", "", ErrPassword)
	login(t, b, "carol", "x", "", ErrNotInRoster)
	login(t, b, "stranger", "x", "", ErrNotInRoster)
	login(t, b, "sim-1", "x", "", ErrPassword)
	check(t, b, "sim-1", "teach", "", ErrUnknown)
	login(t, b, "sim-1", "teach", "sim-1", nil)
	login(t, b, "Instructor", "teach", "instructor", nil)
	login(t, b, "class", "x", "", ErrName)
	if got, want := fmt.Sprint(b.Names()), "[alice bob sim-1 stranger]"; got != want {
		t.Errorf("Names: got %s, want %s", got, want)
	}
	if err := b.Remove("SIM-1"); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Find("sim-1"); ok {
		t.Error("a removed session is still there")
	}
}

func TestRosterIsChecked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"twice", Options{Mode: ModeRoster, Roster: []Entry{{"", "a", "x"}, {"", "A", "y"}}}, "roster entry 2: session A is listed twice"},
		{"no password", Options{Mode: ModeRoster, Roster: []Entry{{"", "a", ""}}}, "roster entry 1: session a has no password"},
		{"reserved", Options{Mode: ModeRoster, Roster: []Entry{{"", "class", "x"}}}, `roster entry 1, session "class": the name is reserved`},
		{"mode", Options{Mode: "closed"}, `access is "closed"; it is one of claim, roster, open`},
	}
	for _, tt := range tests {
		path := file(t)
		_, err := Open(path, tt.o)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was made", tt.name)
		}
	}
}

func TestOpenAccess(t *testing.T) {
	t.Parallel()
	var heard changes
	b := open(t, file(t), Options{Mode: ModeOpen, OnChange: heard.note})
	check(t, b, "alice", "", "", ErrUnknown)
	login(t, b, "alice", "", "alice", nil)
	login(t, b, "ALICE", "anything", "alice", nil)
	check(t, b, "alice", "", "alice", nil)
	login(t, b, "instructor", "", "", ErrNoPassword)
	login(t, b, "instructor", "x", "", ErrPassword)
	for range 2 {
		if got, err := b.Bind("Bob"); got != "Bob" || err != nil {
			t.Errorf("Bind: got %q, %v, want Bob", got, err)
		}
	}
	if got, err := b.Bind("BOB"); got != "Bob" || err != nil {
		t.Errorf("Bind: got %q, %v, want Bob", got, err)
	}
	heard.check(t, "+alice", "+Bob")
}

func TestInstructor(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	if b.HasInstructor() {
		t.Error("a new folder has an instructor")
	}
	password := NewPassword()
	if err := b.SetInstructor(password); err != nil {
		t.Fatal(err)
	}
	login(t, b, "INSTRUCTOR", password, session.Instructor, nil)
	check(t, b, "instructor", password, session.Instructor, nil)
	check(t, b, "instructor", password+"x", "", ErrPassword)
	if err := b.SetInstructor(""); !errors.Is(err, ErrNoPassword) {
		t.Errorf("empty password: got %v, want %v", err, ErrNoPassword)
	}
	if !b.HasInstructor() {
		t.Error("the password was not kept")
	}
	if len(b.Names()) != 0 {
		t.Errorf("the instructor is a session: %q", b.Names())
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	given := open(t, path, Options{Instructor: "given"})
	login(t, given, "instructor", "given", session.Instructor, nil)
	login(t, given, "instructor", password, "", ErrPassword)
}

func TestNewPassword(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		p := NewPassword()
		if len(p) != 14 || strings.Trim(p, letters+"-") != "" || seen[p] {
			t.Fatalf("got %q, want 14 plain characters, never twice", p)
		}
		seen[p] = true
	}
}

// Of many who claim one name at once exactly one password wins, and all who
// have it get in.
func TestSimultaneousClaims(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	const names, each = 5, 8
	won := make([][]string, names)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range names * each {
		wg.Go(func() {
			n, password := i%names, fmt.Sprint("p", i/names%4)
			_, err := b.Login(fmt.Sprint("team", n), password)
			if err == nil {
				mu.Lock()
				won[n] = append(won[n], password)
				mu.Unlock()
			} else if !errors.Is(err, ErrPassword) {
				t.Errorf("got %v, want %v", err, ErrPassword)
			}
		})
	}
	wg.Wait()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, Options{})
	for n, passwords := range won {
		if len(passwords) != each/4 {
			t.Errorf("team%d: got in with %q, want the %d who have one password", n, passwords, each/4)
			continue
		}
		for _, p := range passwords {
			login(t, again, fmt.Sprint("team", n), p, fmt.Sprint("team", n), nil)
		}
	}
}

func TestMaxAccounts(t *testing.T) {
	t.Parallel()
	b := open(t, file(t), Options{Mode: ModeOpen})
	lines := make([][]byte, MaxAccounts)
	for i := range lines {
		lines[i] = encode(record{Op: opSession, Session: fmt.Sprint("s", i)})
	}
	b.apply(lines, nil)
	login(t, b, "onemore", "", "", ErrFull)
	login(t, b, "onemore", "", "", ErrUnavailable)
	login(t, b, "s77", "", "s77", nil)
}
