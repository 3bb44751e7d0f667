package chart

import (
	"strings"

	"labbroker/internal/series"
	"labbroker/sensor"
)

// style is how a quantity looks in every chart: told apart by colour, and
// without colour by line and marker.
type style struct {
	light, dark string
	line        string // ECharts lineStyle.type
	symbol      string // ECharts symbol
}

// styles are of Okabe and Ito's colour-blind-safe set, for the dark theme
// lightened to a contrast of at least 4.5:1.
func styles(q sensor.Quantity) style {
	switch q {
	case sensor.Voltage, sensor.ShuntVoltage, sensor.LoadVoltage:
		return style{"#0072b2", "#4ea8de", "solid", "circle"}
	case sensor.Current:
		return style{"#e69f00", "#f0b02e", "dashed", "rect"}
	case sensor.Power:
		return style{"#009e73", "#2fbf96", "dotted", "triangle"}
	case sensor.Resistance:
		return style{"#cc79a7", "#dd97be", "solid", "diamond"}
	}
	return style{"#5a646b", "#9ca7ad", "solid", "circle"}
}

func (s style) colour(dark bool) string {
	if dark {
		return s.dark
	}
	return s.light
}

// variant is the look of the n-th column of one quantity in one chart: the
// colour stays, line and marker change.
func (s style) variant(n int) style {
	lines := []string{"solid", "dashed", "dotted"}
	symbols := []string{"circle", "rect", "triangle", "diamond", "pin", "arrow"}
	s.line = cycle(lines, s.line, n)
	s.symbol = cycle(symbols, s.symbol, n)
	return s
}

func cycle(list []string, from string, n int) string {
	for i := range list {
		if list[i] == from {
			return list[(i+n)%len(list)]
		}
	}
	return from
}

// theme is the greys of the charts.
type theme struct{ ink, grey, line string }

func themeOf(dark bool) theme {
	if dark {
		return theme{"#e9ecee", "#9ca7ad", "#2e353a"}
	}
	return theme{"#14181b", "#5a646b", "#d3d9dc"}
}

// axisTitle is "Voltage (V)"; the column's own name where nobody knows what it
// measures.
func axisTitle(c series.Column) string {
	name := c.Name
	if c.Quantity != sensor.Unknown {
		name = strings.ReplaceAll(string(c.Quantity), "_", " ")
		name = strings.ToUpper(name[:1]) + name[1:]
	}
	return series.WithUnit(name, c.Unit)
}
