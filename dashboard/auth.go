package dashboard

import (
	"net/http"
	"strings"
	"time"

	"labbroker/internal/account"
	"labbroker/internal/session"
)

// visitor is who asks. The zero value is nobody.
type visitor struct {
	session    string // spelling of the claim, or session.Instructor
	instructor bool
	key        bool // by ?key=: may read data and nothing else
}

// needs says who may use a route.
type needs uint8

const (
	anyone     needs = iota
	reader           // the session's own, by password, cookie or key; the instructor
	classmate        // as reader, and any session by password or cookie to what is shared: the handler asks call.guest
	owner            // the session's own, by password or cookie; the instructor
	member           // any session, by password or cookie; the instructor
	instructor       // by password or cookie
	teacher          // the same, of the session in the path
)

// call is a request after the table's rules: who asks, about which session.
type call struct {
	visitor
	name  string // the session in the path, in the spelling of the claim
	guest bool   // another session asks: only what is shared
}

// admit applies a route's rule: 401 for nobody, 403 for another's session, 404
// for one that does not exist (told to the instructor only).
func (s *Server) admit(w http.ResponseWriter, r *http.Request, n needs) (call, error) {
	if n == anyone {
		return call{}, nil
	}
	v, err := s.identify(r, n == reader || n == classmate)
	if err != nil {
		challenge(w, r)
		return call{}, err
	}
	switch n {
	case member:
		return call{visitor: v, name: v.session}, nil
	case instructor:
		if !v.instructor {
			return call{}, fail(http.StatusForbidden, "Only the instructor may see this.")
		}
		return call{visitor: v}, nil
	case teacher:
		if !v.instructor {
			return call{}, fail(http.StatusForbidden, "Only the instructor may do this.")
		}
	}
	asked := r.PathValue("session")
	if !v.instructor && session.Key(asked) == session.Key(v.session) {
		return call{visitor: v, name: v.session}, nil
	}
	name, ok := s.find(asked)
	switch {
	case v.instructor && !ok:
		return call{}, fail(http.StatusNotFound, "There is no such session.")
	case v.instructor:
		return call{visitor: v, name: name}, nil
	case n == classmate && ok && !v.key:
		return call{visitor: v, name: name, guest: true}, nil
	}
	return call{}, fail(http.StatusForbidden, "You are signed in as %s; this belongs to another session.", v.session)
}

// find is a session's spelling: one with an account, or one whose account was
// reset but whose data is still there.
func (s *Server) find(name string) (string, bool) {
	if spelling, ok := s.Accounts.Find(name); ok {
		return spelling, true
	}
	return s.Hub.Find(name)
}

// identify says who asks: by Authorization, else by key where that is allowed,
// else by cookie.
func (s *Server) identify(r *http.Request, keys bool) (visitor, error) {
	if r.Header.Get("Authorization") != "" {
		user, password, ok := r.BasicAuth()
		if !ok {
			return visitor{}, fail(http.StatusUnauthorized, "Sign in with HTTP Basic: your name and your password.")
		}
		return s.signIn(r, user, password)
	}
	if key := r.URL.Query().Get("key"); key != "" && keys {
		return s.byKey(key)
	}
	if name, ok := s.passes.Cookie(r); ok {
		return visitor{session: name, instructor: name == session.Instructor}, nil
	}
	return visitor{}, fail(http.StatusUnauthorized, "Sign in first: with your name and password, or with the page's form.")
}

// signIn checks a password; its errors are for the browser.
func (s *Server) signIn(r *http.Request, user, password string) (visitor, error) {
	name, err := s.try(r, user, password)
	if err != nil {
		return visitor{}, s.signInFailure(user, err)
	}
	return visitor{session: name, instructor: name == session.Instructor}, nil
}

// try checks a password, slowly for who guesses. Its errors are account's, or
// that there were too many.
func (s *Server) try(r *http.Request, user, password string) (name string, err error) {
	done, wait := s.guard.Begin(account.Try{Remote: r.RemoteAddr, User: user, Password: password})
	if wait > 0 {
		return "", tooMany(wait)
	}
	name, err = s.Accounts.Check(user, password)
	done(err)
	if err != nil {
		s.figures.failed.Inc()
	}
	return name, err
}

// byKey is not slowed down: keys are too long to guess, and an old script with
// a revoked one must not lock a whole class out.
func (s *Server) byKey(key string) (visitor, error) {
	name, ok := s.Accounts.KeySession(key)
	if !ok {
		s.figures.failed.Inc()
		return visitor{}, fail(http.StatusUnauthorized, "This key is not valid, or it was revoked.")
	}
	return visitor{session: name, key: true}, nil
}

func tooMany(wait time.Duration) error {
	seconds := int(wait.Seconds())
	return &failure{
		status: http.StatusTooManyRequests, retry: seconds,
		text: "Too many wrong passwords. Wait " + wait.String() + " and try again.",
	}
}

// challenge asks for HTTP Basic, but never from a page's own script: there the
// browser would cover the page with a dialog of its own.
func challenge(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Requested-With") != "" || strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		return
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="labbroker", charset="UTF-8"`)
}
