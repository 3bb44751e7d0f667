package wal_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"labbroker/internal/wal"
	"labbroker/internal/wal/waltest"
)

// killed returns a file system as a killed process leaves it: n records in one
// or several segments, everything written.
func killed(t testing.TB, o wal.Options, n int) *waltest.FS {
	t.Helper()
	fs := new(waltest.FS)
	o.FS = fs
	l, _ := open(t, o)
	for i, rec := range records(n) {
		add(l, rec)
		if i == n/2 {
			if err := l.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	after := fs.Restart()
	_ = l.Close()
	return after
}

// Whatever byte the last segment ends at, what is whole is replayed, and the
// log goes on from there.
func TestTornEnd(t *testing.T) {
	t.Parallel()
	all := records(20)
	size := 0
	killed(t, wal.Options{}, 20).Edit(name(1), func(b []byte) []byte { size = len(b); return b })
	ends := map[string]func(b []byte, cut int) []byte{
		"cut":     func(b []byte, cut int) []byte { return b[:cut] },
		"zeros":   func(b []byte, cut int) []byte { clear(b[cut:]); return b },
		"garbage": func(b []byte, cut int) []byte { return append(b[:cut], "\x80\x01garbage, longer than it was"...) },
	}
	for how, end := range ends {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			before := -1
			for cut := size; cut >= 0; cut-- {
				if how == "garbage" && cut < 32 || how != "cut" && cut > 0 && cut < 32 {
					continue
				}
				fs := killed(t, wal.Options{}, 20)
				fs.Edit(name(1), func(b []byte) []byte { return end(b, cut) })
				log, text := logged()
				l, got := open(t, wal.Options{FS: fs, Log: log})
				if !slices.Equal(got, all[:len(got)]) || before >= 0 && (len(got) > before || len(got) < before-1) {
					t.Fatalf("cut at %d: got %d records, want the first %d or %d", cut, len(got), before, before-1)
				}
				if how != "cut" && cut < size && cut > 32 && !strings.Contains(text.String(), "cut off") {
					t.Fatalf("cut at %d: got log %q, want a line about what is cut off", cut, text)
				}
				before = len(got)
				add(l, "more")
				closeLog(t, l)
				l, again := open(t, wal.Options{FS: fs})
				if want := append(got, "more"); !slices.Equal(again, want) {
					t.Fatalf("cut at %d, opened again: got %d records, want %d", cut, len(again), len(want))
				}
				closeLog(t, l)
			}
			if before != 0 {
				t.Errorf("cut at 0: got %d records, want 0", before)
			}
		})
	}
}

func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte { b[at] ^= 0x20; return b }
}

func TestRefused(t *testing.T) {
	t.Parallel()
	sum := func(b []byte) []byte {
		binary.LittleEndian.PutUint32(b[28:], crc32.Checksum(b[:28], crc32.MakeTable(crc32.Castagnoli)))
		return b
	}
	tests := []struct {
		name string
		edit func(fs *waltest.FS)
		kind error
		text string
	}{
		{"damage in an old segment", func(fs *waltest.FS) { fs.Edit(name(2), flip(60)) }, wal.ErrDamaged, name(2) + " is damaged at byte"},
		{"an old segment cut", func(fs *waltest.FS) { fs.Edit(name(1), func(b []byte) []byte { return b[:len(b)-1] }) }, wal.ErrDamaged, name(1) + " is damaged at byte"},
		{"damage in an old header", func(fs *waltest.FS) { fs.Edit(name(1), flip(20)) }, wal.ErrDamaged, name(1) + " is damaged at byte 0"},
		{"a segment gone", func(fs *waltest.FS) { _ = fs.Remove(name(2)) }, wal.ErrDamaged, name(2) + " is missing"},
		{"another file", func(fs *waltest.FS) {
			fs.Edit(name(1), func([]byte) []byte { return []byte(strings.Repeat("SQLite format 3", 9)) })
		}, wal.ErrForeign, name(1) + " is not a file that labbroker wrote there"},
		{"a segment under another's name", func(fs *waltest.FS) {
			var one []byte
			fs.Edit(name(1), func(b []byte) []byte { one = slices.Clone(b); return b })
			fs.Edit(name(2), func([]byte) []byte { return one })
		}, wal.ErrForeign, name(2)},
		{"another kind", func(fs *waltest.FS) { fs.Edit(name(1), func(b []byte) []byte { b[12] = 'z'; return sum(b) }) }, wal.ErrForeign, name(1)},
		{"a newer format", func(fs *waltest.FS) { fs.Edit(name(1), func(b []byte) []byte { b[8] = 9; return b }) }, wal.ErrNewer, "format 9"},
		{"newer records", func(fs *waltest.FS) { fs.Edit(name(1), func(b []byte) []byte { b[10] = 9; return sum(b) }) }, wal.ErrNewer, "start the newer one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := wal.Options{SegmentSize: 1000, Kind: "test"}
			fs := killed(t, o, 40)
			tt.edit(fs)
			o.FS = fs
			_, _, err := tryOpen(o)
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "\n") {
				t.Errorf("open: got %v, want %v with %q", err, tt.kind, tt.text)
			}
		})
	}
}

