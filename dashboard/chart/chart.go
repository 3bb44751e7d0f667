// Package chart makes the options of the page's charts: of a series its
// quantities over time and against one another, of a plot its interactive form.
//
// Options are data for ECharts' setOption, without the rows, which the page has
// or gets beside them. Names that students chose are strings in them and nothing
// else; no script is ever generated. What is drawn as a picture is package
// plot's; who may see what is the dashboard's.
package chart

import (
	"encoding/json"
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"labbroker/internal/series"
	"labbroker/sensor"
)

// Set are the charts of one series.
type Set struct {
	Time []Time `json:"time"`
	XY   []XY   `json:"xy"`
}

// Time is one quantity over time. The charts of a series stand below one
// another with equal grids, and the page links their cursors.
type Time struct {
	Quantity string         `json:"quantity"`
	Unit     string         `json:"unit"`
	Columns  []int          `json:"columns"` // one option.series each, in this order
	Option   map[string]any `json:"option"`
}

// Of are the charts that a series of these columns has, for the light or the
// dark page: none is nil, and without a voltage and a current XY is empty.
func Of(columns []series.Column, dark bool) (Set, error) {
	out := Set{Time: []Time{}, XY: []XY{}}
	for _, g := range groups(columns) {
		option, err := timeOption(columns, g, dark)
		if err != nil {
			return out, err
		}
		first := columns[g[0]]
		out.Time = append(out.Time, Time{string(first.Quantity), first.Unit, g, option})
	}
	var err error
	out.XY, err = xyCharts(columns, dark)
	return out, err
}

// groups puts columns on common axes: voltage, current and power first, each
// on its own, then whatever shares a unit. Numbers without a unit share
// nothing. Columns that count time are no curve unless there is nothing else.
func groups(columns []series.Column) [][]int {
	type axis struct {
		quantity sensor.Quantity
		unit     string
		alone    int
	}
	var order []axis
	members := map[axis][]int{}
	add := func(a axis, i int) {
		if members[a] == nil {
			order = append(order, a)
		}
		members[a] = append(members[a], i)
	}
	for _, q := range []sensor.Quantity{sensor.Voltage, sensor.Current, sensor.Power} {
		for i, c := range columns {
			if c.Quantity == q {
				add(axis{quantity: q, unit: c.Unit}, i)
			}
		}
	}
	for i, c := range columns {
		switch {
		case c.Quantity == sensor.Voltage, c.Quantity == sensor.Current, c.Quantity == sensor.Power:
		case c.Quantity == sensor.Time && len(columns) > 1:
		case c.Unit == "":
			add(axis{alone: i + 1}, i)
		case c.Quantity == sensor.ShuntVoltage, c.Quantity == sensor.LoadVoltage:
			add(axis{quantity: c.Quantity, unit: c.Unit}, i)
		default:
			add(axis{unit: c.Unit}, i)
		}
	}
	out := make([][]int, len(order))
	for i, a := range order {
		out[i] = members[a]
	}
	return out
}

func timeOption(columns []series.Column, group []int, dark bool) (map[string]any, error) {
	first := columns[group[0]]
	line := charts.NewLine()
	line.SetGlobalOptions(common(dark, "axis", len(group) > 1)...)
	line.SetGlobalOptions(
		charts.WithXAxisOpts(xAxis("time", "", dark)),
		charts.WithYAxisOpts(yAxis(axisTitle(first), dark)),
	)
	for n, i := range group {
		look := styles(columns[i].Quantity).variant(n)
		line.AddSeries(columns[i].Name, nil,
			charts.WithLineChartOpts(opts.LineChart{
				Symbol: look.symbol, SymbolSize: 5,
				ShowSymbol: opts.Bool(false), ConnectNulls: opts.Bool(false),
			}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: look.colour(dark), Width: 1.5, Type: look.line}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: look.colour(dark)}),
		)
	}
	line.Validate()
	return plain(line.JSON())
}

// common is what all charts share: no animation, no frame, room for the axis
// title on the left, the same for all so that stacked charts align.
func common(dark bool, trigger string, legend bool) []charts.GlobalOpts {
	t := themeOf(dark)
	return []charts.GlobalOpts{
		charts.WithAnimation(false),
		charts.WithGridOpts(opts.Grid{Left: "64", Right: "16", Top: "24", Bottom: "32"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(legend), TextStyle: &opts.TextStyle{Color: t.ink}}),
		charts.WithTooltipOpts(opts.Tooltip{
			Show: opts.Bool(true), Trigger: trigger, AxisPointer: &opts.AxisPointer{Type: "cross", Snap: opts.Bool(true)},
		}),
	}
}

func xAxis(kind, title string, dark bool) opts.XAxis {
	t := themeOf(dark)
	a := opts.XAxis{
		Type: kind, Name: title,
		AxisLabel: &opts.AxisLabel{Color: t.grey, HideOverlap: opts.Bool(true)},
		AxisLine:  &opts.AxisLine{LineStyle: &opts.LineStyle{Color: t.grey}},
		SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
	}
	if kind == "value" {
		a.NameLocation, a.NameGap, a.Scale = "middle", 26, opts.Bool(true)
		a.SplitLine = gridline(t)
	}
	return a
}

func yAxis(title string, dark bool) opts.YAxis {
	t := themeOf(dark)
	return opts.YAxis{
		Type: "value", Name: title, NameLocation: "middle", NameGap: 46, Scale: opts.Bool(true),
		AxisLabel: &opts.AxisLabel{Color: t.grey},
		AxisLine:  &opts.AxisLine{LineStyle: &opts.LineStyle{Color: t.grey}},
		SplitLine: gridline(t),
	}
}

// gridline is thinner and paler than any data.
func gridline(t theme) *opts.SplitLine {
	return &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: t.line, Width: 1}}
}

// plain turns a validated chart's JSON() into data of the program's own: what
// go-echarts adds for its own pages goes, and tooltips are drawn on the canvas,
// since HTML ones need inline styles, which the page's policy forbids.
func plain(chart map[string]any) (map[string]any, error) {
	b, err := json.Marshal(chart)
	if err != nil {
		return nil, fmt.Errorf("encode chart options: %w", err)
	}
	var option map[string]any
	if err := json.Unmarshal(b, &option); err != nil {
		return nil, fmt.Errorf("read chart options: %w", err)
	}
	for _, key := range []string{"color", "title", "toolbox"} {
		delete(option, key)
	}
	prune(option)
	if tip, ok := option["tooltip"].(map[string]any); ok {
		tip["renderMode"] = "richText"
	}
	return option, nil
}

// prune takes out what is null: to ECharts that is not the same as left out.
func prune(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if inner == nil {
				delete(v, key)
			}
			prune(inner)
		}
	case []any:
		for _, inner := range v {
			prune(inner)
		}
	}
}
