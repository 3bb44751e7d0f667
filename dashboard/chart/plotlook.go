package chart

import (
	"strings"

	"labbroker/internal/plot"
)

// lineOf is ECharts' name of a line style. It has no dash-dot by name: a list
// of lengths would be one, but not in go-echarts' types.
func lineOf(l plot.Line) string {
	switch l {
	case plot.Dashed, plot.DashDot:
		return "dashed"
	case plot.Dotted:
		return "dotted"
	}
	return "solid"
}

// symbolOf is ECharts' symbol for a marker and its size in pixels. Signs that
// ECharts has no symbol for are paths.
func symbolOf(m plot.Marker) (symbol string, size int) {
	switch m {
	case plot.Point:
		return "circle", 4
	case plot.Pixel:
		return "rect", 1
	case plot.Circle:
		return "circle", 7
	case plot.TriangleUp:
		return "triangle", 8
	case plot.TriangleDown:
		return "path://M0,0L10,0L5,10Z", 8
	case plot.TriangleLeft:
		return "path://M10,0L10,10L0,5Z", 8
	case plot.TriangleRight:
		return "path://M0,0L10,5L0,10Z", 8
	case plot.Square:
		return "rect", 7
	case plot.Pentagon:
		return "path://M50,0L98,35L79,90L21,90L2,35Z", 8
	case plot.Star:
		return "path://M50,0L61,35L98,35L68,57L79,91L50,70L21,91L32,57L2,35L39,35Z", 9
	case plot.Hexagon:
		return "path://M50,0L93,25L93,75L50,100L7,75L7,25Z", 8
	case plot.Plus:
		return "path://M44,0L56,0L56,44L100,44L100,56L56,56L56,100L44,100L44,56L0,56L0,44L44,44Z", 8
	case plot.Cross:
		return "path://M8,0L50,42L92,0L100,8L58,50L100,92L92,100L50,58L8,100L0,92L42,50L0,8Z", 8
	case plot.Diamond:
		return "diamond", 9
	case plot.ThinDiamond:
		return "path://M3,0L6,5L3,10L0,5Z", 9
	case plot.VLine:
		return "path://M4,0L6,0L6,40L4,40Z", 9
	}
	return "circle", 5
}

// onPage is a plot's colour on the page: the picture is on white paper, so
// what is nearly the page's own colour becomes its ink.
func onPage(colour string, dark bool) string {
	switch {
	case dark && strings.EqualFold(colour, "#000000"), !dark && strings.EqualFold(colour, "#ffffff"):
		return themeOf(dark).ink
	case dark && strings.EqualFold(colour, "#0000ff"):
		return "#6d8cff" // pure blue on black is not to be seen
	}
	return colour
}
