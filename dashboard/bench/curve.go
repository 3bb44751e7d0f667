package bench

import (
	"context"

	"labbroker/internal/series"
	"labbroker/sensor"
	"labbroker/sensor/iv"
)

// Pair is which columns are the voltage and the current of an I-V curve.
type Pair struct{ V, I int }

// PairOf is the first voltage and the first current that belong together, a
// load's voltage before a bus's own where both are there.
func PairOf(columns []series.Column) (Pair, bool) {
	v, i := series.Measuring(columns, sensor.Voltage), series.Measuring(columns, sensor.Current)
	if len(v) == 0 {
		v = series.Measuring(columns, sensor.LoadVoltage)
	}
	if len(v) == 0 || len(i) == 0 {
		return Pair{}, false
	}
	return Pair{v[0], i[0]}, true
}

// si is what one of a column's unit is in volt or ampere. Where nobody knows
// the unit it is that in which voltages and currents are shown.
func si(c series.Column, unknown float64) float64 {
	switch c.Unit {
	case "V", "A":
		return 1
	case "mV", "mA":
		return 1e-3
	case "uA", "µA", "uV", "µV":
		return 1e-6
	case "kV", "kA":
		return 1e3
	}
	return unknown
}

// maxCurve is the most rows an I-V curve is computed from; a longer run is
// thinned out by the store, which keeps what is highest and lowest.
const maxCurve = 5000

// curve reads a run's I-V curve, at most about maxCurve points.
func curve(ctx context.Context, from series.Reader, run *series.Run, of *series.View, p Pair) (iv.Curve, error) {
	var c iv.Curve
	q := run.Query()
	q.Points = maxCurve
	v, i := si(of.Columns[p.V], 1), si(of.Columns[p.I], 1e-3)
	err := of.Each(ctx, from, q, func(row series.Row) error {
		c.V = append(c.V, row.Values[p.V]*v)
		c.I = append(c.I, row.Values[p.I]*i)
		return nil
	})
	return c, err
}

func setup(run *series.Run) iv.Setup {
	return iv.Setup{Area: run.Area, Irradiance: run.Irradiance}
}

// IV is a run's whole analysis, as GET .../runs/{run}/iv has it.
type IV struct {
	Run  int64 `json:"run"`
	Rows int   `json:"rows"` // that were looked at
	Open bool  `json:"open"` // the run goes on
	V    int   `json:"v"`    // places of the columns
	I    int   `json:"i"`
	iv.Result
}

// Figures are a run's main figures, for lists and while it goes on: those of
// Show alone, without what only the fit tells.
type Figures struct {
	Kind       iv.Kind    `json:"kind"`
	Show       []string   `json:"show"` // the figures that matter for the kind, in order
	Voc        *iv.Figure `json:"voc,omitempty"`
	Isc        *iv.Figure `json:"isc,omitempty"`
	Vmpp       *iv.Figure `json:"vmpp,omitempty"`
	Impp       *iv.Figure `json:"impp,omitempty"`
	Pmpp       *iv.Figure `json:"pmpp,omitempty"`
	FF         *iv.Figure `json:"ff,omitempty"`
	Efficiency *iv.Figure `json:"efficiency,omitempty"`
	Threshold  *iv.Figure `json:"threshold,omitempty"`
	Ideality   *iv.Figure `json:"ideality,omitempty"`
	Resistance *iv.Figure `json:"resistance,omitempty"`
}

// Main are the main figures of an analysis.
func Main(r *iv.Result) *Figures {
	f := &Figures{Kind: r.Kind, Show: []string{}}
	for _, name := range r.Show {
		var to **iv.Figure
		var from iv.Figure
		switch name {
		case "voc":
			to, from = &f.Voc, r.Voc
		case "isc":
			to, from = &f.Isc, r.Isc
		case "vmpp":
			to, from = &f.Vmpp, r.Vmpp
		case "impp":
			to, from = &f.Impp, r.Impp
		case "pmpp":
			to, from = &f.Pmpp, r.Pmpp
		case "ff":
			to, from = &f.FF, r.FF
		case "efficiency":
			to, from = &f.Efficiency, r.Efficiency
		case "threshold":
			to, from = &f.Threshold, r.Threshold
		case "ideality":
			to, from = &f.Ideality, r.Ideality
		case "resistance":
			to, from = &f.Resistance, r.Resistance
		default:
			continue // of the whole result only
		}
		*to = &from
		f.Show = append(f.Show, name)
	}
	return f
}
