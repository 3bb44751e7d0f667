package ingest

import (
	"slices"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/sensor"
)

// steady is how many equal rows make a habit.
const steady = 3

// waitingRow is a row of siblings, numbers that come on topics side by side.
// It ends when a quantity comes again, after a second, or at once when it is
// as complete as the rows before: then nobody has to wait for the next one.
type waitingRow struct {
	fields   []sensor.Field // by column, of the last message
	have     uint64         // columns that are in
	topic    string         // of the first message
	at       time.Time      // its arrival
	first    int            // its column
	complete uint64         // columns of the rows before
	starter  int            // the column they began with
	equal    int            // how many there were in a row
	last     time.Time      // arrival of the last number
	widest   time.Duration  // the longest pause before a column of this row,
	second   time.Duration  // the next longest,
	after    int            // and which column came after the longest
	pauses   int            // rows in a row whose longest pause was before the column paused
	paused   int
	journal  []uint64 // numbers of its messages
	page     bool     // one of them came from a page
}

// sibling takes a number on a topic beside others.
func (s *state) sibling(m *Message, r *sensor.Reading) {
	f := &r.Groups[0].Fields[0]
	t := s.table(r.Series, m.Topic)
	if t == nil {
		return
	}
	col := t.column(f)
	if col < 0 {
		if col == tooMany {
			s.p.notices.Notice(s.name, notice.TooManyColumns(s.full(m.Topic), series.MaxColumns))
		}
		return
	}
	w := &t.row
	bit := uint64(1) << col
	if w.have&bit != 0 || w.have != 0 && w.equal >= steady && col == w.starter {
		s.closeRow(t)
	}
	if w.have == 0 {
		w.topic, w.at, w.first = m.Topic, m.At, col
		w.widest, w.second, w.after, w.page = 0, 0, none, false
		s.wait(t)
	}
	if !w.last.IsZero() {
		switch gap := m.At.Sub(w.last); {
		case gap > w.widest:
			w.second, w.widest, w.after = w.widest, gap, col
		case gap > w.second:
			w.second = gap
		}
	}
	w.last, w.page = m.At, w.page || m.Page
	for len(w.fields) <= col {
		w.fields = append(w.fields, sensor.Field{})
	}
	w.fields[col] = *f
	w.fields[col].Value = t.value(col, f)
	w.have |= bit
	s.held = true
	if m.Journal != 0 {
		w.journal = append(w.journal, m.Journal)
	}
	t.info[col].topic = m.Topic
	if f.Value == f.Value {
		s.p.presence.Numeric(s.name, m.Topic)
	}
	if w.equal >= steady && w.have == w.complete && w.first == w.starter {
		s.closeRow(t)
	}
}

// wait has Run look after t's row.
func (s *state) wait(t *table) {
	if !slices.Contains(s.open, t) {
		s.open = append(s.open, t)
	}
	if !s.waiting {
		s.waiting = true
		s.p.mu.Lock()
		s.p.waiting[s] = true
		s.p.mu.Unlock()
	}
}

// closeOpen ends the rows that have waited for a second, or all, and says
// whether none is left.
func (s *state) closeOpen(now time.Time, all bool) bool {
	s.open = slices.DeleteFunc(s.open, func(t *table) bool {
		if t.row.have != 0 && (all || now.Sub(t.row.at) >= siblingWait || now.Before(t.row.at)) {
			s.closeRow(t)
		}
		return t.row.have == 0
	})
	return len(s.open) == 0
}

// closeRow appends what waits.
func (s *state) closeRow(t *table) {
	w := &t.row
	if w.have == 0 {
		return
	}
	s.conclude(t)
	values := s.grow(nil, len(t.columns))
	numbers := 0
	for i := range w.fields {
		if w.have>>i&1 != 0 {
			if values[i] = w.fields[i].Value; values[i] == values[i] {
				numbers++
			}
		}
	}
	w.learn()
	w.have = 0
	lost := s.lost
	s.lost = false
	if numbers > 0 {
		m := Message{Session: s.name, Topic: w.topic, At: w.at, Page: w.page}
		s.append(&m, t, sensor.Clock{}, values)
	}
	for _, n := range w.journal {
		if !s.lost {
			s.mark(n)
		}
	}
	w.journal, s.lost = w.journal[:0], lost
}

// learn compares a row that ends with those before it.
func (w *waitingRow) learn() {
	if w.have == w.complete && w.first == w.starter {
		w.equal++
	} else {
		w.complete, w.starter, w.equal = w.have, w.first, 0
	}
	// Begun in the middle, rows hold the end of one round and the beginning
	// of the next for ever. The pause between rounds tells where they begin.
	if w.after == none || w.widest < 2*w.second || w.widest < 10*time.Millisecond || w.after != w.paused {
		w.paused, w.pauses = w.after, 0
		return
	}
	if w.pauses++; w.pauses >= 8 && w.paused != w.starter {
		w.starter, w.complete, w.equal, w.pauses = w.paused, w.have, steady, 0
	}
}

// conclude compares the numbers of a row, which came one by one, to learn the
// units that nobody said.
func (s *state) conclude(t *table) {
	w := &t.row
	var buf [8]sensor.Field
	var at [8]int
	n, guess := 0, false
	for i := range w.fields {
		if w.have>>i&1 == 0 || n == len(buf) {
			continue
		}
		buf[n], at[n] = t.known(i, w.fields[i]), i
		guess = guess || buf[n].Evidence.Guessed()
		n++
	}
	if !guess || n < 2 {
		return
	}
	sensor.Settle(buf[:n])
	for j := range n {
		if i := at[j]; buf[j].Evidence > t.info[i].evidence {
			t.learn(i, &buf[j])
		}
	}
}

// known is a field with what its column knows of it.
func (t *table) known(col int, f sensor.Field) sensor.Field {
	c := &t.columns[col]
	f.Quantity, f.Unit, f.Sent, f.Factor, f.Evidence = c.Quantity, c.Unit, c.Sent, c.Scale(), t.info[col].evidence
	if c.Set {
		f.Evidence = sensor.Said
	}
	return f
}
