package dashboard

import (
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"labbroker/internal/account"
	"labbroker/internal/class"
)

// setupRoutes are the set-up page and what it asks for.
func (s *Server) setupRoutes() []route {
	return []route{
		{"GET", "/setup", anyone, s.getSetupPage},
		{"GET", "/api/class", instructor, s.getClass},
		{"PUT", "/api/class", instructor, s.putClass},
	}
}

// Setup is the class as the set-up page shows and changes it.
type Setup struct {
	class.Settings
	Access      string `json:"access"`       // "claim", "roster" or "open"
	AccessFixed bool   `json:"access_fixed"` // the start named it: it cannot be changed
	People      int    `json:"people"`       // in the roster
	// Suggestion is a join code that nobody uses, another one each time.
	Suggestion string `json:"suggestion"`
	Saved      string `json:"saved,omitempty"` // a sentence: what the request changed
}

func (s *Server) getSetupPage(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.render(w, r, http.StatusOK, Page{Page: "setup"})
}

func (s *Server) setup() Setup {
	return Setup{
		Settings: s.Class.Settings(), Access: s.Accounts.Mode(), AccessFixed: s.Accounts.ModeFixed(),
		People: len(s.Class.People()), Suggestion: class.NewJoinCode(),
	}
}

func (s *Server) getClass(w http.ResponseWriter, _ *http.Request, _ call) error {
	return sendJSON(w, http.StatusOK, s.setup())
}

// putClass changes what the body names; what it leaves out stays. Of a body with
// a mistake nothing is kept.
func (s *Server) putClass(w http.ResponseWriter, r *http.Request, _ call) error {
	before := s.setup()
	in := before
	if err := readJSON(r, &in); err != nil {
		return err
	}
	in.Name, in.JoinCode = strings.TrimSpace(in.Name), strings.TrimSpace(in.JoinCode)
	if err := in.Check(); err != nil {
		return fail(http.StatusBadRequest, "%s.", capital(err.Error()))
	}
	if in.Access != before.Access {
		switch {
		case !modeKnown(in.Access):
			return fail(http.StatusBadRequest, "Access is claim, roster or open.")
		case before.AccessFixed:
			return fail(http.StatusConflict, "The access mode was given when labbroker was started (--access); it can be changed there only.")
		}
	}
	if in.Settings != before.Settings {
		if err := s.Class.SetSettings(in.Settings); err != nil {
			return err
		}
	}
	if in.Access != before.Access {
		if err := s.Accounts.SetMode(in.Access); errors.Is(err, account.ErrFixed) {
			return fail(http.StatusConflict, "The access mode cannot be changed.")
		} else if err != nil {
			return err
		}
	}
	after := s.setup()
	after.Saved = saved(before, after)
	return sendJSON(w, http.StatusOK, after)
}

func modeKnown(mode string) bool {
	return mode == account.ModeClaim || mode == account.ModeRoster || mode == account.ModeOpen
}

// saved says what is other than before.
func saved(before, after Setup) string {
	var what []string
	for _, c := range []struct {
		name  string
		other bool
	}{
		{"the class's name", before.Name != after.Name},
		{"the WiFi", before.WiFi != after.WiFi || before.WiFiPassword != after.WiFiPassword},
		{"whether students may join", before.Joining != after.Joining},
		{"the join code", before.JoinCode != after.JoinCode},
		{"the access mode", before.Access != after.Access},
	} {
		if c.other {
			what = append(what, c.name)
		}
	}
	switch n := len(what); n {
	case 0:
		return "Nothing was changed."
	case 1:
		return "Saved: " + what[0] + "."
	default:
		return "Saved: " + strings.Join(what[:n-1], ", ") + " and " + what[n-1] + "."
	}
}

// capital begins a sentence.
func capital(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}
