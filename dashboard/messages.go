package dashboard

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"labbroker/internal/desk"
	"labbroker/internal/live"
	"labbroker/internal/session"
)

// Limits of what the instructor says.
const (
	maxMessage  = desk.MaxText
	shownAtOnce = 3 // on a student's page
	// shownFor is how long a message is shown by itself.
	shownFor = 12 * time.Hour
)

// messageJSON is what the instructor said. ID grows.
type messageJSON struct {
	ID    int64   `json:"id"`
	To    string  `json:"to"`   // "all", "section" or "session"
	Name  string  `json:"name"` // of the section or session, "" = all
	Text  string  `json:"text"`
	Topic string  `json:"topic"` // boards get it there
	Time  instant `json:"time"`
}

func messageOf(m desk.Message) messageJSON {
	return messageJSON{m.ID, m.To, m.Name, m.Text, m.Topic, milli(m.Time)}
}

// newest lists at most n messages that pass, the newest first.
func (s *Server) newest(n int, pass func(*desk.Message) bool) []messageJSON {
	out := []messageJSON{}
	for _, m := range s.o.Desk.Newest(n, pass) {
		out = append(out, messageOf(m))
	}
	return out
}

// messagesTo are those that concern a session.
func (s *Server) messagesTo(name string, n int, since time.Time) []messageJSON {
	section := s.who(name).section
	return s.newest(n, func(m *desk.Message) bool { return !since.After(m.Time) && m.Concerns(name, section) })
}

func (s *Server) getMessages(w http.ResponseWriter, _ *http.Request, c call) error {
	return sendJSON(w, http.StatusOK, s.messagesTo(c.name, desk.KeptEach, time.Time{}))
}

func (s *Server) getAllMessages(w http.ResponseWriter, _ *http.Request, _ call) error {
	return sendJSON(w, http.StatusOK, s.newest(desk.KeptEach, func(*desk.Message) bool { return true }))
}

// postMessage says something to the pages and boards of all, a section or a
// session.
func (s *Server) postMessage(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct{ To, Name, Text string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	text := strings.TrimSpace(in.Text)
	switch {
	case text == "":
		return fail(http.StatusBadRequest, "Write what you want to say.")
	case len(text) > maxMessage || !utf8.ValidString(text) || strings.ContainsFunc(text, forbidden):
		return fail(http.StatusBadRequest, "A message is text of at most %d bytes.", maxMessage)
	}
	m := desk.Message{To: in.To, Text: text}
	switch in.To {
	case desk.All:
		m.Topic = session.Class + "/message"
	case desk.Section:
		if !slices.Contains(s.Class.Sections(), in.Name) {
			return fail(http.StatusNotFound, "There is no such section.")
		}
		m.Name, m.Topic = in.Name, session.Class+"/section/"+level(in.Name)+"/message"
	case desk.Session:
		name, ok := s.find(in.Name)
		if !ok {
			return fail(http.StatusNotFound, "There is no such session.")
		}
		m.Name, m.Topic = name, name+"/message"
	default:
		return fail(http.StatusBadRequest, "A message goes to all, to a section or to a session.")
	}
	if err := s.o.Control.Say(m.Topic, text); err != nil {
		return err
	}
	m, err := s.o.Desk.Say(m)
	if err != nil { // it was said, and shows; the desk tries again
		s.o.Log.Error("a message of the instructor's is not written", "err", err)
	}
	s.Hub.MarkAll(live.MarkState)
	return sendJSON(w, http.StatusOK, messageOf(m))
}

// forbidden are characters that a line of text has no use for; some turn the
// reading direction of what stands around them.
func forbidden(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

// maxLevel is how many bytes a section's level of a topic has at most.
const maxLevel = 64

// level is a section's name as one level of a topic: without what topics do not
// have, or give another meaning to.
func level(section string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(section) {
		if strings.ContainsRune("/+#$", r) || r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			r = '-'
		}
		if b.Len()+utf8.RuneLen(r) > maxLevel {
			break
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		return "-"
	}
	return b.String()
}
