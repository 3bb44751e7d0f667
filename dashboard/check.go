package dashboard

import (
	"math"
	"net/http"
	"strings"

	"labbroker/internal/ingest"
	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

// Check is what would become of a message.
type Check struct {
	Allowed     bool
	Why         string // why not
	Instead     string // the topic that was likely meant; what follows is for it then
	Session     string // in whose history it is kept, "" = in nobody's
	Topic       string // below that one's prefix
	Subscribers []Subscriber
	Decoded     *ingest.Preview // nil = it is not recorded
}

// Subscriber is a client that would receive it.
type Subscriber struct {
	Session, Client string
	Here            bool // it is connected
	QoS             byte // of the delivery
	Filters         []string
	Shared          bool // it takes turns with its group
}

// maxChecks is how many checks are made at a time: each copies what is
// remembered of its session.
const maxChecks = 2

type subscriberJSON struct {
	Session string   `json:"session"`
	Client  string   `json:"client"`
	Here    bool     `json:"here"`
	QoS     byte     `json:"qos"`
	Filters []string `json:"filters"`
	Shared  bool     `json:"shared"`
}

type decodedJSON struct {
	Form    ingest.Form  `json:"form"`
	Command string       `json:"command"`
	Rows    []previewRow `json:"rows"`
	More    int          `json:"more"`
	Waits   bool         `json:"waits"`
	Begins  []previewRow `json:"begins"`
	Order   string       `json:"order"` // "plot" or "file" of a series; "" = none
	Hints   []string     `json:"hints"`
}

type previewRow struct {
	Series  string          `json:"series"`
	New     bool            `json:"new"`
	Device  *instant        `json:"device_time"`
	Restart bool            `json:"restart"`
	Columns []previewColumn `json:"columns"`
}

type previewColumn struct {
	columnJSON
	New   bool     `json:"new"`
	Value *float64 `json:"value"` // in unit; null in begins
	Why   string   `json:"why"`   // how the unit is known
}

type checkJSON struct {
	Allowed   bool             `json:"allowed"`
	Why       string           `json:"why"`
	Instead   string           `json:"instead"`
	Session   string           `json:"session"`
	Receivers []subscriberJSON `json:"receivers"`
	Decoded   *decodedJSON     `json:"decoded"`
}

// postCheck says what would become of a message, and does nothing. The
// instructor asks for the session, or with as=instructor for himself.
func (s *Server) postCheck(w http.ResponseWriter, r *http.Request, c call) error {
	if s.o.Talk == nil {
		return errNoTalk
	}
	var in struct {
		messageIn
		As string `json:"as"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	m, err := in.message()
	if err != nil {
		return err
	}
	who := c.name
	switch session.Key(in.As) {
	case "", session.Key(c.name):
	case session.Instructor:
		if !c.instructor {
			return fail(http.StatusForbidden, "Only the instructor asks as instructor.")
		}
		who = session.Instructor
	default:
		return fail(http.StatusForbidden, "This page asks for %s.", c.name)
	}
	select {
	case s.checks <- struct{}{}:
		defer func() { <-s.checks }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	check, err := s.o.Talk.Check(r.Context(), who, m)
	if err != nil {
		return refused(err)
	}
	return sendJSON(w, http.StatusOK, checkedJSON(check, &c))
}

func checkedJSON(x *Check, c *call) checkJSON {
	out := checkJSON{Allowed: x.Allowed, Why: x.Why, Instead: x.Instead, Session: x.Session, Receivers: []subscriberJSON{}}
	for _, r := range x.Subscribers {
		one := subscriberJSON(r)
		if !c.instructor && r.Session != c.name {
			one.Session, one.Client, one.Filters = "", "", nil
		}
		one.Filters = append([]string{}, one.Filters...)
		out.Receivers = append(out.Receivers, one)
	}
	if p := x.Decoded; p != nil {
		d := &decodedJSON{Form: p.Form, Command: p.Command, More: p.More, Waits: p.Waits, Rows: rowsOf(p.Rows), Begins: rowsOf(p.Begins), Hints: []string{}}
		if p.Order != nil {
			d.Order = string(p.Order.Kind) + " of " + p.Order.Series
		}
		for _, n := range p.Notices {
			d.Hints = append(d.Hints, n.Text)
		}
		out.Decoded = d
	}
	return out
}

func rowsOf(list []ingest.PreviewRow) []previewRow {
	out := make([]previewRow, len(list))
	for i, r := range list {
		out[i] = previewRow{Series: r.Series, New: r.New, Restart: r.Restart, Columns: []previewColumn{}}
		if !r.Device.IsZero() {
			at := milli(r.Device)
			out[i].Device = &at
		}
		for j := range r.Columns {
			x := &r.Columns[j]
			one := previewColumn{columnJSON: columnsJSON([]series.Column{x.Column}, nil)[0], New: x.New, Why: whyUnit(x)}
			if v := x.Value * x.Scale(); !math.IsNaN(v) && !math.IsInf(v, 0) {
				one.Value = &v
			}
			out[i].Columns = append(out[i].Columns, one)
		}
	}
	return out
}

// whyUnit says how a column's unit is known.
func whyUnit(c *ingest.PreviewColumn) string {
	switch {
	case c.Set:
		return "set by hand on the page"
	case c.Sent == "":
		return "nobody said it: write the unit into the name, as in `" + strings.ReplaceAll(c.Name, "`", "'") + "_mA`"
	}
	switch c.Evidence {
	case sensor.Said:
		return "its name or value says so, or an earlier message did"
	case sensor.Product:
		return "power is voltage times current"
	case sensor.Range:
		return "guessed: no sensor here measures that much of the other unit"
	case sensor.Resolution:
		return "guessed: an INA219 has no finer steps than 0.1 mA, and these are finer"
	case sensor.Usual:
		return "the usual unit"
	case sensor.Habit:
		return "guessed: code that names it so usually sends this unit"
	case sensor.Custom:
		return "guessed: the course's own code sends it so"
	}
	return "known from earlier messages"
}
