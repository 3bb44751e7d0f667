package class

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, path string) *Book {
	t.Helper()
	b, err := Open(path, Settings{Joining: true})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "class.json") }

func TestSettings(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path)
	if got, want := b.Settings(), (Settings{Joining: true}); got != want {
		t.Errorf("at first: got %+v, want %+v", got, want)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made before anything was said")
	}
	want := Settings{Name: "Physik 12 ü", WiFi: "lab", WiFiPassword: `p"\ 🌞`, JoinCode: "solar-427"}
	if err := b.SetSettings(want); err != nil {
		t.Fatal(err)
	}
	if got := open(t, path).Settings(); got != want || b.Settings() != want {
		t.Errorf("read again: got %+v, here %+v, want %+v", got, b.Settings(), want)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v, want 0600", st.Mode(), err)
	}
	for _, tt := range []struct {
		field string
		s     Settings
	}{
		{"name", Settings{Name: strings.Repeat("ü", 101)}},
		{"name", Settings{Name: "a\nb"}},
		{"wifi", Settings{WiFi: strings.Repeat("ü", 17)}},
		{"wifi_password", Settings{WiFiPassword: strings.Repeat("a", 65)}},
		{"wifi_password", Settings{WiFiPassword: "\xff"}},
		{"join_code", Settings{JoinCode: strings.Repeat("a", 41)}},
		{"join_code", Settings{JoinCode: "a\u2028b"}},
	} {
		var m *Mistake
		if err := b.SetSettings(tt.s); !errors.As(err, &m) || m.Field != tt.field || m.Text == "" {
			t.Errorf("%+v: got %v, want a mistake in %s", tt.s, err, tt.field)
		}
	}
	if got := b.Settings(); got != want {
		t.Errorf("after mistakes: got %+v, want %+v", got, want)
	}
}

func TestOpens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, typed string
		want        bool
	}{
		{"", "", true},
		{"", "anything", true},
		{"solar-427", "solar-427", true},
		{"solar-427", " Solar-427 ", true},
		{"Solar 427", "solar427", true},
		{"solar-427", "solar-428", false},
		{"solar-427", "", false},
		{"solar-427", "solar-4277", false},
	} {
		if got := (Settings{JoinCode: tt.code}).Opens(tt.typed); got != tt.want {
			t.Errorf("%q for %q: got %v, want %v", tt.typed, tt.code, got, tt.want)
		}
	}
	seen := map[string]bool{}
	for range 50 {
		code := NewJoinCode()
		if err := (Settings{JoinCode: code}).Check(); err != nil || code != strings.ToLower(code) || strings.ContainsAny(code, " ") {
			t.Errorf("got %q, %v, want a code that can be typed", code, err)
		}
		seen[code] = true
	}
	if len(seen) < 40 {
		t.Errorf("got %d codes of 50, want them to differ", len(seen))
	}
}

var class = []Person{
	{Name: "Ada Lovelace", Session: "ada", Section: "B", Seat: "1"},
	{Name: "Bob", Session: "Team1", Section: "A"},
	{Name: "Wang Xiaoming", Display: "王小明", Session: "team1"},
	{Name: "Nobody", Session: "none"},
}

func TestPeople(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path)
	if err := b.SetPeople(class); err != nil {
		t.Fatal(err)
	}
	b = open(t, path)
	if got := b.People(); !reflect.DeepEqual(got, class) {
		t.Errorf("got %+v, want %+v", got, class)
	}
	if got, want := fmt.Sprint(b.Sections()), "[A B]"; got != want {
		t.Errorf("sections: got %s, want %s", got, want)
	}
	if got := b.Of("TEAM1"); !reflect.DeepEqual(got, class[1:3]) {
		t.Errorf("the team: got %+v, want %+v", got, class[1:3])
	}
	if got := b.Section("team1") + b.Section("none") + b.Section("x"); got != "A" {
		t.Errorf("sections of team1, none, x: got %q, want A", got)
	}
	if got := class[2].Shown() + class[0].Shown(); got != "王小明Ada Lovelace" {
		t.Errorf("shown: got %s", got)
	}
	b.People()[0].Name, b.Of("ada")[0].Name = "x", "x"
	if got := b.Of("ada")[0].Name; got != "Ada Lovelace" {
		t.Errorf("a copy was changed: got %s in the book", got)
	}

	if err := errors.Join(b.Rename("TEAM1", "solar"), b.Rename("gone", "y"), b.Drop("ADA"), b.Drop("gone")); err != nil {
		t.Fatal(err)
	}
	want := []Person{class[1], class[2], class[3]}
	want[0].Session, want[1].Session = "solar", "solar"
	if got := open(t, path).People(); !reflect.DeepEqual(got, want) {
		t.Errorf("renamed and dropped: got %+v, want %+v", got, want)
	}
	if err := b.Rename("solar", "class"); err == nil {
		t.Error("a reserved name: got no error")
	}
}

