package wal_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"labbroker/internal/wal"
	"labbroker/internal/wal/waltest"
)

const dir = "log"

func name(seg int) string { return filepath.Join(dir, fmt.Sprintf("%08d.wal", seg)) }

// open opens a log and returns what it replayed.
func open(t testing.TB, o wal.Options) (*wal.Log, []string) {
	t.Helper()
	l, got, err := tryOpen(o)
	if err != nil {
		t.Fatalf("open: got %v, want no error", err)
	}
	return l, got
}

func tryOpen(o wal.Options) (*wal.Log, []string, error) {
	var got []string
	l, err := wal.Open(dir, o, func(_ wal.Span, rec []byte) error {
		got = append(got, string(rec))
		return nil
	})
	return l, got, err
}

func add(l *wal.Log, rec string) wal.Span {
	return l.Append(func(b []byte) []byte { return append(b, rec...) })
}

func closeLog(t testing.TB, l *wal.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("close: got %v, want no error", err)
	}
}

func records(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("record %d %s", i, strings.Repeat("x", i*7%300)))
	}
	return all
}

func TestReplay(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 100, 1000, 1 << 20} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			o := wal.Options{FS: new(waltest.FS), SegmentSize: size}
			var want []string
			var spans []wal.Span
			for range 3 {
				l, got := open(t, o)
				if !slices.Equal(got, want) {
					t.Fatalf("replayed: got %d records, want %d, the same", len(got), len(want))
				}
				for i, rec := range records(60) {
					spans = append(spans, add(l, rec))
					want = append(want, rec)
					if i%7 == 0 {
						if err := l.Flush(); err != nil {
							t.Fatal(err)
						}
					}
				}
				for i, s := range spans {
					if got, err := l.Read(s); err != nil || string(got) != want[i] {
						t.Fatalf("read %v: got %q, %v, want %q", s.At, got, err, want[i])
					}
					if i > 0 && s.At < spans[i-1].End() {
						t.Fatalf("record %d: got place %v, want one from %v on", i, s.At, spans[i-1].End())
					}
				}
				closeLog(t, l)
			}
		})
	}
}

func TestDropAndReadSegment(t *testing.T) {
	t.Parallel()
	fs := new(waltest.FS)
	o := wal.Options{FS: fs, SegmentSize: 500}
	l, _ := open(t, o)
	all := records(50)
	for _, rec := range all {
		add(l, rec)
	}
	if _, _, ok := l.Oldest(); ok {
		t.Errorf("oldest before the first write: got ok, want not: it is not complete")
	}
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	var gone []string
	size := l.Size()
	for range 3 {
		seg, bytes, ok := l.Oldest()
		if !ok {
			t.Fatal("oldest: got none complete, want some")
		}
		err := l.ReadSegment(seg, func(_ wal.Span, rec []byte) error {
			gone = append(gone, string(rec))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Drop(wal.Pos(seg+1) << 32); err != nil {
			t.Fatal(err)
		}
		if size -= bytes; l.Size() != size {
			t.Errorf("size after a drop: got %d, want %d", l.Size(), size)
		}
	}
	if len(gone) == 0 || !slices.Equal(gone, all[:len(gone)]) {
		t.Errorf("read: got %d records, want the oldest", len(gone))
	}
	closeLog(t, l)
	l, got := open(t, o)
	if want := all[len(gone):]; !slices.Equal(got, want) {
		t.Errorf("replayed: got %d records, want the %d after the dropped ones", len(got), len(want))
	}
	if err := l.Drop(l.End() + 1<<32); err != nil {
		t.Fatal(err)
	}
	if got, want := len(fs.Names()), 1; got != want {
		t.Errorf("dropping everything: got %d files, want %d: the one being written", got, want)
	}
	closeLog(t, l)
}

func TestBigRecord(t *testing.T) {
	t.Parallel()
	o := wal.Options{FS: new(waltest.FS), SegmentSize: 1000, MaxPending: 2000}
	var want []string
	l, _ := open(t, o)
	for _, n := range []int{1, 127, 128, 129, 16383, 16384, 70000, 3} {
		want = append(want, strings.Repeat("y", n))
		add(l, want[len(want)-1])
	}
	closeLog(t, l)
	l, got := open(t, o)
	closeLog(t, l)
	if !slices.Equal(got, want) {
		t.Errorf("replayed: got %d records, want %d, the same", len(got), len(want))
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	l, _ := open(t, wal.Options{FS: new(waltest.FS)})
	closeLog(t, l)
	add(l, "late")
	if err := l.Flush(); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("commit after close: got %v, want %v", err, wal.ErrClosed)
	}
	if err := l.Close(); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("second close: got %v, want %v", err, wal.ErrClosed)
	}
}

func TestRealFiles(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a", "b")
	var want []string
	for range 3 {
		var got []string
		var progress int64
		l, err := wal.Open(folder, wal.Options{SegmentSize: 300, Power: true, Progress: func(done, total int64) { progress = total - done }},
			func(_ wal.Span, rec []byte) error { got = append(got, string(rec)); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) || progress != 0 {
			t.Fatalf("replayed: got %d records with %d bytes left, want %d and 0", len(got), progress, len(want))
		}
		for _, rec := range records(30) {
			want = append(want, rec)
			if err := l.Commit(add(l, rec).End()); err != nil {
				t.Fatal(err)
			}
		}
		closeLog(t, l)
	}
}

func logged() (*slog.Logger, *bytes.Buffer) {
	b := new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(b, nil)), b
}
