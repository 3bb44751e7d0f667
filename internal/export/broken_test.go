package export

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

var errDisk = errors.New("the disk is gone")

// failing gives so many rows, then err.
func failing(n int, err error) Table {
	table := tableOf("x", voltAmp())
	table.Rows = func(_ context.Context, yield func(at, device time.Time, values []float64) error) error {
		for i := range n {
			if err := yield(began().Add(time.Duration(i)*time.Millisecond), time.Time{}, []float64{1, float64(i)}); err != nil {
				return err
			}
		}
		return err
	}
	table.NoDevice = true
	return table
}

// TestBroken lets rows end in an error: it comes out, no temporary file stays,
// and what was written is no whole file (a CSV cannot tell: its connection
// has to break).
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, format := range dataFormats() {
		for _, tables := range [][]Table{{failing(200_000, errDisk)}, {failing(3, nil), failing(3, errDisk)}} {
			t.Run(format, func(t *testing.T) {
				t.Parallel()
				var b bytes.Buffer
				o := Options{Dir: t.TempDir()}
				if err := Write(t.Context(), &b, format, tables, o); !errors.Is(err, errDisk) {
					t.Errorf("got %v, want the error of Rows", err)
				}
				empty(t, o.Dir)
				if whole(format, b.Bytes()) && !(format == "csv" && len(tables) == 1) {
					t.Errorf("got a file of %d bytes that looks whole", b.Len())
				}
			})
		}
	}
}

func whole(format string, b []byte) bool {
	switch format {
	case "json":
		return json.Valid(b)
	case "pkl":
		return bytes.HasSuffix(b, []byte{pickleStop})
	case "mat": // the second table is missing, or the first
		return len(b) > 128 && bytes.Count(b, []byte("headings")) == 2
	}
	_, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	return err == nil
}

// TestCancel ends the context in the midst of the rows, and while columns are
// read back.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, format := range dataFormats() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			o := Options{Dir: t.TempDir(), Progress: func(rows int64) {
				if rows >= 3*reportEvery {
					cancel()
				}
			}}
			read := 0
			table := failing(1<<40, nil)
			rows := table.Rows
			table.Rows = func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error {
				return rows(ctx, func(at, device time.Time, values []float64) error {
					read++
					return yield(at, device, values)
				})
			}
			err := Write(ctx, io.Discard, format, []Table{table}, o)
			if !errors.Is(err, context.Canceled) || read > 4*reportEvery {
				t.Errorf("got %v after %d rows, want to be cancelled at %d", err, read, 4*reportEvery)
			}
			empty(t, o.Dir)

			ctx, cancel = context.WithCancel(t.Context())
			defer cancel()
			o.Progress = nil
			err = Write(ctx, writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil }), format, []Table{failing(300_000, nil)}, o)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want to be cancelled while writing", err)
			}
			empty(t, o.Dir)
		})
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestWriter has a reader that goes away.
func TestWriter(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		left := 100
		w := writerFunc(func(p []byte) (int, error) {
			if left -= len(p); left < 0 {
				return 0, errDisk
			}
			return len(p), nil
		})
		o := Options{Dir: t.TempDir()}
		if err := Write(t.Context(), w, f.Name, []Table{failing(300_000, nil)}, o); !errors.Is(err, errDisk) {
			t.Errorf("%s: got %v, want the writer's error", f.Name, err)
		}
		empty(t, o.Dir)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	table := tableOf("x", nil)
	for name, tt := range map[string]struct {
		format string
		tables []Table
		o      Options
		want   error
	}{
		"format":   {"xls", []Table{table}, Options{}, ErrFormat},
		"nothing":  {"csv", nil, Options{}, ErrEmpty},
		"analysis": {"json", []Table{table}, Options{Analysis: map[string]any{"x": func() {}}}, nil},
		"too big":  {"mat", []Table{table}, Options{}, ErrTooBig},
	} {
		if name == "too big" {
			big := matColumn(1<<28, func(io.Writer) error { return nil })
			if err := big.writeTo(io.Discard, "v"); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", name, err, tt.want)
			}
			continue
		}
		var b bytes.Buffer
		err := Write(t.Context(), &b, tt.format, tt.tables, tt.o)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) || b.Len() > 0 {
			t.Errorf("%s: got %v after %d bytes, want %v before any", name, err, b.Len(), tt.want)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	for _, format := range dataFormats() {
		var told []int64
		o := Options{Dir: t.TempDir(), Progress: func(n int64) { told = append(told, n) }}
		if err := Write(t.Context(), io.Discard, format, []Table{failing(10_000, nil), failing(5, nil)}, o); err != nil {
			t.Fatal(err)
		}
		if want := []int64{4096, 8192, 10_005}; !slices.Equal(told, want) {
			t.Errorf("%s: got %v, want %v", format, told, want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	if f, err := FormatOf("csv", 1); err != nil || f.Extension != ".csv" {
		t.Errorf("got %v, %v, want a CSV", f, err)
	}
	if f, err := FormatOf("csv", 2); err != nil || f.Extension != ".zip" || f.ContentType != "application/zip" {
		t.Errorf("got %v, %v, want a zip", f, err)
	}
	if _, err := FormatOf("doc", 1); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v, want %v", err, ErrFormat)
	}
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
		if !strings.Contains(ErrFormat.Error(), f.Name) {
			t.Errorf("got %q, want %s named", ErrFormat, f.Name)
		}
	}
	if len(names) != 7 {
		t.Errorf("got %v, want 7 formats", names)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	for want, table := range map[string]Table{"IV": {Name: "IV"}, "IV 3": {Name: "IV", Run: "IV 3"}, "mcu/ina219 sweep 14:03": {Name: "mcu/ina219", Run: "sweep 14:03"}} {
		if got := table.Label(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
