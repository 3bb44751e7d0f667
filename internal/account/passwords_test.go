package account

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"labbroker/internal/session"
)

func reopen(t *testing.T, b *Book, path string, o Options) *Book {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, path, o)
}

func (b *Book) wantReadable(t *testing.T, name, want string, wantOK bool) {
	t.Helper()
	if got, ok := b.Readable(name); got != want || ok != wantOK {
		t.Errorf("Readable(%s): got %q, %v, want %q, %v", name, got, ok, want, wantOK)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	login(t, b, "Ada", "hers", "Ada", nil)
	name, password, err := b.Create("ada")
	if name != "ada-2" || len(password) != 9 || err != nil {
		t.Fatalf("got %q, %q, %v, want ada-2 and a password", name, password, err)
	}
	login(t, b, "ADA-2", password, "ada-2", nil)
	login(t, b, "ada-2", password+"x", "", ErrPassword)
	login(t, b, "ada-2", "", "", ErrNoPassword)
	b.wantReadable(t, "Ada-2", password, true)
	b.wantReadable(t, "ada", "", false)
	b.wantReadable(t, "nobody", "", false)
	long := strings.Repeat("x", session.MaxLen)
	for _, want := range []string{long, long[:30] + "-2", long[:30] + "-3"} {
		if got, _, err := b.Create(long); got != want || err != nil {
			t.Errorf("Create(%s): got %q, %v, want %q", long, got, err, want)
		}
	}
	for _, bad := range []string{"", "a b", "class", "Sim-1", "insert_unique_session_here"} {
		if got, _, err := b.Create(bad); !errors.Is(err, ErrName) {
			t.Errorf("Create(%q): got %q, %v, want %v", bad, got, err, ErrName)
		}
	}
	b = reopen(t, b, path, Options{})
	login(t, b, "ada-2", password, "ada-2", nil)
	b.wantReadable(t, "ada-2", password, true)
}

// TestCreateAtOnce: nobody gets another's name or no name.
func TestCreateAtOnce(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	other := open(t, path, Options{}) // another process
	const n = 60
	names := make([]string, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			book := b
			if i%3 == 0 {
				book = other
			}
			name, password, err := book.Create([]string{"ada", "Ada", "ADA"}[i%3])
			if err != nil {
				t.Error(err)
			}
			names[i] = session.Key(name)
			if got, _ := book.Readable(name); got != password {
				t.Errorf("%s: got %q, want the password %q that it was given", name, got, password)
			}
		})
	}
	wg.Wait()
	slices.Sort(names)
	if got := len(slices.Compact(names)); got != n {
		t.Errorf("got %d names, want %d", got, n)
	}
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	path := file(t)
	var reset []string
	o := Options{OnReset: func(s string) { reset = append(reset, s) }}
	b := open(t, path, o)
	name, first, err := b.Create("ada")
	if err != nil {
		t.Fatal(err)
	}
	stamp := b.Stamp(name)
	if err := b.SetPassword("ADA", "chosen"); err != nil {
		t.Fatal(err)
	}
	login(t, b, "ada", "chosen", "ada", nil)
	login(t, b, "ada", first, "", ErrPassword)
	b.wantReadable(t, "ada", "", false)
	if b.Stamp(name) == stamp {
		t.Error("the stamp outlived the password")
	}
	renewed, err := b.Renew("ada")
	if err != nil {
		t.Fatal(err)
	}
	login(t, b, "ada", renewed, "ada", nil)
	login(t, b, "ada", "chosen", "", ErrPassword)
	b.wantReadable(t, "ada", renewed, true)
	if got, want := fmt.Sprint(reset), "[ada ada]"; got != want {
		t.Errorf("OnReset: got %s, want %s", got, want)
	}
	if _, err := b.Renew("bob"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Renew of nobody: got %v, want %v", err, ErrUnknown)
	}
	if err := b.SetPassword("bob", "x"); !errors.Is(err, ErrUnknown) {
		t.Errorf("SetPassword of nobody: got %v, want %v", err, ErrUnknown)
	}
	if err := b.SetPassword("ada", ""); !errors.Is(err, ErrNoPassword) {
		t.Errorf("no password: got %v, want %v", err, ErrNoPassword)
	}
	b = reopen(t, b, path, o)
	login(t, b, "ada", renewed, "ada", nil)
	if data := read(t, path); strings.Contains(data, "chosen") {
		t.Errorf("a chosen password stands in the file: %s", data)
	}

	// A reset takes a generated password too.
	if err := Reset(path, "ada"); err != nil {
		t.Fatal(err)
	}
	follow(t, b)
	b.wantReadable(t, "ada", "", false)
	login(t, b, "ada", "mine", "ada", nil)
}

