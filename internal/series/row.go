package series

import "math"

// At is the row's time by that clock, in Unix nanoseconds; a row without
// device time has its arrival for both.
func (r *Row) At(c Clock) int64 {
	if c == Device && r.Device != 0 {
		return r.Device
	}
	return r.Time
}

// Span is the query's range of time in Unix nanoseconds: from inclusive, to
// exclusive; an open end is the smallest or greatest number.
func (q Query) Span() (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if !q.From.IsZero() {
		from = q.From.UnixNano()
	}
	if !q.To.IsZero() {
		to = q.To.UnixNano()
	}
	return from, to
}

// Seqs is the query's range of Seq: greater than after, at most last.
func (q Query) Seqs() (after, last int64) {
	after, last = max(q.After, q.First-1), q.Last
	if last <= 0 {
		last = math.MaxInt64
	}
	return after, last
}

// Clean makes values what every store keeps: infinities become gaps (NaN),
// gaps at the end and numbers past MaxColumns fall away. It changes values in
// place and returns a part of it.
func Clean(values []float64) []float64 {
	if len(values) > MaxColumns {
		values = values[:MaxColumns]
	}
	n := 0
	for i, v := range values {
		if v-v != 0 { // NaN and both infinities
			values[i] = math.NaN()
		} else {
			n = i + 1
		}
	}
	return values[:n]
}

// Fill writes sent values into a row of len(row) columns, NaN where one is
// missing.
func Fill(row, sent []float64) {
	for i := copy(row, sent); i < len(row); i++ {
		row[i] = math.NaN()
	}
}

// Scale writes sent values into shown ones: multiplied by the columns' factor,
// one for each column, NaN where a value is missing. len(shown) is
// len(columns).
func Scale(shown, sent []float64, columns []Column) {
	for i := range shown {
		if i < len(sent) {
			shown[i] = sent[i] * columns[i].Scale()
		} else {
			shown[i] = math.NaN()
		}
	}
}
