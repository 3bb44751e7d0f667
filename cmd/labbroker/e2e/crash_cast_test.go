package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// cast starts all actors; it returns when the subscriptions are granted.
func (x *crash) cast(ctx context.Context) *sync.WaitGroup {
	x.t.Helper()
	random := func() *rand.Rand { return rand.New(rand.NewPCG(x.r.Uint64(), 0)) }
	x.writes = []*source{
		{session: "ada", id: "umqtt", topic: "ada/umqtt", qos: 1, window: 1, split: true, reading: true},
		{session: "ada", id: "exact", topic: "ada/exact", qos: 2, window: 1, reading: true},
		{session: "ada", id: "many1", topic: "ada/words/many1", qos: 1, window: 64},
		{session: "ada", id: "many2", topic: "ada/words/many2", qos: 2, window: 64},
		{session: "ben", id: "piped1", topic: "ben/piped1", qos: 1, window: 16, reading: true},
		{session: "ben", id: "piped2", topic: "ben/piped2", qos: 2, window: 16, reading: true},
		{session: "ben", id: "forgets", topic: "ben/words/forgets", qos: 1, window: 8, forgets: true},
	}
	x.subs = []*subscriber{
		{session: "ada", id: "steady1", filters: []string{"ada/#"}, qos: 1},
		{session: "ada", id: "restless2", filters: []string{"ada/#"}, qos: 2, restless: 400},
		{session: "ada", id: "restless1", filters: []string{"ada/+"}, qos: 1, restless: 300},
		{session: "ada", id: "nervous2", filters: []string{"ada/exact", "ada/words/many2"}, qos: 2, restless: 20},
		{session: "ben", id: "restless1", filters: []string{"ben/+", "ben/words/#"}, qos: 1, restless: 500},
		{session: "ben", id: "steady2", filters: []string{"ben/#"}, qos: 2},
		{session: "instructor", id: "restless2", filters: []string{"ada/#", "ben/#"}, qos: 2, restless: 1000},
	}
	duel := &slate{topic: retainer + "/duel", told: []string{""}}
	for i := range 2 {
		k := &keeper{id: fmt.Sprint("keeper", i), r: random(), slates: []*slate{duel}}
		for n := range 3 {
			k.slates = append(k.slates, &slate{topic: fmt.Sprintf("%s/%s/%d", retainer, k.id, n), told: []string{""}})
		}
		x.kings = append(x.kings, k)
	}
	x.picky = &picky{r: random(), qos: map[int]byte{}}

	work := &sync.WaitGroup{}
	for _, s := range x.subs {
		s.r, s.granted, s.received = random(), make(chan struct{}), map[uint16]string{}
		s.got, s.once = map[*source]int{}, map[string]*source{}
		for _, src := range x.writes {
			if s.takes(src.topic) {
				s.once[src.topic] = src
			}
		}
		work.Go(func() { x.subscribe(ctx, s) })
	}
	for _, s := range x.subs {
		select {
		case <-s.granted:
		case <-time.After(patient):
			x.judge.fault(nil, "%s/%s has no SUBACK after %v", s.session, s.id, patient)
			return work
		}
	}
	for _, src := range x.writes {
		src.maybe = map[int]bool{}
		work.Go(func() { x.publish(ctx, src) })
	}
	for _, k := range x.kings {
		work.Go(func() { x.keep(ctx, k) })
	}
	work.Go(func() { x.watch(ctx) })
	work.Go(func() { x.change(ctx, x.picky) })
	return work
}

// takes says whether one of the filters matches; a plus stands last in them.
func (s *subscriber) takes(topic string) bool {
	return slices.ContainsFunc(s.filters, func(filter string) bool {
		if root, all := strings.CutSuffix(filter, "#"); all {
			return strings.HasPrefix(topic, root)
		}
		if root, one := strings.CutSuffix(filter, "+"); one {
			rest, below := strings.CutPrefix(topic, root)
			return below && !strings.Contains(rest, "/")
		}
		return topic == filter
	})
}

// settle lets what is under way come to its end: all is acknowledged, and what
// was acknowledged has reached everybody.
func (x *crash) settle() {
	x.t.Helper()
	x.calm.Store(true)
	limit := time.After(patient)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !x.failed() {
		missing := x.missing()
		if missing == "" {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			x.judge.fault(nil, "still missing %v after the load has stopped: %s", patient, missing)
		}
	}
}

func (x *crash) missing() string {
	turn := x.place.now()
	for _, src := range x.writes {
		src.mu.Lock()
		open := src.sent - src.acked - len(src.maybe)
		src.mu.Unlock()
		if open > 0 {
			return fmt.Sprintf("%d acknowledgements of %s/%s", open, src.session, src.id)
		}
	}
	for _, s := range x.subs {
		for _, src := range x.writes {
			if s.once[src.topic] == src && s.last(src) < src.last() {
				return fmt.Sprintf("message %d of %s at %s/%s, which has %d", src.last(), src.id, s.session, s.id, s.last(src))
			}
		}
		if s.answered.Load() != int64(turn) {
			return fmt.Sprintf("a PINGRESP to %s/%s", s.session, s.id)
		}
	}
	for _, k := range x.kings {
		if !k.idle.Load() {
			return "an acknowledgement of " + k.id
		}
	}
	if !x.picky.idle.Load() {
		return "an answer to picky"
	}
	return ""
}
