package ingest

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"labbroker/internal/notice"
	"labbroker/sensor"
)

// Verbs of iot-plot and of the newer MQTT Plot: the last levels of topics.
const (
	verbNewSeries  = "new_series"
	verbData       = "data"
	verbSaveSeries = "save_series"
	verbPlotSeries = "plot_series"
	verbPlot       = "plot"
	verbNew        = "new"
	verbAdd        = "add"
	verbBin        = "bin"
)

func isVerb(level string) bool {
	switch level {
	case verbNewSeries, verbData, verbPlot, verbNew, verbAdd, verbBin:
		return true
	}
	return false
}

// maxDeclared is how many series and headers a session can declare.
const maxDeclared = 1000

// declared are the titles of a series whose rows come by position.
type declared struct {
	series string
	fields []sensor.Field
	run    bool // the next row begins one

	at     time.Time
	before *declared // what held until then, without one before it
}

// verb takes what is not simply a reading; false where it is one.
func (s *state) verb(m *Message, r *sensor.Reading) bool {
	root, last := split(m.Topic)
	switch last {
	case verbNewSeries:
		s.newSeries(m, r, root)
		return true
	case verbPlot:
		if s.plotText(m, r, root) {
			return true
		}
	case verbData:
		s.number(m, r, root)
		if r.Label != "" && r.Positional {
			s.data(m, r, root)
			return true
		}
	case verbNew:
		return s.newPlot(m, root)
	case verbAdd:
		if s.adds(m, r, root) {
			s.add(m, r, root)
			return true
		}
	case verbBin:
		if r.Positional && (root != "" || s.declared["/"] != nil) {
			d := s.declared["/"+root]
			if d != nil {
				s.counted(m, r, d)
			}
			s.rows(m, r, d, sensor.SeriesName(root))
			return true
		}
	}
	if r.Names != nil && len(r.Groups) == 0 {
		if last == verbData && s.declared[root+"/"+verbData+"\x00"+sensor.Label(r.Names[0])] != nil {
			s.p.notices.Notice(s.name, notice.PlotFormat(s.full(m.Topic), m.Payload, `["S", 1.2, 3.4]`))
			return true // a row of words, no titles
		}
		d := s.declare("#"+m.Topic, sensor.SeriesName(m.Topic), r.Names)
		if last == verbData {
			s.titled(m, d, r.Names, root, nil, 0)
		}
		return true
	}
	if r.Positional {
		name := sensor.SeriesName(m.Topic)
		if r.Label != "" {
			name = sensor.SeriesName(m.Topic + "/" + r.Label)
		}
		d := s.declared["#"+m.Topic]
		if d == nil && last == verbData {
			d = s.declaredBefore("#"+m.Topic, name)
		}
		if d != nil && last == verbData {
			s.counted(m, r, d)
		} else if d != nil && len(r.Groups) > 0 && len(d.fields) != len(r.Groups[0].Fields) {
			d = nil
		}
		s.rows(m, r, d, name)
		return true
	}
	return false
}

// split takes the last level off a topic.
func split(topic string) (root, last string) {
	if i := strings.LastIndexByte(topic, '/'); i >= 0 {
		return topic[:i], topic[i+1:]
	}
	return "", topic
}

// declare remembers titles.
func (s *state) declare(key, series string, titles []string) *declared {
	if len(s.declared) >= maxDeclared && s.declared[key] == nil {
		clear(s.declared)
	}
	d := &declared{series: series, run: true, at: s.used, before: s.declared[key]}
	if d.before != nil {
		d.before.before = nil
	}
	d.fields = fieldsOf(titles)
	s.declared[key] = d
	return d
}

// fieldsOf are the fields of titles, without values.
func fieldsOf(titles []string) (fields []sensor.Field) {
	for i, t := range titles {
		if i == sensor.MaxFields {
			break
		}
		f := sensor.Title(t)
		f.Value = math.NaN()
		for _, o := range fields {
			if o.Key == f.Key || f.Key == "" {
				n := strconv.Itoa(i + 1)
				f.Key, f.Name = f.Key+" #"+n, strings.TrimSpace(f.Name+" "+n)
				break
			}
		}
		fields = append(fields, f)
	}
	// Letters get their meaning from each other: v, i, p, r.
	sensor.Settle(fields)
	return fields
}

