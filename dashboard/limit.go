package dashboard

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"time"

	"labbroker/internal/session"
)

// How many wrong passwords are borne: few for one name from one address, more
// for one address, since a whole class may sit behind one.
const (
	nameBurst  = 8
	nameEvery  = 5 * time.Second
	addrBurst  = 100
	addrEvery  = 200 * time.Millisecond
	maxBuckets = 10_000
)

// limiter slows down guessing. A sign-in takes a token and gives it back when
// it succeeds.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket // guarded by mu
}

type bucket struct {
	used  float64 // tokens taken
	at    time.Time
	every time.Duration // one token comes back
	burst float64
}

func (b *bucket) settle(now time.Time) {
	b.used = max(0, b.used-float64(now.Sub(b.at))/float64(b.every))
	b.at = now
}

// take allows a sign-in or says how long to wait.
func (l *limiter) take(addr, user string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	name := l.bucket(nameKey(addr, user), nameBurst, nameEvery, now)
	host := l.bucket(addr, addrBurst, addrEvery, now)
	for _, b := range []*bucket{name, host} {
		if b.used+1 > b.burst {
			missing := math.Ceil((b.used + 1 - b.burst) * b.every.Seconds())
			wait = max(wait, time.Duration(missing)*time.Second)
		}
	}
	if wait == 0 {
		name.used++
		host.used++
	}
	return wait
}

// giveBack says that the password was right.
func (l *limiter) giveBack(addr, user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range []string{nameKey(addr, user), addr} {
		if b := l.buckets[key]; b != nil {
			if b.used = max(0, b.used-1); b.used == 0 {
				delete(l.buckets, key)
			}
		}
	}
}

// bucket finds or makes one; l.mu is held.
func (l *limiter) bucket(key string, burst float64, every time.Duration, now time.Time) *bucket {
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.sweep(now)
		}
		b = &bucket{at: now, every: every, burst: burst}
		l.buckets[key] = b
	}
	b.settle(now)
	return b
}

// sweep makes room: what has settled goes, and if that is not half, any other.
func (l *limiter) sweep(now time.Time) {
	for key, b := range l.buckets {
		if b.settle(now); b.used < 1 {
			delete(l.buckets, key)
		}
	}
	for key := range l.buckets {
		if len(l.buckets) <= maxBuckets/2 {
			return
		}
		delete(l.buckets, key)
	}
}

func nameKey(addr, user string) string {
	if len(user) > 2*session.MaxLen {
		user = user[:2*session.MaxLen]
	}
	return addr + " " + session.Key(user)
}

// address is whom a request counts for: the host, for IPv6 its /64.
func address(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 is always a length of an IPv6 prefix
		return p.String()
	}
	return a.String()
}
