package chart

import (
	"encoding/json"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"labbroker/internal/live"
	"labbroker/internal/plot"
)

// Plot is a plot as a chart of the page: series k of the option shows
// column k+1 of the rows against column 0.
type Plot struct {
	Title   string         `json:"title"`
	Columns []string       `json:"columns"`
	Hist    bool           `json:"hist"` // bars; column 0 is a text, the middle of the bin
	Option  map[string]any `json:"option"`

	rows   [][]float64
	labels []string // of rows, with hist
}

// Encode is the chart with its rows as JSON, a line. Gaps are null.
func (c *Plot) Encode() ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	b = append(b[:len(b)-1], `,"rows":[`...)
	for i, row := range c.rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		if c.Hist {
			b = append(b, '"')
			b = append(b, c.labels[i]...) // a number
			b = append(b, '"')
		}
		for k, v := range row {
			if k > 0 || c.Hist {
				b = append(b, ',')
			}
			b = live.AppendValue(b, v, 1, true)
		}
		b = append(b, ']')
	}
	return append(b, "]}\n"...), nil
}

// OfPlot is the interactive form of what plot.Draw draws of the same columns,
// which it keeps.
func OfPlot(columns []plot.Column, o plot.Options, dark bool) (*Plot, error) {
	c := &Plot{Title: plot.PlainText(o.Title), Hist: o.Hist}
	var err error
	if o.Hist {
		c.Columns = append(c.Columns, plot.PlainText(o.XLabel))
		for _, x := range columns {
			c.Columns = append(c.Columns, plot.PlainText(x.Title))
		}
		c.labels, c.rows = histogram(columns)
		c.Option, err = histOption(c, o, dark)
		return c, err
	}
	if len(columns) == 1 { // against its index
		columns = []plot.Column{{Title: "", Values: make([]float64, len(columns[0].Values))}, columns[0]}
		for i := range columns[0].Values {
			columns[0].Values[i] = float64(i)
		}
	}
	for _, x := range columns {
		c.Columns = append(c.Columns, plot.PlainText(x.Title))
	}
	if len(columns) > 0 {
		c.rows = make([][]float64, len(columns[0].Values))
		for i := range c.rows {
			c.rows[i] = make([]float64, len(columns))
			for k := range columns {
				log := o.YLog
				if k == 0 {
					log = o.XLog
				}
				c.rows[i][k] = math.NaN()
				if v := columns[k].Values[i]; !log || v > 0 { // a logarithm of nothing is a gap
					c.rows[i][k] = v
				}
			}
		}
	}
	c.Option, err = lineOption(c, o, dark)
	return c, err
}

func lineOption(c *Plot, o plot.Options, dark bool) (map[string]any, error) {
	n := max(0, len(c.Columns)-1)
	line := charts.NewLine()
	line.SetGlobalOptions(common(dark, "item", n > 1 || o.Named)...)
	x := xAxis("value", plot.PlainText(o.XLabel), dark)
	if x.Name == "" && o.Named && len(c.Columns) > 0 {
		x.Name = c.Columns[0]
	}
	y := yAxis(plot.PlainText(o.YLabel), dark)
	if o.XLog {
		x.Type = "log"
	}
	if o.YLog {
		y.Type = "log"
	}
	grid(&x, &y, o)
	line.SetGlobalOptions(charts.WithXAxisOpts(x), charts.WithYAxisOpts(y))
	styles := o.Styles(n)
	for k := range n {
		st := styles[k]
		symbol, size := symbolOf(st.Marker)
		colour := onPage(st.Color, dark)
		look := opts.LineStyle{Color: colour, Width: 1.5, Type: lineOf(st.Line)}
		if st.Line == "" {
			look.Width = -1 // see below: 0 is left out
		}
		line.AddSeries(c.Columns[k+1], nil,
			charts.WithLineChartOpts(opts.LineChart{
				Symbol: symbol, SymbolSize: size, ShowSymbol: opts.Bool(st.Marker != ""), ConnectNulls: opts.Bool(false),
			}),
			charts.WithLineStyleOpts(look),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: colour}),
		)
	}
	line.Validate()
	return unjoined(plain(line.JSON()))
}

// unjoined gives lines that only have markers the width 0, which go-echarts
// leaves out.
func unjoined(option map[string]any, err error) (map[string]any, error) {
	list, _ := option["series"].([]any)
	for _, one := range list {
		if x, ok := one.(map[string]any); ok {
			if look, ok := x["lineStyle"].(map[string]any); ok && look["width"] == -1.0 {
				look["width"] = 0
			}
		}
	}
	return option, err
}

func histOption(c *Plot, o plot.Options, dark bool) (map[string]any, error) {
	bar := charts.NewBar()
	bar.SetGlobalOptions(common(dark, "axis", len(c.Columns) > 2)...)
	x, y := xAxis("category", plot.PlainText(o.XLabel), dark), yAxis(plot.PlainText(o.YLabel), dark)
	x.NameLocation, x.NameGap = "middle", 26
	y.Scale = nil
	if o.YLog {
		y.Type = "log"
	}
	grid(&x, &y, o)
	bar.SetGlobalOptions(charts.WithXAxisOpts(x), charts.WithYAxisOpts(y))
	bar.SetXAxis(c.labels)
	for k, st := range o.Styles(len(c.Columns) - 1) {
		bar.AddSeries(c.Columns[k+1], nil, charts.WithItemStyleOpts(opts.ItemStyle{Color: onPage(st.Color, dark)}))
	}
	bar.Validate()
	return plain(bar.JSON())
}

func grid(x *opts.XAxis, y *opts.YAxis, o plot.Options) {
	if o.NoGrid {
		x.SplitLine = &opts.SplitLine{Show: opts.Bool(false)}
		y.SplitLine = &opts.SplitLine{Show: opts.Bool(false)}
	}
}

// bins is how many bars matplotlib counts into.
const bins = 10

// histogram counts all columns into the same bins, as matplotlib does. The
// labels are the middles of the bins.
func histogram(columns []plot.Column) (labels []string, rows [][]float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range columns {
		for _, v := range c.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	switch {
	case low > high:
		return nil, nil
	case low == high:
		low, high = low-0.5, high+0.5
	}
	step := high/bins - low/bins // the difference alone may overflow
	for n := range bins {
		middle := low + (float64(n)+0.5)*step
		labels = append(labels, string(live.AppendNumber(nil, live.Round(middle, 4), true)))
		rows = append(rows, make([]float64, len(columns)))
	}
	for k, c := range columns {
		for _, v := range c.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				n := int((v - low) / step)
				rows[min(max(n, 0), bins-1)][k]++
			}
		}
	}
	return labels, rows
}