// newSeries is ["S", "col1", ...]: series S begins again, with these columns.
func (s *state) newSeries(m *Message, r *sensor.Reading, root string) {
	var titles []string
	if json.Unmarshal(bare(m.Payload), &titles) != nil {
		titles = r.Names
	}
	if len(titles) < 2 || titles[0] == "" {
		if slices.ContainsFunc(r.Problems, func(p sensor.Problem) bool { return p.Mistake == sensor.Broken }) {
			return // told already
		}
		s.p.notices.Notice(s.name, notice.PlotFormat(s.full(m.Topic), m.Payload, `["S", "V [V]", "I [mA]"]`))
		return
	}
	if len(titles)-1 > sensor.MaxFields {
		s.p.notices.Notice(s.name, notice.TooManyColumns(s.full(m.Topic), sensor.MaxFields))
	}
	label := sensor.Label(titles[0])
	d := s.declare(root+"/"+verbData+"\x00"+label, s.owned(label, root), titles[1:])
	s.titled(m, d, titles[1:], root, nil, 0)
}

// titled makes the columns of d's titles before there are numbers for them,
// and begins a run with them.
func (s *state) titled(m *Message, d *declared, titles []string, root string, chart json.RawMessage, rollover int) {
	t := s.table(d.series, m.Topic)
	if t == nil {
		return
	}
	if chart == nil {
		t.root = root
	}
	t.release()
	var places []int
	for i := range d.fields {
		g := d.fields[i]
		g.Value = 0 // an unknown quantity's column is wanted too
		col := t.column(&g)
		if col < 0 {
			if col == tooMany {
				s.p.notices.Notice(s.name, notice.TooManyColumns(s.full(m.Topic), sensor.MaxFields))
			}
			continue
		}
		if title := cutTitle(titles[i]); t.columns[col].Title != title {
			t.columns[col].Title, t.changed = title, true
		}
		places = append(places, col)
	}
	s.begin(m, t, places, chart, rollover)
}

// maxTitle is the longest heading in bytes.
const maxTitle = 200

func cutTitle(s string) string {
	if len(s) > maxTitle {
		s = s[:maxTitle]
	}
	return strings.ToValidUTF8(s, "")
}

// number reads a series whose name looks like a number, ["1", 3.3], where it
// was declared.
func (s *state) number(m *Message, r *sensor.Reading, root string) {
	if r.Label != "" || !r.Positional || len(r.Groups) != 1 || len(m.Payload) == 0 || m.Payload[0] != '[' {
		return
	}
	rest := strings.TrimLeft(string(m.Payload[1:min(len(m.Payload), 300)]), " ")
	if rest == "" || rest[0] != '"' {
		return
	}
	name, _, ok := strings.Cut(rest[1:], `"`)
	name = sensor.Label(name)
	if !ok || s.declared[root+"/"+verbData+"\x00"+name] == nil {
		return
	}
	r.Label = name
	r.Groups[0].Fields = r.Groups[0].Fields[1:]
}

// owned is the name of the series with a label below one root: the label,
// unless another root of the session has it.
func (s *state) owned(label, root string) string {
	if t := s.tables[label]; t != nil && t.root != root && (t.root != "" || s.declared["/"+verbData+"\x00"+label] != nil) {
		return sensor.SeriesName(root + "/" + label)
	}
	return label
}

// data is ["S", v1, ...]: a row of S, by position.
func (s *state) data(m *Message, r *sensor.Reading, root string) {
	d := s.declared[root+"/"+verbData+"\x00"+r.Label]
	if d == nil {
		// After a restart of the server S stands in the history.
		name := s.owned(r.Label, root)
		if d = s.declaredBefore(root+"/"+verbData+"\x00"+r.Label, name); d == nil {
			s.p.notices.Notice(s.name, notice.UnknownSeries(s.full(m.Topic), r.Label))
			s.rows(m, r, nil, name)
			return
		}
	}
	s.counted(m, r, d)
	s.rows(m, r, d, d.series)
}

// declaredBefore takes the titles of a series from the history, nil where it
// has none.
func (s *state) declaredBefore(key, name string) *declared {
	titles, places := s.titlesBefore(name)
	if titles == nil {
		return nil
	}
	d := s.declare(key, name, titles)
	d.run = false
	t := s.tables[name]
	for i := range d.fields {
		t.byKey[d.fields[i].Key] = places[i]
	}
	return d
}

