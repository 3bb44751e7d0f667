package runs

import (
	"context"
	"errors"

	"labbroker/internal/plot"
	"labbroker/internal/series"
)

// maxNoted is the most rows that are looked through for what a picture cannot
// show: some milliseconds, before the device is answered.
const maxNoted = 20_000

var errEnough = errors.New("enough rows")

// notes says what the picture of a plot will leave out; nothing of a plot of
// very many rows.
func (r *Recorder) notes(ctx context.Context, info *series.Info, p *series.Plot, o plot.Options) ([]string, error) {
	places := p.Columns
	if places == nil {
		for i := range info.Columns {
			places = append(places, i)
		}
	}
	columns := make([]plot.Column, len(places))
	for at, place := range places {
		if place < len(info.Columns) {
			c := &info.Columns[place]
			if columns[at].Title = c.Title; c.Title == "" {
				columns[at].Title = c.Name
			}
		}
	}
	n := 0
	err := r.store.Rows(ctx, p.Series, p.Query(), func(row series.Row) error {
		if n++; n > maxNoted {
			return errEnough
		}
		for at, place := range places {
			if place < len(row.Values) {
				columns[at].Values = append(columns[at].Values, row.Values[place])
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return plot.Notes(columns, o), nil
}
