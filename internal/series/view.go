package series

import "context"

// View is a series as a run or plot has it: with the columns that were declared
// for it, in that order.
type View struct {
	Info         // Columns are the chosen ones
	places []int // of the columns in the series' rows; nil = all
}

// ViewOf chooses columns by their places; nil = all. Places that the series
// does not have are left out.
func ViewOf(info Info, places []int) View {
	if places == nil {
		return View{Info: info}
	}
	v := View{Info: info, places: make([]int, 0, len(places))}
	v.Columns = make([]Column, 0, len(places))
	for _, n := range places {
		if n >= 0 && n < len(info.Columns) {
			v.places = append(v.places, n)
			v.Columns = append(v.Columns, info.Columns[n])
		}
	}
	return v
}

// RunView is what a run shows of its series; ErrNotFound where that is gone,
// even if another has its name.
func RunView(ctx context.Context, from Reader, r *Run) (View, error) {
	return declared(ctx, from, r.Session, r.SeriesName, r.Series, r.Columns)
}

// PlotView is what a plot shows of its series, as RunView.
func PlotView(ctx context.Context, from Reader, p *Plot) (View, error) {
	return declared(ctx, from, p.Session, p.SeriesName, p.Series, p.Columns)
}

func declared(ctx context.Context, from Reader, session, name string, id ID, places []int) (View, error) {
	info, err := from.Get(ctx, session, name)
	if err == nil && info.ID != id {
		err = ErrNotFound
	}
	return ViewOf(info, places), err
}

// Each calls f for the rows of a query as the reader's Rows does, with the
// values of the view's columns.
func (v *View) Each(ctx context.Context, from Reader, q Query, f func(Row) error) error {
	if v.places == nil {
		return from.Rows(ctx, v.ID, q, f)
	}
	values := make([]float64, len(v.places))
	return from.Rows(ctx, v.ID, q, func(row Row) error {
		for i, n := range v.places {
			values[i] = row.Values[n]
		}
		row.Values = values
		return f(row)
	})
}
