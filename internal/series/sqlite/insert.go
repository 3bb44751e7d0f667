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
	// stmts by size, number of value columns, and whether the rare columns
	// are among them
	stmts [len(sizes)][wide + 1][2]*stmt
}

// line is one row to be written.
type line struct {
	id  series.ID
	row *series.Row
}

func newInserter(d *db, table string) *inserter { return &inserter{d: d, table: table} }

// put writes lines in order and returns the rowid of the last.
func (w *inserter) put(lines []line) (last int64, err error) {
	for at, size := range sizes {
		for len(lines) >= size {
			if err := w.some(at, lines[:size]); err != nil {
				return 0, err
			}
			lines = lines[size:]
		}
	}
	return w.d.lastRow(), nil
}

func (w *inserter) some(at int, lines []line) error {
	columns, rare := 0, 0
	for _, l := range lines {
		n := len(l.row.Values)
		if n > wide || l.row.Device != 0 || l.row.Restart {
			rare = 1
		}
		columns = max(columns, min(n, wide))
	}
	s, err := w.stmt(at, columns, rare)
	if err != nil {
		return err
	}
	i := 1
	for _, l := range lines {
		rc := s.line(i, l, columns)
		i += 3 + columns
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
	return err
}

// line binds a row's first arguments, from the i-th.
func (s *stmt) line(i int, l line, columns int) (rc int32) {
	r := l.row
	rc = s.int(i, r.Seq) | s.int(i+1, int64(l.id)) | s.int(i+2, r.Time)
	for c := range columns {
		if c < len(r.Values) && r.Values[c] == r.Values[c] {
			rc |= s.double(i+3+c, r.Values[c])
		} else {
			rc |= s.null(i + 3 + c)
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

func (w *inserter) stmt(at, columns, rare int) (*stmt, error) {
	if s := w.stmts[at][columns][rare]; s != nil {
		return s, nil
	}
	names := "seq, series, time"
	for i := range columns {
		names += fmt.Sprintf(", c%d", i)
	}
	if rare == 1 {
		names += ", device, flags, more"
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", strings.Count(names, ",")+1), ",") + ")"
	s, err := w.d.prepare("INSERT INTO " + w.table + "(" + names + ") VALUES " +
		strings.TrimSuffix(strings.Repeat(row+",", sizes[at]), ","))
	w.stmts[at][columns][rare] = s
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
