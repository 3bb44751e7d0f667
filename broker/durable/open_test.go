package durable_test

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"labbroker/broker/durable"
	"labbroker/internal/wal"
	"labbroker/internal/wal/waltest"
)

func TestForeignFolders(t *testing.T) {
	t.Parallel()
	one := filepath.Join("store", "00000001.wal")
	log := func(o wal.Options, rec ...byte) func(*waltest.FS) {
		return func(fs *waltest.FS) {
			o.FS = fs
			l, err := wal.Open("store", o, func(wal.Span, []byte) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			l.Append(func(b []byte) []byte { return append(b, rec...) })
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	tests := []struct {
		name string
		make func(fs *waltest.FS)
		kind error
		text string
	}{
		{"another program's", func(fs *waltest.FS) {
			fs.Edit(one, func([]byte) []byte { return []byte(strings.Repeat("another program's own log", 5)) })
		}, durable.ErrForeign, one + " is not a file that labbroker wrote there: move it away"},
		{"another log's", log(wal.Options{Kind: "else", Version: 1}, 1), durable.ErrForeign, one},
		{"a newer one", log(wal.Options{Kind: "broker", Version: 2}, 1), durable.ErrNewer, "start the newer one"},
		{"a newer record", log(wal.Options{Kind: "broker", Version: 1}, 15, 1), durable.ErrNewer, "start the newer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fs := new(waltest.FS)
			tt.make(fs)
			_, _, err := durable.Open("store", durable.Options{FS: fs})
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "\n") {
				t.Errorf("open: got %v, want %v with %q", err, tt.kind, tt.text)
			}
		})
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s, _ := mustOpen(t, durable.Options{FS: new(waltest.FS)})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s.NewClient(durable.ClientInfo{})
	if err := s.Commit(); !errors.Is(err, durable.ErrClosed) {
		t.Errorf("commit after close: got %v, want %v", err, durable.ErrClosed)
	}
	if err := s.Close(); !errors.Is(err, durable.ErrClosed) {
		t.Errorf("second close: got %v, want %v", err, durable.ErrClosed)
	}
}

// Several goroutines, each with a client and a model of its own, while the
// store cleans.
func TestParallel(t *testing.T) {
	t.Parallel()
	o := durable.Options{SegmentSize: 4 << 10}
	dir := t.TempDir()
	s, _, err := durable.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	const workers = 4
	all := newModel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range uint64(workers) {
		wg.Go(func() {
			m := newModel()
			p := &player{Rand: newRand(w), m: m, fresh: s.NewClient, unused: map[durable.Handle]uint64{}, home: string(rune('a' + w))}
			for i := range 3000 {
				op := p.op(t)
				op.model(m)
				if op.store != nil {
					op.store(s)
				}
				if i%5 == 0 {
					if err := s.Commit(); err != nil {
						t.Error(err)
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for h, c := range m.clients {
				all.clients[h] = c
			}
			for topic, k := range m.retained {
				all.retained[topic] = k
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "00000001.wal")); len(names) > 0 {
		t.Errorf("the oldest file: got it still there, want it cleaned away")
	}
	s, res, err := durable.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, want := restored(res), all.String(); got != want {
		t.Errorf("restored: %s", difference(got, want))
	}
}

// FuzzReplay reads any records: no panic, and what opens once opens again with
// the same state.
func FuzzReplay(f *testing.F) {
	f.Add([]byte("\x05\x01\x00\x01k\x07\x03\x01home/#\x0b\x05\x01\x09\x05\x01ttt\x03\x08\x01\x05"))
	f.Add([]byte("\x03\x02\x01\x00\x04\x01\x01\x00\x00\x04\x19\x01\x00\x09"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fs := new(waltest.FS)
		l, err := wal.Open("store", wal.Options{FS: fs, Kind: "broker", Version: 1}, func(wal.Span, []byte) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		for len(b) > 0 {
			n, k := binary.Uvarint(b)
			if k <= 0 || n == 0 || n > uint64(len(b)-k) {
				break
			}
			l.Append(func(to []byte) []byte { return append(to, b[k:k+int(n)]...) })
			b = b[k+int(n):]
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		s, res, err := durable.Open("store", durable.Options{FS: fs, SegmentSize: 512})
		if err != nil {
			return
		}
		for i := range res.Clients {
			s.SetClient(res.Clients[i].Handle, res.Clients[i].ClientInfo)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, again := mustOpen(t, durable.Options{FS: fs})
		defer s.Close()
		if got, want := restored(again), restored(res); got != want {
			t.Errorf("opened again: %s", difference(got, want))
		}
	})
}
