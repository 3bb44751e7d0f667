package account

import (
	"errors"
	"fmt"
	"testing"
)

// TestRenamed: nobody gets in under a name that was given up, in any mode and
// over a restart, until the instructor gives it to somebody.
func TestRenamed(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	login(t, b, "ada", "p", "ada", nil)
	for _, names := range [][2]string{{"ada", "eve"}, {"eve", "Ivy"}} {
		if err := b.Rename(names[0], names[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []string{ModeClaim, ModeRoster, ModeOpen, ""} {
		for _, name := range []string{"ADA", "eve"} {
			var r *Renamed
			if _, err := b.Login(name, "p"); !errors.Is(err, ErrRenamed) || !errors.As(err, &r) || r.To != "Ivy" {
				t.Errorf("%s as %s: got %v, want that it is Ivy now", mode, name, err)
			}
			if _, err := b.Bind(name); !errors.Is(err, ErrRenamed) {
				t.Errorf("%s: Bind(%s): got %v, want ErrRenamed", mode, name, err)
			}
		}
		login(t, b, "ivy", "p", "Ivy", nil)
		b = reopen(t, b, path, Options{Mode: mode})
	}
	if got, want := fmt.Sprint(b.GivenUp()), "map[ada:Ivy eve:Ivy]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := b.Enrol([]Enrolment{{Session: "ada", Password: "q"}}); err != nil {
		t.Fatal(err)
	}
	login(t, b, "ada", "q", "ada", nil)
	if err := b.Rename("Ivy", "eve"); err != nil { // back
		t.Fatal(err)
	}
	login(t, b, "eve", "p", "eve", nil)
	login(t, b, "ivy", "p", "", ErrRenamed)
	if err := b.Remove("eve"); err != nil {
		t.Fatal(err)
	}
	login(t, b, "ivy", "new", "ivy", nil)
	if got := b.GivenUp(); len(got) != 0 {
		t.Errorf("after all: got %v, want no name given up", got)
	}
}

// TestRenameWith: nobody gets in while the rest of a session moves, and where
// that fails all is as before.
func TestRenameWith(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	login(t, b, "ada", "p", "ada", nil)
	disk := errors.New("disk")
	for _, want := range []error{disk, nil} {
		err := b.RenameWith("ADA", "eve", func() error {
			for _, name := range []string{"ada", "EVE"} {
				if _, err := b.Login(name, "p"); !errors.Is(err, ErrUnavailable) {
					t.Errorf("meanwhile as %s: got %v, want ErrUnavailable", name, err)
				}
			}
			if err := b.RenameWith("eve", "x", func() error { return nil }); !errors.Is(err, ErrBusy) {
				t.Errorf("meanwhile: got %v, want ErrBusy", err)
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		b = reopen(t, b, path, Options{})
		if want != nil {
			if got := b.GivenUp(); len(got) != 0 {
				t.Errorf("after a failure: got %v given up, want none", got)
			}
			login(t, b, "ada", "p", "ada", nil)
			check(t, b, "eve", "p", "", ErrUnknown)
		}
	}
	login(t, b, "eve", "p", "eve", nil)
	login(t, b, "ada", "p", "", ErrRenamed)
}

// TestRenameListed: a name that stands in the file given at start is changed
// there.
func TestRenameListed(t *testing.T) {
	t.Parallel()
	b := open(t, file(t), Options{Mode: ModeRoster, Roster: []Entry{{Session: "ada", Password: "p"}}})
	move := func() error { t.Error("it is moved"); return nil }
	if err := b.RenameWith("ada", "eve", move); !errors.Is(err, ErrListed) {
		t.Errorf("got %v, want ErrListed", err)
	}
	login(t, b, "ada", "p", "ada", nil)
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	path := file(t)
	var heard changes
	var reset []string
	o := Options{Mode: ModeRoster, OnChange: heard.note, OnReset: func(s string) { reset = append(reset, s) }}
	b := open(t, path, Options{})
	login(t, b, "Old", "mine", "Old", nil)
	login(t, b, "given", "mine", "given", nil)
	if _, err := b.Bind("bare"); err != nil {
		t.Fatal(err)
	}
	b = reopen(t, b, path, o)
	for _, bad := range []string{"class", "a b", "sim-1", ""} {
		if err := b.Enrol([]Enrolment{{Session: "fine"}, {Session: bad}}); !errors.Is(err, ErrName) {
			t.Errorf("%q: got %v, want ErrName", bad, err)
		}
	}
	if _, ok := b.Find("fine"); ok {
		t.Error("half of a list with a mistake was made")
	}
	lines := len(read(t, path))
	if err := b.Enrol([]Enrolment{{Session: "new"}, {Session: "chosen", Password: "s3cret"}, {Session: "old"}, {Session: "GIVEN", Password: "another"}, {Session: "bare"}}); err != nil {
		t.Fatal(err)
	}
	if len(read(t, path)) == lines {
		t.Fatal("nothing was written")
	}
	heard.check(t, "+chosen", "+new") // the last one first
	if got, want := fmt.Sprint(reset), "[given]"; got != want {
		t.Errorf("OnReset: got %s, want %s", got, want)
	}
	passwords := map[string]string{}
	for range 2 {
		for _, name := range []string{"new", "bare"} {
			password, ok := b.Readable(name)
			if !ok || passwords[name] != "" && password != passwords[name] {
				t.Fatalf("%s: got the password %q %v, want a readable one that stays", name, password, ok)
			}
			passwords[name] = password
			login(t, b, name, password, name, nil)
		}
		login(t, b, "chosen", "s3cret", "chosen", nil)
		b.wantReadable(t, "chosen", "", false)
		login(t, b, "given", "another", "given", nil)
		login(t, b, "given", "mine", "", ErrPassword)
		login(t, b, "old", "mine", "Old", nil)
		b = reopen(t, b, path, o)
	}
	if err := b.Enrol([]Enrolment{{Session: "new"}, {Session: "old"}}); err != nil {
		t.Fatal(err)
	}
	b.wantReadable(t, "new", passwords["new"], true)
	if b.HasPassword("nobody") || !b.HasPassword("OLD") {
		t.Error("HasPassword: got another answer than that Old has one and nobody none")
	}
}

// TestEnrolIsOneLine: a torn end of the file costs all of the list.
func TestEnrolIsOneLine(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	before := read(t, path)
	var list []Enrolment
	for i := range 30 {
		list = append(list, Enrolment{Session: fmt.Sprint("s", i)})
	}
	if err := b.Enrol(list); err != nil {
		t.Fatal(err)
	}
	after := read(t, path)
	for _, cut := range []int{1, len(before) / 2, (len(after) - len(before)) / 2} {
		other := file(t)
		write(t, other, after[:len(after)-1-cut])
		if got := open(t, other, Options{}).Names(); len(got) != 0 && len(got) != 30 {
			t.Errorf("cut by %d: got %d sessions, want none or all", cut, len(got))
		}
	}
	whole := file(t)
	write(t, whole, after)
	s := open(t, whole, Options{})
	if got := len(s.Names()); got != 30 {
		t.Errorf("got %d sessions, want 30", got)
	}
}
