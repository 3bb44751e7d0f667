package main

import (
	"errors"
	"fmt"
	"os"

	"labbroker/internal/account"
	"labbroker/internal/roster"
	"labbroker/internal/session"
)

// readRoster reads a class list in which everybody has a session and a
// password. Without headings its columns are name, session and password. Every
// mistake names its line; nothing of a faulty list is used.
func readRoster(path string) (roster.List, []account.Entry, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return roster.List{}, nil, fmt.Errorf("the roster %s cannot be read: %w", path, errors.Unwrap(err))
	}
	l := roster.Read(data, roster.Options{Bare: true})
	passwords := map[string]string{}
	for _, r := range l.Rows {
		if r.Password != "" {
			passwords[session.Key(r.Session)] = r.Password
		}
	}
	var entries []account.Entry
	seen := map[string]bool{}
	for i := range l.Rows {
		r := &l.Rows[i]
		key := session.Key(r.Session)
		switch {
		case len(l.Problems) > 0:
		case r.Session == "":
			l.Problems = append(l.Problems, roster.Problem{Line: r.Line, Text: "Give " + r.Name + " a session."})
		case passwords[key] == "":
			l.Problems = append(l.Problems, roster.Problem{Line: r.Line, Text: "Give " + r.Session + " a password."})
		case !seen[key]: // else of the same team
			seen[key] = true
			entries = append(entries, account.Entry{Name: r.Name, Session: r.Session, Password: passwords[key]})
		}
	}
	if len(l.Problems) > 0 {
		return roster.List{}, nil, fmt.Errorf("the roster %s: %w", path, l.Problems[0])
	}
	return l, entries, nil
}

// enlist brings the people of --roster into the class, beside those who are
// there.
func (s *server) enlist() error {
	if len(s.c.list.Rows) == 0 {
		return nil
	}
	p := roster.Make(s.c.list, roster.Have{People: s.class.People(), Account: func(name string) (string, bool, bool) {
		spelling, ok := s.accounts.Find(name)
		return spelling, ok, ok
	}}, false)
	if len(p.Problems) > 0 {
		return fmt.Errorf("the roster %s: %w", s.c.Roster, p.Problems[0])
	}
	for _, l := range p.Lines {
		if l.Does != roster.Same {
			return s.class.SetPeople(p.People)
		}
	}
	return nil
}
