package memory_test

import (
	"testing"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
	"labbroker/internal/series/seriestest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	seriestest.Run(t, func(t *testing.T, committed func([]series.Committed)) seriestest.Store {
		return memory.New(memory.Options{Committed: committed})
	})
}
