package broker_test

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"labbroker/internal/mqtttest"
)

// bystander is a well-behaved board of a session that has nothing to do with
// what a test does to the broker. It publishes at QoS 1, one after the other,
// and notes how long each takes.
type bystander struct {
	client *mqtttest.Client
	stop   chan struct{}
	work   sync.WaitGroup
	took   []time.Duration // the work's own, until watched has waited for it
}

// watch begins a bystander of session bob.
func (w *world) watch() *bystander {
	b := &bystander{client: w.as("bob", "bystander"), stop: make(chan struct{})}
	b.work.Go(func() {
		for {
			select {
			case <-b.stop:
				return
			default:
			}
			start := time.Now()
			b.client.Publish("bob/x", "tick", 1, false)
			b.took = append(b.took, time.Since(start))
		}
	})
	return b
}

// watched ends it and says what it has seen.
func (b *bystander) watched() string {
	close(b.stop)
	b.work.Wait()
	b.client.Disconnect()
	if len(b.took) == 0 {
		return "another session published nothing"
	}
	slices.Sort(b.took)
	at := func(p float64) time.Duration {
		return b.took[int(p*float64(len(b.took)-1))].Round(time.Microsecond)
	}
	return fmt.Sprintf("another session's %d publishes took p50 %v, p99 %v, at most %v", len(b.took), at(0.5), at(0.99), at(1))
}
