package dashboard

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"labbroker/internal/account"
	"labbroker/internal/class"
	"labbroker/internal/roster"
	"labbroker/internal/session"
)

// rosterRoutes are the class list and what the instructor does to accounts.
func (s *Server) rosterRoutes() []route {
	const one = "/api/roster/sessions/{session}"
	return []route{
		{"GET", "/roster", anyone, s.getRosterPage},
		{"GET", "/roster/slips", anyone, s.getSlipsPage},
		{"GET", "/api/roster", instructor, s.getRoster},
		{"GET", "/api/roster.csv", instructor, s.getRosterCSV},
		{"GET", "/api/roster/slips", instructor, s.getSlips},
		{"POST", rosterList, instructor, s.postList},
		{"POST", "/api/roster/people", instructor, s.postPerson},
		{"PUT", "/api/roster/people", instructor, s.putPerson},
		{"DELETE", "/api/roster/people", instructor, s.deletePerson},
		{"POST", "/api/roster/passwords", instructor, s.postPasswords},
		{"POST", "/api/roster/archive", instructor, s.postArchived},
		{"PUT", one + "/password", instructor, s.putPassword},
		{"PUT", one + "/name", instructor, s.putName},
	}
}

func (s *Server) getRosterPage(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.render(w, r, http.StatusOK, Page{Page: "roster"})
}

// rosterJSON is the class list: people by session, and sessions without people.
type rosterJSON struct {
	Access   string            `json:"access"`
	Sections []string          `json:"sections"`
	Sessions []enrolledJSON    `json:"sessions"`
	GivenUp  map[string]string `json:"given_up"` // names that sessions had -> their present ones
}

// enrolledJSON is a session of the class list.
type enrolledJSON struct {
	Session   string         `json:"session"`
	Simulated bool           `json:"simulated"`
	People    []class.Person `json:"people"`
	Section   string         `json:"section"`
	// Password is "generated" (it can be shown again), "chosen" or "none".
	Password  string   `json:"password"`
	Archived  bool     `json:"archived"`
	State     string   `json:"state"` // as on the wall
	StateText string   `json:"state_text"`
	LastSeen  *instant `json:"last_seen"` // of its messages; null = never
	Data      bool     `json:"data"`      // it has readings
	Account   bool     `json:"account"`   // false: in the list alone
}

func (s *Server) getRoster(w http.ResponseWriter, r *http.Request, _ call) error {
	if err := s.Hub.Load(r.Context(), ""); err != nil {
		return err
	}
	out := rosterJSON{Access: s.Accounts.Mode(), Sections: s.Class.Sections(), Sessions: s.enrolled(), GivenUp: s.Accounts.GivenUp()}
	if out.Sections == nil {
		out.Sections = []string{}
	}
	return sendJSON(w, http.StatusOK, out)
}

// enrolled are all sessions that there are: with people, an account, or data.
func (s *Server) enrolled() []enrolledJSON {
	states := map[string]stand{}
	for _, x := range s.states() {
		states[session.Key(x.name)] = x
	}
	all := map[string]string{}
	for _, p := range s.Class.People() {
		all[session.Key(p.Session)] = p.Session
	}
	for _, name := range s.Hub.Sessions() {
		all[session.Key(name)] = name
	}
	for _, name := range s.Accounts.Names() {
		all[session.Key(name)] = name
	}
	out := make([]enrolledJSON, 0, len(all))
	for key, name := range all {
		_, known := s.Accounts.Find(name)
		x := enrolledJSON{
			Session: name, Simulated: simulated(name), People: s.Class.Of(name), Account: known,
			Password: s.passwordKind(name), Archived: s.Accounts.Archived(name), State: "never", Data: len(s.Hub.Latest(name)) > 0,
		}
		if x.People == nil {
			x.People = []class.Person{}
		}
		if len(x.People) > 0 {
			x.Section = x.People[0].Section
		}
		st := states[key]
		if st.state != "" {
			x.State, x.StateText = st.state, st.text
		}
		x.LastSeen = moment(latestOf(st.p.LastMessage, st.p.EndedAt, lastReading(st.p.LastReading, s.Hub.Latest(name))))
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b enrolledJSON) int {
		return strings.Compare(session.Key(a.Session), session.Key(b.Session))
	})
	return out
}

func latestOf(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

func (s *Server) passwordKind(name string) string {
	if _, ok := s.Accounts.Readable(name); ok {
		return "generated"
	}
	if s.Accounts.HasPassword(name) {
		return "chosen"
	}
	return "none"
}

// have is what a class list is planned against.
func (s *Server) have() roster.Have {
	return roster.Have{
		People: s.Class.People(), Archived: s.Accounts.Archived,
		Account: func(name string) (string, bool, bool) {
			spelling, ok := s.find(name)
			return spelling, ok, ok && s.Accounts.HasPassword(spelling)
		},
		Former: func(name string) string {
			to, _ := s.Accounts.Renamed(name)
			return to
		},
	}
}

// apply brings a plan about, all of it or nothing. The people come first: what
// a crash between the two left is a list whose accounts are made when it is
// uploaded again, under the same names.
func (s *Server) apply(p *roster.Plan) error {
	before := s.Class.People()
	if err := s.Class.SetPeople(p.People); err != nil {
		return listFailure(err)
	}
	list := make([]account.Enrolment, len(p.Wishes))
	for i, w := range p.Wishes {
		list[i] = account.Enrolment{Session: w.Session, Password: w.Password}
	}
	err := s.Accounts.Enrol(list)
	if err == nil {
		return nil
	}
	return errors.Join(listFailure(err), s.Class.SetPeople(before))
}

// listFailure is what the instructor reads where a list was not applied.
func listFailure(err error) error {
	var m *class.Mistake
	switch {
	case errors.As(err, &m):
		return fail(http.StatusBadRequest, "Nothing was changed: %v.", m)
	case errors.Is(err, account.ErrFull):
		return fail(http.StatusConflict, "Nothing was changed: there would be more than %d sessions.", account.MaxAccounts)
	case errors.Is(err, account.ErrName):
		return fail(http.StatusBadRequest, "Nothing was changed: %v.", err)
	}
	return err
}
