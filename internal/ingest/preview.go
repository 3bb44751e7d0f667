package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

// Form says how a payload is written.
type Form string

// Forms.
const (
	FormEmpty  Form = "empty"
	FormText   Form = "text" // nothing in it is a number
	FormBytes  Form = "bytes"
	FormNumber Form = "number"
	FormObject Form = "object" // JSON, or a Python dict
	FormList   Form = "list"   // JSON, or a Python list or tuple
	FormPairs  Form = "pairs"  // name and number, several times
	FormPlaces Form = "places" // numbers in a row
	FormTitles Form = "titles" // the words of a header
	FormFloats Form = "floats" // binary numbers
	FormBroken Form = "broken" // begins like JSON and is none
)

// Preview is what would become of a message.
type Preview struct {
	Form    Form
	Command string // the command of iot-plot or MQTT Plot that takes it: "new_series"; "" = none
	Rows    []PreviewRow
	More    int  // rows beyond maxPreview
	Waits   bool // its number waits for those on topics beside it, at most a second
	Begins  []PreviewRow
	Order   *Order // the plot or file that it asks for
	Notices []notice.Draft
}

// PreviewRow is a row that would be appended, or the columns of a series that
// would begin.
type PreviewRow struct {
	Series  string
	New     bool // there is no such series yet
	Device  time.Time
	Restart bool // the device's clock went back, so that a run begins
	Columns []PreviewColumn
}

// PreviewColumn is one number of a row and the column it goes to.
type PreviewColumn struct {
	series.Column
	New      bool
	Value    float64 // as sent; NaN in Begins
	Evidence sensor.Evidence
}

// maxPreview is how many rows and columns of each a Preview has.
const (
	maxPreview        = 5
	maxPreviewColumns = 64
)

// ErrHistory: what the session has cannot be read.
var ErrHistory = errors.New("the history cannot be read")

// Preview says what Accept would make of a message now, and changes nothing: the
// message goes the way of all, through a copy of what is remembered of its
// session, to a store that keeps nothing. It may read the store. Errors:
// ErrHistory.
func (p *Pipeline) Preview(ctx context.Context, m Message) (*Preview, error) {
	if m.At.IsZero() {
		m.At = p.o.Now()
	}
	m.Journal = 0
	r := &rehearsal{names: map[string]series.ID{}}
	s, err := p.rehearse(ctx, m.Session, r)
	if err != nil {
		return nil, err
	}
	before := map[string]int{}
	for name, t := range s.tables {
		before[name] = len(t.columns)
	}
	s.accept(&m)
	if s.held { // rows that ended before are not this message's
		r.rows = r.rows[max(0, len(r.rows)-1):]
		for _, t := range s.open {
			if t.row.have != 0 && t.row.last.Equal(m.At) {
				r.rows = nil
				s.closeRow(t)
			}
		}
	}
	out := &Preview{
		Form: form(m.Topic, m.Payload, s.command != ""), Command: s.command, Waits: s.held,
		Order: r.order, Notices: r.told, More: max(0, len(r.rows)-maxPreview),
	}
	said := evidence(m.Topic, m.Payload)
	for _, row := range r.rows[:min(len(r.rows), maxPreview)] {
		out.Rows = append(out.Rows, s.shown(row, before, said))
	}
	for _, b := range r.begins {
		if t := s.tables[b.Series]; t != nil {
			one := PreviewRow{Series: t.name}
			_, old := before[t.name]
			one.New = !old
			for _, i := range b.Columns {
				one.add(t, i, math.NaN(), before[t.name], said)
			}
			out.Begins = append(out.Begins, one)
		}
	}
	return out, nil
}

// rehearse is a copy of what is remembered of a session, in a pipeline that
// leads nowhere.
func (p *Pipeline) rehearse(ctx context.Context, name string, r *rehearsal) (*state, error) {
	q := New(r, p.reader, r, r, Options{Log: slog.New(slog.DiscardHandler), Now: p.o.Now, MaxSeries: p.o.MaxSeries})
	if p.o.Bench != nil {
		r.bench = p.o.Bench
		q.o.Bench = r
	}
	p.mu.RLock()
	s := p.sessions[session.Key(name)]
	p.mu.RUnlock()
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.loaded && !s.dead {
			return s.copy(q, name), nil
		}
	}
	fresh := newState(q, name)
	if !fresh.load(ctx) {
		return nil, ErrHistory
	}
	return fresh, nil
}

