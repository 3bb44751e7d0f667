// Package plot draws series as the course's plot server drew them: the
// options of plot_series, matplotlib's format strings and default style, TeX
// between dollar signs; as PDF, SVG and PNG with embedded fonts. It knows
// numbers and options only: rows, records and answers belong to others.
package plot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
)

// Format is a kind of picture file.
type Format string

// The formats that Draw writes.
const (
	PDF Format = "pdf"
	SVG Format = "svg"
	PNG Format = "png"
)

// FormatOf tells the format from a file's ending. A name without one of the
// three endings is a PDF, as plot_series has it.
func FormatOf(file string) Format {
	switch f := Format(strings.ToLower(strings.TrimPrefix(path.Ext(file), "."))); f {
	case SVG, PNG:
		return f
	}
	return PDF
}

// ContentType is the media type of f.
func (f Format) ContentType() string {
	switch f {
	case SVG:
		return "image/svg+xml"
	case PNG:
		return "image/png"
	}
	return "application/pdf"
}

// Column is one column of a series. NaN is a gap that breaks the line; an
// infinite value is not drawn.
type Column struct {
	Title  string
	Values []float64
}

// ErrFormat says that the format is none of PDF, SVG and PNG.
var ErrFormat = errors.New("plot: unknown format")

// Draw writes the picture of cols to w. The first column is x and the others
// are y; a single column is drawn against its index, and with o.Hist every
// column is counted. Columns after the 64th are left out, a column of other
// length than the first is drawn as far as both go. Memory and time are
// bounded by the size of the figure, not by the number of values. The error
// is ctx's, w's or ErrFormat: there are no data that cannot be drawn.
func Draw(ctx context.Context, w io.Writer, f Format, cols []Column, o Options) error {
	if f != PDF && f != SVG && f != PNG {
		return ErrFormat
	}
	fonts, err := newFonts()
	if err != nil {
		return err
	}
	p, err := build(ctx, fonts, cols, o)
	if err != nil {
		return err
	}
	switch f {
	case SVG:
		return p.svg(ctx, w, fonts)
	case PNG:
		return p.png(ctx, w, fonts)
	}
	return p.pdf(ctx, w, fonts)
}

// Notes says in sentences what Draw leaves out of the picture of cols: values
// that a logarithmic axis cannot show, columns beyond the limit, characters
// without a letter form, no data at all. Nil when all is drawn. It reads every
// value once.
func Notes(cols []Column, o Options) []string {
	var notes []string
	if n := len(cols); n > MaxColumns {
		notes = append(notes, fmt.Sprintf("the series has %d columns, the first %d were drawn: plot fewer at a time", n, MaxColumns))
		cols = cols[:MaxColumns]
	}
	if s := undrawable(cols, o); s != "" {
		notes = append(notes, s)
	}
	var x []float64
	ys := cols
	if len(cols) > 1 && !o.Hist {
		x, ys = cols[0].Values, cols[1:]
	}
	ax, ay := axis{log: o.XLog && !o.Hist}, axis{log: o.YLog && !o.Hist}
	shown, masked, infinite, seen := 0, 0, 0, 0
	styles := o.Styles(len(ys))
	for i, c := range ys {
		before := shown
		_ = xy(context.Background(), x, c.Values, func(x, y float64) {
			linear := axis{}
			switch {
			case math.IsNaN(x) || math.IsNaN(y):
			case !linear.shows(x) || !linear.shows(y):
				infinite++
			case ax.shows(x) && ay.shows(y):
				shown++
			default:
				masked++
			}
		})
		if n := shown - before; n > 1 || n == 1 && (o.Hist || styles[i].Marker != "") {
			seen++
		}
	}
	if masked > 0 {
		notes = append(notes, fmt.Sprintf("%s with zero or a negative value left out: a logarithmic axis has no place for them", points(masked)))
	}
	if infinite > 0 {
		notes = append(notes, fmt.Sprintf("%s with an infinite value left out", points(infinite)))
	}
	if shown == 0 {
		notes = append(notes, "there are no values to draw yet: send data first, then plot")
	} else if seen == 0 {
		notes = append(notes, `one point makes no line: send more rows, or draw points with format ["o"]`)
	}
	return notes
}

func points(n int) string {
	if n == 1 {
		return "1 point"
	}
	return fmt.Sprint(n, " points")
}

// undrawable names the characters of titles and labels that the typeface does
// not have.
func undrawable(cols []Column, o Options) string {
	f, err := newFonts()
	if err != nil {
		return ""
	}
	for _, s := range []string{o.Title, o.XLabel, o.YLabel} {
		f.clean(s)
	}
	for _, c := range cols {
		f.clean(c.Title)
	}
	if len(f.unknown) == 0 {
		return ""
	}
	runes := slices.Sorted(maps.Keys(f.unknown))
	return fmt.Sprintf("the typeface has no %s: drawn as %c", string(runes[:min(len(runes), 10)]), missing)
}
