package live

import (
	"math"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

const sparkSeconds = 60

// bucket sums one second of the sparkline, values as sent.
type bucket struct {
	second int64
	sum    float64
	n      int
}

// choose makes l the series of the sparkline where it says more than the one
// there is: power before current before voltage before anything else.
func (p *past) choose(l *last) {
	column, rank := mainColumn(l.info.Columns)
	if p.main != nil && p.main != l {
		if _, r := mainColumn(p.main.info.Columns); r >= rank {
			return
		}
	}
	if p.main != l || p.column != column {
		p.spark = [sparkSeconds]bucket{}
	}
	p.main, p.column = l, column
}

func mainColumn(columns []series.Column) (index, rank int) {
	rank = -1
	for i := range columns {
		r := 1
		switch columns[i].Quantity {
		case sensor.Power:
			r = 5
		case sensor.Current:
			r = 4
		case sensor.Voltage:
			r = 3
		case sensor.Time:
			r = 0
		default:
			if columns[i].Quantity != sensor.Unknown {
				r = 2
			}
		}
		if r > rank {
			index, rank = i, r
		}
	}
	return index, rank
}

func (p *past) add(l *last, rows []series.Row) {
	if l != p.main {
		return
	}
	for i := range rows {
		if p.column >= len(rows[i].Values) {
			continue
		}
		v := rows[i].Values[p.column]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		second := rows[i].Time / 1e9
		b := &p.spark[uint64(second)%sparkSeconds]
		if b.second != second {
			*b = bucket{second: second}
		}
		b.sum += v
		b.n++
	}
}

// Spark returns the means of the last 60 s of the session's main quantity,
// second by second, newest last; seconds without a reading are left out.
func (h *Hub) Spark(name string, now time.Time) []float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.pasts[session.Key(name)]
	if p == nil || p.main == nil || p.column >= len(p.main.info.Columns) {
		return nil
	}
	scale := p.main.info.Columns[p.column].Scale()
	means := make([]float64, 0, sparkSeconds)
	for s := now.Unix() - sparkSeconds + 1; s <= now.Unix(); s++ {
		if b := &p.spark[uint64(s)%sparkSeconds]; b.second == s && b.n > 0 {
			means = append(means, b.sum/float64(b.n)*scale)
		}
	}
	return means
}
