package ingest

import (
	"slices"
	"strconv"
	"strings"

	"labbroker/internal/series"
	"labbroker/sensor"
)

// table is what is remembered of one series: its columns, and by which keys
// their numbers come.
type table struct {
	id      series.ID
	last    int64 // Seq of the last row appended by this process
	name    string
	columns []series.Column
	info    []about // by column
	byKey   map[string]int
	changed bool           // the store does not know columns yet
	untold  int            // columns whose guess is not told yet
	restart bool           // the next row begins a run
	beside  []sensor.Field // the row that is being taken
	root    string
	clock   deviceClock
	row     waitingRow
	watch   watch
}

// about is what a column's description does not say.
type about struct {
	evidence sensor.Evidence
	owner    string        // the key that it was made for
	topic    string        // where its numbers come alone; "" = with the others
	load     bool          // a load voltage
	usual    bool          // numbers came that its usual unit explains
	told     bool          // that its unit is a guess
	auto     series.Column // the pipeline's choice, while Set
	autoEv   sensor.Evidence
}

// What column returns besides places.
const (
	none    = -1 // nothing to keep
	tooMany = -2
)

func newTable(name string) *table {
	return &table{name: name, byKey: map[string]int{}, watch: noWatch}
}

// tableOf is the table of a series that the store has. Which evidence there
// was for a guess is not kept: better than habit, no more.
func tableOf(i series.Info) *table {
	t := newTable(i.Name)
	t.id = i.ID
	t.columns = slices.Clone(i.Columns)
	for _, c := range t.columns {
		a := about{evidence: sensor.Said, load: sensor.Title(c.Name).Load}
		switch {
		case c.Guessed:
			a.evidence = sensor.Resolution
			t.untold++
		case c.Sent == "":
			a.evidence = sensor.None
		}
		t.info = append(t.info, a)
	}
	t.look()
	return t
}

// column finds the place of a field, making or correcting the column where
// the field knows better.
func (t *table) column(f *sensor.Field) int {
	i, ok := t.byKey[f.Key]
	if !ok {
		if i = t.find(f); i < 0 {
			return i
		}
		t.byKey[f.Key] = i
	}
	a := &t.info[i]
	switch {
	case f.Evidence == sensor.Range && a.evidence == sensor.Usual && a.usual:
		// 1 V, 2 V ... 300 V: a counter under a borrowed name, or a mistake, but
		// not all of it mV.
	case f.Evidence > a.evidence:
		t.learn(i, f)
	case f.Evidence == sensor.Usual && f.Value != 0 && f.Value == f.Value:
		a.usual = true
	}
	return i
}

// find gives a field of a new key a column of its name, or a new one.
func (t *table) find(f *sensor.Field) int {
	for _, name := range [...]string{f.Name, asSent(f)} {
		for i := range t.columns {
			if t.columns[i].Name == name && t.matches(i, f) {
				t.info[i].owner = f.Key
				return i
			}
		}
	}
	if f.Value != f.Value && f.Quantity == sensor.Unknown {
		return none
	}
	if len(t.columns) >= series.MaxColumns {
		return tooMany
	}
	t.columns = append(t.columns, series.Column{
		Name: t.unique(f), Quantity: f.Quantity, Unit: f.Unit, Sent: f.Sent, Factor: f.Factor, Guessed: f.Evidence.Guessed(),
	})
	t.info = append(t.info, about{evidence: f.Evidence, owner: f.Key, load: f.Load})
	if f.Evidence.Guessed() {
		t.untold++
	}
	t.touch()
	return len(t.columns) - 1
}

// matches says whether the numbers of a new key can be those of column i:
// not where another key of the same row has it, nor where both say their unit
// and differ.
func (t *table) matches(i int, f *sensor.Field) bool {
	a, c := &t.info[i], &t.columns[i]
	if a.owner != "" && a.owner != f.Key {
		if t.row.have>>i&1 != 0 || slices.ContainsFunc(t.beside, func(o sensor.Field) bool { return o.Key == a.owner }) {
			return false
		}
	}
	if f.Evidence == sensor.Said && !f.PerMessage && c.Sent != "" && c.Sent != f.Sent && !c.Set {
		return a.evidence.Guessed()
	}
	return true
}

// asSent is a field's name with its unit.
func asSent(f *sensor.Field) string {
	if _, key, ok := strings.Cut(f.Key, "\x00"); ok {
		return key
	}
	return f.Key
}

// release lets titles declared anew take the columns of the old ones.
func (t *table) release() {
	clear(t.byKey)
	for i := range t.info {
		t.info[i].owner = ""
	}
}

// unique is a name that no column has: without the unit, else as sent, else
// with a number.
func (t *table) unique(f *sensor.Field) string {
	for n := 1; ; n++ {
		name := f.Name
		switch {
		case n == 2:
			name = asSent(f)
		case n > 2:
			name = f.Name + "_" + strconv.Itoa(n-1)
		}
		if !slices.ContainsFunc(t.columns, func(c series.Column) bool { return c.Name == name }) {
			return name
		}
	}
}

// learn gives column i the unit that a field knows better. A unit that was
// set by hand stays; what would be in its place is remembered.
func (t *table) learn(i int, f *sensor.Field) {
	c, a := &t.columns[i], &t.info[i]
	next := *c
	next.Quantity, next.Unit, next.Sent, next.Factor, next.Guessed = f.Quantity, f.Unit, f.Sent, f.Factor, f.Evidence.Guessed()
	if c.Set {
		if f.Evidence > a.autoEv {
			next.Set = false
			a.auto, a.autoEv = next, f.Evidence
		}
		return
	}
	a.evidence = f.Evidence
	if next == *c {
		return
	}
	if next.Guessed && (a.told || !c.Guessed) {
		a.told = false
		t.untold++
	} else if !next.Guessed && c.Guessed && !a.told {
		t.untold--
	}
	*c = next
	t.touch()
}

// touch is called where columns changed. A load's voltage is the voltage only
// where no bus voltage is sent.
func (t *table) touch() {
	t.changed = true
	for i := range t.columns {
		c := &t.columns[i]
		if t.info[i].load && !c.Set && c.Quantity == sensor.Voltage && t.bus() >= 0 {
			c.Quantity = sensor.LoadVoltage
		}
	}
	t.look()
}

// bus is the first column with a voltage that is not a load's.
func (t *table) bus() int {
	for i := range t.columns {
		if t.columns[i].Quantity == sensor.Voltage && !t.info[i].load {
			return i
		}
	}
	return none
}

// value is a field's number in the unit of its column. A unit beside the
// number ("812 mA", then "1.2 A") may differ from message to message.
func (t *table) value(col int, f *sensor.Field) float64 {
	c := &t.columns[col]
	if f.PerMessage && !c.Set && f.Quantity == c.Quantity && f.Factor != c.Factor && c.Factor != 0 {
		return f.Value * f.Factor / c.Factor
	}
	return f.Value
}
