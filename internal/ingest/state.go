package ingest

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/sensor"
)

// state is what is remembered of one session.
type state struct {
	p    *Pipeline
	name string // spelling of the claim

	mu       sync.Mutex // guards all below; held while a message is taken
	dead     bool       // no longer in the pipeline: look again
	loaded   bool
	waiting  bool // in Pipeline.waiting
	off      bool // told that recording is off
	failing  bool // logged that the store fails
	used     time.Time
	dec      sensor.Decoder
	tables   map[string]*table
	open     []*table             // with a row that waits for siblings
	declared map[string]*declared // by root and series, or by topic
	slab     []float64            // of which rows' values are cut
	one      [1]series.Row        // the batch of a single row
	command  string               // that took the present message, "" = none
	held     bool                 // the present message waits in a row of siblings
	lost     bool                 // a row of the present message was not taken, and may be yet
}

func newState(p *Pipeline, name string) *state {
	return &state{p: p, name: name, tables: map[string]*table{}, declared: map[string]*declared{}, used: p.o.Now()}
}

// load reads the session's series from the store, once.
func (s *state) load(ctx context.Context) bool {
	if s.loaded {
		return true
	}
	list, err := s.p.reader.List(ctx, s.name)
	if err != nil {
		s.fail("read the session's series", err)
		return false
	}
	for i := range list {
		s.tables[list[i].Name] = tableOf(list[i])
	}
	s.loaded = true
	return true
}

// fail logs a store's error when it is new.
func (s *state) fail(what string, err error) {
	if errors.Is(err, series.ErrOff) {
		if !s.off {
			s.off = true
			s.p.notices.Notice(s.name, notice.RecordingOff(""))
		}
		return
	}
	if !s.failing && !errors.Is(err, series.ErrClosed) {
		s.failing = true
		s.p.o.Log.Error("a reading is not recorded", "session", s.name, "cannot", what, "err", err)
	}
}

// full is a topic as the student sends it.
func (s *state) full(topic string) string {
	if topic == "" {
		return s.name
	}
	return s.name + "/" + topic
}

// accept takes a message, and marks it when the history needs it no more.
func (s *state) accept(m *Message) {
	s.held, s.lost, s.command = false, false, ""
	s.take(m)
	if !s.held && !s.lost {
		s.mark(m.Journal)
	}
}

func (s *state) mark(journal uint64) {
	if journal != 0 && s.p.o.Mark != nil {
		s.p.o.Mark(journal)
	}
}

// take finds out what a message is: verbs of iot-plot first, then what
// decodes.
func (s *state) take(m *Message) {
	root, verb := split(m.Topic)
	if verb == verbSaveSeries || verb == verbPlotSeries {
		s.command = verb
		s.ordered(m, root, verb)
		return
	}
	r := s.dec.Decode(m.Topic, m.Payload)
	if len(r.Problems) > 0 {
		s.problems(m, r)
	}
	if s.verb(m, r) {
		if isVerb(verb) {
			s.command = verb
		}
		return
	}
	if len(r.Groups) == 0 {
		return
	}
	if r.Sibling {
		s.sibling(m, r)
		return
	}
	var t *table
	series := ""
	for i := range r.Groups {
		g := &r.Groups[i]
		name := r.Series
		if g.Sub != "" {
			name = sensor.SeriesName(m.Topic + "/" + g.Sub)
		}
		if t == nil || name != series {
			if t = s.table(name, m.Topic); t == nil {
				return
			}
			series = name
		}
		s.group(m, t, g)
	}
}

// table finds a series or makes it; nil where the session has too many.
func (s *state) table(name, topic string) *table {
	if t := s.tables[name]; t != nil {
		return t
	}
	if len(s.tables) >= s.p.o.MaxSeries {
		s.p.notices.Notice(s.name, notice.TooManySeries(s.full(topic), s.p.o.MaxSeries))
		return nil
	}
	t := newTable(name)
	s.tables[name] = t
	return t
}

// group appends a group as a row of t.
func (s *state) group(m *Message, t *table, g *sensor.Group) {
	var values []float64
	numbers, left := 0, false
	t.beside = g.Fields
	for i := range g.Fields {
		f := &g.Fields[i]
		col := t.column(f)
		if col < 0 {
			left = left || col == tooMany
			continue
		}
		if values == nil || col >= len(values) {
			values = s.grow(values, max(col+1, len(t.columns)))
		}
		if values[col] = t.value(col, f); f.Value == f.Value {
			numbers++
		}
	}
	t.beside = nil
	if left {
		s.p.notices.Notice(s.name, notice.TooManyColumns(s.full(m.Topic), series.MaxColumns))
	}
	if numbers > 0 {
		s.append(m, t, g.Clock, values)
	}
}

// grow makes values n long, the new ones gaps.
func (s *state) grow(values []float64, n int) []float64 {
	if len(s.slab) < n {
		s.slab = make([]float64, 512)
	}
	next := s.slab[:n:n]
	s.slab = s.slab[n:]
	for i := copy(next, values); i < n; i++ {
		next[i] = math.NaN()
	}
	return next
}

// append adds a row to t, with its columns as they are now, and looks at what
// it says.
func (s *state) append(m *Message, t *table, c sensor.Clock, values []float64) {
	row := series.Row{Time: m.At.UnixNano(), Values: values, Restart: t.restart, Page: m.Page}
	if c.Kind != sensor.ClockNone {
		var again bool
		row.Device, again = t.clock.at(c, row.Time)
		row.Restart = row.Restart || again
	}
	t.restart = false
	s.p.presence.Numeric(s.name, m.Topic)
	s.p.presence.Reading(s.name, m.At)
	if t.untold > 0 {
		s.guesses(m, t, values)
	}
	s.hints(m, t, values)
	s.keep(t, row)
}

// keep gives a row to the store. A series that was deleted meanwhile is made
// again.
func (s *state) keep(t *table, row series.Row) {
	err := s.store(t, row)
	if errors.Is(err, series.ErrNotFound) {
		t.id = 0
		err = s.store(t, row)
	}
	if err != nil {
		s.lost = s.lost || !errors.Is(err, series.ErrOff)
		s.fail("keep a row of "+t.name, err)
		return
	}
	s.off, s.failing = false, false
}

func (s *state) store(t *table, row series.Row) error {
	if t.changed || t.id == 0 {
		if err := s.define(t); err != nil {
			return err
		}
	}
	s.one[0] = row
	if err := s.p.store.Append(series.Batch{Series: t.id, Rows: s.one[:]}); err != nil {
		return err
	}
	t.last = s.one[0].Seq
	return nil
}

func (s *state) define(t *table) error {
	id, err := s.p.store.Define(s.name, t.name, slices.Clone(t.columns))
	if err != nil {
		return err
	}
	t.id, t.changed = id, false
	return nil
}
