package rollup

import (
	"slices"

	"labbroker/internal/series"
)

// Choice is the stretch that Buckets divide.
type Choice struct {
	Clock  series.Clock
	Lo, Hi int64 // least and greatest time in it, about
	Rows   int64 // how many rows it has, about
	Points int   // how many shall stay, about
}

// Buckets choose rows for a chart. Feed them the choice in rows and units, in
// order of Seq, then Pick.
//
// A bucket's share is counted half in time and half in rows: a burst in a
// quiet week keeps its shape (which an X-Y view needs), and so does the quiet
// week beside the burst.
type Buckets struct {
	c           Choice
	time, row   float64 // buckets per nanosecond and per row
	fine        []Unit
	seen        int64 // rows so far
	first, last int64 // places
}

// NewBuckets returns empty buckets.
func NewBuckets(c Choice) *Buckets {
	b := &Buckets{c: c, fine: make([]Unit, max(1, c.Points/2))}
	half := float64(len(b.fine)) / 2
	b.time = half / (float64(c.Hi) - float64(c.Lo) + 1)
	b.row = half / float64(max(1, c.Rows))
	return b
}

// Wide says by how much a unit is wider than the bucket it would go to, when
// each of so many columns needs two rows of every bucket.
func (b *Buckets) Wide(u *Unit, columns int) float64 {
	lo, hi := u.Span(b.c.Clock)
	return (float64(hi-lo)*b.time + float64(u.Rows)*b.row) / float64(max(1, columns))
}

func (b *Buckets) at(t int64, row float64) *Unit {
	t = min(max(t, b.c.Lo), b.c.Hi)
	i := int(float64(t-b.c.Lo)*b.time + row*b.row)
	return &b.fine[min(max(i, 0), len(b.fine)-1)]
}

// Row adds one row.
func (b *Buckets) Row(r *series.Row, at int64) {
	b.mark(at, at)
	b.at(r.At(b.c.Clock), float64(b.seen)+.5).Row(r, at)
	b.seen++
}

// Unit adds a unit whole: it goes where its middle is.
func (b *Buckets) Unit(u *Unit) {
	b.mark(u.Head, u.Tail)
	lo, hi := u.Span(b.c.Clock)
	b.at(lo+(hi-lo)/2, float64(b.seen)+float64(u.Rows)/2).Add(u)
	b.seen += u.Rows
}

func (b *Buckets) mark(first, last int64) {
	if b.first == 0 {
		b.first = first
	}
	b.last = last
}

// Pick returns the places of the rows that keep, for each bucket, the minimum
// and maximum of every column, the first row of a bucket where a column has
// no number (so that a line breaks there), and the first and last row of all;
// ascending. Buckets are as narrow as the number of points allows.
func (b *Buckets) Pick() []int64 {
	if b.first == 0 {
		return nil
	}
	for n := len(b.fine); ; {
		places := b.pick(n)
		if len(places) <= b.c.Points || n == 1 {
			return places
		}
		n = max(1, min(n-1, n*b.c.Points/len(places)))
	}
}

func (b *Buckets) pick(n int) []int64 {
	columns := 0
	for i := range b.fine {
		columns = max(columns, len(b.fine[i].Columns))
	}
	places := []int64{b.first, b.last}
	var sum Unit
	for i, k := 0, 0; k < n; k++ {
		sum = Unit{Columns: sum.Columns[:0]}
		for ; i < (k+1)*len(b.fine)/n; i++ {
			sum.Add(&b.fine[i])
		}
		if sum.Rows == 0 {
			continue
		}
		gap := len(sum.Columns) < columns
		for _, s := range sum.Columns {
			if s.MinAt == 0 {
				gap = true
				continue
			}
			places = append(places, s.MinAt, s.MaxAt)
		}
		if gap {
			places = append(places, sum.Head)
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}
