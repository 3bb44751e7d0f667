package dashboard

import (
	"errors"
	"fmt"
	"net/http"

	"labbroker/internal/account"
	"labbroker/internal/roster"
)

// passwordRoutes are what a session's own people do about their password.
func (s *Server) passwordRoutes() []route {
	return []route{{"PUT", "/api/sessions/{session}/password", owner, s.putOwnPassword}}
}

// putOwnPassword gives the session a password that its own people chose, or ""
// for a generated one. The old one fails at once, over MQTT and here; the
// browser that asked stays signed in. Being signed in is enough while the
// password is one that the page shows. Over a chosen one who says it again
// decides, not who finds a browser open.
func (s *Server) putOwnPassword(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct{ Password, Current string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if s.Accounts.Mode() == account.ModeOpen {
		return fail(http.StatusConflict, "Nobody needs a password in this class.")
	}
	if bad := roster.CheckPassword(in.Password); bad != "" {
		return fail(http.StatusBadRequest, "The password %s.", bad)
	}
	if _, shown := s.Accounts.Readable(c.name); !shown && !c.instructor {
		if err := s.again(r, c.name, in.Current); err != nil {
			return err
		}
	}
	var err error
	if in.Password == "" {
		_, err = s.Accounts.Renew(c.name)
	} else {
		err = s.Accounts.SetPassword(c.name, in.Password)
	}
	switch {
	case errors.Is(err, account.ErrUnavailable):
		return fail(http.StatusServiceUnavailable, "The password cannot be changed right now. Try again in a moment.")
	case errors.Is(err, account.ErrUnknown): // removed meanwhile
		return fail(http.StatusNotFound, "There is no such session.")
	case err != nil:
		return fmt.Errorf("a password for %s: %w", c.name, err)
	}
	if !c.instructor && r.Header.Get("Authorization") == "" {
		s.passes.SetCookie(w, c.name)
	}
	return sendJSON(w, http.StatusOK, s.one(c.name))
}

// again checks the password of somebody who is signed in; 401 would say that
// they are not.
func (s *Server) again(r *http.Request, name, current string) error {
	if current == "" {
		return fail(http.StatusForbidden, "Type the current password too: somebody chose it, so it takes more than being signed in.")
	}
	_, err := s.try(r, name, current)
	if errors.Is(err, account.ErrPassword) {
		return fail(http.StatusForbidden, "This is not the current password. If you forgot it, the instructor gives you a new one.")
	}
	err = s.signInFailure(name, err)
	if f := (*failure)(nil); errors.As(err, &f) && f.status == http.StatusUnauthorized {
		return fail(http.StatusForbidden, "%s", f.text)
	}
	return err
}
