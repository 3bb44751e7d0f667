package ingest

import (
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

// Rows says how the first rows of a reading stand in the session's series: under
// which names, titles and units, with the declared ones where it has only
// places. r is what m decodes to; a name among its numbers may be taken out. It
// changes nothing and reads no store. What no column is known for is named by
// the payload alone. At most so many rows and columns of each are looked at;
// messages of the session wait meanwhile, and it for the one that is taken.
func (p *Pipeline) Rows(m Message, r *sensor.Reading, rows, columns int) []PreviewRow {
	p.mu.RLock()
	s := p.sessions[session.Key(m.Session)]
	p.mu.RUnlock()
	if s == nil {
		s = &state{p: p} // nothing is known of it
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	root, last := split(m.Topic)
	if last == verbData {
		s.number(&m, r, root)
	}
	out := make([]PreviewRow, 0, min(len(r.Groups), rows))
	for i := range r.Groups[:cap(out)] {
		g := &r.Groups[i]
		name, d := s.goes(&m, r, g)
		t := s.tables[name]
		row := PreviewRow{Series: name}
		for j, f := range g.Fields[:min(len(g.Fields), columns)] {
			if d != nil {
				if j >= len(d.fields) {
					break
				}
				f = d.fields[j].Take(f)
			}
			row.Columns = append(row.Columns, t.reads(&f))
		}
		out = append(out, row)
	}
	return out
}

// goes says to which series a group of m goes, and by which titles; nil = its
// fields have names of their own, or none.
func (s *state) goes(m *Message, r *sensor.Reading, g *sensor.Group) (string, *declared) {
	root, last := split(m.Topic)
	switch {
	case g.Sub != "":
		return sensor.SeriesName(m.Topic + "/" + g.Sub), nil
	case last == verbAdd && s.adds(m, r, root):
		return sensor.SeriesName(root), nil
	case !r.Positional:
		return r.Series, nil
	case last == verbData && r.Label != "":
		key := root + "/" + verbData + "\x00" + r.Label
		if d := s.declared[key].when(m.At); d != nil {
			return d.series, d
		}
		name := s.owned(r.Label, root)
		return name, s.before(name)
	case last == verbBin && (root != "" || s.declared["/"] != nil):
		if d := s.declared["/"+root].when(m.At); d != nil {
			return d.series, d
		}
		return sensor.SeriesName(root), nil
	}
	name := sensor.SeriesName(m.Topic)
	if r.Label != "" {
		name = sensor.SeriesName(m.Topic + "/" + r.Label)
	}
	d := s.declared["#"+m.Topic].when(m.At)
	switch {
	case d == nil && last == verbData:
		return name, s.before(name)
	case d != nil && (last == verbData || len(d.fields) == len(g.Fields)):
		return d.series, d
	}
	return name, nil
}

// before are the titles that a series has from the history, nil where it has
// none.
func (s *state) before(name string) *declared {
	titles, _ := s.titlesBefore(name)
	if titles == nil {
		return nil
	}
	return &declared{series: name, fields: fieldsOf(titles)}
}

// when is the declaration that held at a time: who watches packets asks a moment
// later.
func (d *declared) when(at time.Time) *declared {
	if d != nil && d.before != nil && at.Before(d.at) {
		return d.before
	}
	return d
}

// reads is a number as its column has it, else as its payload does; t nil = there
// is no such series yet.
func (t *table) reads(f *sensor.Field) PreviewColumn {
	if i := t.has(f); i >= 0 {
		return PreviewColumn{Column: t.columns[i], Value: t.value(i, f), Evidence: t.info[i].evidence}
	}
	return PreviewColumn{New: true, Value: f.Value, Evidence: f.Evidence, Column: series.Column{
		Name: f.Name, Quantity: f.Quantity, Unit: f.Unit, Sent: f.Sent, Factor: f.Factor, Guessed: f.Evidence.Guessed(),
	}}
}

// has is the place of a field's column, which column would find or make.
func (t *table) has(f *sensor.Field) int {
	if t == nil {
		return none
	}
	if i, ok := t.byKey[f.Key]; ok {
		return i
	}
	for _, name := range [...]string{f.Name, asSent(f)} {
		for i := range t.columns {
			if t.columns[i].Name == name && t.matches(i, f) {
				return i
			}
		}
	}
	return none
}
