package roster

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"labbroker/internal/session"
)

func TestRead(t *testing.T) {
	t.Parallel()
	ada := Row{Line: 2, Name: "Ada Lovelace", Session: "ada", Section: "A"}
	utf16le := binary.LittleEndian.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune("name\tsession\tsection\r\nAda Lovelace\tada\tA\r\n")) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, u)
	}
	tests := []struct {
		name, in string
		o        Options
		want     []Row
		problems []string
	}{
		{"commas", "name,session,section\nAda Lovelace,ada,A\n", Options{}, []Row{ada}, nil},
		{"semicolons, CRLF, BOM", "\ufeffName;Session;Section\r\nAda Lovelace;ada;A\r\n", Options{}, []Row{ada}, nil},
		{"tabs, no last line end", "NAME\tSESSION\tSECTION\nAda Lovelace\tada\tA", Options{}, []Row{ada}, nil},
		{"tabs with an empty field", "name\tdisplay name\tsession\tsection\nAda Lovelace\t\tada\tA", Options{}, []Row{ada}, nil},
		{"a Mac's old line ends", "name,session,section\rAda Lovelace,ada,A\r", Options{}, []Row{ada}, nil},
		{"UTF-16 of Excel", string(utf16le), Options{}, []Row{ada}, nil},
		{"Excel's sep", "sep=;\nname;session;section\nAda Lovelace;ada;A\n", Options{}, []Row{{3, "Ada Lovelace", "", "ada", "", "A", "", ""}}, nil},
		{"any order and case, unknown column", "Group , E-Mail, User Name , STUDENT NAME\nA,a@b.c,ada,Ada Lovelace", Options{}, []Row{ada}, nil},
		{"first and last name", "First name,Last name,Prefix,Class\nAda,Lovelace,ada/,A", Options{}, []Row{ada}, nil},
		{"German", "Nachname;Vorname;Benutzername;Gruppe\nLovelace;Ada;ada;A", Options{}, []Row{ada}, nil},
		{"all columns", "name,session,section,password,display name,seat,team\nAda Lovelace,ada,A,s3cret,Countess,12,T", Options{},
			[]Row{{2, "Ada Lovelace", "Countess", "ada", "T", "A", "12", "s3cret"}}, nil},
		{"quotes and lines between", "\n\nname,session\n\n\"Lovelace, Ada \"\"A\"\"\",ada\n,,\n", Options{}, []Row{{Line: 5, Name: `Lovelace, Ada "A"`, Session: "ada"}}, nil},
		{"any script", "name\nŻółć Ćma\n李雷\nمريم\n", Options{}, []Row{{Line: 2, Name: "Żółć Ćma"}, {Line: 3, Name: "李雷"}, {Line: 4, Name: "مريم"}}, nil},
		{"Windows-1252", "name\nJ\xfcrgen \x8alic\n", Options{}, []Row{{Line: 2, Name: "Jürgen Šlic"}}, nil},
		{"names alone", "Ada\nBob\n", Options{}, []Row{{Line: 1, Name: "Ada"}, {Line: 2, Name: "Bob"}}, nil},
		{"names and sessions alone", "Ada,ada\nBob,bob\n", Options{}, []Row{{Line: 1, Name: "Ada", Session: "ada"}, {Line: 2, Name: "Bob", Session: "bob"}}, nil},
		{"bare with passwords", "Ada,ada,x\n", Options{Bare: true}, []Row{{Line: 1, Name: "Ada", Session: "ada", Password: "x"}}, nil},
		{"sessions alone", "session,password\nada,x\n", Options{}, []Row{{Line: 2, Name: "ada", Session: "ada", Password: "x"}}, nil},
		{"a team", "name,session,password\nAda,one,x\nBob,ONE,\n", Options{}, []Row{{Line: 2, Name: "Ada", Session: "one", Password: "x"}, {Line: 3, Name: "Bob", Session: "ONE"}}, nil},

		{"empty", "", Options{}, nil, []string{"the list is empty"}},
		{"headings alone", "name,session\n", Options{}, nil, []string{"the list is empty"}},
		{"three columns without headings", "Ada,ada,A\n", Options{}, nil, []string{"line 1: the first line has to say"}},
		{"headings without a name", "section,password\nA,x\n", Options{}, nil, []string{"line 1: the headings have no name"}},
		{"a column twice", "name,section,group\nAda,A,B\n", Options{}, nil, []string{"line 1: two columns are the section"}},
		{"many mistakes", "name,session,password\n,bob,x\nAda,a/b,x\nEve,class,x\nSam,sim-1,x\nIvy,insert unique session here,x\nLee," + strings.Repeat("l", 33) + ",x\n", Options{}, nil, []string{
			"line 2: the name is missing", "line 3: the session \"a/b\" has other characters", "line 4: the session \"class\" is reserved", "line 5: the session \"sim-1\" is kept",
			"line 6: the session \"insert unique session here\" is the slides'", "line 7: the session \"llll"}},
		{"a team with two passwords", "name,session,password\nAda,one,x\nBob,one,y\n", Options{}, nil, []string{"line 3: the password differs from the one in line 2"}},
		{"a person twice", "name,section\nAda,A\nada ,A\nAda,B\n", Options{}, nil, []string{"line 3: ada stands in line 2 already"}},
		{"an open quotation mark", "name\nAda\n\"Bob\nEve\n", Options{}, nil, []string{"line 3: a quotation mark"}},
		{"too many fields", "name,session\nLovelace, Ada,ada\n", Options{}, nil, []string{"line 2: the line has more fields"}},
		{"characters that turn the line", "name\nAda\u202eevil\n", Options{}, nil, []string{"line 2: the name has characters that cannot be printed"}},
		{"a long name", "name\n" + strings.Repeat("ż", MaxName+1), Options{}, nil, []string{"line 2: the name is longer than 100 characters"}},
		{"too large", strings.Repeat("a", MaxBytes+1), Options{}, nil, []string{"the file is larger than 1024 KB"}},
		{"too many", "name\n" + many(MaxRows+1), Options{}, nil, []string{fmt.Sprintf("line %d: the list has more than %d people", MaxRows+2, MaxRows)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Read([]byte(tt.in), tt.o)
			if len(tt.problems) == 0 && !slices.Equal(got.Rows, tt.want) {
				t.Errorf("got %+v, want %+v", got.Rows, tt.want)
			}
			if len(got.Problems) != len(tt.problems) {
				t.Fatalf("got problems %v, want %q", got.Problems, tt.problems)
			}
			for i, p := range got.Problems {
				if !strings.HasPrefix(strings.ToLower(p.Error()), strings.ToLower(tt.problems[i])) {
					t.Errorf("got problem %q, want %q", p.Error(), tt.problems[i])
				}
			}
		})
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Student %d\n", i)
	}
	return b.String()
}

