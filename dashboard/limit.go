package dashboard

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"time"

	"labbroker/internal/session"
)

// How many wrong passwords are borne: some for one name from one address (a
// script may ask every route with an old password), more for one address, since
// a whole class may sit behind one.
const (
	nameBurst  = 30
	nameEvery  = 2 * time.Second
	addrBurst  = 300
	addrEvery  = 200 * time.Millisecond
	maxBuckets = 10_000
)

// limiter slows down guessing. Only wrong passwords count. Sign-ins of one
// name from one address take turns, so that guessing in parallel gains
// nothing, and a program that asks in parallel with the right password is
// checked slowly once.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket // guarded by mu, what is in them too
}

type bucket struct {
	turn    sync.Mutex // held during one sign-in; taken without limiter.mu
	waiting int        // sign-ins that have or want the turn
	used    float64    // wrong passwords not yet forgiven
	at      time.Time
	every   time.Duration // one is forgiven
	burst   float64
}

func (b *bucket) settle(now time.Time) {
	b.used = max(0, b.used-float64(now.Sub(b.at))/float64(b.every))
	b.at = now
}

// wait is how long until another wrong password is borne.
func (b *bucket) wait(now time.Time) time.Duration {
	b.settle(now)
	if b.used+1 <= b.burst {
		return 0
	}
	return time.Duration(math.Ceil((b.used+1-b.burst)*b.every.Seconds())) * time.Second
}

// begin waits for the turn and allows a sign-in, which must end with done, or
// says how long to wait.
func (l *limiter) begin(addr, user string) (done func(right bool), wait time.Duration) {
	l.mu.Lock()
	name := l.bucket(nameKey(addr, user), nameBurst, nameEvery)
	host := l.bucket(addr, addrBurst, addrEvery)
	name.waiting++
	l.mu.Unlock()
	name.turn.Lock()
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if wait = max(name.wait(now), host.wait(now)); wait > 0 {
		l.leave(name, addr, user)
		return nil, wait
	}
	return func(right bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !right {
			name.used++
			host.used++
		}
		l.leave(name, addr, user)
	}, 0
}

// leave gives the turn away and forgets what counts nothing. l.mu is held.
func (l *limiter) leave(name *bucket, addr, user string) {
	name.turn.Unlock()
	if name.waiting--; name.waiting == 0 && name.used == 0 {
		delete(l.buckets, nameKey(addr, user))
	}
	if host := l.buckets[addr]; host != nil && host.used == 0 {
		delete(l.buckets, addr)
	}
}

// bucket finds or makes one. l.mu is held.
func (l *limiter) bucket(key string, burst float64, every time.Duration) *bucket {
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.sweep()
		}
		b = &bucket{at: l.now(), every: every, burst: burst}
		l.buckets[key] = b
	}
	return b
}

// sweep makes room: what has settled goes, and if that is not half, any other.
func (l *limiter) sweep() {
	now := l.now()
	for key, b := range l.buckets {
		if b.settle(now); b.used < 1 && b.waiting == 0 {
			delete(l.buckets, key)
		}
	}
	for key, b := range l.buckets {
		if len(l.buckets) <= maxBuckets/2 {
			return
		}
		if b.waiting == 0 {
			delete(l.buckets, key)
		}
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
