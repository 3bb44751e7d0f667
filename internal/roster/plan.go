package roster

import (
	"slices"

	"labbroker/internal/class"
	"labbroker/internal/session"
)

// Have is what there is before a list is applied.
type Have struct {
	People []class.Person
	// Account says whether a session exists, in which spelling, and whether it
	// has a password.
	Account func(name string) (spelling string, exists, password bool)
	// Archived says that nobody gets in under that name; nil = none is.
	Archived func(name string) bool
	// Former is the session that was called name until it got another one; ""
	// or nil = none was.
	Former func(name string) string
}

// What a line does.
const (
	New     = "new"
	Changed = "changed"
	Same    = "same"
	Moves   = "moves" // to another session
	Leaves  = "leaves"
)

// What becomes of a session's password.
const (
	Generated = "generated"
	Given     = "given"
	Kept      = "kept"
)

// Line is one person of the list, or one who leaves the roster (Line 0).
type Line struct {
	Line     int
	Person   class.Person
	Does     string
	Before   string // the session before, where the person moves
	Password string
	Team     bool // others have the same session
}

// Wish is a session that has to exist, with a password: a given one, else a
// generated one where it has none yet.
type Wish struct {
	Session  string
	Password string
}

// Plan is what a list changes.
type Plan struct {
	Lines    []Line
	People   []class.Person // the whole roster afterwards
	Wishes   []Wish
	Fresh    map[string]bool // of the wishes, the sessions that do not exist yet
	Problems []Problem       // where there is one nothing is to be applied
	Hints    []Problem
}

// Make plans what becomes of a list without mistakes. People who are there
// already, by name and section, keep their session; with whole, who is not in
// the list leaves the roster (sessions and data stay).
func Make(l List, have Have, whole bool) Plan {
	p := planner{Plan: Plan{Hints: slices.Clone(l.Hints), Problems: l.Problems}, have: have}
	if len(l.Problems) > 0 {
		return p.Plan
	}
	p.begin(l.Rows)
	for i := range l.Rows {
		p.settle(l.Rows, i)
	}
	p.finish(l.Rows, whole)
	return p.Plan
}

type planner struct {
	Plan
	have  Have
	taken map[string]bool // session.Key
	match []int           // by row: place in have.People, -1 = new
	teams map[string]string
	to    []string // by row: the session
}

// begin finds who is there already, and which names are not free.
func (p *planner) begin(rows []Row) {
	p.taken, p.teams = map[string]bool{}, map[string]string{}
	byName := map[string][]int{}
	for i, x := range p.have.People {
		p.taken[session.Key(x.Session)] = true
		byName[fold(x.Name)] = append(byName[fold(x.Name)], i)
	}
	used := map[int]bool{}
	p.match, p.to = make([]int, len(rows)), make([]string, len(rows))
	for i := range rows {
		p.match[i] = -1
		if rows[i].Session != "" {
			p.taken[session.Key(rows[i].Session)] = true
		}
	}
	// Who has the same session goes first, then who has the same section, then
	// who is the only one of that name; who typed the name when joining counts
	// where nobody else has it.
	for pass := range 3 {
		for i := range rows {
			r := &rows[i]
			if p.match[i] >= 0 {
				continue
			}
			var free, joined []int
			for _, at := range byName[fold(r.Name)] {
				switch {
				case used[at]:
				case pass == 2 && p.have.People[at].Joined:
					joined = append(joined, at)
				default:
					free = append(free, at)
				}
			}
			if len(free) == 0 {
				free = joined
			}
			for _, at := range free {
				x := &p.have.People[at]
				fits := pass == 0 && r.Session != "" && session.Key(r.Session) == session.Key(x.Session) ||
					pass == 1 && r.Section != "" && fold(r.Section) == fold(x.Section) ||
					pass == 2 && len(free) == 1 && (r.Section == "" || x.Section == "")
				if fits {
					p.match[i], used[at] = at, true
					break
				}
			}
		}
	}
	for i := range rows {
		if rows[i].Team != "" && rows[i].Session != "" {
			p.teams[fold(rows[i].Team)] = rows[i].Session
		}
	}
	p.knownTeams(rows)
}

// knownTeams lets a team that was listed before keep its session: one that all
// its people have, and nobody else.
func (p *planner) knownTeams(rows []Row) {
	type team struct {
		session string
		members map[int]bool
		many    bool
	}
	teams := map[string]*team{}
	for i := range rows {
		if rows[i].Team == "" || p.match[i] < 0 {
			continue
		}
		t := teams[fold(rows[i].Team)]
		s := p.have.People[p.match[i]].Session
		if t == nil {
			t = &team{session: s, members: map[int]bool{}}
			teams[fold(rows[i].Team)] = t
		}
		t.members[p.match[i]] = true
		t.many = t.many || session.Key(s) != session.Key(t.session)
	}
	for name, t := range teams {
		own := !t.many && len(t.members) > 1
		for i, x := range p.have.People {
			own = own && (t.members[i] || session.Key(x.Session) != session.Key(t.session))
		}
		if own && p.teams[name] == "" {
			p.teams[name] = t.session
		}
	}
}

