package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/sensor"
)

// Bench takes what the commands of iot-plot and MQTT Plot ask for. Begin and
// Order return at once; the calls of one session come in order, between the
// rows that came before and after.
type Bench interface {
	// Begin says that a series begins a run with its next row.
	Begin(b Begin)
	// Order asks for a plot or a saved file of a series' present run.
	Order(o Order)
	// Columns are the places of the columns that the series' newest run
	// declared, in its order; nil where none did. It may read the store.
	Columns(session, name string) []int
}

// Begin is a series' new beginning: new_series, MQTT Plot's new, or a line of
// titles on data.
type Begin struct {
	Session  string
	Series   string // its name; the store may not know it yet
	After    int64  // Seq of the last row before, as far as this process has appended any
	Columns  []int  // places of the declared columns, in order
	At       time.Time
	Chart    json.RawMessage // payload of MQTT Plot's new; nil = no chart
	Rollover int             // of the chart, rows; 0 = all
	Page     bool            // as Message.Page
}

// Order is plot_series, save_series, or text on plot.
type Order struct {
	Session string
	Series  string // its name in the store
	Name    string // as sent
	Topic   string // as the student sent it
	Kind    series.PlotKind
	File    string          // of save_series as sent, "" = the default; plots have theirs in Options
	Options json.RawMessage // valid JSON; nil = none
	Last    int64           // Seq of the last row, 0 = this process has appended none
	At      time.Time
	Page    bool // as Message.Page
}

// begin tells the bench of t's new beginning.
func (s *state) begin(m *Message, t *table, places []int, chart json.RawMessage, rollover int) {
	if s.p.o.Bench != nil && len(places) > 0 {
		s.p.o.Bench.Begin(Begin{
			Session: s.name, Series: t.name, After: t.last, Columns: places, At: m.At, Chart: chart, Rollover: rollover, Page: m.Page,
		})
	}
}

// ordered takes save_series and plot_series: ["S", filename] and
// ["S", {options}].
func (s *state) ordered(m *Message, root, verb string) {
	payload := m.Payload
	if in := bytes.TrimSpace(payload); len(in) > 3 && in[0] == 'b' && (in[1] == '\'' || in[1] == '"') && in[len(in)-1] == in[1] {
		s.p.notices.Notice(s.name, notice.BytesRepr(s.full(m.Topic), payload))
		payload = in[2 : len(in)-1]
	}
	o := Order{Session: s.name, Topic: s.full(m.Topic), Kind: series.PlotDrawn, At: m.At, Page: m.Page}
	want := `["S", {"filename": "S.pdf"}]`
	if verb == verbSaveSeries {
		o.Kind, want = series.PlotSaved, `["S", "S.pkl"]`
	}
	var list []json.RawMessage
	if err := json.Unmarshal(bare(payload), &list); err != nil {
		d := notice.PlotFormat(o.Topic, m.Payload, want)
		if in := bytes.TrimSpace(payload); len(in) > 0 && (in[0] == '[' || in[0] == '{') && in[len(in)-1] != '}' {
			d = notice.BrokenJSON(o.Topic, m.Payload)
		}
		s.p.notices.Notice(s.name, d)
		return
	}
	name, ok := "", len(list) > 0 && len(list) <= 2
	if ok {
		name, ok = word(list[0])
	}
	if ok && len(list) == 2 && string(list[1]) != "null" {
		if o.Kind == series.PlotSaved {
			ok = json.Unmarshal(list[1], &o.File) == nil
		} else if o.Options = list[1]; o.Options[0] == '"' {
			// ["S", "S.pdf"], as save_series has it.
			o.Options = append(append([]byte(`{"filename":`), list[1]...), '}')
		}
	}
	if !ok {
		s.p.notices.Notice(s.name, notice.PlotFormat(o.Topic, m.Payload, want))
		return
	}
	label := sensor.Label(name)
	o.Name, o.Series = name, s.owned(label, root)
	if s.tables[o.Series] == nil && s.tables[label] != nil {
		o.Series = label
	}
	s.order(o)
}

// word is a JSON string, or a number as it is written.
func word(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, text != ""
	}
	var number json.Number
	return string(raw), json.Unmarshal(raw, &number) == nil
}

// order passes an order on, unless there is nothing that it could be about.
func (s *state) order(o Order) {
	if s.p.o.Bench == nil {
		return
	}
	t := s.tables[o.Series]
	switch {
	case s.off:
		s.p.notices.Notice(s.name, notice.RecordingOff(""))
	case t == nil:
		s.p.notices.Notice(s.name, notice.NothingToPlot(o.Topic, o.Series))
	default:
		o.Last = t.last
		s.p.o.Bench.Order(o)
	}
}

// plotText is free text on plot, "create the plot": the rows that came on the
// data beside it are drawn. False where the text is about something else.
func (s *state) plotText(m *Message, r *sensor.Reading, root string) bool {
	p := bytes.TrimSpace(m.Payload)
	if len(r.Groups) > 0 || s.p.o.Bench == nil || len(p) > 0 && (p[0] == '{' || p[0] == '[') {
		return false
	}
	data := sensor.SeriesName(strings.TrimPrefix(root+"/"+verbData, "/"))
	if root != "" && s.tables[data] == nil {
		return false
	}
	s.order(Order{Session: s.name, Series: data, Name: verbData, Topic: s.full(m.Topic), Kind: series.PlotDrawn, At: m.At, Page: m.Page})
	return true
}

// bare is a payload with null in place of the tokens that Python's json.dumps
// writes and JSON does not have: NaN, Infinity, -Infinity.
func bare(b []byte) []byte {
	if !bytes.Contains(b, []byte("NaN")) && !bytes.Contains(b, []byte("Infinity")) && !bytes.Contains(b, []byte("nan")) && !bytes.Contains(b, []byte("inf")) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		if b[i] == '"' {
			end := i + 1
			for end < len(b) && b[end] != '"' {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(b))
			out = append(out, b[i:end]...)
			i = end
			continue
		}
		n := 0
		for _, token := range [...]string{"NaN", "-Infinity", "Infinity", "-inf", "inf", "nan"} {
			if bytes.HasPrefix(b[i:], []byte(token)) {
				n = len(token)
				break
			}
		}
		if n > 0 {
			out = append(out, "null"...)
			i += n
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}
