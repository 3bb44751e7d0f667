package standing

import (
	"fmt"
	"math"
	"net"
	"strings"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/presence"
	"labbroker/internal/session"
)

// Step is one step on the way from a board in its box to a curve. State is
// "done", "now" (what is missing next), "problem" or "later".
type Step struct {
	Step  string `json:"step"`
	State string `json:"state"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"` // what to do
}

// The states of a Step.
const (
	Done    = "done"
	Now     = "now"
	Problem = "problem"
	Later   = "later"
)

// Way is what is known of a session's way from its board to a curve.
type Way struct {
	Name  string
	State presence.State
	// Refusals are the newest first, Address is host:port for boards, "" = none is
	// known. Neither is looked at while a board is connected.
	Refusals []presence.Refusal
	Address  string
	Problem  func() string // the newest mistake in a sentence, "" = none; asked where it matters
	Latest   []live.Latest
	Off      bool // recording is off
	Plots    int
	At       time.Time // now
}

// Steps says how far a session's board has come, and what is missing. What the
// page itself publishes counts from "reading" on only.
func (w *Way) Steps() []Step {
	list := []Step{w.seen(), w.connected(), w.publishing(), w.reading(), w.plotted()}
	missing := false
	for i := range list {
		if x := &list[i]; x.State != Done && missing {
			x.State, x.Hint = Later, ""
		} else if x.State != Done {
			missing = true
		}
	}
	return list
}

// here says whether the session's board is connected now, and before whether
// it was.
func (w *Way) here() (now, before bool) { return w.State.Clients > 0, !w.State.EndedAt.IsZero() }

func (w *Way) seen() Step {
	now, before := w.here()
	if now || before {
		return Step{Step: "seen", State: Done, Text: "Your board has reached this server."}
	}
	if r, sure := w.refused(); r != nil && sure {
		return Step{Step: "seen", State: Done, Text: "A board has come as you, from " + r.Addr + "."}
	} else if r != nil {
		return Step{
			Step: "seen", State: Problem, Text: "Your board has not been seen. One that came looks like it: from " + r.Addr + ".", Hint: r.Text,
		}
	}
	out := Step{Step: "seen", State: Now, Text: "Your board has not been seen yet."}
	if host, port, err := net.SplitHostPort(w.Address); err == nil {
		out.Hint = fmt.Sprintf("It has to reach `%s`, port %s, from the same WiFi (2.4 GHz). Look at what it prints.", host, port)
	}
	return out
}

func (w *Way) connected() Step {
	out := Step{Step: "connected", State: Now, Text: "Connected"}
	now, before := w.here()
	if now {
		from := w.State.Connections[0].Addr
		if host, _, err := net.SplitHostPort(from); err == nil {
			from = host
		}
		out.State, out.Text = Done, "It is connected, from "+from+"."
		return out
	}
	if r, sure := w.refused(); r != nil && sure {
		out.State, out.Text, out.Hint = Problem, "It was refused.", r.Text
		return out
	}
	if before {
		out.State, out.Text = Problem, "It was connected and has gone."
		if out.Hint = w.State.LastEnd; out.Hint == "" {
			out.Hint = "It ended the connection itself. Start its program again."
		}
	}
	return out
}

func (w *Way) publishing() Step {
	p := w.State
	out := Step{Step: "publishing", State: Now, Text: "Publishing"}
	sent := int64(0)
	for _, c := range p.Connections {
		sent += c.Messages
	}
	switch now, before := w.here(); {
	case sent > 0:
		out.State, out.Text = Done, "It publishes."
		if !p.LastMessage.IsZero() && w.At.Sub(p.LastMessage) >= quietAfter {
			out.Text = "It has published, and is quiet now."
		}
	case !now && before && p.Messages > 0:
		out.State, out.Text = Done, "It has published."
	case now:
		out.Text = "It has not published anything yet."
		out.Hint = fmt.Sprintf("Publish to a topic that starts with `%s/`.", w.Name)
		if text := w.Problem(); text != "" {
			out.State, out.Hint = Problem, text
		}
	}
	return out
}

func (w *Way) reading() Step {
	out := Step{Step: "reading", State: Now, Text: "Reading understood"}
	if text, topic := newestReading(w.Latest); text != "" {
		out.State, out.Text = Done, fmt.Sprintf("The reading is understood: %s on `%s`.", text, topic)
		return out
	}
	switch {
	case w.Off:
		out.State, out.Text, out.Hint = Problem, "Recording is off: nothing is kept and drawn.", "Messages go on. Ask the instructor."
	case w.State.Messages > 0:
		out.State, out.Text = Problem, "Messages come, and none is a number."
		out.Hint = "Send a number such as `5.02`, or JSON such as `{\"voltage\": 5.012, \"current_mA\": 81.3}`."
	}
	return out
}

func (w *Way) plotted() Step {
	if len(w.Latest) == 0 {
		return Step{Step: "plotted", State: Now, Text: "Plotted"}
	}
	out := Step{Step: "plotted", State: Done, Text: "Live draws it."}
	if n := w.Plots; n == 1 {
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
func (w *Way) refused() (r *presence.Refusal, sure bool) {
	var near *presence.Refusal
	for _, x := range w.Refusals {
		if x.Time.Before(w.State.EndedAt) {
			continue
		}
		switch {
		case session.Key(x.User) == session.Key(w.Name):
			return &x, true
		case near == nil && almost(session.Key(x.User), session.Key(w.Name)):
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
