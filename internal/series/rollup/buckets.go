package rollup

import (
	"slices"

	"labbroker/internal/series"
)

// Buckets choose rows for a chart of about so many points. Feed the choice in
// any number of rows and units, in order of Seq, then Pick.
type Buckets struct {
	clock  series.Clock
	lo, hi int64
	points int
	fine   []Unit
	first  int64
	last   int64
}

// NewBuckets divides the time from lo to hi, both inclusive, for at most
// about points rows.
func NewBuckets(c series.Clock, lo, hi int64, points int) *Buckets {
	return &Buckets{clock: c, lo: lo, hi: hi, points: points, fine: make([]Unit, max(1, points/2))}
}

// Width is the narrowest stretch of time that Pick can tell apart when every
// column of so many needs two rows of its own.
func (b *Buckets) Width(columns int) int64 {
	n := max(1, len(b.fine)/max(1, columns))
	return max(1, (b.hi-b.lo)/int64(n))
}

func (b *Buckets) at(t int64) *Unit {
	t = min(max(t, b.lo), b.hi)
	i := int(float64(t-b.lo) / (float64(b.hi-b.lo) + 1) * float64(len(b.fine)))
	return &b.fine[min(i, len(b.fine)-1)]
}

// Row adds one row.
func (b *Buckets) Row(r *series.Row) {
	if b.first == 0 {
		b.first = r.Seq
	}
	b.last = r.Seq
	b.at(r.At(b.clock)).Row(r)
}

// Unit adds a stretch of rows, whole: it goes where its middle is.
func (b *Buckets) Unit(u *Unit) {
	if b.first == 0 {
		b.first = u.First
	}
	b.last = u.Last
	lo, hi := u.Span(b.clock)
	b.at(lo + (hi-lo)/2).Add(u)
}

// Pick returns the Seq of the rows that keep, for each bucket, the minimum
// and maximum of every column, the first row of a bucket where a column has
// no number (so that a line breaks there), and the first and last row of all;
// ascending. Buckets are as narrow as the number of points allows.
func (b *Buckets) Pick() []int64 {
	n := len(b.fine)
	for {
		seqs := b.pick(n)
		if len(seqs) <= b.points || n == 1 {
			return seqs
		}
		n = max(1, min(n-1, n*b.points/len(seqs)))
	}
}

func (b *Buckets) pick(n int) []int64 {
	if b.first == 0 {
		return nil
	}
	columns := 0
	for i := range b.fine {
		columns = max(columns, len(b.fine[i].Columns))
	}
	seqs := []int64{b.first, b.last}
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
			if s.MinSeq == 0 {
				gap = true
				continue
			}
			seqs = append(seqs, s.MinSeq, s.MaxSeq)
		}
		if gap {
			seqs = append(seqs, sum.First)
		}
	}
	slices.Sort(seqs)
	return slices.Compact(seqs)
}
