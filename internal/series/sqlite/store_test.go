package sqlite

import (
	"testing"

	"labbroker/internal/series"
	"labbroker/internal/series/seriestest"
)

func open(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]int{"rows stay in a tail": 1 << 20, "rows are folded at once": 1, "rows are folded now and then": 777} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seriestest.Run(t, func(t *testing.T, committed func([]series.Committed)) seriestest.Store {
				return open(t, t.TempDir(), Options{Committed: committed, tailRows: rows})
			})
		})
	}
}
