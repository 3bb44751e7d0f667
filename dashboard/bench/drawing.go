package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"

	"labbroker/internal/plot"
	"labbroker/internal/series"
)

// Bounds of drawing.
const (
	keptDrawings = 64 << 20 // bytes of pictures that are remembered
	MaxDrawing   = 64 << 20 // bytes of one picture
	// MaxNumbers are the numbers that one picture is drawn from; a longer stretch
	// is thinned out.
	MaxNumbers = 1 << 20
)

// Drawing names one picture. Plots' numbers are never used again, and rows are
// never changed: it is the same as long as these are.
type Drawing struct {
	plot    int64
	format  plot.Format
	version uint64
}

// DrawingOf names the picture of a plot in a format.
func DrawingOf(p *series.Plot, v *series.View, format plot.Format) Drawing {
	h := fnv.New64a()
	_, _ = h.Write(p.Options) // never fails, as below
	if p.Last == 0 {
		_, _ = h.Write([]byte(strconv.FormatInt(v.Rows, 10)))
	}
	for _, c := range v.Columns {
		_, _ = h.Write([]byte("\x00" + SentTitle(c)))
	}
	return Drawing{p.ID, format, h.Sum64()}
}

// ETag is the picture's, with its quotes.
func (d Drawing) ETag() string {
	return fmt.Sprintf("\"%d-%s-%x\"", d.plot, d.format, d.version)
}

// SentTitle is what a column of numbers as sent is called: as declared, else
// its name with the unit in which they came.
func SentTitle(c series.Column) string {
	if c.Title != "" {
		return c.Title
	}
	return series.WithUnit(c.Name, c.Sent)
}

// ErrLarge is Draw's where the picture would be larger than MaxDrawing.
var ErrLarge = errors.New("the picture is too large")

// Draw is the picture of a plot with its options, remembered or drawn. It waits for a processor as long
// as ctx lasts. Its bytes are shared: nobody changes them.
func (b *Bench) Draw(ctx context.Context, p *series.Plot, v *series.View, o plot.Options, key Drawing) ([]byte, error) {
	if picture, ok := b.drawn.get(key); ok {
		return picture, nil
	}
	if err := b.enter(ctx); err != nil {
		return nil, err
	}
	defer b.leave()
	if picture, ok := b.drawn.get(key); ok { // drawn while waiting
		return picture, nil
	}
	columns, err := Columns(ctx, b.o.Reader, p, v, o.Hist, MaxNumbers)
	if err != nil {
		return nil, err
	}
	var out sheet
	if err := plot.Draw(ctx, &out, key.format, columns, o); err != nil {
		return nil, fmt.Errorf("draw plot %d: %w", p.ID, err)
	}
	b.drawn.put(key, out.b.Bytes(), out.b.Len())
	return out.b.Bytes(), nil
}

// sheet takes a picture of at most MaxDrawing bytes.
type sheet struct{ b bytes.Buffer }

// Write implements io.Writer.
func (s *sheet) Write(b []byte) (int, error) {
	if s.b.Len()+len(b) > MaxDrawing {
		return 0, ErrLarge
	}
	return s.b.Write(b)
}

// Columns are at most so many numbers of a plot, as they were sent:
// of curves the store keeps what is highest and lowest, of a histogram every
// n-th row stands for all.
func Columns(ctx context.Context, from series.Reader, p *series.Plot, v *series.View, hist bool, most int) ([]plot.Column, error) {
	columns := make([]plot.Column, len(v.Columns))
	for i, c := range v.Columns {
		columns[i].Title = SentTitle(c)
	}
	q := p.Query()
	rows := max(2, most/max(1, len(columns)))
	if !hist && q.Limit == 0 {
		q.Points = rows / 2 // the store may return about so many more
	}
	n, every := 0, 1
	err := v.Each(ctx, from, q, func(row series.Row) error {
		if n++; (n-1)%every != 0 {
			return nil
		}
		for i := range columns {
			columns[i].Values = append(columns[i].Values, row.Values[i])
		}
		if len(columns) > 0 && len(columns[0].Values) >= rows {
			every *= 2
			for i := range columns {
				columns[i].Values = halve(columns[i].Values)
			}
		}
		return nil
	})
	return columns, err
}

// halve keeps every second value, from the first.
func halve(values []float64) []float64 {
	n := 0
	for i := 0; i < len(values); i += 2 {
		values[n] = values[i]
		n++
	}
	return values[:n]
}
