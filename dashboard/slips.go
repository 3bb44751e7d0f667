package dashboard

import (
	"net/http"
	"strings"

	"labbroker/internal/class"
	"labbroker/internal/qr"
	"labbroker/internal/session"
)

func (s *Server) getSlipsPage(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.render(w, r, http.StatusOK, Page{Page: "slips"})
}

// slipsJSON are slips of paper with which students come in.
type slipsJSON struct {
	Class  string     `json:"class"`
	MQTT   string     `json:"mqtt"`  // host:port for boards, "" = no network
	Local  string     `json:"local"` // this machine's name on the network, "" = none
	Page   string     `json:"page"`  // this server's address
	Access string     `json:"access"`
	WiFi   string     `json:"wifi"`
	Slips  []slipJSON `json:"slips"`
}

// slipJSON is one person's. Who has no name in the list has their session's.
type slipJSON struct {
	Session  string   `json:"session"`
	Name     string   `json:"name"`
	Display  string   `json:"display"`
	Section  string   `json:"section"`
	Seat     string   `json:"seat"`
	Team     []string `json:"team"`     // who shares the session
	Password string   `json:"password"` // "" = chosen or none
	Kind     string   `json:"kind"`     // "generated", "chosen", "none"
	// QR is a code that signs a browser in, until the password changes, as SVG;
	// it holds no password.
	QR string `json:"qr"`
}

// getSlips makes the slips of a section, of one session or of all that are not
// archived.
func (s *Server) getSlips(w http.ResponseWriter, r *http.Request, _ call) error {
	q := r.URL.Query()
	section, only := q.Get("section"), q["session"]
	set := s.Class.Settings()
	out := slipsJSON{Class: set.Name, WiFi: set.WiFi, Access: s.Accounts.Mode(), Page: s.pageAddress(r), Slips: []slipJSON{}}
	a := s.o.Addresses()
	if out.Local = a.Local; len(a.MQTT) > 0 {
		out.MQTT = a.MQTT[0]
	}
	wanted := func(name, in string) bool {
		if len(only) > 0 {
			for _, o := range only {
				if session.Key(o) == session.Key(name) {
					return true
				}
			}
			return false
		}
		return (section == "" || in == section) && !s.Accounts.Archived(name)
	}
	codes := map[string]string{} // a team's is drawn once
	add := func(p class.Person) {
		name, known := s.Accounts.Find(p.Session)
		if !known {
			name = p.Session
		}
		slip := slipJSON{Session: name, Name: p.Name, Display: p.Display, Section: p.Section, Seat: p.Seat, Team: []string{}, Kind: s.passwordKind(name)}
		slip.Password, _ = s.Accounts.Readable(name)
		for _, mate := range s.Class.Of(name) {
			if mate != p {
				slip.Team = append(slip.Team, mate.Shown())
			}
		}
		if known && slip.Kind != "none" {
			if codes[name] == "" {
				codes[name] = string(qr.SVG(s.SlipURL(out.Page, name)))
			}
			slip.QR = codes[name]
		}
		out.Slips = append(out.Slips, slip)
	}
	for _, p := range s.Class.People() {
		if wanted(p.Session, p.Section) {
			add(p)
		}
	}
	for _, name := range s.Accounts.Names() {
		if len(s.Class.Of(name)) == 0 && !simulated(name) && wanted(name, "") {
			add(class.Person{Name: name, Session: name})
		}
	}
	return sendJSON(w, http.StatusOK, out)
}

// pageAddress is this server's address as phones reach it: the first one on
// the network, else the one that was asked.
func (s *Server) pageAddress(r *http.Request) string {
	if a := s.o.Addresses(); len(a.HTTP) > 0 {
		return strings.TrimSuffix(a.HTTP[0], "/")
	}
	return "http://" + r.Host
}
