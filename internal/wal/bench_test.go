package wal_test

import (
	"fmt"
	"testing"

	"labbroker/internal/wal"
)

func bench(b *testing.B, o wal.Options) *wal.Log {
	l, err := wal.Open(b.TempDir(), o, func(wal.Span, []byte) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	b.ReportAllocs()
	return l
}

func BenchmarkAppend(b *testing.B) {
	l, rec := bench(b, wal.Options{}), make([]byte, 130)
	b.SetBytes(130)
	for b.Loop() {
		l.Append(func(b []byte) []byte { return append(b, rec...) })
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, power := range []bool{false, true} {
		b.Run(fmt.Sprintf("power=%v", power), func(b *testing.B) {
			l, rec := bench(b, wal.Options{Power: power}), make([]byte, 130)
			for b.Loop() {
				s := l.Append(func(b []byte) []byte { return append(b, rec...) })
				if err := l.Commit(s.End()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCommitParallel(b *testing.B) {
	for _, power := range []bool{false, true} {
		b.Run(fmt.Sprintf("power=%v", power), func(b *testing.B) {
			l, rec := bench(b, wal.Options{Power: power}), make([]byte, 130)
			b.SetParallelism(50)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					s := l.Append(func(b []byte) []byte { return append(b, rec...) })
					if err := l.Commit(s.End()); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
