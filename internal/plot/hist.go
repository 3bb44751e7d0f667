package plot

import (
	"context"
	"math"
)

// Of matplotlib's hist: how many bins, and what share of each the bars fill in
// the course's plot server.
const (
	bins     = 10
	barShare = 0.7
)

// histogram counts the columns in common bins.
type histogram struct {
	lo, hi float64
	counts [][bins]int
	any    bool
}

func count(ctx context.Context, cols []Column) (histogram, error) {
	var e extent
	linear := axis{}
	each := func(visit func(col int, v float64)) error {
		for i, c := range cols {
			err := xy(ctx, nil, c.Values, func(_, v float64) {
				if linear.shows(v) {
					visit(i, v)
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := each(func(_ int, v float64) { e.add(v) }); err != nil {
		return histogram{}, err
	}
	h := histogram{lo: e.lo, hi: e.hi, counts: make([][bins]int, len(cols)), any: e.any}
	if !e.any {
		h.hi = 1
		return h, nil
	}
	if h.lo == h.hi {
		h.lo, h.hi = h.lo-0.5, h.hi+0.5
		if h.lo == h.hi { // half of one is nothing beside so large a number
			h.lo, h.hi = nonsingular(h.lo, h.hi, 0.05, 1e-15)
		}
	}
	err := each(func(i int, v float64) {
		k := int((v - h.lo) / (h.hi - h.lo) * bins)
		h.counts[i][min(max(k, 0), bins-1)]++
	})
	return h, err
}

// bars are the bars of column i, in values.
func (h histogram) bars(i int) [bins]rect {
	width := (h.hi - h.lo) / bins
	each := barShare * width / float64(len(h.counts))
	var bars [bins]rect
	for k := range bars {
		middle := h.lo + (float64(k)+0.5)*width
		x := middle + each*(float64(i)-float64(len(h.counts))/2)
		bars[k] = rect{x, 0, x + each, float64(h.counts[i][k])}
	}
	return bars
}

// extents are the ranges of the axes that the bars take.
func (h histogram) extents(xlog, ylog bool) (x, y extent) {
	if !h.any {
		return
	}
	ax, ay := axis{log: xlog}, axis{log: ylog}
	for i := range h.counts {
		for _, b := range h.bars(i) {
			for _, v := range []float64{b.x0, b.x1} {
				if ax.shows(v) {
					x.add(v)
				}
			}
			for _, v := range []float64{b.y0, b.y1} {
				if ay.shows(v) {
					y.add(v)
				}
			}
		}
	}
	return x, y
}

// place puts a bar on the page, cut at the frame; false when nothing is seen.
func (b rect) place(ax, ay axis) (rect, bool) {
	at := func(a axis, v float64) float64 {
		if !a.shows(v) {
			return a.from
		}
		return math.Min(math.Max(a.at(v), a.from), a.to)
	}
	r := rect{at(ax, b.x0), at(ay, b.y0), at(ax, b.x1), at(ay, b.y1)}
	return r, r.x1 > r.x0 && r.y1 > r.y0
}
