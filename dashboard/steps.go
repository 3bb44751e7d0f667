package dashboard

import (
	"fmt"
	"hash/maphash"
	"math"
	"net"
	"strings"

	"labbroker/internal/live"
	"labbroker/internal/presence"
	"labbroker/internal/session"
)

// stepJSON is one step on the way from a board in its box to a curve. State is
// "done", "now" (what is missing next), "problem" or "later".
type stepJSON struct {
	Step  string `json:"step"`
	State string `json:"state"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"` // what to do
}

const (
	stepDone    = "done"
	stepNow     = "now"
	stepProblem = "problem"
	stepLater   = "later"
)

// steps says how far a session's board has come, and what is missing. What the
// page itself publishes counts from "reading" on only.
func (s *Server) steps(name string, p presence.State, latest []live.Latest) []stepJSON {
	list := []stepJSON{s.seenStep(name, p), s.connectedStep(name, p), s.publishingStep(name, p), readingStep(p, latest, s.o.Recording()), s.plottedStep(name, latest)}
	missing := false
	for i := range list {
		if x := &list[i]; x.State != stepDone && missing {
			x.State, x.Hint = stepLater, ""
		} else if x.State != stepDone {
			missing = true
		}
	}
	return list
}

// here says whether the session's board is connected now, and before whether
// it was.
func here(p presence.State) (now, before bool) { return p.Clients > 0, !p.EndedAt.IsZero() }

func (s *Server) seenStep(name string, p presence.State) stepJSON {
	now, before := here(p)
	if now || before {
		return stepJSON{Step: "seen", State: stepDone, Text: "Your board has reached this server."}
	}
	if r, sure := s.refused(name, p); r != nil && sure {
		return stepJSON{Step: "seen", State: stepDone, Text: "A board has come as you, from " + r.Addr + "."}
	} else if r != nil {
		return stepJSON{
			Step: "seen", State: stepProblem, Text: "Your board has not been seen. One that came looks like it: from " + r.Addr + ".", Hint: r.Text,
		}
	}
	out := stepJSON{Step: "seen", State: stepNow, Text: "Your board has not been seen yet."}
	if a := s.o.Addresses(); len(a.MQTT) > 0 {
		if host, port, err := net.SplitHostPort(a.MQTT[0]); err == nil {
			out.Hint = fmt.Sprintf("It has to reach `%s`, port %s, from the same WiFi (2.4 GHz). Look at what it prints.", host, port)
		}
	}
	return out
}

func (s *Server) connectedStep(name string, p presence.State) stepJSON {
	out := stepJSON{Step: "connected", State: stepNow, Text: "Connected"}
	now, before := here(p)
	if now {
		from := p.Connections[0].Addr
		if host, _, err := net.SplitHostPort(from); err == nil {
			from = host
		}
		out.State, out.Text = stepDone, "It is connected, from "+from+"."
		return out
	}
	if r, sure := s.refused(name, p); r != nil && sure {
		out.State, out.Text, out.Hint = stepProblem, "It was refused.", r.Text
		return out
	}
	if before {
		out.State, out.Text = stepProblem, "It was connected and has gone."
		if out.Hint = p.LastEnd; out.Hint == "" {
			out.Hint = "It ended the connection itself. Start its program again."
		}
	}
	return out
}

func (s *Server) publishingStep(name string, p presence.State) stepJSON {
	out := stepJSON{Step: "publishing", State: stepNow, Text: "Publishing"}
	sent := int64(0)
	for _, c := range p.Connections {
		sent += c.Messages
	}
	switch now, before := here(p); {
	case sent > 0:
		out.State, out.Text = stepDone, "It publishes."
		if !p.LastMessage.IsZero() && s.now().Sub(p.LastMessage) >= quietAfter {
			out.Text = "It has published, and is quiet now."
		}
	case !now && before && p.Messages > 0:
		out.State, out.Text = stepDone, "It has published."
	case now:
		out.Text = "It has not published anything yet."
		out.Hint = fmt.Sprintf("Publish to a topic that starts with `%s/`.", name)
		if list := s.Notices.List(name); len(list) > 0 {
			out.State, out.Hint = stepProblem, list[0].Text
		}
	}
	return out
}

func readingStep(p presence.State, latest []live.Latest, rec Recording) stepJSON {
	out := stepJSON{Step: "reading", State: stepNow, Text: "Reading understood"}
	if text, topic := newestReading(latest); text != "" {
		out.State, out.Text = stepDone, fmt.Sprintf("The reading is understood: %s on `%s`.", text, topic)
		return out
	}
	switch {
	case rec.State == "off":
		out.State, out.Text, out.Hint = stepProblem, "Recording is off: nothing is kept and drawn.", "Messages go on. Ask the instructor."
	case p.Messages > 0:
		out.State, out.Text = stepProblem, "Messages come, and none is a number."
		out.Hint = "Send a number such as `5.02`, or JSON such as `{\"voltage\": 5.012, \"current_mA\": 81.3}`."
	}
	return out
}

func (s *Server) plottedStep(name string, latest []live.Latest) stepJSON {
	if len(latest) == 0 {
		return stepJSON{Step: "plotted", State: stepNow, Text: "Plotted"}
	}
	out := stepJSON{Step: "plotted", State: stepDone, Text: "Live draws it."}
	if _, n := s.bench.Tile(name); n == 1 {
		out.Text = "Live draws it, and Plots has one plot."
	} else if n > 1 {
		out.Text = fmt.Sprintf("Live draws it, and Plots has %d plots.", n)
	}
	return out
}

// newestReading is the newest row in words, and its topic.
func newestReading(latest []live.Latest) (text, topic string) {
	var newest *live.Latest
	for i := range latest {
		if newest == nil || latest[i].Row.Seq > newest.Row.Seq {
			newest = &latest[i]
		}
	}
	if newest == nil {
		return "", ""
	}
	var parts []string
	for i, c := range newest.Info.Columns {
		if i >= len(newest.Row.Values) || len(parts) == 3 {
			break
		}
		v := newest.Row.Values[i] * c.Scale()
		if math.IsNaN(v) {
			continue
		}
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%.4g %s", v, c.Unit)))
	}
	return strings.Join(parts, ", "), newest.Info.Name
}

// refused is the newest refusal of a board that is this session's, or, not
// sure, of one that looks like it: the name is one letter off. A refusal from
// before the board was here says nothing any more.
func (s *Server) refused(name string, p presence.State) (r *presence.Refusal, sure bool) {
	var near *presence.Refusal
	for _, x := range s.Presence.Refusals() {
		if x.Time.Before(p.EndedAt) {
			continue
		}
		switch {
		case session.Key(x.User) == session.Key(name):
			return &x, true
		case near == nil && almost(session.Key(x.User), session.Key(name)):
			near = &x
		}
	}
	return near, false
}

// almost says whether two names differ in one letter that is wrong, missing,
// too many, or has changed places with the next; or in blanks around them.
func almost(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(a) < 2 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) || a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// sumSteps adds the steps to what tells whether a state is another than before.
// The newest reading changes all the time and waits for the regular telling.
func sumSteps(h *maphash.Hash, list []stepJSON) {
	for _, x := range list {
		h.WriteString(x.State)
		if x.Step != "reading" {
			h.WriteString(x.Text)
		}
		h.WriteString(x.Hint)
		h.WriteByte(2)
	}
}