// copy shares nothing with s that either changes.
func (s *state) copy(p *Pipeline, name string) *state {
	c := newState(p, name)
	c.loaded, c.off = true, s.off
	for name, t := range s.tables {
		x := *t
		x.columns, x.info, x.byKey = slices.Clone(t.columns), slices.Clone(t.info), maps.Clone(t.byKey)
		x.row.fields, x.row.journal, x.beside = slices.Clone(t.row.fields), nil, nil
		c.tables[name] = &x
	}
	for _, t := range s.open {
		c.open = append(c.open, c.tables[t.name])
	}
	for key, d := range s.declared {
		x := *d
		x.fields, x.before = slices.Clone(d.fields), nil
		c.declared[key] = &x
	}
	return c
}

// rehearsal is a store, a bench and an audience that only take note.
type rehearsal struct {
	bench  Bench // asked for columns; nil = there is none
	names  map[string]series.ID
	rows   []rehearsed
	told   []notice.Draft
	begins []Begin
	order  *Order
}

type rehearsed struct {
	id  series.ID
	row series.Row
}

func (r *rehearsal) Define(_, name string, _ []series.Column) (series.ID, error) {
	if _, ok := r.names[name]; !ok {
		r.names[name] = series.ID(-1 - len(r.names)) // no store's
	}
	return r.names[name], nil
}

func (r *rehearsal) Append(b series.Batch) error {
	for _, row := range b.Rows {
		r.rows = append(r.rows, rehearsed{b.Series, row})
	}
	return nil
}

func (r *rehearsal) Notice(_ string, d notice.Draft)    { r.told = append(r.told, d) }
func (r *rehearsal) Numeric(string, string)             {}
func (r *rehearsal) Reading(string, time.Time)          {}
func (r *rehearsal) Begin(b Begin)                      { r.begins = append(r.begins, b) }
func (r *rehearsal) Order(o Order)                      { r.order = &o }
func (r *rehearsal) Columns(session, name string) []int { return r.bench.Columns(session, name) }

// shown is a row with its columns.
func (s *state) shown(row rehearsed, before map[string]int, said map[string]sensor.Evidence) PreviewRow {
	for _, t := range s.tables {
		if t.id != row.id {
			continue
		}
		n, old := before[t.name]
		out := PreviewRow{Series: t.name, New: !old, Restart: row.row.Restart}
		if row.row.Device != 0 {
			out.Device = time.Unix(0, row.row.Device).UTC()
		}
		for i, v := range row.row.Values {
			if v == v {
				out.add(t, i, v, n, said)
			}
		}
		return out
	}
	return PreviewRow{}
}

func (r *PreviewRow) add(t *table, i int, v float64, before int, said map[string]sensor.Evidence) {
	if i >= len(t.columns) || len(r.Columns) == maxPreviewColumns {
		return
	}
	ev := t.info[i].evidence
	// Of what an earlier server guessed only that is kept.
	if e, ok := said[t.columns[i].Name]; ok && t.columns[i].Guessed && e.Guessed() {
		ev = e
	}
	r.Columns = append(r.Columns, PreviewColumn{Column: t.columns[i], New: i >= before, Value: v, Evidence: ev})
}

// evidence is how a payload's own fields say their units, by name.
func evidence(topic string, payload []byte) map[string]sensor.Evidence {
	out := map[string]sensor.Evidence{}
	for _, g := range sensor.Decode(topic, payload).Groups {
		for _, f := range g.Fields {
			out[f.Name] = f.Evidence
		}
	}
	return out
}

// form says how a payload is written; the lists of commands hold words too.
func form(topic string, payload []byte, command bool) Form {
	r := sensor.Decode(topic, payload)
	first := byte(' ')
	if in := bytes.TrimSpace(payload); len(in) > 0 {
		first = in[0]
	}
	text := utf8.Valid(payload) && bytes.IndexByte(payload, 0) < 0
	switch {
	case len(payload) == 0:
		return FormEmpty
	case slices.ContainsFunc(r.Problems, func(p sensor.Problem) bool { return p.Mistake == sensor.Broken }):
		return FormBroken
	case command && first == '{':
		return FormObject
	case command && first == '[':
		return FormList
	case len(r.Groups) == 0 && r.Names != nil:
		return FormTitles
	case len(r.Groups) == 0 && text:
		return FormText
	case len(r.Groups) == 0:
		return FormBytes
	case !text:
		return FormFloats
	case first == '{':
		return FormObject
	case first == '[', first == '(':
		return FormList
	case r.Positional:
		return FormPlaces
	case len(r.Groups) == 1 && len(r.Groups[0].Fields) == 1:
		return FormNumber
	}
	return FormPairs
}
