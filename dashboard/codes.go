package dashboard

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"labbroker/dashboard/pass"
	"labbroker/internal/account"
	"labbroker/internal/qr"
)

// SlipURL is the address that a slip's QR code holds: it signs its session in
// until the password changes. base is this server's address, http://host:port.
func (s *Server) SlipURL(base, name string) string { return codeURL(base, s.passes.Slip(name)) }

func codeURL(base, text string) string {
	return strings.TrimSuffix(base, "/") + "/code#" + url.QueryEscape(text)
}

// postCode signs a browser in by a code.
func (s *Server) postCode(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct{ Code string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if strings.TrimSpace(in.Code) == "" {
		return fail(http.StatusUnauthorized, "Type the code that your other device shows.")
	}
	done, wait := s.guard.Begin(account.Try{Remote: r.RemoteAddr, User: "sign-in code", Password: in.Code})
	if wait > 0 {
		return tooManyCodes(wait)
	}
	name, ok := s.passes.Enter(in.Code)
	done(verdict(ok))
	if !ok {
		s.figures.failed.Inc()
		return fail(http.StatusUnauthorized, "This code does not open anything. A typed one works once, within 10 minutes; one on a slip until its password changes.")
	}
	s.passes.SetCookie(w, name)
	return sendJSON(w, http.StatusOK, You{Session: name})
}

// verdict is what the guard wants to know: guessing at codes is slowed as
// guessing at one name's password is.
func verdict(right bool) error {
	if right {
		return nil
	}
	return account.ErrPassword
}

func tooManyCodes(wait time.Duration) error {
	return &failure{
		status: http.StatusTooManyRequests, retry: int(wait.Seconds()),
		text: "Too many wrong codes came from here. Wait " + wait.String() + " and try again.",
	}
}

// postNewCode makes a code to go on with on another device.
func (s *Server) postNewCode(w http.ResponseWriter, r *http.Request, c call) error {
	text := s.passes.Code(c.name)
	at := codeURL(s.base(r), text)
	return sendJSON(w, http.StatusCreated, struct {
		Code    string `json:"code"`
		URL     string `json:"url"`
		QR      string `json:"qr"` // SVG
		Seconds int    `json:"seconds"`
	}{text, at, string(qr.SVG(at)), int(pass.CodeLife.Seconds())})
}