func TestHints(t *testing.T) {
	t.Parallel()
	got := Read([]byte("name,E-Mail\nJ\xfcrgen,x\n"), Options{})
	if len(got.Hints) != 2 || !strings.Contains(got.Hints[0].Text, "Windows-1252") || !strings.Contains(got.Hints[1].Text, "Not used: E-Mail.") {
		t.Errorf("got %v, want a hint of the encoding and of the column", got.Hints)
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{"bob": true, "eve": true, "eve-m": true, "eve-mor": true, "eve-moreau": true, "class-x": true}
	for _, tt := range []struct{ in, want string }{
		{"Ada Lovelace", "ada"},
		{"Lovelace, Ada", "ada"},
		{"Żółć Ćma", "zolc"},
		{"Jürgen Groß", "jurgen"},
		{"Иван Щукин", "ivan"},
		{"Ελένη", "eleni"},
		{"李雷", "student"},
		{"Bob Brown", "bob-b"},
		{"Bob", "bob-2"},
		{"Eve Moreau", "eve-2"},
		{"Class", "the-class"},
		{"sim-sala", "sim"},
		{"O'Neill", "oneill"},
		{strings.Repeat("a", 50), strings.Repeat("a", 32)},
		{"---", "student"},
	} {
		if got := Suggest(tt.in, func(key string) bool { return taken[key] }); got != tt.want {
			t.Errorf("Suggest(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
	if got, want := SuggestTeam("Team Rocket", func(string) bool { return false }), "team-rocket"; got != want {
		t.Errorf("SuggestTeam: got %q, want %q", got, want)
	}
}

// FuzzRead: whatever comes, reading ends, and what it lets pass keeps every
// rule.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"name,session,section\nAda Lovelace,ada,A\n", "\ufeffName;Session\r\nŻółć;zolc\r\n", "sep=;\nname;x\n\"a\";b", "\xff\xfen\x00a\x00", "Vorname\tNachname\nA\tB",
		"name,team\nAda,T\nBob,t", "session\nada", "\"", "name\n\"a\nb\"", "name\rAda", "a,b\n,,,\n",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, bare bool) {
		l := Read(data, Options{Bare: bare})
		taken := map[string]bool{}
		if len(l.Problems) > maxProblems || len(l.Rows) > MaxRows {
			t.Fatalf("got %d problems and %d rows, want a bounded list", len(l.Problems), len(l.Rows))
		}
		if len(l.Problems) > 0 {
			return
		}
		if len(l.Rows) == 0 {
			t.Fatal("got neither rows nor problems")
		}
		for _, r := range l.Rows {
			if r.Name == "" || CheckText(r.Name, MaxName) != "" || r.Session != "" && session.Check(r.Session) != nil {
				t.Fatalf("got %+v, want a row that keeps the rules", r)
			}
			name := Suggest(r.Name, func(key string) bool { return taken[key] })
			if CheckName(name) != "" || taken[session.Key(name)] {
				t.Fatalf("Suggest(%q): got %q, want a free name", r.Name, name)
			}
			taken[session.Key(name)] = true
		}
	})
}
