package desk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var monday = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)

func path(t *testing.T) string { return filepath.Join(t.TempDir(), "desk.json") }

func open(t *testing.T, path string, now time.Time) *Book {
	t.Helper()
	b, err := Open(path, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func say(t *testing.T, b *Book, to, name, text string) Message {
	t.Helper()
	m, err := b.Say(Message{To: to, Name: name, Text: text, Topic: "class/message"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// texts is what a session hears, the newest first.
func texts(b *Book, name, section string) string {
	var all []string
	for _, m := range b.Newest(100, func(m *Message) bool { return m.Concerns(name, section) }) {
		all = append(all, m.Text)
	}
	return strings.Join(all, "|")
}

func paused(b *Book) string { return strings.Join(b.Paused(), " ") }

// TestKept: each order is in the file when its method returns, so that a killed
// process loses none; nothing was closed here.
func TestKept(t *testing.T) {
	t.Parallel()
	file := path(t)
	b := open(t, file, monday)
	if err := b.Pause("nobody", false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a file was made before anything was decided")
	}
	for _, name := range []string{"Ada", "bob", "", "instructor", "a b"} {
		if err := b.Pause(name, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Pause("BOB", false); err != nil {
		t.Fatal(err)
	}
	say(t, b, All, "", "Use 10 Ω")
	say(t, b, Section, "Tue", "late")
	say(t, b, Session, "ada", "well done")
	b = open(t, file, monday)
	if got := paused(b); got != "Ada" {
		t.Errorf("paused: got %q, want Ada", got)
	}
	for _, tt := range []struct{ name, section, want string }{
		{"ADA", "Tue", "well done|late|Use 10 Ω"}, {"bob", "", "Use 10 Ω"}, {"bob", "tue", "Use 10 Ω"},
	} {
		if got := texts(b, tt.name, tt.section); got != tt.want {
			t.Errorf("%s of %q: got %q, want %q", tt.name, tt.section, got, tt.want)
		}
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v, want 0600", st.Mode(), err)
	}
}

func TestRenameDropClear(t *testing.T) {
	t.Parallel()
	file := path(t)
	b := open(t, file, monday)
	for _, name := range []string{"ada", "bob"} {
		if err := b.Pause(name, true); err != nil {
			t.Fatal(err)
		}
		say(t, b, Session, name, "to "+name)
		b.Looked(name, []uint32{1})
	}
	say(t, b, All, "", "to all")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, file, monday)
	b.Looked("ada", nil) // of this process
	if err := b.Rename("ADA", "Eve"); err != nil {
		t.Fatal(err)
	}
	if err := b.Rename("Eve", "class"); err != nil { // reserved: nothing moves
		t.Fatal(err)
	}
	if got := b.SeenBefore("eve"); len(got) != 1 || b.SeenBefore("ada") != nil {
		t.Errorf("seen before: got %v of eve, %v of ada, want what ada had", got, b.SeenBefore("ada"))
	}
	b = open(t, file, monday)
	if got, want := paused(b)+", "+texts(b, "eve", "")+", "+texts(b, "ada", ""), "Eve bob, to all|to ada, to all"; got != want {
		t.Errorf("renamed: got %s, want %s", got, want)
	}
	if err := b.Drop("BOB"); err != nil {
		t.Fatal(err)
	}
	last := say(t, b, All, "", "last").ID
	b = open(t, file, monday)
	if got, want := paused(b)+", "+texts(b, "bob", "")+fmt.Sprint(b.SeenBefore("bob")), "Eve, last|to all[]"; got != want {
		t.Errorf("dropped: got %s, want %s", got, want)
	}
	if err := b.Clear(); err != nil {
		t.Fatal(err)
	}
	b = open(t, file, monday)
	if got := paused(b) + texts(b, "eve", ""); got != "" {
		t.Errorf("cleared: got %s, want nothing", got)
	}
	if m := say(t, b, All, "", "x"); m.ID <= last {
		t.Errorf("the number after clearing: got %d, want more than %d", m.ID, last)
	}
}

// TestClockGoesBack: a Raspberry Pi's clock stands still without power. What is
// said then must not look like what was put away already.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	file := path(t)
	first := say(t, open(t, file, monday), All, "", "a")
	b := open(t, file, monday.Add(-time.Hour))
	if m := say(t, b, All, "", "b"); m.ID <= first.ID {
		t.Errorf("got the number %d after %d, want a greater one", m.ID, first.ID)
	}
	if got := texts(b, "ada", ""); got != "b|a" {
		t.Errorf("got %s, want b|a", got)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	b, err := Open("", Options{}) // nothing is kept
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * KeptEach {
		say(t, b, All, "", fmt.Sprint(i))
	}
	list := b.Newest(1000, func(*Message) bool { return true })
	if len(list) != KeptEach || list[0].Text != fmt.Sprint(2*KeptEach-1) || list[KeptEach-1].Text != fmt.Sprint(KeptEach) {
		t.Errorf("got %d, from %s to %s, want the newest %d", len(list), list[0].Text, list[len(list)-1].Text, KeptEach)
	}
	for i := range 2 * KeptAll {
		say(t, b, Session, fmt.Sprint("s", i), "x")
		b.Looked(fmt.Sprint("s", i), make([]uint32, 100))
	}
	if n := len(b.Newest(1<<30, func(*Message) bool { return true })); n != KeptAll {
		t.Errorf("got %d messages, want %d", n, KeptAll)
	}
	many := make([]uint32, 2*maxKinds)
	for i := range many {
		many[i] = uint32(i)
	}
	for i := range 2 * maxSeen {
		b.Looked(fmt.Sprint("s", i), many)
	}
	if n := len(b.now.Seen); n != maxSeen || len(b.now.Seen["s0"]) != maxKinds {
		t.Errorf("got %d sessions, %d of one, want %d, %d", n, len(b.now.Seen["s0"]), maxSeen, maxKinds)
	}
}

// TestLooked: what the instructor saw is written within some seconds, all of it
// at once, and only where it is another than before.
func TestLooked(t *testing.T) {
	t.Parallel()
	file := path(t)
	synctest.Test(t, func(t *testing.T) {
		b, err := Open(file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = b.Run(ctx) })
		b.Looked("Ada", []uint32{3, 1, 3})
		if _, err := os.Stat(file); err == nil {
			t.Error("written at once, want it later")
		}
		time.Sleep(Every + time.Second)
		first, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		b.Looked("ada", []uint32{1, 3})
		time.Sleep(2 * Every)
		if again, err := os.Stat(file); err != nil || !os.SameFile(first, again) {
			t.Errorf("the same once more: got another file, %v, want nothing written", err)
		}
		if got := b.SeenBefore("ada"); got != nil {
			t.Errorf("seen by an earlier process: got %v, want nothing", got)
		}
		b.Looked("bob", []uint32{5})
		stop()
		wg.Wait()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b, err = Open(file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(b.SeenBefore("ADA"), b.SeenBefore("bob")), "[1 3] [5]"; got != want {
			t.Errorf("seen by an earlier process: got %s, want %s", got, want)
		}
	})
}

// TestUnwritable: what cannot be written holds still, and is written later.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "later")
	file := filepath.Join(dir, "desk.json")
	b := open(t, file, monday)
	if err := b.Pause("ada", true); err == nil || paused(b) != "ada" {
		t.Errorf("got %v, paused %q, want an error and ada", err, paused(b))
	}
	if _, err := b.Say(Message{To: All, Text: "x"}); err == nil || texts(b, "bob", "") != "x" {
		t.Errorf("got %v, %q, want an error and x", err, texts(b, "bob", ""))
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b = open(t, file, monday); paused(b)+texts(b, "bob", "") != "adax" {
		t.Errorf("got %q, %q, want ada and x", paused(b), texts(b, "bob", ""))
	}
}

func TestForeignFile(t *testing.T) {
	t.Parallel()
	message := `{"version":1,"messages":[{"id":%s,"to":%q,"name":%q,"text":%q,"time":"2026-11-30T10:00:00Z"}]}`
	for _, tt := range []struct{ name, data, want string }{
		{"text", "hello", "is not an instructor's desk of labbroker"},
		{"torn", `{"version":1,"paus`, "is not an instructor's desk of labbroker"},
		{"empty", "", "is not an instructor's desk of labbroker"},
		{"other JSON", `{"a":1}`, "it has no version"},
		{"newer", `{"version":2}`, "was written by a newer labbroker (format 2, this one reads 1)"},
		{"paused", `{"version":1,"paused":["a b"]}`, "has a paused session that cannot be"},
		{"seen", `{"version":1,"seen":{"Ada":[1]}}`, "has problems seen of a session that cannot be"},
		{"nothing seen", `{"version":1,"seen":{"ada":[]}}`, "has problems seen that cannot be"},
		{"number", fmt.Sprintf(message, "0", "all", "", "x"), "number 1 does not follow the one before it"},
		{"great number", fmt.Sprintf(message, "9007199254740991", "all", "", "x"), "their numbers are too great"},
		{"addressee", fmt.Sprintf(message, "1", "them", "", "x"), `number 1 is to "them"`},
		{"nobody", fmt.Sprintf(message, "1", "session", "class", "x"), "is to nobody"},
		{"no text", fmt.Sprintf(message, "1", "all", "", ""), "has no text"},
	} {
		file := path(t)
		if err := os.WriteFile(file, []byte(tt.data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Check(file); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "desk.json") {
			t.Errorf("%s: got %v, want desk.json %s", tt.name, err, tt.want)
		}
		if got, _ := os.ReadFile(file); string(got) != tt.data {
			t.Errorf("%s: the file was changed to %q", tt.name, got)
		}
	}
}

// TestConcurrent: of orders at once none is lost.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	file := path(t)
	b := open(t, file, monday)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			name := fmt.Sprint("s", i)
			if err := b.Pause(name, true); err != nil {
				t.Error(err)
			}
			if _, err := b.Say(Message{To: Session, Name: name, Text: "x"}); err != nil {
				t.Error(err)
			}
			b.Looked(name, []uint32{uint32(i)})
			texts(b, name, "")
			b.SeenBefore(name)
			if i%2 == 0 {
				if err := b.Drop(name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := open(t, file, monday); paused(got) != "s1 s3 s5 s7 s9" || texts(got, "s1", "")+texts(got, "s2", "") != "x" {
		t.Errorf("got %q paused, %q and %q said, want those of odd numbers", paused(got), texts(got, "s1", ""), texts(got, "s2", ""))
	}
}

// Whatever stands in the file, reading it ends in a desk or an error, and a desk
// that was read is written and read again as the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"paused":["ada","Bob"],"last_message":1764500000000,"messages":[{"id":5,"to":"section","name":"Tue","text":"x","topic":"class/section/Tue/message","time":"2026-11-30T10:00:00Z"},{"id":6,"to":"session","name":"ada","text":"ü","topic":"","time":"2026-11-30T10:00:00+14:00"}],"seen":{"ada":[1,4294967295]}}`))
	f.Add([]byte(`{"version":1e0,"messages":null,"seen":{"ada":null}}`))
	f.Add([]byte(`{"version":1,"messages":[{"text":"\ud800"}],"last_message":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decode(data)
		if err != nil {
			return
		}
		b := Book{o: Options{Now: time.Now}, now: c}
		if m, err := b.Say(Message{To: All, Text: "x", Topic: "class/message"}); err != nil || m.ID <= 0 {
			t.Fatalf("%s: got the number %d, %v", data, m.ID, err)
		}
		again, err := marshal(&b.now)
		if err != nil {
			t.Fatalf("%s: was read, and cannot be written: %v", data, err)
		}
		o, err := decode(again)
		if err != nil {
			t.Fatalf("%s: was read, and then: %v", again, err)
		}
		third, err := marshal(&o)
		if err != nil || string(third) != string(again) || !reflect.DeepEqual(o.Paused, b.now.Paused) || len(o.Messages) > KeptAll {
			t.Errorf("got %s, %v, want %s", third, err, again)
		}
	})
}
