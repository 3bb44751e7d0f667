package dashboard

import (
	"math"
	"net/http"
	"slices"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/presence"
	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

// summaryJSON is one session among others: GET /api/sessions and the wall.
type summaryJSON struct {
	Session     string       `json:"session"`
	Simulated   bool         `json:"simulated"`
	People      []string     `json:"people"`  // who they are, by the roster
	Section     string       `json:"section"` // "" = none
	Seat        string       `json:"seat"`    // "" = none
	State       string       `json:"state"`
	StateText   string       `json:"state_text"` // beside the word, "" = nothing
	Clients     int          `json:"clients"`
	Rate        float64      `json:"rate"`
	Messages    int64        `json:"messages"`
	LastMessage *instant     `json:"last_message"`
	LastReading *instant     `json:"last_reading"`
	Problems    int          `json:"problems"`
	Unread      int          `json:"unread"` // of them, those that the instructor has not seen
	Latest      []latestJSON `json:"latest"`
	Spark       []number     `json:"spark"`     // means of the last 60 s of the main quantity, newest last
	Pmpp        *number      `json:"pmpp"`      // W, of the newest I-V curve that was analysed; null = none
	Plots       int          `json:"plots"`     // made and kept
	LabDone     int          `json:"lab_done"`  // steps of the running lab
	LabSteps    int          `json:"lab_steps"` // 0 = no lab runs
}

type latestJSON struct {
	Series   string `json:"series"`
	Column   string `json:"column"`
	Quantity string `json:"quantity"`
	Unit     string `json:"unit"`
	Value    number `json:"value"`
}

// maxLatest bounds how many values of one session the wall carries.
const maxLatest = 16

// sparkDigits is as exact as a sparkline can show.
const sparkDigits = 4

// number is a finite value that was scaled: factor noise is rounded off.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	return live.AppendNumber(nil, float64(n), true), nil
}

// stand is how a session stands at the moment.
type stand struct {
	name   string
	p      presence.Summary
	latest []live.Latest
	state  string
	text   string
}

// states is how every session stands that is not archived, in the order of names.
func (s *Server) states() []stand {
	now := s.now()
	known := map[string]presence.Summary{}
	for _, p := range s.Presence.Sessions() {
		known[p.Session] = p
	}
	names := s.names()
	out := make([]stand, 0, len(names))
	for _, name := range names {
		if s.Accounts.Archived(name) {
			continue
		}
		p, seen := known[name]
		latest := s.Hub.Latest(name)
		f := s.facts(name, p, wasSeen(p, seen, latest))
		w := f.Word(now)
		out = append(out, stand{name, p, latest, w, f.Text(w)})
	}
	return out
}

// summaries describes every session, in the order of names.
func (s *Server) summaries() []summaryJSON {
	now := s.now()
	list := s.states()
	done, steps := s.labDone()
	out := make([]summaryJSON, len(list))
	for i, x := range list {
		who := s.who(x.name)
		out[i] = summaryJSON{
			Session: x.name, Simulated: simulated(x.name), People: who.people, Section: who.section, Seat: who.seat,
			State: x.state, StateText: x.text,
			Clients: x.p.Clients, Rate: round1(x.p.Rate), Messages: x.p.Messages,
			LastMessage: moment(x.p.LastMessage), LastReading: moment(lastReading(x.p.LastReading, x.latest)),
			Problems: s.Notices.Count(x.name), Unread: s.unread.count(x.name, s.Notices),
			Latest: latestValues(x.latest), Spark: []number{},
		}
		s.bench.Look(x.name, lastReading(x.p.LastReading, x.latest))
		var pmpp *float64
		if pmpp, out[i].Plots = s.bench.Tile(x.name); pmpp != nil {
			watt := number(live.Round(*pmpp, sparkDigits))
			out[i].Pmpp = &watt
		}
		if !simulated(x.name) {
			out[i].LabDone, out[i].LabSteps = done[session.Key(x.name)], steps
		}
		for _, v := range s.Hub.Spark(x.name, now) {
			out[i].Spark = append(out[i].Spark, number(live.Round(v, sparkDigits)))
		}
	}
	return out
}

// latestValues is what was measured last, the series that people look for first.
func latestValues(latest []live.Latest) []latestJSON {
	out := []latestJSON{}
	for _, l := range mainFirst(latest) {
		for i, v := range l.Row.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) || len(out) == maxLatest {
				continue
			}
			c := l.Info.Columns[i]
			out = append(out, latestJSON{l.Info.Name, c.Name, string(c.Quantity), c.Unit, number(v)})
		}
	}
	return out
}

// goesOn is how long after the session's newest row a series still goes on.
const goesOn = 5 * time.Second

// mainFirst puts the main series in front: of those that go on, the first by
// name that has a voltage, a current or a power, else the first of them. Two
// that both go on do not take turns.
func mainFirst(latest []live.Latest) []live.Latest {
	newest := int64(0)
	for i := range latest {
		newest = max(newest, latest[i].Row.Time)
	}
	main, known := -1, false
	for i := range latest {
		if latest[i].Row.Time < newest-int64(goesOn) {
			continue
		}
		k := slices.ContainsFunc(latest[i].Info.Columns, func(c series.Column) bool {
			return c.Quantity == sensor.Voltage || c.Quantity == sensor.Current || c.Quantity == sensor.Power
		})
		if main < 0 || k && !known {
			main, known = i, k
		}
	}
	if main <= 0 {
		return latest
	}
	return slices.Concat(latest[main:main+1], latest[:main], latest[main+1:])
}

func (s *Server) getSessions(w http.ResponseWriter, r *http.Request, _ call) error {
	if err := s.Hub.Load(r.Context(), ""); err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, s.summaries())
}
