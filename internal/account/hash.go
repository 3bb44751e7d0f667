package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// cost is argon2id's.
type cost struct {
	memory uint32 // KiB
	time   uint32
}

// standard takes about 31 ms on a small machine.
var standard = cost{memory: 19 * 1024, time: 2}

const (
	saltLen = 16
	hashLen = 32
	// maxWaiting is how many different passwords may wait to be tried for one
	// name.
	maxWaiting = 16
	// maxKnown is how many verified passwords are remembered, and apart from
	// them how many wrong ones.
	maxKnown = 8192
)

var b64 = base64.RawStdEncoding

// hash is argon2id's PHC string for a new random salt.
func (c cost) hash(password string) string {
	salt := randomBytes(saltLen)
	sum := argon2.IDKey([]byte(password), salt, c.time, c.memory, 1, hashLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.memory, c.time,
		b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// matches computes whether password is the one of a PHC string. A string that
// cannot be read matches nothing.
func matches(phc, password string) bool {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false
	}
	var c cost
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &threads); err != nil {
		return false
	}
	salt, err1 := b64.DecodeString(parts[4])
	want, err2 := b64.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) < 16 || c.time < 1 || c.time > 64 || c.memory > 1<<20 || threads < 1 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, c.time, c.memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// checker tries passwords: few at a time, the same one only once.
//
// A verified password is remembered as an HMAC over the hash it belongs to,
// with a key that dies with the process, and so is a wrong one, in a set of
// its own: a board that tries the same wrong one in a loop costs
// microseconds. A reset needs no forgetting: the next hash has another salt.
type checker struct {
	cost cost
	key  []byte
	slot chan struct{} // capacity GOMAXPROCS: who holds one computes

	tries flights // by HMAC

	mu      sync.Mutex // guards below
	good    recent
	bad     recent
	waiting map[string]int // by hash
}

func newChecker(c cost) *checker {
	return &checker{
		cost: c, key: randomBytes(32), slot: make(chan struct{}, runtime.GOMAXPROCS(0)),
		waiting: make(map[string]int),
	}
}

// hash makes a PHC string, waiting for its turn.
func (c *checker) hash(password string) string {
	c.slot <- struct{}{}
	defer func() { <-c.slot }()
	return c.cost.hash(password)
}

// learn remembers a password that was just hashed.
func (c *checker) learn(phc, password string) {
	id := c.id(phc, password)
	c.mu.Lock()
	c.good.add(id)
	c.mu.Unlock()
}

// verify returns nil, ErrPassword or ErrBusy.
func (c *checker) verify(phc, password string) error {
	id := c.id(phc, password)
	for {
		c.mu.Lock()
		good, bad, waiting := c.good.has(id), c.bad.has(id), c.waiting[phc]
		c.mu.Unlock()
		switch {
		case good:
			return nil
		case bad:
			return ErrPassword
		case waiting >= maxWaiting:
			return ErrBusy
		}
		done, leads := c.tries.begin(string(id[:]))
		if !leads {
			<-done
			continue
		}
		c.try(id, phc, password)
		c.tries.end(string(id[:]))
	}
}

func (c *checker) try(id [32]byte, phc, password string) {
	c.mu.Lock()
	c.waiting[phc]++
	c.mu.Unlock()
	c.slot <- struct{}{}
	ok := matches(phc, password)
	<-c.slot
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[phc]--; c.waiting[phc] == 0 {
		delete(c.waiting, phc)
	}
	if ok {
		c.good.add(id)
	} else {
		c.bad.add(id)
	}
}

func (c *checker) id(phc, password string) (id [32]byte) {
	mac := hmac.New(sha256.New, c.key)
	_, _ = mac.Write([]byte(phc))
	_, _ = mac.Write([]byte{0})
	_, _ = mac.Write([]byte(password))
	mac.Sum(id[:0])
	return id
}

// same compares two passwords in constant time, their lengths too.
func (c *checker) same(a, b string) bool {
	x, y := c.id("", a), c.id("", b)
	return hmac.Equal(x[:], y[:])
}

// recent is a bounded set that forgets what was not asked for lately. The
// zero value is empty. The caller locks.
type recent struct{ young, old map[[32]byte]struct{} }

func (r *recent) add(id [32]byte) {
	if r.young == nil || len(r.young) >= maxKnown/2 {
		r.old, r.young = r.young, make(map[[32]byte]struct{})
	}
	r.young[id] = struct{}{}
}

func (r *recent) has(id [32]byte) bool {
	if _, ok := r.young[id]; ok {
		return true
	}
	_, ok := r.old[id]
	if ok {
		r.add(id)
	}
	return ok
}

func randomBytes(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.Read(p) // never fails: it ends the program instead
	return p
}
