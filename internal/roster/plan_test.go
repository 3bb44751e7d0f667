package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"labbroker/internal/class"
	"labbroker/internal/session"
)

// accounts are those with a password, and those without (value false).
func have(people []class.Person, accounts map[string]bool) Have {
	return Have{People: people, Archived: func(name string) bool { return name == "old" }, Account: func(name string) (string, bool, bool) {
		for a, password := range accounts {
			if session.Key(a) == session.Key(name) {
				return a, true, password
			}
		}
		return "", false, false
	}}
}

func TestMake(t *testing.T) {
	t.Parallel()
	ada := class.Person{Name: "Ada Lovelace", Session: "ada", Section: "A", Seat: "3"}
	tests := []struct {
		name, in string
		people   []class.Person
		accounts map[string]bool
		whole    bool
		lines    string // line name session section does password, with + for a team
		wishes   string
		roster   string
		problem  string
		hint     string
	}{
		{name: "new ones", in: "name,section\nAda Lovelace,A\nAda King,A\nBob,B",
			lines: "2 Ada Lovelace ada A new generated; 3 Ada King ada-k A new generated; 4 Bob bob B new generated", wishes: "ada= ada-k= bob="},
		{name: "explicit names are not suggested", in: "name,session\nBob One,\nEve,bob", lines: "2 Bob One bob-o  new generated; 3 Eve bob  new generated", wishes: "bob-o= bob="},
		{name: "a claimed name is not suggested", in: "name\nBob One", accounts: map[string]bool{"BOB": true}, lines: "2 Bob One bob-o  new generated", wishes: "bob-o="},
		{name: "a claimed name that is meant", in: "name,session\nBob One,bob", accounts: map[string]bool{"BOB": true}, lines: "2 Bob One BOB  new kept"},
		{name: "one without a password gets one", in: "name,session\nBob One,bob", accounts: map[string]bool{"bob": false}, lines: "2 Bob One bob  new generated", wishes: "bob="},
		{name: "a password is given", in: "name,session,password\nBob,bob,s3cret\nEve,eve,", accounts: map[string]bool{"bob": true, "eve": true},
			lines: "2 Bob bob  new given; 3 Eve eve  new kept", wishes: "bob=s3cret"},
		{name: "the same list again", in: "name,section\nAda Lovelace,A", people: []class.Person{ada}, accounts: map[string]bool{"ada": true},
			lines: "2 Ada Lovelace ada A same kept", roster: "Ada Lovelace/ada/A/3"},
		{name: "another section by session", in: "name,session,section\nAda Lovelace,ADA,B", people: []class.Person{ada}, accounts: map[string]bool{"ada": true},
			lines: "2 Ada Lovelace ada B changed kept", roster: "Ada Lovelace/ada/B/3"},
		{name: "somebody of the same name in another section", in: "name,section\nAda Lovelace,B", people: []class.Person{ada}, accounts: map[string]bool{"ada": true},
			lines: "2 Ada Lovelace ada-l B new generated", wishes: "ada-l=", roster: "Ada Lovelace/ada/A/3 Ada Lovelace/ada-l/B/"},
		{name: "others stay", in: "name\nBob", people: []class.Person{ada}, lines: "2 Bob bob  new generated", wishes: "bob=", roster: "Ada Lovelace/ada/A/3 Bob/bob//"},
		{name: "others leave", in: "name\nBob", people: []class.Person{ada}, whole: true,
			lines: "2 Bob bob  new generated; 0 Ada Lovelace ada A leaves kept", wishes: "bob=", roster: "Bob/bob//"},
		{name: "moves", in: "name,session\nAda Lovelace,solar\nBob,solar", people: []class.Person{ada}, accounts: map[string]bool{"ada": true},
			lines: "2 Ada Lovelace solar+ A moves generated; 3 Bob solar+  new generated", wishes: "solar=", hint: "line 2: Ada Lovelace moves from ada to solar.", roster: "Ada Lovelace/solar/A/3 Bob/solar//"},
		{name: "joins one who is there", in: "name,session\nBob,ada", people: []class.Person{ada}, accounts: map[string]bool{"ada": true},
			lines: "2 Bob ada+  new kept", roster: "Ada Lovelace/ada/A/3 Bob/ada//"},
		{name: "one who joined is found", in: "name,section\nAda Lovelace,A", people: []class.Person{{Name: "ada lovelace", Session: "ada-7", Joined: true}}, accounts: map[string]bool{"ada-7": true},
			lines: "2 Ada Lovelace ada-7 A changed kept", roster: "Ada Lovelace/ada-7/A/"},
		{name: "who only typed a listed name is not", in: "name\nAda Lovelace", people: []class.Person{{Name: "Ada Lovelace", Session: "eve", Joined: true}, ada}, accounts: map[string]bool{"ada": true, "eve": true},
			lines: "2 Ada Lovelace ada A same kept", roster: "Ada Lovelace/eve// Ada Lovelace/ada/A/3"},
		{name: "a team by name", in: "name,team\nAda Lovelace,Team Sun\nBob,team  sun\nEve,", lines: "2 Ada Lovelace team-sun+  new generated; 3 Bob team-sun+  new generated; 4 Eve eve  new generated", wishes: "team-sun= eve="},
		{name: "a team again", in: "name,team\nAda,Sun\nBob,Sun", people: []class.Person{{Name: "Ada", Session: "sun-2"}, {Name: "Bob", Session: "sun-2"}}, accounts: map[string]bool{"sun": true, "sun-2": true},
			lines: "2 Ada sun-2+  same kept; 3 Bob sun-2+  same kept"},
		{name: "a team of two spellings", in: "name,session\nAda,Sun\nBob,SUN", lines: "2 Ada Sun+  new generated; 3 Bob Sun+  new generated", wishes: "Sun="},
		{name: "an archived one", in: "name,session\nAda,old", accounts: map[string]bool{"old": true}, lines: "2 Ada old  new kept", hint: "line 2: old is archived"},
		{name: "a section that cannot be", in: "name,section\nAda,A/1", problem: "line 2: Ada: the section has one of / + #"},
		{name: "a team's two passwords by its name", in: "name,team,session,password\nAda,T,t,x\nBob,T,,y", problem: "line 3: The password differs"},
		{name: "mistakes of the list", in: "name,session\n,x", problem: "line 2: The name is missing."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := Make(Read([]byte(tt.in), Options{}), have(tt.people, tt.accounts), tt.whole)
			if tt.problem != "" {
				if len(p.Problems) == 0 || !strings.HasPrefix(p.Problems[0].Error(), tt.problem) {
					t.Errorf("got problems %v, want %q", p.Problems, tt.problem)
				}
				return
			}
			var lines, wishes, people []string
			for _, l := range p.Lines {
				team := ""
				if l.Team {
					team = "+"
				}
				lines = append(lines, fmt.Sprintf("%d %s %s%s %s %s %s", l.Line, l.Person.Name, l.Person.Session, team, l.Person.Section, l.Does, l.Password))
			}
			for _, w := range p.Wishes {
				wishes = append(wishes, w.Session+"="+w.Password)
			}
			for _, x := range p.People {
				people = append(people, strings.Join([]string{x.Name, x.Session, x.Section, x.Seat}, "/"))
			}
			if got := strings.Join(lines, "; "); got != tt.lines || len(p.Problems) > 0 {
				t.Errorf("got %q %v, want %q", got, p.Problems, tt.lines)
			}
			if got := strings.Join(wishes, " "); got != tt.wishes {
				t.Errorf("got wishes %q, want %q", got, tt.wishes)
			}
			if got := strings.Join(people, " "); tt.roster != "" && got != tt.roster {
				t.Errorf("got the roster %q, want %q", got, tt.roster)
			}
			if tt.hint != "" && !slices.ContainsFunc(p.Hints, func(h Problem) bool { return strings.HasPrefix(h.Error(), tt.hint) }) {
				t.Errorf("got hints %v, want %q", p.Hints, tt.hint)
			}
		})
	}
}

