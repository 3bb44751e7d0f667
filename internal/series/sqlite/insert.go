package sqlite

import (
	"context"
	"database/sql/driver"
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
	stmts [len(sizes)][wide + 1][2]driver.StmtExecContext
	args  []driver.NamedValue
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
			if last, err = w.some(at, lines[:size]); err != nil {
				return 0, err
			}
			lines = lines[size:]
		}
	}
	return last, nil
}

func (w *inserter) some(at int, lines []line) (int64, error) {
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
		return 0, err
	}
	per := 3 + columns + 3*rare
	args := w.args
	for len(args) < per*len(lines) {
		args = append(args, driver.NamedValue{Ordinal: len(args) + 1})
	}
	w.args = args
	args = args[:per*len(lines)]
	for i, l := range lines {
		fill(args[i*per:(i+1)*per], l, columns, rare == 1)
	}
	res, err := s.ExecContext(context.Background(), args)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

func fill(a []driver.NamedValue, l line, columns int, rare bool) {
	r := l.row
	a[0].Value, a[1].Value, a[2].Value = r.Seq, int64(l.id), r.Time
	for i := range columns {
		if i < len(r.Values) && r.Values[i] == r.Values[i] {
			a[3+i].Value = r.Values[i]
		} else {
			a[3+i].Value = nil
		}
	}
	if !rare {
		return
	}
	a = a[3+columns:]
	a[0].Value, a[1].Value, a[2].Value = nil, nil, nil
	if r.Device != 0 {
		a[0].Value = r.Device
	}
	if r.Restart {
		a[1].Value = int64(1)
	}
	if len(r.Values) > wide {
		a[2].Value = packMore(r.Values[wide:])
	}
}

func (w *inserter) stmt(at, columns, rare int) (driver.StmtExecContext, error) {
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
	if err != nil {
		return nil, err
	}
	w.stmts[at][columns][rare] = s.(driver.StmtExecContext)
	return w.stmts[at][columns][rare], nil
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

func unpackMore(dst []float64, text string) error {
	for i := range dst {
		dst[i] = math.NaN()
	}
	if text == "" {
		return nil
	}
	var list []*float64
	if err := json.Unmarshal([]byte(text), &list); err != nil {
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

// scanRow reads what rowColumns selects; values gets len(values) numbers.
func scanRow(v []driver.Value, values []float64) (series.Row, error) {
	r := series.Row{Seq: integer(v[0]), Time: integer(v[1]), Device: integer(v[2]), Restart: integer(v[3]) != 0, Values: values}
	for i := range min(len(values), wide) {
		n, ok := double(v[4+i])
		if !ok {
			n = math.NaN()
		}
		values[i] = n
	}
	if len(values) > wide {
		return r, unpackMore(values[wide:], text(v[4+wide]))
	}
	return r, nil
}
