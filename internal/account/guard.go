package account

import (
	"crypto/sha256"
	"errors"
	"hash/maphash"
	"math"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"labbroker/internal/session"
)

// How many wrong passwords are borne: for one name from one address, and for
// all names of an address, which a whole class may have in common. The latter
// holds only for names that were guessed at: who types a password a few times
// gets in whatever the neighbour does.
const (
	nameBurst  = 30
	nameEvery  = 2 * time.Second // one is forgiven
	nameFree   = 5
	addrBurst  = 300
	addrEvery  = 200 * time.Millisecond
	maxBuckets = 10_000
	// maxTried is how many wrong passwords of a name are told apart: the same
	// one again, as from a board in its loop, is no guess.
	maxTried = 8
)

// Guard slows down guessing. Only wrong passwords count, each once. Tries of one
// name from one address take turns, so that guessing in parallel gains nothing,
// and a program that asks in parallel with the right password is checked slowly
// once. Use NewGuard; it is safe for concurrent use.
type Guard struct {
	now  func() time.Time
	seed maphash.Seed

	mu      sync.Mutex
	buckets map[string]*bucket // guarded by mu, what is in them too
	devices recent             // guarded by mu: who got in before, with which name
}

type bucket struct {
	turn    sync.Mutex // held during one try; taken without Guard.mu
	waiting int        // tries that have or want the turn
	used    float64    // wrong passwords not yet forgiven
	at      time.Time
	every   time.Duration // one is forgiven
	burst   float64
	tried   []uint64 // the last wrong passwords, hashed
}

// NewGuard makes a guard; now nil is time.Now.
func NewGuard(now func() time.Time) *Guard {
	if now == nil {
		now = time.Now
	}
	return &Guard{now: now, seed: maphash.MakeSeed(), buckets: map[string]*bucket{}}
}

// Try is somebody who says who they are.
type Try struct {
	Remote         string // address, with or without a port
	User, Password string
	// Device tells the clients of one address apart where it can, "" = cannot.
	// One that got in before does not pay for what others guess at its name.
	Device string
}

// Begin waits for the turn and allows a try, which must end with done and the
// error that Login or Check had, or says how long to wait.
func (g *Guard) Begin(t Try) (done func(error), wait time.Duration) {
	addr := address(t.Remote)
	g.mu.Lock()
	key, known := nameKey(addr, t.User), false
	id := device(t)
	if t.Device != "" && g.devices.has(id) {
		key, known = key+" "+string(id[:]), true
	}
	name := g.bucket(key, nameBurst, nameEvery)
	host := g.bucket(addr, addrBurst, addrEvery)
	name.waiting++
	g.mu.Unlock()
	name.turn.Lock()
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	password := maphash.String(g.seed, t.Password)
	again := slices.Contains(name.tried, password)
	wait = name.wait(now)
	if !known && name.used > nameFree-1 {
		wait = max(wait, host.wait(now))
	}
	if wait > 0 && !again {
		g.leave(name, key, addr)
		return nil, wait
	}
	return func(err error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		switch {
		case err == nil && t.Device != "":
			g.devices.add(id)
		case err == nil || again || errors.Is(err, ErrUnavailable):
		case errors.Is(err, ErrPassword):
			name.used++
			name.tried = append(name.tried[max(0, len(name.tried)-maxTried+1):], password)
			host.used++
		default: // there is nothing to guess at
			host.used++
		}
		g.leave(name, key, addr)
	}, 0
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

// leave gives the turn away and forgets what counts nothing. g.mu is held.
func (g *Guard) leave(name *bucket, key, addr string) {
	name.turn.Unlock()
	if name.waiting--; name.waiting == 0 && name.used == 0 {
		delete(g.buckets, key)
	}
	if host := g.buckets[addr]; host != nil && host.used == 0 {
		delete(g.buckets, addr)
	}
}

// bucket finds or makes one. g.mu is held.
func (g *Guard) bucket(key string, burst float64, every time.Duration) *bucket {
	b := g.buckets[key]
	if b == nil {
		if len(g.buckets) >= maxBuckets {
			g.sweep()
		}
		b = &bucket{at: g.now(), every: every, burst: burst}
		g.buckets[key] = b
	}
	return b
}

// sweep makes room: what has settled goes, and if that is not half, any other.
func (g *Guard) sweep() {
	now := g.now()
	for key, b := range g.buckets {
		if b.settle(now); b.used < 1 && b.waiting == 0 {
			delete(g.buckets, key)
		}
	}
	for key, b := range g.buckets {
		if len(g.buckets) <= maxBuckets/2 {
			return
		}
		if b.waiting == 0 {
			delete(g.buckets, key)
		}
	}
}

func nameKey(addr, user string) string {
	if len(user) > 2*session.MaxLen {
		user = user[:2*session.MaxLen]
	}
	return addr + " " + session.Key(user)
}

func device(t Try) [32]byte { return sha256.Sum256([]byte(nameKey("", t.User) + "\x00" + t.Device)) }

// address is whom a try counts for: the host, for IPv6 its /64.
func address(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
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
