package dashboard

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"labbroker/internal/live"
	"labbroker/internal/session"
)

// Limits of what the instructor says.
const (
	maxMessage  = 500  // bytes
	keptEach    = 20   // to one addressee
	keptAll     = 1000 // to all of them together
	shownAtOnce = 3    // on a student's page
	// shownFor is how long a message is shown by itself.
	shownFor = 12 * time.Hour
)

// messageJSON is what the instructor said. ID grows.
type messageJSON struct {
	ID      int64   `json:"id"`
	To      string  `json:"to"`   // "all", "section" or "session"
	Name    string  `json:"name"` // of the section or session, "" = all
	Text    string  `json:"text"`
	Topic   string  `json:"topic"` // boards get it there
	Time    instant `json:"time"`
	session string  // session.Key of Name
}

// messages are what was said lately, oldest first. They end with the process.
type messages struct {
	mu   sync.Mutex // guards list
	list []messageJSON
}

// add keeps m, under a number that no message before has had, over a restart
// neither.
func (m *messages) add(x messageJSON, now time.Time) messageJSON {
	m.mu.Lock()
	defer m.mu.Unlock()
	x.ID, x.Time = now.UnixMilli(), milli(now)
	if n := len(m.list); n > 0 {
		x.ID = max(x.ID, m.list[n-1].ID+1)
	}
	same := 0
	for i := len(m.list) - 1; i >= 0; i-- {
		if m.list[i].To == x.To && m.list[i].Name == x.Name {
			if same++; same == keptEach {
				m.list = slices.Delete(m.list, i, i+1)
				break
			}
		}
	}
	if len(m.list) >= keptAll {
		m.list = slices.Delete(m.list, 0, 1)
	}
	m.list = append(m.list, x)
	return x
}

// newest lists at most n that pass, the newest first; never nil.
func (m *messages) newest(n int, pass func(*messageJSON) bool) []messageJSON {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []messageJSON{}
	for i := len(m.list) - 1; i >= 0 && len(out) < n; i-- {
		if pass(&m.list[i]) {
			out = append(out, m.list[i])
		}
	}
	return out
}

// drop forgets what was said to a session alone: the name is free.
func (m *messages) drop(name string) {
	key := session.Key(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = slices.DeleteFunc(m.list, func(x messageJSON) bool { return x.To == "session" && x.session == key })
}

// move takes what was said to a session to its new name.
func (m *messages) move(from, to string) {
	key := session.Key(from)
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.list {
		if x := &m.list[i]; x.To == "session" && x.session == key {
			x.Name, x.session = to, session.Key(to)
		}
	}
}

// messagesTo are those that concern a session.
func (s *Server) messagesTo(name string, n int, since time.Time) []messageJSON {
	key, section := session.Key(name), s.who(name).section
	return s.messages.newest(n, func(x *messageJSON) bool {
		if since.After(x.Time.Time) {
			return false
		}
		return x.To == "all" || x.To == "section" && x.Name == section || x.To == "session" && x.session == key
	})
}

func (s *Server) getMessages(w http.ResponseWriter, _ *http.Request, c call) error {
	return sendJSON(w, http.StatusOK, s.messagesTo(c.name, keptEach, time.Time{}))
}

func (s *Server) getAllMessages(w http.ResponseWriter, _ *http.Request, _ call) error {
	return sendJSON(w, http.StatusOK, s.messages.newest(keptEach, func(*messageJSON) bool { return true }))
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
	m := messageJSON{To: in.To, Text: text}
	switch in.To {
	case "all":
		m.Topic = session.Class + "/message"
	case "section":
		if !slices.Contains(s.Class.Sections(), in.Name) {
			return fail(http.StatusNotFound, "There is no such section.")
		}
		m.Name, m.Topic = in.Name, session.Class+"/section/"+level(in.Name)+"/message"
	case "session":
		name, ok := s.find(in.Name)
		if !ok {
			return fail(http.StatusNotFound, "There is no such session.")
		}
		m.Name, m.session, m.Topic = name, session.Key(name), name+"/message"
	default:
		return fail(http.StatusBadRequest, "A message goes to all, to a section or to a session.")
	}
	if err := s.o.Control.Say(m.Topic, text); err != nil {
		return err
	}
	m = s.messages.add(m, s.now())
	s.Hub.MarkAll(live.MarkState)
	return sendJSON(w, http.StatusOK, m)
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
