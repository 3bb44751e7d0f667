package chart

import (
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"labbroker/internal/live"
	"labbroker/internal/series"
	"labbroker/sensor"
)

// XY shows the same rows, one quantity against another.
type XY struct {
	ID     string         `json:"id"` // "iv", "pv", "pr"; "iv2"... of a second pair of columns
	X      Expr           `json:"x"`
	Y      Expr           `json:"y"`
	Title  string         `json:"title"`
	Option map[string]any `json:"option"`
}

// Expr is where an axis gets its numbers: from a column, or computed from the
// columns V and I of the same row. A computed value is a view; it is stored
// nowhere.
type Expr struct {
	Column   *int    `json:"column,omitempty"`
	Computed string  `json:"computed,omitempty"` // "power" (v*i*factor) or "resistance" (v/i*factor)
	V        *int    `json:"v,omitempty"`
	I        *int    `json:"i,omitempty"`
	Factor   float64 `json:"factor,omitempty"`

	title string
}

// xyCharts pairs the k-th voltage with the k-th current.
func xyCharts(columns []series.Column, dark bool) ([]XY, error) {
	v, i := series.Measuring(columns, sensor.Voltage), series.Measuring(columns, sensor.Current)
	p, r := series.Measuring(columns, sensor.Power), series.Measuring(columns, sensor.Resistance)
	out := []XY{}
	for k := range min(len(v), len(i)) {
		voltage, current := column(columns, v[k]), column(columns, i[k])
		power := sentOr(columns, p, k, Expr{Computed: "power", V: &v[k], I: &i[k], title: series.WithUnit("Power", "mW")})
		resistance := sentOr(columns, r, k, Expr{Computed: "resistance", V: &v[k], I: &i[k], title: series.WithUnit("Resistance", "Ohm")})
		power.Factor, resistance.Factor = factors(columns[v[k]].Unit, columns[i[k]].Unit, power, resistance)
		suffix, named := "", ""
		if k > 0 {
			suffix, named = strconv.Itoa(k+1), " "+columns[v[k]].Name+", "+columns[i[k]].Name
		}
		for _, c := range []struct {
			id, title string
			x, y      Expr
			look      style
		}{
			{"iv", "I-V", voltage, current, styles(sensor.Current)},
			{"pv", "P-V", voltage, power, styles(sensor.Power)},
			{"pr", "P-R", resistance, power, styles(sensor.Resistance)},
		} {
			option, err := xyOption(c.title, c.x, c.y, c.look, dark)
			if err != nil {
				return nil, err
			}
			out = append(out, XY{c.id + suffix, c.x, c.y, c.title + named, option})
		}
	}
	return out, nil
}

func column(columns []series.Column, i int) Expr {
	return Expr{Column: &i, title: axisTitle(columns[i])}
}

// sentOr prefers what the board sent to what can be computed.
func sentOr(columns []series.Column, list []int, k int, computed Expr) Expr {
	if k < len(list) {
		return column(columns, list[k])
	}
	return computed
}

// factors make mW and Ohm of products and quotients of the columns' units.
func factors(v, i string, power, resistance Expr) (p, r float64) {
	si := map[string]float64{"V": 1, "mV": 1e-3, "A": 1, "mA": 1e-3, "uA": 1e-6}
	fv, okV := si[v]
	fi, okI := si[i]
	if !okV || !okI {
		fv, fi = 1, 1e-3 // as voltage and current are shown
	}
	if power.Computed != "" {
		p = live.Round(fv*fi*1e3, 12)
	}
	if resistance.Computed != "" {
		r = live.Round(fv/fi, 12)
	}
	return p, r
}

func xyOption(name string, x, y Expr, look style, dark bool) (map[string]any, error) {
	scatter := charts.NewScatter()
	scatter.SetGlobalOptions(common(dark, "item", false)...)
	scatter.SetGlobalOptions(
		charts.WithXAxisOpts(xAxis("value", x.title, dark)),
		charts.WithYAxisOpts(yAxis(y.title, dark)),
	)
	scatter.AddSeries(name, nil,
		charts.WithScatterChartOpts(opts.ScatterChart{Symbol: look.symbol, SymbolSize: 5}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: look.colour(dark)}),
	)
	scatter.Validate()
	return plain(scatter.JSON())
}
