package dashboard

import (
	"hash/maphash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"labbroker/dashboard/standing"
	"labbroker/internal/live"
	"labbroker/internal/presence"
	"labbroker/internal/session"
)

// sessionJSON is one session: GET /api/sessions/{session}, and the event "state".
type sessionJSON struct {
	Session     string          `json:"session"`
	Simulated   bool            `json:"simulated"`
	State       string          `json:"state"`
	Clients     []clientJSON    `json:"clients"`
	StateText   string          `json:"state_text"`
	Rate        float64         `json:"rate"`
	LastMessage *instant        `json:"last_message"`
	LastReading *instant        `json:"last_reading"`
	LastEnd     string          `json:"last_end"`
	EndedAt     *instant        `json:"ended_at"`
	Problems    int             `json:"problems"`
	Lab         *progressJSON   `json:"lab"`      // null = no lab runs
	Messages    []messageJSON   `json:"messages"` // what the instructor said lately, newest first, at most 3
	Seat        string          `json:"seat"`     // what the projector calls it
	HasKey      bool            `json:"has_key"`  // a read-only key that can be revoked
	Recording   Recording       `json:"recording"`
	Clock       string          `json:"clock"`
	Steps       []standing.Step `json:"steps"`
	Seq         int64           `json:"seq"`
	Now         instant         `json:"now"`
}

type clientJSON struct {
	ID       string  `json:"id"`
	Addr     string  `json:"addr"`
	Via      string  `json:"via"`
	Since    instant `json:"since"`
	Messages int64   `json:"messages"`
}

// state gathers what is known of a session. key is another number whenever
// something changed that must not wait for the next regular telling.
func (s *Server) state(name string) (out sessionJSON, key uint64) {
	now := s.now()
	p, seen := s.Presence.Brief(name)
	latest := s.Hub.Latest(name)
	reading := lastReading(p.LastReading, latest)
	facts := s.facts(name, p.Summary, wasSeen(p.Summary, seen, latest))
	w := facts.Word(now)
	out = sessionJSON{
		Session:   name,
		Simulated: simulated(name),
		State:     w,
		StateText: facts.Text(w),
		Clients:   make([]clientJSON, 0, len(p.Connections)),
		Rate:      round1(p.Rate), LastMessage: moment(p.LastMessage), LastReading: moment(reading),
		LastEnd: p.LastEnd, EndedAt: moment(p.EndedAt), Problems: s.Notices.Count(name), HasKey: s.Accounts.HasKey(name),
		Recording: s.o.Recording(), Clock: s.o.Clock(), Seq: s.Hub.Seq(name), Now: milli(now),
	}
	out.Messages = s.messagesTo(name, shownAtOnce, now.Add(-shownFor))
	if out.Seat = s.who(name).seat; out.Seat == "" {
		out.Seat = s.aliases.get(name)
	}
	out.Lab = s.labProgress(name)
	newest := int64(0)
	if len(out.Messages) > 0 {
		newest = out.Messages[0].ID
	}
	out.Steps = s.steps(name, p, latest, now)
	var h maphash.Hash
	h.SetSeed(s.seed)
	sumSteps(&h, out.Steps)
	for _, c := range p.Connections {
		out.Clients = append(out.Clients, clientJSON{c.ID, c.Addr, c.Via, milli(c.Since), c.Messages})
		h.WriteString(c.Addr)
		h.WriteByte(0)
	}
	for _, part := range []string{
		out.State, out.StateText, out.LastEnd, p.EndedAt.String(), itoa(out.Problems), out.Recording.State, out.Recording.Text, out.Clock,
		strconv.FormatBool(out.HasKey), out.Seat, strconv.FormatInt(newest, 10), out.Lab.key(),
	} {
		h.WriteString(part)
		h.WriteByte(1)
	}
	return out, h.Sum64()
}

func (s *Server) facts(name string, p presence.Summary, seen bool) standing.Facts {
	f := standing.Facts{Summary: p, Seen: seen, Paused: s.o.Control.Paused(name)}
	if r, ok := s.Presence.RefusedAs(name); ok {
		f.Refused = &r
	}
	return f
}

// steps says how far a session's board has come.
func (s *Server) steps(name string, p presence.State, latest []live.Latest, now time.Time) []standing.Step {
	w := standing.Way{Name: name, State: p, Latest: latest, Off: s.o.Recording().State == "off", At: now}
	if p.Clients == 0 {
		w.Refusals = s.Presence.Refusals()
		if a := s.o.Addresses(); len(a.MQTT) > 0 {
			w.Address = a.MQTT[0]
		}
	}
	w.Problem = func() string {
		if list := s.Notices.List(name); len(list) > 0 {
			return list[0].Text
		}
		return ""
	}
	if len(latest) > 0 {
		_, w.Plots = s.bench.Tile(name)
	}
	return w.Steps()
}

// sumSteps adds the steps to what tells whether a state is another than before.
// The newest reading changes all the time and waits for the regular telling.
func sumSteps(h *maphash.Hash, list []standing.Step) {
	for _, x := range list {
		h.WriteString(x.State)
		if x.Step != "reading" {
			h.WriteString(x.Text)
		}
		h.WriteString(x.Hint)
		h.WriteByte(2)
	}
}

// wasSeen says whether a session has ever been here: now, or, before a
// restart, by what it left.
func wasSeen(p presence.Summary, seen bool, latest []live.Latest) bool {
	return seen && (p.Messages > 0 || !p.EndedAt.IsZero()) || len(latest) > 0
}

func lastReading(known time.Time, latest []live.Latest) time.Time {
	for i := range latest {
		if t := time.Unix(0, latest[i].Row.Time); t.After(known) {
			known = t
		}
	}
	return known
}

func (s *Server) getSession(w http.ResponseWriter, r *http.Request, c call) error {
	if err := s.Hub.Load(r.Context(), c.name); err != nil {
		return err
	}
	out, _ := s.state(c.name)
	return sendJSON(w, http.StatusOK, out)
}

// names are all sessions there are: with an account, seen since start, or with
// data; by name without regard to case.
func (s *Server) names() []string {
	all := map[string]string{}
	for _, name := range s.Hub.Sessions() {
		all[session.Key(name)] = name
	}
	for _, p := range s.Presence.Sessions() {
		all[session.Key(p.Session)] = p.Session
	}
	for _, name := range s.Accounts.Names() {
		all[session.Key(name)] = name
	}
	names := make([]string, 0, len(all))
	for _, name := range all {
		if session.Check(name) == nil {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(session.Key(a), session.Key(b)) })
	return names
}

func round1(v float64) float64 { return float64(int64(v*10+0.5)) / 10 }
