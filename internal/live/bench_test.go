package live

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

// BenchmarkTick is one tenth of a second of a class: 100 sessions with a new
// reading each, 200 browsers. 1 ms an operation is 0.01 cores.
func BenchmarkTick(b *testing.B) {
	for _, watchers := range []int{0, 1, 200} {
		b.Run(fmt.Sprintf("watchers=%d", watchers), func(b *testing.B) { benchmarkTick(b, watchers) })
	}
}

func benchmarkTick(b *testing.B, watchers int) {
	hub := New()
	store := memory.New(memory.Options{})
	hub.reader, hub.src = store, &page{reader: store}
	c := &class{b, hub, store, &page{reader: store}, nil}
	ids := make([]series.ID, 100)
	for i := range ids {
		ids[i] = c.define(fmt.Sprintf("session%d", i), "mcu/ina219", voltage, voltage, voltage)
	}
	// No Run: this loop is the clock.
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(b.Context())
	all := make([]*watcher, watchers)
	for i := range all {
		w, _, err := c.hub.join(fmt.Sprintf("session%d", i%len(ids)))
		if err != nil {
			b.Fatal(err)
		}
		all[i] = w
		wg.Go(func() { _ = w.follow(ctx, func([]byte) error { return nil }) })
	}
	rows := []series.Row{{Time: time.Now().UnixNano(), Values: []float64{5.012, 81.3, 407.5}}}
	infos, err := c.store.List(ctx, "")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		commit := make([]series.Committed, len(ids))
		for i := range infos {
			rows[0].Seq++
			commit[i] = series.Committed{Info: &infos[i], Rows: rows}
		}
		c.hub.Committed(commit)
		c.hub.flushRooms(ctx)
	}
	stop()
	wg.Wait()
}
