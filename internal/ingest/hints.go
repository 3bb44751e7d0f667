package ingest

import (
	"math"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/sensor"
)

// How many readings in a row make a hint.
const (
	alike = 20 // all zero, all negative
	ends  = 5  // at the end of the range
)

// watch counts suspicious readings of one series.
type watch struct {
	v, i, shunt int // columns; none where there is no such
	zero        int
	flowed      bool // a current was seen
	negative    int
	pinned      int
	lastPinned  float64
}

var noWatch = watch{v: none, i: none, shunt: none}

// look finds the columns to watch.
func (t *table) look() {
	w := &t.watch
	w.v, w.i, w.shunt = t.bus(), none, none
	for i := range t.columns {
		switch t.columns[i].Quantity {
		case sensor.Voltage:
			if w.v < 0 {
				w.v = i
			}
		case sensor.Current:
			if w.i < 0 {
				w.i = i
			}
		case sensor.ShuntVoltage:
			if w.shunt < 0 {
				w.shunt = i
			}
		}
	}
}

// at is a row's number in the unit its column is shown in; NaN where there is
// none.
func (t *table) at(values []float64, col int) float64 {
	if col < 0 || col >= len(values) {
		return math.NaN()
	}
	return values[col] * t.columns[col].Scale()
}

// hints looks for what a wrong circuit does to an INA219's readings.
func (s *state) hints(m *Message, t *table, values []float64) {
	w := &t.watch
	if w.v < 0 && w.i < 0 && w.shunt < 0 {
		return
	}
	v, i := t.at(values, w.v), t.at(values, w.i)
	w.flowed = w.flowed || i == i && i != 0
	switch {
	// A chip that nobody calibrated measures the voltage, and always 0 mA.
	case i == 0 && !w.flowed, v == 0 && (i == 0 || w.i < 0):
		if w.zero++; w.zero%alike == 0 {
			s.p.notices.Notice(s.name, notice.AlwaysZero(s.at(m, t, first(w.i, w.v))))
		}
	case v == v && v != 0 || i == i && i != 0:
		w.zero = 0
	}
	switch {
	case i < -0.5 && (v > 0.05 || w.v < 0):
		if w.negative++; w.negative%alike == 0 {
			s.p.notices.Notice(s.name, notice.SwappedPins(s.at(m, t, w.i)))
		}
	case i > 0.5:
		w.negative = 0
	}
	s.pinned(m, t, v, i, t.at(values, w.shunt))
}

// pinned looks for readings at the end of the range: 26 V is the most that
// the chip bears and 32.764 V what its register holds, 320 mV at the shunt is
// 3.2 A at 0.1 ohm, and the smaller ranges end at 40, 80 and 160 mV.
func (s *state) pinned(m *Message, t *table, v, i, shunt float64) {
	w := &t.watch
	col, x := none, 0.0
	switch a, u := math.Abs(i), math.Abs(shunt); {
	case v >= 26 && v < 33:
		col, x = w.v, v
	case a >= 3199.5 && a < 3300, a == w.lastPinned && (near(a, 400) || near(a, 800) || near(a, 1600)):
		col, x = w.i, i
	case u >= 319.9 && u < 328, u == w.lastPinned && (near(u, 40) || near(u, 80) || near(u, 160)):
		col, x = w.shunt, shunt
	case near(a, 400), near(a, 800), near(a, 1600):
		w.lastPinned, w.pinned = a, 1
		return
	case near(u, 40), near(u, 80), near(u, 160):
		w.lastPinned, w.pinned = u, 1
		return
	default:
		w.pinned = 0
		return
	}
	if w.pinned++; w.pinned == ends || w.pinned%alike == 0 {
		topic, name := s.at(m, t, col)
		s.p.notices.Notice(s.name, notice.Pinned(topic, name, x, t.columns[col].Unit))
	}
}

func near(x, end float64) bool { return math.Abs(x-end) < 0.15 }

func first(a, b int) int {
	if a >= 0 {
		return a
	}
	return b
}

// at is where a column's numbers come from, as the student knows it: the
// topic, and the name where the topic has several.
func (s *state) at(m *Message, t *table, col int) (topic, name string) {
	if own := t.info[col].topic; own != "" {
		return s.full(own), ""
	}
	return s.full(m.Topic), t.columns[col].Name
}

// guesses tells of units that were guessed, once for each column and with a
// number that shows why.
func (s *state) guesses(m *Message, t *table, values []float64) {
	for i := range t.columns {
		if i >= len(values) || !(values[i] != 0) || values[i] != values[i] {
			continue
		}
		if a, c := &t.info[i], &t.columns[i]; c.Guessed && !a.told {
			a.told = true
			t.untold--
			topic, name := s.at(m, t, i)
			s.p.notices.Notice(s.name, notice.UnitGuessed(topic, name, c.Sent, values[i]))
		}
	}
}

// problems tells of mistakes in how a payload was written.
func (s *state) problems(m *Message, r *sensor.Reading) {
	topic := s.full(m.Topic)
	for _, p := range r.Problems {
		var d notice.Draft
		switch p.Mistake {
		case sensor.BytesRepr:
			d = notice.BytesRepr(topic, m.Payload)
		case sensor.DecimalComma:
			d = notice.DecimalComma(topic, []byte(p.Value))
		case sensor.NotANumber:
			d = notice.NaN(topic, p.Key, p.Value)
		case sensor.Broken:
			d = notice.BrokenJSON(topic, m.Payload)
		case sensor.TooMany:
			d = notice.TooManyColumns(topic, series.MaxColumns)
		default:
			continue
		}
		s.p.notices.Notice(s.name, d)
	}
}
