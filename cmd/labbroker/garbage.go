package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What the collector may leave: a heap of a few megabytes, and the stacks of
// thousands of connections, are not worth looking through at every doubling.
const (
	leastGarbage = 100 // per cent of what lives, Go's own default
	mostGarbage  = 400
	garbageBytes = 128 << 20
)

// collect sets how much garbage there may be, by what lives, until ctx ends.
// Whoever sets GOGC decides himself.
func collect(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		metrics.Read(sample)
		debug.SetGCPercent(garbage(sample[0].Value.Uint64()))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// garbage is the per cent for so many bytes that live.
func garbage(live uint64) int {
	return int(min(mostGarbage, max(leastGarbage, garbageBytes*100/max(live, 1))))
}
