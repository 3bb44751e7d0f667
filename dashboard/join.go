package dashboard

import (
	"errors"
	"net/http"
	"strings"

	"labbroker/internal/account"
	"labbroker/internal/class"
	"labbroker/internal/roster"
	"labbroker/internal/session"
)

// joinRoutes are how students come in: the join page, codes, and the start of
// their own page.
func (s *Server) joinRoutes() []route {
	const one = "/api/sessions/{session}"
	return []route{
		{"GET", "/join", anyone, s.getJoinPage},
		{"GET", "/code", anyone, s.getJoinPage},
		{"GET", "/api/join", anyone, s.getJoin},
		{"POST", "/api/join", anyone, s.postJoin},
		{"POST", "/api/code", anyone, s.postCode},
		{"POST", one + "/code", owner, s.postNewCode},
		{"GET", one + "/start", owner, s.getStart},
	}
}

func (s *Server) getJoinPage(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.render(w, r, http.StatusOK, Page{Page: "join"})
}

// joinJSON is what the join page needs to know of the class and of a name that
// somebody types.
type joinJSON struct {
	Class   string `json:"class"`
	Access  string `json:"access"`
	Joining bool   `json:"joining"`
	Code    bool   `json:"code"`    // a join code is needed
	Session string `json:"session"` // a free name for who typed the name; "" = none was typed
	// Listed says that the class list has this name: its slip has the way in.
	Listed bool `json:"listed"`
	// Known says that somebody joined with this name already: perhaps they are
	// the same, at another device.
	Known bool `json:"known"`
}

func (s *Server) getJoin(w http.ResponseWriter, r *http.Request, _ call) error {
	set := s.Class.Settings()
	out := joinJSON{Class: set.Name, Access: s.Accounts.Mode(), Joining: set.Joining, Code: set.JoinCode != ""}
	if typed := clean(r.URL.Query().Get("name")); typed != "" {
		out.Session = s.freeName(typed)
		out.Listed, out.Known = s.known(typed)
	}
	return sendJSON(w, http.StatusOK, out)
}

// clean is a typed name as far as it is looked at.
func clean(name string) string {
	const most = 200
	name = strings.TrimSpace(name)
	return strings.ToValidUTF8(name[:min(len(name), most)], "")
}

// freeName is a session's name near what somebody typed: that itself where it
// is one, free, and nobody's in the class list.
func (s *Server) freeName(typed string) string {
	taken := func(key string) bool {
		_, ok := s.find(key)
		return ok || len(s.Class.Of(key)) > 0
	}
	if session.Check(typed) == nil && !session.Simulated(typed) && !session.Placeholder(typed) && !taken(session.Key(typed)) {
		return typed
	}
	return roster.Suggest(typed, taken)
}

// known says whether somebody of the class list is called that, and whether
// somebody who joined is.
func (s *Server) known(typed string) (listed, joined bool) {
	for _, p := range s.Class.People() {
		if strings.EqualFold(p.Name, typed) || strings.EqualFold(p.Display, typed) || session.Key(p.Session) == session.Key(typed) {
			listed, joined = listed || !p.Joined, joined || p.Joined
		}
	}
	return listed, joined
}

// postJoin makes a session and signs the browser in.
func (s *Server) postJoin(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct {
		Name    string // as typed; wished for where session is empty
		Session string // as shown
		Code    string
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	set := s.Class.Settings()
	if !set.Joining {
		return fail(http.StatusForbidden, "The instructor has closed joining. Sign in with the name and password that you were given.")
	}
	if err := s.joinCode(r, set, in.Code); err != nil {
		return err
	}
	person := class.Person{Name: strings.Join(strings.Fields(clean(in.Name)), " ")}
	wish := clean(in.Session)
	if wish == "" {
		if person.Name == "" {
			return fail(http.StatusUnprocessableEntity, "Type your name.")
		}
		wish = s.freeName(person.Name)
	} else if len(s.Class.Of(wish)) > 0 { // another's, who has not come yet
		wish = s.freeName(wish)
	}
	name, _, err := s.Accounts.Create(wish)
	switch {
	case errors.Is(err, account.ErrName):
		return fail(http.StatusUnprocessableEntity, "`%s` cannot be a name: use letters, digits, `_` and `-`.", shorten(wish))
	case errors.Is(err, account.ErrUnavailable):
		s.o.Log.Warn("nobody can join", "err", err)
		return fail(http.StatusServiceUnavailable, "The server has no room for more names. Tell the instructor.")
	case err != nil:
		return err
	}
	if person.Session = name; person.Name != "" {
		s.listing.RLock()
		err := s.Class.Join(person)
		s.listing.RUnlock()
		if err != nil { // in they are, without their name
			s.o.Log.Warn("the class list does not have who joined", "session", name, "err", err)
		}
	}
	s.passes.SetCookie(w, name)
	return sendJSON(w, http.StatusCreated, You{Session: name})
}

// joinCode checks what a student typed from the board, slowly for who guesses.
// A whole class may sit behind one address, so the right code always passes
// once the turn has come.
func (s *Server) joinCode(r *http.Request, set class.Settings, code string) error {
	if set.JoinCode == "" {
		return nil
	}
	if clean(code) == "" {
		return fail(http.StatusForbidden, "Type the join code too: the instructor has it.")
	}
	done, wait := s.guard.Begin(account.Try{Remote: r.RemoteAddr, User: "join code", Password: code})
	if wait > 0 {
		return tooManyCodes(wait)
	}
	right := set.Opens(code)
	done(verdict(right))
	if !right {
		s.figures.failed.Inc()
		return fail(http.StatusForbidden, "This is not the join code. Ask the instructor for it.")
	}
	return nil
}