func TestPeopleAllOrNothing(t *testing.T) {
	t.Parallel()
	b := open(t, file(t))
	if err := b.SetPeople(class[:1]); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		field  string
		person int
		people []Person
	}{
		{"session", 2, []Person{{Session: "ok"}, {Session: "a b"}}},
		{"session", 1, []Person{{Name: "x"}}},
		{"session", 1, []Person{{Session: "Instructor"}}},
		{"name", 1, []Person{{Session: "ok", Name: "a\x00"}}},
		{"display", 1, []Person{{Session: "ok", Display: strings.Repeat("a", 201)}}},
		{"section", 1, []Person{{Session: "ok", Section: "a/b"}}},
		{"seat", 1, []Person{{Session: "ok", Seat: strings.Repeat("a", 61)}}},
		{"people", 0, make([]Person, MaxPeople+1)},
	} {
		var m *Mistake
		if err := b.SetPeople(tt.people); !errors.As(err, &m) || m.Field != tt.field || m.Person != tt.person {
			t.Errorf("%.80v: got %v, want a mistake in %s of person %d", tt.people, err, tt.field, tt.person)
		}
	}
	if got := b.People(); !reflect.DeepEqual(got, class[:1]) {
		t.Errorf("got %+v, want what there was", got)
	}
}

// What cannot be written does not hold.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gone", "class.json")
	b := open(t, path)
	if err := b.SetSettings(Settings{Name: "x"}); err == nil || b.Settings().Name != "" {
		t.Errorf("got %v, settings %+v, want an error and the old ones", err, b.Settings())
	}
}

func TestForeignFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, data, want string }{
		{"text", "hello", "is not a class of labbroker"},
		{"other JSON", `{"a":1}`, "it has no version"},
		{"newer", `{"version":2}`, "was written by a newer labbroker (format 2, this one reads 1)"},
		{"people", `{"version":1,"people":[{"session":"a b"}]}`, "has people that cannot be: person 1"},
		{"settings", `{"version":1,"settings":{"name":"a\nb"}}`, "has settings that cannot be"},
	} {
		path := file(t)
		if err := os.WriteFile(path, []byte(tt.data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Check(path); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

// Of changes at once none is lost.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path)
	if err := b.SetPeople(crowd(40)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := b.Drop(fmt.Sprint("s", i)); err != nil {
				t.Error(err)
			}
			b.Sections()
			b.Of("s30")
		})
	}
	wg.Wait()
	if got := len(open(t, path).People()); got != 20 {
		t.Errorf("got %d people, want 20", got)
	}
}

// TestJoin: a class joins at once, and everybody stands in the file when told so.
func TestJoin(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path)
	if err := b.SetPeople([]Person{{Name: "Ada", Session: "ada"}}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			p := Person{Name: fmt.Sprint("Kim ", i), Session: fmt.Sprint("s", i)}
			if err := b.Join(p); err != nil {
				t.Error(err)
			}
			p.Joined = true
			if got := open(t, path).Of(p.Session); !reflect.DeepEqual(got, []Person{p}) {
				t.Errorf("in the file: got %+v, want %+v", got, p)
			}
		})
	}
	wg.Wait()
	if got := len(open(t, path).People()); got != 201 {
		t.Errorf("got %d people, want 201", got)
	}
	var m *Mistake
	if err := b.Join(Person{Name: "a\x00", Session: "s"}); !errors.As(err, &m) || m.Field != "name" {
		t.Errorf("a name that cannot be shown: got %v, want a mistake of the name", err)
	}
	if err := b.SetPeople(crowd(MaxPeople)); err != nil {
		t.Fatal(err)
	}
	if err := b.Join(Person{Name: "one more", Session: "s"}); !errors.As(err, &m) {
		t.Errorf("more than a roster has: got %v, want a mistake", err)
	}
}

func crowd(n int) []Person {
	people := make([]Person, n)
	for i := range people {
		people[i].Session = fmt.Sprint("s", i)
	}
	return people
}

// Whatever stands in the file, reading it ends in a class or an error, and a
// class that was read is one that is taken.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"settings":{"name":"x","joining":true},"people":[{"name":"a","session":"a"}]}`))
	f.Add([]byte(`{"version":1e0,"people":null}`))
	f.Add([]byte(`{"version":1,"settings":{"wifi":"\ud800"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decode(data)
		if err != nil {
			return
		}
		if err := errors.Join(c.Settings.Check(), CheckPeople(c.People)); err != nil {
			t.Errorf("%s: was read, and then: %v", data, err)
		}
	})
}