// titlesBefore are the titles that a series has in the history and the columns
// that they are of, nil where it has none.
func (s *state) titlesBefore(name string) (titles []string, places []int) {
	t := s.tables[name]
	if t == nil || len(t.columns) == 0 {
		return nil, nil
	}
	if s.p.o.Bench != nil {
		places = s.p.o.Bench.Columns(s.name, name)
	}
	if places == nil {
		if t.columns[0].Name == "c1" {
			return nil, nil
		}
		for i := range t.columns {
			places = append(places, i)
		}
	}
	for _, i := range places {
		if i < 0 || i >= len(t.columns) {
			return nil, nil
		}
		titles = append(titles, heading(&t.columns[i]))
	}
	return titles, places
}

// counted tells of rows with more or fewer values than columns.
func (s *state) counted(m *Message, r *sensor.Reading, d *declared) {
	for i := range r.Groups {
		if got := len(r.Groups[i].Fields); got != len(d.fields) {
			s.p.notices.Notice(s.name, notice.WrongCount(s.full(m.Topic), d.series, got, len(d.fields)))
			return
		}
	}
}

// rows appends rows by position: to the columns of d, or to unnamed ones.
func (s *state) rows(m *Message, r *sensor.Reading, d *declared, name string) {
	if d != nil {
		name = d.series
	}
	t := s.table(name, m.Topic)
	if t == nil {
		return
	}
	for i := range r.Groups {
		g := &r.Groups[i]
		if d != nil {
			d.fill(t, g)
		}
		s.group(m, t, g)
	}
}

// fill gives a group's numbers the titles of d, and concludes units from them
// while they are guesses. What is too much is cut.
func (d *declared) fill(t *table, g *sensor.Group) {
	if d.run {
		t.restart = t.restart || t.id != 0
		d.run = false
	}
	g.Fields = g.Fields[:min(len(g.Fields), len(d.fields))]
	guess := false
	for i := range g.Fields {
		f := d.fields[i].Take(g.Fields[i])
		if c := f.Clock(); g.Clock.Kind == sensor.ClockNone {
			g.Clock = c
		}
		if col, ok := t.byKey[f.Key]; ok && !f.PerMessage {
			f = t.known(col, f)
		}
		guess = guess || f.Evidence.Guessed()
		g.Fields[i] = f
	}
	if guess {
		sensor.Settle(g.Fields)
	}
}

// newPlot is {"columns": [...]}: the root begins again with these columns.
func (s *state) newPlot(m *Message, root string) bool {
	if len(m.Payload) > 64<<10 {
		return false
	}
	payload := bare(m.Payload)
	var plot struct {
		Columns  []string `json:"columns"`
		Rollover float64  `json:"rollover"`
	}
	// A rollover that is no number leaves the columns as they are.
	if err := json.Unmarshal(payload, &plot); err != nil && plot.Columns == nil || len(plot.Columns) == 0 {
		if meant(payload) {
			s.p.notices.Notice(s.name, notice.PlotFormat(s.full(m.Topic), m.Payload, `{"columns": ["time [s]", "v [V]"]}`))
			return true
		}
		return false
	}
	d := s.declare("/"+root, sensor.SeriesName(root), plot.Columns)
	rollover := 0
	if plot.Rollover >= 1 && plot.Rollover < 1e9 {
		rollover = int(plot.Rollover)
	}
	s.titled(m, d, plot.Columns, root, append(json.RawMessage(nil), payload...), rollover)
	return true
}

// meant says whether a payload without columns was to begin a plot.
func meant(payload []byte) bool {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(payload, &fields) // what is no object has no fields
	for _, name := range []string{"columns", "rollover", "layout", "args"} {
		if _, ok := fields[name]; ok {
			return true
		}
	}
	return false
}

// adds says whether add takes a message.
func (s *state) adds(m *Message, r *sensor.Reading, root string) bool {
	return len(r.Groups) == 1 && !r.Positional && !r.Sibling && (root != "" || s.declared["/"] != nil) && len(m.Payload) > 0 && m.Payload[0] == '{'
}

// add is {"col": v, ...}: a row of the root's series; what is missing is a gap.
func (s *state) add(m *Message, r *sensor.Reading, root string) {
	t := s.table(sensor.SeriesName(root), m.Topic)
	if t == nil {
		return
	}
	if d := s.declared["/"+root]; d != nil && d.run {
		t.restart, d.run = t.id != 0, false
	}
	s.group(m, t, &r.Groups[0])
}
