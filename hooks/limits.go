package hooks

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

const (
	// A class of hundreds comes back at once behind one address.
	minConnectBurst = 1000
	connectSeconds  = 20
	// maxAddresses bounds those that are remembered; past it all begin anew.
	maxAddresses = 50_000
)

// admitAddress looks at how often an address connects.
func (g *Gate) admitAddress(addr string) *rules.Refusal {
	o := &g.opt
	if o.ConnectRate <= 0 || g.addresses.allow(host(addr), o.Now(), o.ConnectRate, float64(o.ConnectBurst)) {
		return nil
	}
	return &rules.Refusal{Code: rules.Unavailable, Draft: notice.ConnectRate(o.ConnectRate)}
}

// checkCrowd looks at how many connections the session has already.
func (m *member) checkCrowd() *rules.Refusal {
	who, limit := m.who(), m.gate.opt.SessionClients
	if limit <= 0 || who.Instructor || who.Session == "" || m.room.Load().size() < limit || m.gate.ids.taken(m) {
		return nil
	}
	d := notice.SessionClients(who.Session, limit)
	m.gate.notices.Notice(who.Session, d)
	return &rules.Refusal{Code: rules.Unavailable, Draft: d}
}

// addresses counts connections by address. Its zero value is ready.
type addresses struct {
	mu   sync.Mutex // guards all below
	m    map[string]bucket
	full int // so many make a sweep worth it
}

func (a *addresses) allow(host string, now time.Time, rate, burst float64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, known := a.m[host]
	if !known && len(a.m) >= a.full {
		a.sweep(now, rate, burst)
	}
	ok := b.allow(now, rate, burst)
	a.m[host] = b
	return ok
}

// sweep forgets the addresses that may connect as if they never had.
func (a *addresses) sweep(now time.Time, rate, burst float64) {
	for host, b := range a.m {
		if b.fill(now, rate, burst); b.tokens >= burst {
			delete(a.m, host)
		}
	}
	if a.m == nil || len(a.m) >= maxAddresses {
		a.m = map[string]bucket{}
	}
	a.full = 2*len(a.m) + 1000
}

// Stats are counters since start.
type Stats struct {
	RefusedPublishes int64                 // acknowledged, went nowhere
	RefusedConnects  map[notice.Code]int64 // by reason
	Slowed           int64                 // times that a sender was made to wait
}

// counts is Stats at work. Its zero value is ready.
type counts struct {
	publishes, slowed atomic.Int64

	mu       sync.Mutex // guards connects
	connects map[notice.Code]int64
}

func (c *counts) refusedConnect(why notice.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connects == nil {
		c.connects = map[notice.Code]int64{}
	}
	c.connects[why]++
}

// Stats returns the counters; the caller owns the map.
func (g *Gate) Stats() Stats {
	c := &g.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	connects := maps.Clone(c.connects)
	if connects == nil {
		connects = map[notice.Code]int64{}
	}
	return Stats{RefusedPublishes: c.publishes.Load(), RefusedConnects: connects, Slowed: c.slowed.Load()}
}
