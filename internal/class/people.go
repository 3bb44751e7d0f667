package class

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"labbroker/internal/session"
)

// MaxPeople bounds the roster.
const MaxPeople = 10_000

// Person is a line of the roster. Several with one session are a team.
type Person struct {
	Name    string `json:"name"`              // as the roster has it
	Display string `json:"display,omitempty"` // to be shown in its place, in any script
	Session string `json:"session"`
	Section string `json:"section,omitempty"`
	Seat    string `json:"seat,omitempty"` // or alias, for the projector
	// Joined says that they typed their name themselves, and no class list has
	// said so since.
	Joined bool `json:"joined,omitempty"`
}

// Shown is the name for pages: Display, else Name.
func (p Person) Shown() string {
	if p.Display != "" {
		return p.Display
	}
	return p.Name
}

// Check returns nil or a *Mistake.
func (p Person) Check() error {
	for _, f := range []struct {
		field, called, text string
		most                int
	}{
		{"name", "the name", p.Name, 200},
		{"display", "the name to show", p.Display, 200},
		{"section", "the section", p.Section, 60},
		{"seat", "the seat", p.Seat, 60},
	} {
		if text := textMistake(f.called, f.text, f.most, false); text != "" {
			return &Mistake{Field: f.field, Text: text}
		}
	}
	if strings.ContainsAny(p.Section, "/+#") { // its messages have a topic of their own
		return &Mistake{Field: "section", Text: "the section has one of / + #, which its topic cannot have"}
	}
	if err := session.Check(p.Session); err != nil {
		return &Mistake{Field: "session", Text: fmt.Sprintf("%.40q cannot be a session: %v", p.Session, err)}
	}
	return nil
}

// CheckPeople returns nil or the first *Mistake.
func CheckPeople(people []Person) error {
	if len(people) > MaxPeople {
		return &Mistake{Field: "people", Text: fmt.Sprintf("there are %d people; a roster has %d at most", len(people), MaxPeople)}
	}
	for i, p := range people {
		if err := p.Check(); err != nil {
			m := *err.(*Mistake)
			m.Person = i + 1
			return &m
		}
	}
	return nil
}

// People is a copy of the roster, in its order.
func (b *Book) People() []Person {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.Clone(b.now.People)
}

// SetPeople puts another roster in the place of this one, all of it or nothing.
// Its error is a *Mistake, or says that the file could not be written.
func (b *Book) SetPeople(people []Person) error {
	if err := CheckPeople(people); err != nil {
		return err
	}
	people = slices.Clone(people)
	return b.change(func(c *contents) error {
		c.People = people
		return nil
	})
}

// Join adds a person who joined. Its error is a *Mistake, or says that the file
// could not be written. A whole class joins in a minute: those who come while
// the file is written share the next writing.
func (b *Book) Join(p Person) error {
	p.Joined = true
	if err := p.Check(); err != nil {
		return err
	}
	b.mu.Lock()
	if b.joining == nil {
		b.joining = &joiners{}
	}
	g := b.joining
	g.people = append(g.people, p)
	b.mu.Unlock()
	g.once.Do(func() {
		g.err = b.change(func(c *contents) error {
			b.mu.Lock()
			b.joining = nil // who comes now comes too late for this writing
			b.mu.Unlock()
			c.People = append(c.People, g.people...)
			return CheckPeople(c.People)
		})
	})
	return g.err
}

// joiners are written together.
type joiners struct {
	people []Person // guarded by Book.mu until once
	once   sync.Once
	err    error
}

// Of is the people of a session, in the roster's order; a copy.
func (b *Book) Of(name string) []Person {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.Clone(b.bySession[session.Key(name)])
}

// Section is a session's: that of its first person, "" if none.
func (b *Book) Section(name string) string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if people := b.bySession[session.Key(name)]; len(people) > 0 {
		return people[0].Section
	}
	return ""
}

// Sections are the roster's, by name, each once; those without are left out.
func (b *Book) Sections() []string {
	var all []string
	for _, p := range b.People() {
		if p.Section != "" {
			all = append(all, p.Section)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Rename moves a session's people to another name, whoever is there. A session
// that has none is no error.
func (b *Book) Rename(old, name string) error {
	if err := session.Check(name); err != nil {
		return fmt.Errorf("%.40q cannot be a session: %w", name, err)
	}
	if len(b.Of(old)) == 0 {
		return nil
	}
	return b.change(func(c *contents) error {
		for i := range c.People {
			if session.Key(c.People[i].Session) == session.Key(old) {
				c.People[i].Session = name
			}
		}
		return nil
	})
}

// Drop takes a session's people out of the roster. A session that has none is no
// error.
func (b *Book) Drop(name string) error {
	if len(b.Of(name)) == 0 {
		return nil
	}
	return b.change(func(c *contents) error {
		c.People = slices.DeleteFunc(c.People, func(p Person) bool { return session.Key(p.Session) == session.Key(name) })
		return nil
	})
}
