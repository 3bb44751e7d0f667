// Package rollup makes a million rows a few hundred without losing what a
// chart shows: each stretch of rows is summed up as a Unit, its extremes in
// every column and the places where they stand, and Buckets choose from units
// and rows the real rows that keep minima and maxima.
//
// It computes only. Where rows and units are kept is the store's part: it
// names a row by its place, a positive number that grows with Seq and by which
// the store finds the row again. Seq itself will do.
package rollup

import (
	"labbroker/internal/series"
)

// Stat is one column of a stretch: its extremes, as sent, and the place of the
// first row that has each. MinAt 0 = the stretch has no number there.
type Stat struct {
	Min, Max     float64
	MinAt, MaxAt int64
}

// Unit sums up rows of one series. The zero value is no row.
type Unit struct {
	First, Last        int64 // Seq of the first and last row
	Head, Tail         int64 // their places
	Rows               int64
	Start, End         int64 // arrival of the first and last row
	Arrived, ArrivedTo int64 // least and greatest arrival
	Device, DeviceTo   int64 // least and greatest time by series.Device
	Columns            []Stat
}

// Span is the least and greatest time of the rows by that clock.
func (u *Unit) Span(c series.Clock) (lo, hi int64) {
	if c == series.Device {
		return u.Device, u.DeviceTo
	}
	return u.Arrived, u.ArrivedTo
}

func (u *Unit) widen(n int) {
	for len(u.Columns) < n {
		u.Columns = append(u.Columns, Stat{})
	}
}

// Row adds the row at that place, whose Seq is greater than all before.
func (u *Unit) Row(r *series.Row, at int64) {
	d := r.At(series.Device)
	if u.Rows == 0 {
		u.First, u.Head, u.Start = r.Seq, at, r.Time
		u.Arrived, u.ArrivedTo, u.Device, u.DeviceTo = r.Time, r.Time, d, d
	}
	u.Last, u.Tail, u.End = r.Seq, at, r.Time
	u.Rows++
	u.Arrived, u.ArrivedTo = min(u.Arrived, r.Time), max(u.ArrivedTo, r.Time)
	u.Device, u.DeviceTo = min(u.Device, d), max(u.DeviceTo, d)
	u.widen(len(r.Values))
	for i, v := range r.Values {
		u.Columns[i].number(v, at)
	}
}

func (s *Stat) number(v float64, at int64) {
	if v != v {
		return
	}
	if s.MinAt == 0 {
		*s = Stat{v, v, at, at}
		return
	}
	if v < s.Min {
		s.Min, s.MinAt = v, at
	}
	if v > s.Max {
		s.Max, s.MaxAt = v, at
	}
}

// Add adds the rows of v, none of which u has.
func (u *Unit) Add(v *Unit) {
	if v.Rows == 0 {
		return
	}
	if u.Rows == 0 {
		columns := append(u.Columns[:0], v.Columns...)
		*u = *v
		u.Columns = columns
		return
	}
	if v.First < u.First {
		u.First, u.Head, u.Start = v.First, v.Head, v.Start
	}
	if v.Last > u.Last {
		u.Last, u.Tail, u.End = v.Last, v.Tail, v.End
	}
	u.Rows += v.Rows
	u.Arrived, u.ArrivedTo = min(u.Arrived, v.Arrived), max(u.ArrivedTo, v.ArrivedTo)
	u.Device, u.DeviceTo = min(u.Device, v.Device), max(u.DeviceTo, v.DeviceTo)
	u.widen(len(v.Columns))
	for i, s := range v.Columns {
		if s.MinAt != 0 {
			u.Columns[i].number(s.Min, s.MinAt)
			u.Columns[i].number(s.Max, s.MaxAt)
		}
	}
}
