package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"runtime"
	"sync"
)

const (
	// maxWaiting is how many different passwords may wait to be tried for one
	// name.
	maxWaiting = 16
	// maxKnown is how many verified passwords are remembered, and apart from
	// them how many wrong ones.
	maxKnown = 8192
)

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

	mu     sync.Mutex // guards below
	good   recent
	bad    recent
	queues map[string]*queue // by hash
}

// queue is the passwords that wait to be tried for one name. One is tried at
// a time, so that a name under attack takes one processor at most.
type queue struct {
	n    int // waiting or trying; guarded by the checker's lock
	turn sync.Mutex
}

func newChecker(c cost) *checker {
	return &checker{
		cost: c, key: randomBytes(32), slot: make(chan struct{}, runtime.GOMAXPROCS(0)),
		queues: make(map[string]*queue),
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
		good, bad := c.good.has(id), c.bad.has(id)
		c.mu.Unlock()
		switch {
		case good:
			return nil
		case bad:
			return ErrPassword
		}
		done, leads := c.tries.begin(string(id[:]))
		if !leads {
			<-done
			continue
		}
		tried := c.try(id, phc, password)
		c.tries.end(string(id[:]))
		if !tried {
			return ErrBusy
		}
	}
}

// try computes and remembers, in the name's turn. It returns false if too
// many are waiting.
func (c *checker) try(id [32]byte, phc, password string) bool {
	c.mu.Lock()
	q := c.queues[phc]
	if q == nil {
		q = new(queue)
		c.queues[phc] = q
	}
	if q.n >= maxWaiting {
		c.mu.Unlock()
		return false
	}
	q.n++
	c.mu.Unlock()

	q.turn.Lock()
	c.slot <- struct{}{}
	ok := matches(phc, password)
	<-c.slot
	q.turn.Unlock()

	c.mu.Lock()
	defer c.mu.Unlock()
	if q.n--; q.n == 0 {
		delete(c.queues, phc)
	}
	if ok {
		c.good.add(id)
	} else {
		c.bad.add(id)
	}
	return true
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