func (p *planner) isTaken(key string) bool {
	if p.taken[key] {
		return true
	}
	_, exists, _ := p.have.Account(key)
	return exists || p.former(key) != ""
}

func (p *planner) former(name string) string {
	if p.have.Former == nil {
		return ""
	}
	return p.have.Former(name)
}

// settle gives the person of a row a session.
func (p *planner) settle(rows []Row, i int) {
	r := &rows[i]
	name := r.Session
	switch {
	case name != "":
	case r.Team != "":
		if name = p.teams[fold(r.Team)]; name == "" {
			name = SuggestTeam(r.Team, p.isTaken)
		}
		p.teams[fold(r.Team)] = name
	case p.match[i] >= 0:
		name = p.have.People[p.match[i]].Session
	default:
		name = Suggest(r.Name, p.isTaken)
	}
	if spelling, exists, _ := p.have.Account(name); exists {
		name = spelling
	} else {
		for _, x := range p.to[:i] { // the first line's spelling counts
			if session.Key(x) == session.Key(name) {
				name = x
				break
			}
		}
	}
	p.taken[session.Key(name)] = true
	p.to[i] = name
}

// finish makes the roster and the wishes.
func (p *planner) finish(rows []Row, whole bool) {
	count := map[string]int{}
	passwords := map[string]string{}
	for i := range rows {
		key := session.Key(p.to[i])
		count[key]++
		if rows[i].Password != "" {
			if old := passwords[key]; old != "" && old != rows[i].Password {
				p.wrong(rows[i].Line, "The password differs from another one of the team %s: who shares a session shares its password.", p.to[i])
			}
			passwords[key] = rows[i].Password
		}
	}
	people := slices.Clone(p.have.People)
	stays := make([]bool, len(people))
	for i := range rows {
		r := &rows[i]
		x := class.Person{Name: r.Name, Display: r.Display, Session: p.to[i], Section: r.Section, Seat: r.Seat}
		line := Line{Line: r.Line, Does: New, Password: p.password(p.to[i], passwords)}
		if at := p.match[i]; at >= 0 {
			old := people[at]
			stays[at] = true
			// What the list has no word for stays as it is.
			x.Display, x.Section, x.Seat = either(x.Display, old.Display), either(x.Section, old.Section), either(x.Seat, old.Seat)
			switch {
			case session.Key(old.Session) != session.Key(x.Session):
				line.Does, line.Before = Moves, old.Session
				p.hint(r.Line, "%s moves from %s to %s. What %s has recorded stays there.", short(r.Name), old.Session, x.Session, old.Session)
			case old == x:
				line.Does = Same
			default:
				line.Does = Changed
			}
			people[at] = x
		} else {
			people = append(people, x)
		}
		line.Person = x
		p.Lines = append(p.Lines, line)
		if to := p.former(x.Session); to != "" && r.Session != "" {
			p.hint(r.Line, "%s was the name of %s until it was renamed. A board that still uses it is told that its password is wrong.", x.Session, to)
		}
		if p.have.Archived != nil && p.have.Archived(x.Session) {
			p.hint(r.Line, "%s is archived and stays so: nobody gets in until you bring it back.", x.Session)
		}
	}
	kept := people[:0:0]
	for i, x := range people {
		switch {
		case i >= len(stays) || stays[i] || !whole:
			kept = append(kept, x)
			if i < len(stays) && !stays[i] {
				count[session.Key(x.Session)]++
			}
		default:
			p.Lines = append(p.Lines, Line{Person: x, Does: Leaves, Password: Kept})
		}
	}
	if p.People = kept; len(kept) > class.MaxPeople {
		p.wrong(0, "The roster would have %d people; it has room for %d.", len(kept), class.MaxPeople)
	}
	wished := map[string]bool{}
	p.Fresh = map[string]bool{}
	for i := range p.Lines {
		l := &p.Lines[i]
		key := session.Key(l.Person.Session)
		l.Team = count[key] > 1
		if l.Line == 0 || l.Password == Kept || wished[key] {
			continue
		}
		wished[key] = true
		if _, exists, _ := p.have.Account(l.Person.Session); !exists {
			p.Fresh[l.Person.Session] = true
		}
		p.Wishes = append(p.Wishes, Wish{l.Person.Session, passwords[key]})
	}
	p.check()
	sortProblems(p.Hints)
	sortProblems(p.Problems)
}

// check asks the roster itself, whose rules count.
func (p *planner) check() {
	for i := range p.Lines {
		l := &p.Lines[i]
		if err := l.Person.Check(); err != nil && l.Line > 0 {
			p.wrong(l.Line, "%s: %v.", short(l.Person.Name), err)
		}
	}
}

func (p *planner) password(name string, given map[string]string) string {
	_, exists, has := p.have.Account(name)
	switch {
	case given[session.Key(name)] != "":
		return Given
	case exists && has:
		return Kept
	}
	return Generated
}

func (p *planner) wrong(line int, format string, a ...any) {
	l := List{Problems: p.Problems}
	l.wrong(line, format, a...)
	p.Problems = l.Problems
}

func (p *planner) hint(line int, format string, a ...any) {
	l := List{Hints: p.Hints}
	l.hint(line, format, a...)
	p.Hints = l.Hints
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
