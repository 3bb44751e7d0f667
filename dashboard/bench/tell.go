package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"labbroker/internal/lab"
	"labbroker/internal/series"
	"labbroker/sensor/iv"
)

// MaxAnalyses is how many runs' figures one file holds, the newest ones.
const MaxAnalyses = 200

// Exported is a run's analysis without the derived curves, as files hold it;
// nil = none. left is how many runs may still be analysed.
func (b *Bench) Exported(ctx context.Context, run *series.Run, left *int) any {
	if *left == 0 {
		return nil
	}
	v, err := series.RunView(ctx, b.o.Reader, run)
	if err != nil {
		return nil
	}
	p, ok := PairOf(v.Columns)
	if !ok {
		return nil
	}
	*left--
	x, err := b.IV(ctx, run, &v, p)
	if err != nil {
		return nil
	}
	r := x.Result
	r.Power, r.Load = nil, nil
	if r.Fit != nil {
		fit := *r.Fit
		fit.Curve = nil
		r.Fit = &fit
	}
	return struct {
		iv.Result
		Area       float64 `json:"area_cm2,omitempty"`
		Irradiance float64 `json:"irradiance_W_m2,omitempty"`
	}{r, run.Area, run.Irradiance}
}

// MaxPower is a run's maximum power in watt, 0 where none was measured. left is
// how many runs may still be analysed.
func (b *Bench) MaxPower(ctx context.Context, r *series.Run, left *int) (float64, error) {
	v, err := series.RunView(ctx, b.o.Reader, r)
	if err != nil {
		return 0, ignoreGone(err)
	}
	p, ok := PairOf(v.Columns)
	if !ok {
		return 0, nil
	}
	figures, known := b.Known(r, &v, p)
	if !known && *left > 0 {
		*left--
		x, err := b.IV(ctx, r, &v, p)
		if err != nil {
			return 0, ignoreGone(err)
		}
		figures = Main(&x.Result)
	}
	if figures == nil || figures.Kind != iv.Solar || figures.Pmpp == nil || !figures.Pmpp.Measured() {
		return 0, nil
	}
	return figures.Pmpp.Value, nil
}

// ignoreGone is nil where something was removed meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, series.ErrNotFound) {
		return nil
	}
	return err
}

// Judge says whether a run is a complete sweep: of a solar cell one from
// the short circuit to the open circuit, so that Isc, Pmpp and Voc are measured
// rather than guessed; of a diode or LED one beyond its threshold. It reads and
// analyses the run and may take a second.
func (b *Bench) Judge(ctx context.Context, r *series.Run) (lab.Verdict, error) {
	v, err := series.RunView(ctx, b.o.Reader, r)
	if err != nil {
		return lab.Verdict{}, ignoreGone(err)
	}
	p, ok := PairOf(v.Columns)
	if !ok {
		return lab.Verdict{}, nil
	}
	x, err := b.IV(ctx, r, &v, p)
	if err != nil {
		return lab.Verdict{}, ignoreGone(err)
	}
	var out lab.Verdict
	switch f := &x.Result; f.Kind {
	case iv.Solar:
		out.Complete = f.Voc.Measured() && f.Isc.Measured() && f.Pmpp.Measured()
		out.By = "Pmpp " + inWatts(f.Pmpp.Value)
	case iv.Diode, iv.LED:
		out.Complete = f.Threshold.Measured()
		out.By = fmt.Sprintf("threshold %.3g V", f.Threshold.Value)
	}
	if out.At = r.Ended; out.Complete && out.At.IsZero() {
		last := r.Query()
		last.Limit = 1
		err = b.o.Reader.Rows(ctx, v.ID, last, func(row series.Row) error { out.At = time.Unix(0, row.Time); return nil })
	}
	return out, err
}

// inWatts writes a power in the unit that it reads well in, as the wall does.
func inWatts(w float64) string {
	factor, unit := 1.0, "W"
	switch {
	case w < 0.9995e-3:
		factor, unit = 1e-6, "µW"
	case w < 0.9995:
		factor, unit = 1e-3, "mW"
	}
	return strconv.FormatFloat(w/factor, 'g', 3, 64) + " " + unit
}