func TestRename(t *testing.T) {
	t.Parallel()
	path := file(t)
	var heard changes
	var reset []string
	o := Options{OnChange: heard.note, OnReset: func(s string) { reset = append(reset, s) }}
	b := open(t, path, o)
	_, password, err := b.Create("ada")
	if err != nil {
		t.Fatal(err)
	}
	login(t, b, "bob", "b", "bob", nil)
	key, err := b.NewKey("ada")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"BOB": ErrTaken, "a b": ErrName, "sim-4": ErrName, "class": ErrName} {
		if err := b.Rename("ada", name); !errors.Is(err, want) {
			t.Errorf("Rename to %s: got %v, want %v", name, err, want)
		}
	}
	if err := b.Rename("nobody", "x"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Rename of nobody: got %v, want %v", err, ErrUnknown)
	}
	if err := b.Rename("ADA", "lovelace"); err != nil {
		t.Fatal(err)
	}
	if err := b.Rename("lovelace", "Lovelace"); err != nil {
		t.Fatal(err)
	}
	if err := b.Rename("lovelace", "Lovelace"); err != nil {
		t.Fatal(err)
	}
	heard.check(t, "+ada", "+bob", "+lovelace", "-ada", "+Lovelace")
	if got, want := fmt.Sprint(reset), "[ada lovelace]"; got != want {
		t.Errorf("OnReset: got %s, want %s", got, want)
	}
	check(t, b, "ada", password, "", ErrRenamed)
	for range 2 {
		login(t, b, "lovelace", password, "Lovelace", nil)
		b.wantReadable(t, "lovelace", password, true)
		if got, ok := b.KeySession(key); got != "Lovelace" || !ok {
			t.Errorf("the key reads %q, %v, want Lovelace", got, ok)
		}
		b = reopen(t, b, path, o)
	}
	if name, _, err := b.Create("ada"); name != "ada-2" || err != nil {
		t.Errorf("the old name: got %q, %v, want one near it", name, err)
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	path := file(t)
	var reset []string
	o := Options{OnReset: func(s string) { reset = append(reset, s) }}
	b := open(t, path, o)
	login(t, b, "ada", "a", "ada", nil)
	key, err := b.NewKey("ada")
	if err != nil {
		t.Fatal(err)
	}
	stamp := b.Stamp("ada")
	for range 2 {
		if err := b.Archive("ADA", true); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := fmt.Sprint(reset), "[ada]"; got != want {
		t.Errorf("OnReset: got %s, want %s", got, want)
	}
	b = reopen(t, b, path, o)
	login(t, b, "Ada", "a", "", ErrArchived)
	check(t, b, "ada", "a", "", ErrArchived)
	if _, err := b.Bind("ada"); !errors.Is(err, ErrArchived) {
		t.Errorf("Bind: got %v, want %v", err, ErrArchived)
	}
	if _, ok := b.KeySession(key); ok {
		t.Error("the key of an archived session opens")
	}
	if b.Stamp("ada") == stamp || !b.Archived("Ada") || fmt.Sprint(b.Names()) != "[ada]" {
		t.Errorf("got archived %v, names %v, want it archived, there, with another stamp", b.Archived("Ada"), b.Names())
	}
	if name, _, _ := b.Create("ada"); name != "ada-2" {
		t.Errorf("Create: got %q, want ada-2, since the name is kept", name)
	}
	if err := b.Archive("ada", false); err != nil {
		t.Fatal(err)
	}
	login(t, b, "ada", "a", "ada", nil)
	if err := b.Archive("nobody", true); !errors.Is(err, ErrUnknown) {
		t.Errorf("nobody: got %v, want %v", err, ErrUnknown)
	}
}

// TestRosterOfAccounts: in roster access whoever was given a password gets in;
// a claimed one counts only where no file lists the class.
func TestRosterOfAccounts(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	login(t, b, "claimed", "c", "claimed", nil)
	_, joined, err := b.Create("joined")
	if err != nil {
		t.Fatal(err)
	}
	b = reopen(t, b, path, Options{Mode: ModeRoster})
	login(t, b, "claimed", "c", "claimed", nil)
	login(t, b, "joined", joined, "joined", nil)
	login(t, b, "joined", "x", "", ErrPassword)
	login(t, b, "joined", "", "", ErrNoPassword)
	login(t, b, "stranger", "x", "", ErrNotInRoster)
	if _, err := b.Bind("uploaded"); err != nil {
		t.Fatal(err)
	}
	login(t, b, "uploaded", "x", "", ErrNotInRoster)
	if err := b.SetPassword("uploaded", "u"); err != nil {
		t.Fatal(err)
	}
	check(t, b, "uploaded", "u", "uploaded", nil)

	b = reopen(t, b, path, Options{Mode: ModeRoster, Roster: []Entry{{Session: "Listed", Password: "l"}, {Session: "joined", Password: "j"}}})
	login(t, b, "claimed", "c", "", ErrNotInRoster)
	login(t, b, "joined", "j", "", ErrPassword)
	login(t, b, "joined", joined, "joined", nil)
	b.wantReadable(t, "listed", "l", true)
	b.wantReadable(t, "joined", joined, true)
	renewed, err := b.Renew("listed")
	if err != nil {
		t.Fatal(err)
	}
	login(t, b, "listed", "l", "", ErrPassword)
	login(t, b, "listed", renewed, "Listed", nil)
	b.wantReadable(t, "listed", renewed, true)
}

func TestMode(t *testing.T) {
	t.Parallel()
	path := file(t)
	var heard []string
	o := Options{OnMode: func(m string) { heard = append(heard, m) }}
	b := open(t, path, o)
	if got := b.Mode(); got != ModeClaim || b.ModeFixed() {
		t.Errorf("at first: got %s, fixed %v, want claim, not fixed", got, b.ModeFixed())
	}
	login(t, b, "ada", "a", "ada", nil)
	inClaim := b.Stamp("ada")
	for _, m := range []string{ModeOpen, ModeOpen} {
		if err := b.SetMode(m); err != nil {
			t.Fatal(err)
		}
	}
	login(t, b, "ada", "anything", "ada", nil)
	login(t, b, "bob", "", "bob", nil)
	if b.Stamp("ada") == inClaim {
		t.Error("a cookie of open access, where anybody signs in as ada, holds for the others too")
	}
	if err := b.SetMode("closed"); err == nil {
		t.Error("an unknown mode: got no error")
	}
	if got, want := fmt.Sprint(heard), "[open]"; got != want {
		t.Errorf("OnMode: got %s, want %s", got, want)
	}
	b = reopen(t, b, path, o)
	if got := b.Mode(); got != ModeOpen {
		t.Errorf("read again: got %s, want open", got)
	}
	if err := b.SetMode(ModeRoster); err != nil {
		t.Fatal(err)
	}
	login(t, b, "ada", "a", "ada", nil)
	login(t, b, "bob", "", "", ErrNotInRoster)
	if b.Stamp("ada") != inClaim {
		t.Error("a cookie of before did not come back")
	}

	fixed := open(t, path, Options{Mode: ModeClaim})
	if err := fixed.SetMode(ModeOpen); !errors.Is(err, ErrFixed) || fixed.Mode() != ModeClaim || !fixed.ModeFixed() {
		t.Errorf("named at start: got %v, %s, want %v, claim", err, fixed.Mode(), ErrFixed)
	}
	if err := fixed.SetMode(ModeClaim); err != nil {
		t.Errorf("the same: got %v, want no error", err)
	}
}
