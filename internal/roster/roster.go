// Package roster reads a class list as instructors have it: comma, semicolon
// or tab between fields, columns in any order under headings of many spellings,
// names in any script. It says what is wrong by line and gives people without
// a session's name a free one.
//
// Reading changes nothing. Who may log in is account's part, who is in the
// class class's.
package roster

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"labbroker/internal/session"
)

// Limits of a list.
const (
	MaxBytes    = 1 << 20
	MaxRows     = 1000
	MaxName     = 100 // characters of a name
	MaxText     = 40  // of a display name, a section, a seat
	MaxPassword = 128 // bytes
	maxProblems = 100
)

// Row is one person. Only Name is always there.
type Row struct {
	Line     int // in the file, the first is 1
	Name     string
	Display  string // what the class sees instead of the name
	Session  string // their name (prefix); several people with one are a team
	Team     string // a team's name in free words; who has the same one shares a session
	Section  string
	Seat     string
	Password string // of their session
}

// Problem is a mistake, or a hint, at a line; 0 is the whole file.
type Problem struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// List is what a file says.
type List struct {
	Rows     []Row
	Problems []Problem // mistakes: where there is one, Rows are of no use
	Hints    []Problem // what the instructor should look at
}

func (l *List) wrong(line int, format string, a ...any) {
	if len(l.Problems) < maxProblems {
		l.Problems = append(l.Problems, Problem{line, fmt.Sprintf(format, a...)})
	}
}

func (l *List) hint(line int, format string, a ...any) {
	if len(l.Hints) < maxProblems {
		l.Hints = append(l.Hints, Problem{line, fmt.Sprintf(format, a...)})
	}
}

// CheckName says what is wrong with a session's name that an instructor
// chooses, as a part of a sentence; "" if nothing is.
func CheckName(name string) string {
	switch err := session.Check(name); {
	case session.Placeholder(name):
		return "is the slides' placeholder"
	case err == nil && session.Simulated(name):
		return "is kept for simulated boards (sim-...)"
	case err == nil:
		return ""
	case err == session.ErrReserved:
		return "is reserved"
	case err == session.ErrLong:
		return fmt.Sprintf("is longer than %d characters", session.MaxLen)
	}
	return "has other characters than A to Z, a to z, 0 to 9, _ and -, or does not begin with a letter or digit"
}

// CheckText says what is wrong with a name, a section and the like.
func CheckText(text string, most int) string {
	switch {
	case !utf8.ValidString(text):
		return "is not UTF-8"
	case utf8.RuneCountInString(text) > most:
		return fmt.Sprintf("is longer than %d characters", most)
	}
	for _, r := range text {
		if unicode.IsControl(r) || r == utf8.RuneError || turns(r) {
			return "has characters that cannot be printed"
		}
	}
	return ""
}

// turns says whether a character turns the direction of what follows, which
// makes a line of a list read as another one.
func turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// CheckPassword says what is wrong with a password; "" is none.
func CheckPassword(password string) string {
	if len(password) > MaxPassword {
		return fmt.Sprintf("is longer than %d bytes", MaxPassword)
	}
	return CheckText(password, MaxPassword)
}

// check looks at the rows by themselves and beside each other.
func (l *List) check() {
	type team struct {
		line     int
		password string
	}
	teams := map[string]team{}
	for i := range l.Rows {
		r := &l.Rows[i]
		for _, f := range []struct {
			what, text string
			most       int
		}{{"name", r.Name, MaxName}, {"display name", r.Display, MaxText}, {"section", r.Section, MaxText}, {"seat", r.Seat, MaxText}, {"team", r.Team, MaxName}} {
			if bad := CheckText(f.text, f.most); bad != "" {
				l.wrong(r.Line, "The %s %s.", f.what, bad)
			}
		}
		if r.Name == "" {
			l.wrong(r.Line, "The name is missing.")
		}
		if bad := CheckPassword(r.Password); bad != "" {
			l.wrong(r.Line, "The password %s.", bad)
		}
		if r.Session != "" {
			if bad := CheckName(r.Session); bad != "" {
				l.wrong(r.Line, "The session %q %s.", short(r.Session), bad)
				continue
			}
		}
		key := r.together()
		if key == "" {
			continue
		}
		t, known := teams[key]
		switch {
		case !known || t.password == "":
			teams[key] = team{r.Line, r.Password}
		case r.Password != "" && r.Password != t.password:
			l.wrong(r.Line, "The password differs from the one in line %d: who shares a session shares its password.", t.line)
		}
	}
	l.twins()
}

// together is what people of one session have in common, "" for who is on
// their own.
func (r *Row) together() string {
	if r.Session != "" {
		return "s " + session.Key(r.Session)
	}
	if r.Team != "" {
		return "t " + fold(r.Team)
	}
	return ""
}

// twins finds people who are listed twice.
func (l *List) twins() {
	first := map[[3]string]int{}
	for i := range l.Rows {
		r := &l.Rows[i]
		if r.Name == "" {
			continue
		}
		key := [3]string{fold(r.Name), session.Key(r.Session), fold(r.Section)}
		if line, twice := first[key]; twice {
			l.wrong(r.Line, "%s stands in line %d already. If these are two people, give each a session.", short(r.Name), line)
			continue
		}
		first[key] = r.Line
	}
}

// sort puts problems into the order of lines.
func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int { return a.Line - b.Line })
}

// short cuts what stands in a file to what a sentence bears.
func short(text string) string {
	const most = 40
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// One is a list of one person, as a form gives it.
func One(r Row) List {
	r.Line = 1
	l := List{Rows: []Row{r}}
	l.check()
	return l
}
