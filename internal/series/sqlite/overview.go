package sqlite

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"labbroker/internal/series"
	"labbroker/internal/series/rollup"
)

// piece is a unit of some level on the way to the buckets.
type piece struct {
	rollup.Unit
	level int
}

// inMemory is added to the index of a row in memory to make its place, which
// is greater than that of any row in the file.
const inMemory = 1 << 62

// overview returns the rows that keep what a chart of q.Points rows shows,
// nil where all rows are few enough.
func (v *view) overview() ([]series.Row, error) {
	tops, err := v.top("ASC")
	if err != nil {
		return nil, err
	}
	pieces := make([]piece, len(tops))
	for i, u := range tops {
		pieces[i] = piece{u, levels - 1}
	}
	// First to the ends of the choice, which tells how large it is; then to
	// what is too wide for a bucket.
	pieces, err = v.divide(pieces, func(p *piece) bool { return !v.whole(&p.Unit) })
	if err != nil {
		return nil, err
	}
	choice := v.measure(pieces)
	if choice.Rows <= int64(v.q.Points) {
		return nil, nil
	}
	b := rollup.NewBuckets(choice)
	pieces, err = v.divide(pieces, func(p *piece) bool { return b.Wide(&p.Unit, v.columns) > 1 })
	if err != nil {
		return nil, err
	}
	n, err := v.feed(b, pieces)
	if err != nil || n <= v.q.Points {
		return nil, err
	}
	places, err := v.restarts(b.Pick())
	if err != nil {
		return nil, err
	}
	return v.fetch(places)
}

// divide replaces pieces by those of finer levels, down to level 0.
func (v *view) divide(pieces []piece, should func(*piece) bool) ([]piece, error) {
	for level := levels - 1; level > 0; level-- {
		var next []piece
		for i := 0; i < len(pieces); {
			if pieces[i].level != level || !should(&pieces[i]) {
				next = append(next, pieces[i])
				i++
				continue
			}
			first := pieces[i].First
			for i++; i < len(pieces) && pieces[i].level == level && should(&pieces[i]); i++ {
			}
			finer, err := v.units(level-1, first, pieces[i-1].Last, "ASC")
			if err != nil {
				return nil, err
			}
			for _, u := range finer {
				next = append(next, piece{u, level - 1})
			}
		}
		pieces = next
	}
	return pieces, nil
}

// measure says how many rows are chosen, about, and their least and greatest
// time.
func (v *view) measure(pieces []piece) rollup.Choice {
	c := rollup.Choice{Clock: v.q.Clock, Lo: math.MaxInt64, Hi: math.MinInt64, Points: v.q.Points}
	for i := range pieces {
		u := &pieces[i].Unit
		lo, hi := u.Span(v.q.Clock)
		c.Lo, c.Hi = min(c.Lo, max(lo, v.from)), max(c.Hi, min(hi, v.to-1))
		c.Rows += u.Rows
	}
	for i := range v.memory {
		if r := &v.memory[i]; v.wants(r) {
			t := r.At(v.q.Clock)
			c.Lo, c.Hi = min(c.Lo, t), max(c.Hi, t)
			c.Rows++
		}
	}
	return c
}

// feed gives the buckets all that is chosen: units whole where they fit, rows
// elsewhere. It returns the number of rows.
func (v *view) feed(b *rollup.Buckets, pieces []piece) (n int, err error) {
	// Where the clock jumps to and fro every unit is wide: a bound on the
	// rows that are read for width alone.
	budget := 32 * v.q.Points
	for i := range pieces {
		u := &pieces[i].Unit
		if v.whole(u) {
			wide := b.Wide(u, v.columns) > 2 && budget > 0
			if !wide {
				b.Unit(u)
				n += int(u.Rows)
				continue
			}
			budget -= int(u.Rows)
		}
		at := u.Head
		err := v.d.query("SELECT "+rowColumns(v.columns)+" FROM rows WHERE n BETWEEN ? AND ?", func(x row) error {
			r, err := v.scan(x)
			if v.wants(&r) {
				b.Row(&r, at)
				n++
			}
			at++
			return err
		}, u.Head, u.Tail)
		if err != nil {
			return 0, err
		}
	}
	for i := range v.memory {
		if r := &v.memory[i]; v.wants(r) {
			b.Row(r, inMemory+int64(i))
			n++
		}
	}
	return n, nil
}

// restarts adds the newest rows at which the device started again, for at
// most an eighth of the points.
func (v *view) restarts(places []int64) ([]int64, error) {
	left := v.q.Points / 8
	for i := len(v.memory) - 1; i >= 0 && left > 0; i-- {
		if r := &v.memory[i]; r.Restart && v.wants(r) {
			places = append(places, inMemory+int64(i))
			left--
		}
	}
	clock := "time"
	if v.q.Clock == series.Device {
		clock = "coalesce(device, time)"
	}
	err := v.d.query("SELECT n FROM rows INDEXED BY restarts WHERE series = ? AND flags IS NOT NULL AND seq > ? AND seq <= ? AND "+clock+" >= ? AND "+clock+" < ? ORDER BY seq DESC LIMIT ?",
		func(x row) error {
			places = append(places, x.int(0))
			return nil
		}, v.id, v.q.After, v.last, v.from, v.to, int64(left))
	slices.Sort(places)
	return slices.Compact(places), err
}

// fetch reads the rows at these places, which are ascending.
func (v *view) fetch(places []int64) ([]series.Row, error) {
	const many = 128
	query := "SELECT " + rowColumns(v.columns) + " FROM rows WHERE n IN (" + strings.TrimSuffix(strings.Repeat("?,", many), ",") + ") ORDER BY n"
	rows := make([]series.Row, 0, len(places))
	for len(places) > 0 && places[0] < inMemory {
		args := make([]any, many)
		n := 0
		for ; n < many && n < len(places) && places[n] < inMemory; n++ {
			args[n] = places[n]
		}
		before := len(rows)
		err := v.d.query(query, func(x row) error {
			r, err := v.scan(x)
			rows = append(rows, r)
			return err
		}, args...)
		if err != nil {
			return nil, err
		}
		if len(rows)-before != n {
			return nil, fmt.Errorf("read: %d of %d rows found", len(rows)-before, n)
		}
		places = places[n:]
	}
	for _, p := range places {
		rows = append(rows, v.memory[p-inMemory])
	}
	return rows, nil
}
