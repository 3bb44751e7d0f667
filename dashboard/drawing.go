package dashboard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"

	"labbroker/internal/plot"
	"labbroker/internal/series"
)

// Bounds of drawing.
const (
	keptDrawings = 64 << 20 // bytes of pictures that are remembered
	maxDrawing   = 64 << 20 // bytes of one picture
	maxNumbers   = 1 << 20  // numbers that one picture is drawn from; a longer stretch is thinned out
)

// drawing names one picture. Plots' numbers are never used again, and rows are
// never changed: it is the same as long as these are.
type drawing struct {
	plot    int64
	format  plot.Format
	version uint64
}

func drawingOf(p *series.Plot, v *view, format plot.Format) drawing {
	h := fnv.New64a()
	_, _ = h.Write(p.Options) // never fails, as below
	if p.Last == 0 {
		_, _ = h.Write([]byte(strconv.FormatInt(v.Rows, 10)))
	}
	for _, c := range v.Columns {
		_, _ = h.Write([]byte("\x00" + sentTitle(c)))
	}
	return drawing{p.ID, format, h.Sum64()}
}

func (d drawing) etag() string {
	return fmt.Sprintf("\"%d-%s-%x\"", d.plot, d.format, d.version)
}

// sentTitle is what a column of numbers as sent is called: as declared, else
// its name with the unit in which they came.
func sentTitle(c series.Column) string {
	if c.Title != "" {
		return c.Title
	}
	return series.WithUnit(c.Name, c.Sent)
}

// draw is the picture, remembered or drawn. It waits for a processor as long
// as ctx lasts.
func (b *bench) draw(ctx context.Context, p *series.Plot, v *view, key drawing) ([]byte, error) {
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
	o, _, err := plot.ParseOptions(p.Options)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "The plot cannot be drawn: %v.", err)
	}
	columns, err := plotColumns(ctx, b.s.Reader, p, v, o.Hist, maxNumbers)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := plot.Draw(ctx, &limited{w: &out, left: maxDrawing, err: errLarge}, key.format, columns, o); err != nil {
		if errors.Is(err, errLarge) {
			return nil, fail(http.StatusRequestEntityTooLarge, "The picture would be larger than %d MB. Ask for it as PNG.", maxDrawing>>20)
		}
		return nil, fmt.Errorf("draw plot %d: %w", p.ID, err)
	}
	b.drawn.put(key, out.Bytes(), out.Len())
	return out.Bytes(), nil
}

// plotColumns are at most so many numbers of a plot, as they were sent:
// of curves the store keeps what is highest and lowest, of a histogram every
// n-th row stands for all.
func plotColumns(ctx context.Context, from series.Reader, p *series.Plot, v *view, hist bool, most int) ([]plot.Column, error) {
	columns := make([]plot.Column, len(v.Columns))
	for i, c := range v.Columns {
		columns[i].Title = sentTitle(c)
	}
	q := p.Query()
	rows := max(2, most/max(1, len(columns)))
	if !hist && q.Limit == 0 {
		q.Points = rows / 2 // the store may return about so many more
	}
	n, every := 0, 1
	err := v.rows(ctx, from, q, func(row series.Row) error {
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
