package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// began is when the tests' tables begin.
func began() time.Time { return time.Date(2026, 11, 22, 23, 0, 0, 123e6, time.UTC) }

// sample is a row for a test: seconds after the start, device seconds (NaN =
// none) and values.
type sample struct {
	at, device float64
	values     []float64
}

func at(s float64, values ...float64) sample { return sample{s, math.NaN(), values} }

// tableOf is a table with these rows.
func tableOf(name string, columns []Column, rows ...sample) Table {
	return Table{Session: "ada", Name: name, Columns: columns, Start: began(), Count: int64(len(rows)),
		Rows: func(_ context.Context, yield func(at, device time.Time, values []float64) error) error {
			for _, r := range rows {
				moment := began().Add(time.Duration(r.at * 1e9))
				var device time.Time
				if !math.IsNaN(r.device) {
					device = began().Add(time.Duration(r.device * 1e9))
				}
				if err := yield(moment, device, r.values); err != nil {
					return err
				}
			}
			return nil
		}}
}

func voltAmp() []Column {
	return []Column{
		{Name: "voltage", Unit: "V", Quantity: "voltage", Title: "Voltage  [V]"},
		{Name: "current", Unit: "mA", Quantity: "current", Title: "Current [mA]"},
	}
}

// text is the export in memory.
func text(t *testing.T, format string, o Options, tables ...Table) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, format, tables, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

// file writes the export into a file and finds no temporary one left.
func file(t *testing.T, format string, o Options, tables ...Table) string {
	t.Helper()
	o.Dir = t.TempDir()
	path := filepath.Join(t.TempDir(), "x."+format)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), f, format, tables, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	empty(t, o.Dir)
	return path
}

func empty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left, want no temporary file", left, err)
	}
}

// python runs a script with the Python that has the exports' readers.
func python(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	const look = `import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in "numpy scipy pandas openpyxl matplotlib".split()))`
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", look).Run() != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "MPLBACKEND=Agg", "MPLCONFIGDIR="+cmd.Dir, "PYTHONIOENCODING=utf-8", "no_proxy=*", "NO_PROXY=*")
		cmd.Stdin = strings.NewReader(stdin)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("python: %v\n%s", err, stderr.String())
		}
		return string(out)
	}
	t.Fatal("no python3 here has python3-numpy, python3-scipy, python3-pandas, python3-openpyxl and python3-matplotlib: install them, or run make test as root on Debian or Ubuntu")
	return ""
}

// opened is a table as its reader sees it.
type opened struct {
	name    string
	columns []openedColumn
	info    map[string]any
}

type openedColumn struct {
	name   string
	values []any // float64, nil for gaps, text
}

func (o opened) headings() []string {
	var names []string
	for _, c := range o.columns {
		names = append(names, c.name)
	}
	return names
}

func (o opened) column(t *testing.T, name string) []any {
	t.Helper()
	for _, c := range o.columns {
		if c.name == name {
			return c.values
		}
	}
	t.Errorf("got columns %q, want %q among them", o.headings(), name)
	return nil
}

func (o *opened) UnmarshalJSON(b []byte) error {
	var columns [][2]json.RawMessage
	if err := json.Unmarshal(b, &[]any{&o.name, &columns, &o.info}); err != nil {
		return err
	}
	for _, c := range columns {
		var col openedColumn
		if err := errors.Join(json.Unmarshal(c[0], &col.name), json.Unmarshal(c[1], &col.values)); err != nil {
			return err
		}
		o.columns = append(o.columns, col)
	}
	return nil
}

// open reads files, given as format and path, with their own readers, all in
// one Python.
func open(t *testing.T, files ...[2]string) [][]opened {
	t.Helper()
	in := make([]map[string]string, len(files))
	for i, f := range files {
		in[i] = map[string]string{"format": f[0], "path": f[1]}
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("testdata/read.py")
	if err != nil {
		t.Fatal(err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(python(t, string(b), script)), &raw); err != nil {
		t.Fatal(err)
	}
	all := make([][]opened, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal(r, &all[i]); err != nil {
			t.Fatalf("%v: %s", files[i], r)
		}
	}
	return all
}

// binary lists the formats that keep infinities.
func keepsInfinity(format string) bool { return format == "mat" || format == "npz" || format == "pkl" }

func same(got, want []any) bool { return fmt.Sprint(got) == fmt.Sprint(want) }

func rowsAt(moments ...time.Time) func(context.Context, func(at, device time.Time, values []float64) error) error {
	return func(_ context.Context, yield func(at, device time.Time, values []float64) error) error {
		for _, m := range moments {
			if err := yield(m, time.Time{}, nil); err != nil {
				return err
			}
		}
		return nil
	}
}

func create(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