// FuzzMake: any two lists one after the other end in a roster that the class
// takes, and the second one again changes nothing more.
func FuzzMake(f *testing.F) {
	f.Add("name\nAda", "name,section\nAda,B\nBob,B", false)
	f.Add("name,team\nAda,T\nBob,T", "name,session\nAda,bob\nBob,", true)
	f.Add("name,session,password\nAda,x,1", "name,session,password\nAda,X,2\nEve,x,2", false)
	f.Fuzz(func(t *testing.T, first, second string, whole bool) {
		accounts := map[string]bool{}
		var people []class.Person
		for _, in := range []string{first, second} {
			l := Read([]byte(in), Options{})
			p := Make(l, have(people, accounts), whole)
			if len(p.Problems) > 0 {
				continue
			}
			if err := class.CheckPeople(p.People); err != nil {
				t.Fatalf("%q: the class refuses: %v", in, err)
			}
			if people = p.People; len(l.Rows) > len(people) {
				t.Fatalf("%q: got %d people of %d lines", in, len(people), len(l.Rows))
			}
			for _, w := range p.Wishes {
				accounts[w.Session] = true
			}
			for _, x := range people {
				if _, ok, _ := have(nil, accounts).Account(x.Session); !ok {
					t.Fatalf("%q: %s has no account", in, x.Session)
				}
			}
		}
	})
}
