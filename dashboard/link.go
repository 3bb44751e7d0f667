package dashboard

import (
	"net/http"
	"unicode/utf8"

	"labbroker/internal/session"
)

// Lengths of the instructor's password in characters. It is the one that opens
// every session, so it is not to be guessed.
const (
	leastPassword = 8
	mostPassword  = 200
)

// linkRoutes are the instructor's one-time link. Looking at it uses nothing up:
// programs that show what is behind a link must not void it.
func (s *Server) linkRoutes() []route {
	return []route{
		{"GET", "/link/{token}", anyone, s.getLink},
		{"POST", "/link/{token}", anyone, s.postLink},
	}
}

func (s *Server) getLink(w http.ResponseWriter, r *http.Request, _ call) error {
	if !s.Accounts.LinkOpen(r.PathValue("token")) {
		return s.render(w, r, http.StatusNotFound, Page{Page: "link"})
	}
	return s.render(w, r, http.StatusOK, Page{Page: "link", Known: true})
}

// postLink takes the form, which needs no script. A mistake in it leaves the
// link as it is.
func (s *Server) postLink(w http.ResponseWriter, r *http.Request, _ call) error {
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	token, password := r.PathValue("token"), r.PostForm.Get("password")
	problem := ""
	switch n := utf8.RuneCountInString(password); {
	case !s.Accounts.LinkOpen(token):
		return s.render(w, r, http.StatusNotFound, Page{Page: "link"})
	case n < leastPassword:
		problem = "The password is too short: give it 8 characters or more."
	case n > mostPassword || !utf8.ValidString(password):
		problem = "This cannot be a password: give it up to 200 characters."
	case password != r.PostForm.Get("again"):
		problem = "The two passwords differ. Type the same one twice."
	}
	if problem != "" {
		return s.render(w, r, http.StatusBadRequest, Page{Page: "link", Known: true, Problem: problem})
	}
	if !s.Accounts.UseLink(token) { // somebody was first
		return s.render(w, r, http.StatusNotFound, Page{Page: "link"})
	}
	if err := s.Accounts.SetInstructor(password); err != nil {
		return err
	}
	s.passes.SetCookie(w, session.Instructor)
	http.Redirect(w, r, "/setup", http.StatusSeeOther)
	return nil
}