// What was synced and is bad now is damage, in the last segment too, and must
// not be cut away with all that follows.
func TestDamageBeforeTheEnd(t *testing.T) {
	t.Parallel()
	fs := new(waltest.FS)
	l, _ := open(t, wal.Options{FS: fs})
	var spans []wal.Span
	for _, rec := range records(20) {
		spans = append(spans, add(l, rec))
	}
	closeLog(t, l)
	for i, s := range spans {
		fs.Edit(name(1), flip(int(s.End().Offset())-1))
		_, got, err := tryOpen(wal.Options{FS: fs})
		if !errors.Is(err, wal.ErrDamaged) || len(got) != i {
			t.Errorf("record %d damaged: got %d records and %v, want %d and %v", i, len(got), err, i, wal.ErrDamaged)
		}
		fs.Edit(name(1), flip(int(s.End().Offset())-1))
	}
}

func TestVersionRises(t *testing.T) {
	t.Parallel()
	fs := new(waltest.FS)
	for version := range uint16(3) {
		l, got := open(t, wal.Options{FS: fs, Version: version})
		if len(got) != int(version) {
			t.Errorf("version %d: got %d records, want %d", version, len(got), version)
		}
		add(l, "one more")
		closeLog(t, l)
		if got, want := len(fs.Names()), int(version)+1; got != want {
			t.Errorf("version %d: got %d files, want %d: newer records have their own", version, got, want)
		}
	}
	if _, _, err := tryOpen(wal.Options{FS: fs, Version: 1}); !errors.Is(err, wal.ErrNewer) {
		t.Errorf("an older program: got %v, want %v", err, wal.ErrNewer)
	}
}

// FuzzOpen opens whatever a disk may hold: no panic, and what opens once opens
// again with the same records.
func FuzzOpen(f *testing.F) {
	var whole []byte
	killed(f, wal.Options{}, 12).Edit(name(1), func(b []byte) []byte { whole = slices.Clone(b); return b })
	f.Add(whole, uint64(0))
	f.Add(whole[:len(whole)-5], uint64(7))
	f.Add(whole[:40], uint64(1))
	f.Add([]byte("labwal\r\n"), uint64(2))
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		fs := new(waltest.FS)
		r := rand.New(rand.NewPCG(seed, 0))
		if seed%2 == 1 { // behind a good header
			b = append(slices.Clone(whole[:min(len(whole), 32+r.IntN(len(whole)))]), b...)
		}
		fs.Edit(name(1), func([]byte) []byte { return b })
		l, got, err := tryOpen(wal.Options{FS: fs})
		if err != nil {
			return
		}
		add(l, "more")
		closeLog(t, l)
		l, again := open(t, wal.Options{FS: fs})
		if want := append(got, "more"); !slices.Equal(again, want) {
			t.Errorf("opened again: got %q, want %q", again, want)
		}
		closeLog(t, l)
	})
}
