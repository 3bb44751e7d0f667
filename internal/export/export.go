// Package export writes what was measured in the forms that other programs
// open: CSV, JSON, Excel, MATLAB, NumPy, Python's pickle, and a Jupyter
// notebook that loads it over HTTP.
//
// Rows are read once, in order, and memory stays bounded whatever their
// number: what a format cannot take row by row (MATLAB and NumPy store whole
// columns, behind their length) waits in a temporary file. That is why the
// MATLAB, NumPy and pickle writers are the package's own; the libraries for
// them want all of a column in memory. Excel workbooks come from excelize,
// their rows are streamed into its sheets.
//
// The package knows neither the history nor HTTP: a Table brings its rows.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Column describes the numbers at one place of every row.
type Column struct {
	Name     string // without unit: "voltage"
	Title    string // the heading as the student declared it, "Voltage [V*100]"; "" = none was
	Unit     string // of the values: "mA"; "" where unknown
	Quantity string // "voltage", "current", ...; "" where unknown
	Scaled   bool   // the values were multiplied by a factor, whose noise is rounded off where numbers become text
}

// Table is one series or run.
type Table struct {
	Session, Name string // whose, and the series' name
	Run           string // the run's name; "" = the whole series
	Columns       []Column
	Start         time.Time // where elapsed_s is 0; zero = the first row
	Count         int64     // about how many rows, for the notebook's text; 0 = unknown
	NoDevice      bool      // rows carry no device time: CSV, JSON and Excel need not look through them first

	// Rows calls yield for each row in order and stops at yield's first
	// error, which it returns. device is zero where the device sent no time;
	// values belong to the columns by place (NaN is a gap, missing ones at
	// the end are gaps) and are only read during the call. Rows is called
	// twice by the formats that need to know beforehand whether there is
	// device time, unless NoDevice is set; never by the notebook.
	// Values are in the columns' units, or as sent where AsSent says so.
	Rows func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error
}

// Label tells the tables of one export apart: the series' name, and the run's
// where it is one.
func (t Table) Label() string {
	switch {
	case t.Run == "":
		return t.Name
	case len(t.Run) >= len(t.Name) && t.Run[:len(t.Name)] == t.Name:
		return t.Run // "IV 3" of the series IV
	}
	return t.Name + " " + t.Run
}

// Course, as Options.Headings, asks for the headings as declared.
const Course = "course"

// Options say how to write. The zero value works.
type Options struct {
	Headings string         // "" = name_unit, "voltage_V"; Course = as declared
	Location *time.Location // of Excel's local times; nil = UTC
	// Analysis holds the figures of a table by its Label, anything that
	// encoding/json can write; objects with "value" and "unit" are shown as
	// figures. CSV and pickle have no place for it.
	Analysis map[string]any
	URL      string // for the notebook: where the same tables are as CSV (a zip when there are several), key included
	// Files are where the tables' CSV files lie, as the notebook names them: one
	// for each table. nil = it loads URL.
	Files    []string
	Progress func(rows int64) // told now and then, and at the end, how many rows of all tables have been read; on Write's goroutine
	Dir      string           // for temporary files; "" = the system's
}

// Errors that a caller tells apart.
var (
	ErrFormat = errors.New("unknown format: choose csv, json, xlsx, mat, npz, pkl or ipynb")
	ErrEmpty  = errors.New("there is nothing to export")
	ErrTooBig = errors.New("too much for one file of this format: choose a shorter range, or CSV")
)

// Format is one way out.
type Format struct {
	Name        string // as in URLs: "csv"
	Title       string // for people: "CSV"
	ContentType string
	Extension   string // with its dot
}

// Formats lists all, in the order a page shows them.
func Formats() []Format {
	return []Format{
		{"csv", "CSV", "text/csv; charset=utf-8; header=present", ".csv"},
		{"xlsx", "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
		{"ipynb", "Jupyter notebook", "application/x-ipynb+json", ".ipynb"},
		{"pkl", "Python pickle", "application/octet-stream", ".pkl"},
		{"npz", "NumPy", "application/octet-stream", ".npz"},
		{"mat", "MATLAB", "application/x-matlab-data", ".mat"},
		{"json", "JSON", "application/json", ".json"},
	}
}

// FormatOf describes the file that Write makes of so many tables: several as
// CSV are a zip. ErrFormat where there is no such format.
func FormatOf(name string, tables int) (Format, error) {
	for _, f := range Formats() {
		if f.Name != name {
			continue
		}
		if name == "csv" && tables > 1 {
			f.ContentType, f.Extension = "application/zip", ".zip"
		}
		return f, nil
	}
	return Format{}, ErrFormat
}

// Write writes the tables as one file. It returns ErrFormat and ErrEmpty (no
// table at all) before the first byte; after any other error, those of Rows,
// w and ctx included, what was written is no whole file: the caller must break
// the connection off or remove it. Write blocks as w and Rows do.
func Write(ctx context.Context, w io.Writer, format string, tables []Table, o Options) error {
	write := map[string]func(*job) error{
		"csv":   writeCSV,
		"ipynb": writeNotebook,
		"json":  writeJSON,
		"mat":   writeMAT,
		"npz":   writeNPZ,
		"pkl":   writePickle,
		"xlsx":  writeXLSX,
	}[format]
	if write == nil {
		return ErrFormat
	}
	if len(tables) == 0 {
		return ErrEmpty
	}
	analysis, err := marshalAnalysis(tables, o.Analysis)
	if err != nil {
		return fmt.Errorf("export analysis: %w", err)
	}
	j := &job{ctx: ctx, w: w, tables: tables, o: o, course: course(format, o.Headings), analysis: analysis}
	if err := write(j); err != nil {
		return fmt.Errorf("export %s: %w", format, err)
	}
	j.report(true)
	return nil
}
