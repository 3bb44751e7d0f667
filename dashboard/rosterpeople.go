package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"labbroker/internal/account"
	"labbroker/internal/class"
	"labbroker/internal/notice"
	"labbroker/internal/roster"
	"labbroker/internal/series"
	"labbroker/internal/session"
)

// enrolledOne is a session with its password, where that can be read.
type enrolledOne struct {
	Session  string `json:"session"`
	Password string `json:"password"` // "" = chosen, and only hashed
}

func (s *Server) one(name string) enrolledOne {
	password, _ := s.Accounts.Readable(name)
	return enrolledOne{name, password}
}

// postPerson adds one by hand: as a list of one line.
func (s *Server) postPerson(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct {
		class.Person
		Password string `json:"password"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	p := tidy(in.Person)
	s.listing.Lock()
	defer s.listing.Unlock()
	for _, x := range s.Class.People() {
		if strings.EqualFold(x.Name, p.Name) && (p.Session == "" || session.Key(p.Session) == session.Key(x.Session)) && x.Section == p.Section {
			return fail(http.StatusConflict, "%s is in the roster already, as %s. If this is somebody else, give them a session of their own.", notice.Quote(p.Name), x.Session)
		}
	}
	list := roster.One(roster.Row{Name: p.Name, Display: p.Display, Session: p.Session, Section: p.Section, Seat: p.Seat, Password: in.Password})
	plan := roster.Make(list, s.have(), false)
	if len(plan.Problems) > 0 {
		return fail(http.StatusBadRequest, "%s", plan.Problems[0].Text)
	}
	if err := s.apply(&plan); err != nil {
		return err
	}
	return sendJSON(w, http.StatusCreated, s.one(plan.Lines[0].Person.Session))
}

// putPerson changes a person; with another session they go to another team, or
// to a new session. The one before is told from others by all that it says.
func (s *Server) putPerson(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct{ Before, After class.Person }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	after := tidy(in.After)
	s.listing.Lock()
	defer s.listing.Unlock()
	people := s.Class.People()
	at := slices.Index(people, in.Before)
	if at < 0 {
		return fail(http.StatusConflict, "%s is not in the roster as you see it. Look at it again.", notice.Quote(in.Before.Name))
	}
	if after.Name == "" {
		return fail(http.StatusBadRequest, "The name is missing.")
	}
	if session.Key(after.Session) != session.Key(in.Before.Session) {
		if bad := roster.CheckName(after.Session); bad != "" {
			return fail(http.StatusBadRequest, "The session %s %s.", notice.Quote(after.Session), bad)
		}
		if to, was := s.Accounts.Renamed(after.Session); was {
			return fail(http.StatusConflict, "%s was the name of %s: boards may still use it.", notice.Quote(after.Session), to)
		}
	}
	if spelling, ok := s.find(after.Session); ok {
		after.Session = spelling
	}
	plan := roster.Plan{People: people}
	people[at] = after
	if !s.Accounts.HasPassword(after.Session) {
		plan.Wishes = []roster.Wish{{Session: after.Session}}
	}
	if err := s.apply(&plan); err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, s.one(after.Session))
}

// deletePerson takes a person off the list. Their session and its data stay.
func (s *Server) deletePerson(w http.ResponseWriter, r *http.Request, _ call) error {
	var in class.Person
	if err := readJSON(r, &in); err != nil {
		return err
	}
	s.listing.Lock()
	defer s.listing.Unlock()
	people := s.Class.People()
	at := slices.Index(people, in)
	if at < 0 {
		return fail(http.StatusConflict, "%s is not in the roster as you see it. Look at it again.", notice.Quote(in.Name))
	}
	if err := s.Class.SetPeople(slices.Delete(people, at, at+1)); err != nil {
		return listFailure(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// postPasswords gives all sessions that have no password one.
func (s *Server) postPasswords(w http.ResponseWriter, _ *http.Request, _ call) error {
	s.listing.Lock()
	defer s.listing.Unlock()
	list := []account.Enrolment{}
	for _, x := range s.enrolled() {
		if x.Password == "none" && !x.Simulated && !x.Archived && (x.Account || len(x.People) > 0) {
			list = append(list, account.Enrolment{Session: x.Session})
		}
	}
	if err := s.Accounts.Enrol(list); err != nil {
		return listFailure(err)
	}
	return sendJSON(w, http.StatusOK, map[string]int{"made": len(list)})
}

// postArchived takes sessions out of the class, or back into it.
func (s *Server) postArchived(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct {
		Sessions []string
		Archived bool
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	for _, name := range in.Sessions {
		if _, ok := s.Accounts.Find(name); !ok {
			return fail(http.StatusNotFound, "There is no account %s.", notice.Quote(name))
		}
	}
	for _, name := range in.Sessions {
		if err := s.Accounts.Archive(name, in.Archived); err != nil {
			return fmt.Errorf("archive %s: %w", name, err)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// session is the one in the path, in its spelling.
func (s *Server) session(r *http.Request) (string, error) {
	name, ok := s.Accounts.Find(r.PathValue("session"))
	if !ok {
		return "", fail(http.StatusNotFound, "There is no such session.")
	}
	return name, nil
}

// putPassword gives a session another password: a chosen one, or "" for a
// generated one. The old one fails at once, over MQTT and here.
func (s *Server) putPassword(w http.ResponseWriter, r *http.Request, _ call) error {
	name, err := s.session(r)
	if err != nil {
		return err
	}
	var in struct{ Password string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if bad := roster.CheckPassword(in.Password); bad != "" {
		return fail(http.StatusBadRequest, "The password %s.", bad)
	}
	if in.Password == "" {
		_, err = s.Accounts.Renew(name)
	} else {
		err = s.Accounts.SetPassword(name, in.Password)
	}
	if err != nil {
		return fmt.Errorf("a password for %s: %w", name, err)
	}
	return sendJSON(w, http.StatusOK, s.one(name))
}

// putName gives a session another name, with all it has.
func (s *Server) putName(w http.ResponseWriter, r *http.Request, _ call) error {
	name, err := s.session(r)
	if err != nil {
		return err
	}
	var in struct{ Name string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	to := strings.TrimSuffix(strings.TrimSpace(in.Name), "/")
	bad := roster.CheckName(to)
	switch {
	case s.o.Rename == nil:
		return fail(http.StatusNotImplemented, "Sessions keep their names on this server.")
	case simulated(name):
		return fail(http.StatusBadRequest, "Simulated sessions keep their names.")
	case to == "":
		return fail(http.StatusBadRequest, "The new name is missing.")
	case bad != "":
		return fail(http.StatusBadRequest, "%s cannot be a name: it %s.", notice.Quote(to), bad)
	}
	s.listing.Lock()
	defer s.listing.Unlock()
	err = s.o.Rename(r.Context(), name, to)
	switch {
	case errors.Is(err, account.ErrTaken), errors.Is(err, series.ErrTaken):
		return fail(http.StatusConflict, "%s is another session's name.", notice.Quote(to))
	case errors.Is(err, account.ErrListed):
		return fail(http.StatusConflict, "%s stands in the class list that the server was started with (--roster). Rename it there.", name)
	case errors.Is(err, account.ErrUnavailable):
		return fail(http.StatusServiceUnavailable, "The session cannot be renamed right now. Try again in a moment.")
	case errors.Is(err, account.ErrUnknown):
		return fail(http.StatusNotFound, "There is no such session.")
	case err != nil:
		return fmt.Errorf("rename %s to %s: %w", name, to, err)
	}
	s.forget(name)
	s.moveClass(name, to)
	return sendJSON(w, http.StatusOK, s.one(to))
}

// tidy takes a person as a form sends it.
func tidy(p class.Person) class.Person {
	p.Name, p.Display = strings.Join(strings.Fields(p.Name), " "), strings.TrimSpace(p.Display)
	p.Session, p.Section, p.Seat = strings.TrimSuffix(strings.TrimSpace(p.Session), "/"), strings.TrimSpace(p.Section), strings.TrimSpace(p.Seat)
	return p
}
