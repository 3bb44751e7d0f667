package dashboard

import (
	"slices"
	"strings"
)

// who is what the roster says of a session.
type who struct {
	people  []string // names as they are shown, never nil
	section string   // its first person's
	seat    string   // of a team all of them
}

func (s *Server) who(name string) who {
	w := who{people: []string{}}
	var seats []string
	for i, p := range s.Class.Of(name) {
		if i == 0 {
			w.section = p.Section
		}
		if shown := p.Shown(); shown != "" {
			w.people = append(w.people, shown)
		}
		if p.Seat != "" && !slices.Contains(seats, p.Seat) {
			seats = append(seats, p.Seat)
		}
	}
	w.seat = strings.Join(seats, ", ")
	return w
}
