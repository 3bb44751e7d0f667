package dashboard

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"

	"labbroker/dashboard/pass"
	"labbroker/internal/session"
)

// Info is what anybody may know: how to connect, and who was turned away.
type Info struct {
	Version   string    `json:"version"`
	Access    string    `json:"access"`  // "claim", "roster" or "open"
	MQTT      []string  `json:"mqtt"`    // host:port for boards, the best first
	HTTP      []string  `json:"http"`    // URLs for browsers
	Local     string    `json:"local"`   // this machine's name on the network, "" = none
	Joining   bool      `json:"joining"` // students may join at /join
	Recording Recording `json:"recording"`
	Clock     string    `json:"clock"` // a warning about the server's clock
	Refused   []Refusal `json:"refused"`
	You       *You      `json:"you"` // nil = not signed in
	Simulated bool      `json:"simulated"`
	Alone     string    `json:"alone,omitempty"` // for the instructor: what to check until another machine has connected
	Class     string    `json:"class,omitempty"` // the class's name
}

// Refusal is a connection that was turned away before it had a session.
type Refusal struct {
	Addr   string  `json:"addr"`
	Client string  `json:"client"`
	User   string  `json:"user"`
	Code   string  `json:"code"`
	Text   string  `json:"text"`
	Count  int     `json:"count"`
	Time   instant `json:"time"`
}

// You is who is signed in.
type You struct {
	Session    string `json:"session"`
	Instructor bool   `json:"instructor"`
}

func (s *Server) info(r *http.Request) Info {
	info := Info{
		Version: s.o.Version, Access: s.Accounts.Mode(), MQTT: []string{}, HTTP: []string{},
		Recording: s.o.Recording(), Clock: s.o.Clock(), Refused: []Refusal{}, Simulated: s.o.Simulated,
		Class: s.Class.Settings().Name,
	}
	addresses := s.o.Addresses()
	info.MQTT = append(info.MQTT, addresses.MQTT...)
	info.HTTP = append(info.HTTP, addresses.HTTP...)
	info.Local = addresses.Local
	info.Joining = s.Class.Settings().Joining
	for _, x := range s.Presence.Refusals() {
		info.Refused = append(info.Refused, Refusal{x.Addr, x.Client, x.User, x.Code, x.Text, x.Count, milli(x.Time)})
	}
	if v, err := s.identify(r, false); err == nil {
		info.You = &You{v.session, v.instructor}
		if v.instructor {
			info.Alone = s.o.Alone()
		}
	}
	return info
}

func (s *Server) getInfo(w http.ResponseWriter, r *http.Request, _ call) error {
	return sendJSON(w, http.StatusOK, s.info(r))
}

// postSignIn takes JSON from the page's script, or the form itself where
// scripts are off; the latter is answered with a page.
func (s *Server) postSignIn(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct{ Session, Password string }
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form := kind == "application/x-www-form-urlencoded"
	if form {
		if err := r.ParseForm(); err != nil {
			return badBody(err)
		}
		in.Session, in.Password = r.PostForm.Get("session"), r.PostForm.Get("password")
	} else if err := readJSON(r, &in); err != nil {
		return err
	}
	v, err := s.signIn(r, in.Session, in.Password)
	if err != nil {
		var f *failure
		if form && errors.As(err, &f) {
			return s.render(w, r, f.status, Page{Page: "index", Problem: f.text})
		}
		return err
	}
	s.passes.SetCookie(w, v.session)
	if form {
		to := "/s/" + v.session
		if v.instructor {
			to = "/wall"
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	return sendJSON(w, http.StatusOK, You{v.session, v.instructor})
}

func (s *Server) postSignOut(w http.ResponseWriter, _ *http.Request, _ call) error {
	pass.ClearCookie(w)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readJSON decodes a small body of one object.
func readJSON(r *http.Request, v any) error {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		return badBody(err)
	}
	return nil
}

func badBody(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return fail(http.StatusBadRequest, "The request's body is not what this address takes: send JSON.")
}

// simulated says whether the simulator made the session.
func simulated(name string) bool { return session.Simulated(name) }
