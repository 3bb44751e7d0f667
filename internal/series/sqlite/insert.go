package sqlite

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"labbroker/internal/series"
)

// sizes are how many rows one INSERT carries, greatest first.
var sizes = [...]int{64, 8, 1}

// inserter writes rows into one table by multi-row statements that name only
// the columns in use. For one goroutine.
type inserter struct {
	d     *db
	table string
	// next is the rowid that SQLite gives by itself, faster than one that is
	// named; 0 = unknown. Where rowid is Seq a row without it names its own.
	next  int64
	named bool // rowid is Seq
	// stmts by size, number of value columns, whether the rare columns are
	// among them, and whether the rowid is named
	stmts [len(sizes)][wide + 1][2][2]*stmt
}

// line is one row to be written.
type line struct {
	id  series.ID
	row *series.Row
}

// put writes lines in order and returns the rowid of the last.
func (w *inserter) put(lines []line) (last int64, err error) {
	for len(lines) > 0 {
		n := w.run(lines)
		for at, size := range sizes {
			for n >= size {
				if err := w.some(at, lines[:size]); err != nil {
					w.next = 0
					return 0, err
				}
				lines, n = lines[size:], n-size
			}
		}
	}
	return w.d.lastRow(), nil
}

// run is how many of the lines can go without a rowid; 1 where the first one
// needs its own.
func (w *inserter) run(lines []line) int {
	if !w.named {
		return len(lines)
	}
	n := 0
	for n < len(lines) && lines[n].row.Seq == w.next+int64(n) {
		n++
	}
	return max(1, n)
}

func (w *inserter) some(at int, lines []line) error {
	name := 0
	if w.named && lines[0].row.Seq != w.next {
		name = 1
	}
	columns, rare := 0, 0
	for _, l := range lines {
		n := len(l.row.Values)
		if n > wide || l.row.Device != 0 || l.row.Restart {
			rare = 1
		}
		columns = max(columns, min(n, wide))
	}
	s, err := w.stmt(at, columns, rare, name)
	if err != nil {
		return err
	}
	i := 1
	for _, l := range lines {
		rc := int32(0)
		if name == 1 || !w.named {
			rc = s.int(i, l.row.Seq)
			i++
		}
		rc |= s.line(i, l, columns)
		i += 2 + columns
		if rare == 1 && rc == 0 {
			rc = s.rare(i, l.row)
			i += 3
		}
		if rc != 0 {
			return w.d.check(rc)
		}
	}
	_, err = s.step()
	s.reset()
	last := lines[len(lines)-1].row.Seq
	if w.named && err == nil {
		if got := w.d.lastRow(); got != last {
			return fmt.Errorf("row %d of %s was written as %d", last, w.table, got)
		}
		w.next = last + 1
	}
	return err
}

// line binds a row's arguments but Seq, from the i-th.
func (s *stmt) line(i int, l line, columns int) (rc int32) {
	r := l.row
	rc = s.int(i, int64(l.id)) | s.int(i+1, r.Time)
	for c := range columns {
		if c < len(r.Values) && r.Values[c] == r.Values[c] {
			rc |= s.double(i+2+c, r.Values[c])
		} else {
			rc |= s.null(i + 2 + c)
		}
	}
	return rc
}

// rare binds what most rows do not have.
func (s *stmt) rare(i int, r *series.Row) (rc int32) {
	rc = s.null(i) | s.null(i+1) | s.null(i+2)
	if r.Device != 0 {
		rc |= s.int(i, r.Device)
	}
	if r.Restart {
		rc |= s.int(i+1, 1)
	}
	if len(r.Values) > wide && s.bind(i+2, packMore(r.Values[wide:])) != nil {
		rc = 1
	}
	return rc
}

func (w *inserter) stmt(at, columns, rare, name int) (*stmt, error) {
	if s := w.stmts[at][columns][rare][name]; s != nil {
		return s, nil
	}
	names := "series, time"
	if name == 1 || !w.named {
		names = "seq, " + names
	}
	for i := range columns {
		names += fmt.Sprintf(", c%d", i)
	}
	if rare == 1 {
		names += ", device, flags, more"
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", strings.Count(names, ",")+1), ",") + ")"
	s, err := w.d.prepare("INSERT INTO " + w.table + "(" + names + ") VALUES " +
		strings.TrimSuffix(strings.Repeat(row+",", sizes[at]), ","))
	w.stmts[at][columns][rare][name] = s
	return s, err
}

// packMore writes further values as a JSON array, gaps as null.
func packMore(values []float64) string {
	list := make([]any, len(values))
	for i, v := range values {
		if v == v {
			list[i] = v
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // finite numbers and nil only: series.Clean
	}
	return string(text)
}

func unpackMore(dst []float64, text []byte) error {
	for i := range dst {
		dst[i] = math.NaN()
	}
	if len(text) == 0 {
		return nil
	}
	var list []*float64
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("further values: %w", err)
	}
	for i, v := range list[:min(len(list), len(dst))] {
		if v != nil {
			dst[i] = *v
		}
	}
	return nil
}

// rowColumns is what scanRow reads, for so many value columns.
func rowColumns(values int) string {
	s := "seq, time, device, flags"
	for i := range min(values, wide) {
		s += fmt.Sprintf(", c%d", i)
	}
	if values > wide {
		s += ", more"
	}
	return s
}

// rowLen is how many columns rowColumns has at most.
const rowLen = 4 + wide + 1

// scanRow reads what rowColumns selects; values gets len(values) numbers.
func scanRow(v row, values []float64) (series.Row, error) {
	r := series.Row{Seq: v.int(0), Time: v.int(1), Device: v.int(2), Restart: v.int(3) != 0, Values: values}
	for i := range min(len(values), wide) {
		values[i] = v.double(4+i, math.NaN())
	}
	if len(values) > wide {
		return r, unpackMore(values[wide:], v.bytes(4+wide))
	}
	return r, nil
}
