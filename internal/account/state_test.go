package account

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestTornLine(t *testing.T) {
	t.Parallel()
	claim := `{"op":"session","session":"alice"}` + "\n"
	tests := []struct {
		name, data, names string
	}{
		{"nothing", "", "[]"},
		{"torn header", header[:17], "[]"},
		{"header without its end", strings.TrimSpace(header), "[]"},
		{"torn claim", header + claim + `{"op":"session","session":"bo`, "[alice]"},
		{"claim without its end", header + claim + `{"op":"session","session":"bob"}`, "[alice bob]"},
		{"zero bytes", header + claim + "\x00\x00\x00\x00", "[alice]"},
		{"a torn line in the middle", header + `{"op":"ses` + "\n" + claim, "[alice]"},
		{"an empty line", header + "\n" + claim, "[alice]"},
		{"a name that is none", header + `{"op":"session","session":"a/b"}` + "\n" + claim, "[alice]"},
	}
	for _, tt := range tests {
		path := file(t)
		write(t, path, tt.data)
		b := open(t, path, Options{Mode: ModeOpen})
		if got := fmt.Sprint(b.Names()); got != tt.names {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.names)
		}
		login(t, b, "carol", "", "carol", nil)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b = open(t, path, Options{Mode: ModeOpen})
		if _, ok := b.Find("carol"); !ok {
			t.Errorf("%s: what was written after it is lost", tt.name)
		}
		if data := read(t, path); !strings.HasPrefix(data, header) || !strings.HasSuffix(data, "\n") {
			t.Errorf("%s: got a file %q, want a header and whole lines", tt.name, data)
		}
	}
}

// A write that was cut short, by a full disk say, leaves half a line; the
// next one does not join it.
func TestTornWhileRunning(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{Mode: ModeOpen})
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"op":"session","session":"hal`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	follow(t, b)
	login(t, b, "alice", "", "alice", nil)
	if got, want := fmt.Sprint(b.Names()), "[alice]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever the file holds, reading it twice gives the same, and so does
// reading what is written from it.
func FuzzState(f *testing.F) {
	f.Add(`{"op":"claim","session":"a","hash":"x"}` + "\n" + `{"op":"reset","session":"A"}`)
	f.Add(`{"op":"session","session":"a"}` + "\n" + `{"op":"key","session":"a","sum":"` + strings.Repeat("0", 64) + `"}`)
	f.Add(`{"op":"instructor","hash":"h"}` + "\n" + `{"op":"secret","secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`)
	f.Add(`{"op":"remove","session":"a"}` + "\n{}\n\x00\n[]\n" + `{"op":"other"}`)
	sum := strings.Repeat("ab", 32)
	f.Add(`{"op":"create","session":"a","password":"p"}` + "\n" + `{"op":"rename","session":"A","to":"b"}` + "\n" + `{"op":"archive","session":"b"}`)
	f.Add(`{"op":"claim","session":"a","hash":"x","more":1,"Session":"c"}` + "\n" + `{"op":"password","session":"c","password":"p"}` + "\n" + `{"op":"rename","session":"c","to":"C"}`)
	f.Add(`{"op":"mode","mode":"open"}` + "\n" + `{"op":"link","sum":"` + sum + `","until":"2026-12-01T00:00:00Z"}` + "\n" + `{"op":"used","sum":"` + sum + `"}`)
	f.Add(`{"op":"claim","session":"a"}` + "\n" + `{"op":"create","session":"a","password":"q"}` + "\n" + `{"op":"restore","session":"a"}` + "\n" + `{"op":"reset","session":"a"}`)
	f.Add(`{"op":"enrol","all":[{"op":"create","session":"a","password":"p"},{"op":"session","session":"b"},{"op":"password","session":"b","hash":"h"},{"op":"remove","session":"a"}]}` + "\n" + `{"op":"rename","session":"a","to":"c"}` + "\n" + `{"op":"rename","session":"c","to":"d"}` + "\n" + `{"op":"free","session":"a"}`)
	f.Fuzz(func(t *testing.T, data string) {
		s, again := newState(), newState()
		var e effect
		for line := range strings.SplitSeq(data, "\n") {
			s.apply([]byte(line), &e)
		}
		for _, line := range s.live() {
			again.apply(line, &e)
		}
		if got, want := describe(again), describe(s); got != want {
			t.Errorf("written and read again: got %s, want %s", got, want)
		}
	})
}

func describe(s *state) string {
	out := fmt.Sprintf("%x %q %d keys %d unknown, %s, link %v", s.secret, s.instructor, len(s.keys), len(s.unknown), s.mode, s.link)
	names := make(map[string]string)
	for key, a := range s.sessions {
		names[key] = fmt.Sprintf("%s %v %x %v %v", a.name, a.pass, a.sum, a.hasKey, a.archived)
	}
	for key, m := range s.moved {
		names["moved "+key] = m.from + " " + m.to
	}
	return out + fmt.Sprint(names)
}
