package account

import (
	"fmt"
	"strings"

	"labbroker/internal/session"
)

// Entry is a line of a class list that is given at start.
type Entry struct {
	Name     string // the student's, for the instructor's eyes; may be ""
	Session  string
	Password string
}

// readRoster checks the class list.
func readRoster(o Options) (map[string]Entry, error) {
	switch {
	case o.Mode != "" && !known(o.Mode):
		return nil, fmt.Errorf("access is %q; it is one of claim, roster, open", o.Mode)
	case o.Mode != ModeRoster:
		return nil, nil
	}
	roster := make(map[string]Entry, len(o.Roster))
	for i, e := range o.Roster {
		e.Session = strings.TrimSpace(e.Session)
		key := session.Key(e.Session)
		if err := session.Check(e.Session); err != nil {
			return nil, fmt.Errorf("roster entry %d, session %q: %w", i+1, e.Session, err)
		}
		if e.Password == "" {
			return nil, fmt.Errorf("roster entry %d: session %s has no password", i+1, e.Session)
		}
		if _, twice := roster[key]; twice {
			return nil, fmt.Errorf("roster entry %d: session %s is listed twice", i+1, e.Session)
		}
		roster[key] = e
	}
	return roster, nil
}
