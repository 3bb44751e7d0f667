package account

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestStandardCost(t *testing.T) {
	t.Parallel()
	phc := standard.hash("s3cret")
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %s, want 19 MiB, t=2, p=1", phc)
	}
	if !matches(phc, "s3cret") {
		t.Error("the hash does not match its password")
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	phc := cheap.hash("x")
	tests := []struct {
		name, phc string
		want      bool
	}{
		{"good", phc, true},
		{"empty", "", false},
		{"other algorithm", strings.Replace(phc, "argon2id", "argon2i", 1), false},
		{"other version", strings.Replace(phc, "v=19", "v=16", 1), false},
		{"no threads", strings.Replace(phc, "p=1", "p=0", 1), false},
		{"no passes", strings.Replace(phc, "t=1", "t=0", 1), false},
		{"too much memory", strings.Replace(phc, "m=64", "m=4294967295", 1), false},
		{"no numbers", strings.Replace(phc, "m=64", "m=x", 1), false},
		{"no base64", phc + "!", false},
		{"short sum", phc[:strings.LastIndex(phc, "$")] + "$AAAA", false},
	}
	for _, tt := range tests {
		if got := matches(tt.phc, "x"); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// A wrong password that comes again and again, and many at once, cost little
// and leave the right one its turn.
func TestChecker(t *testing.T) {
	t.Parallel()
	c := newChecker(cheap)
	phc := c.hash("right")
	if err := c.verify(phc, "wrong"); !errors.Is(err, ErrPassword) {
		t.Errorf("got %v, want %v", err, ErrPassword)
	}
	for range cap(c.slot) { // nothing can be computed now
		c.slot <- struct{}{}
	}
	if err := c.verify(phc, "wrong"); !errors.Is(err, ErrPassword) {
		t.Errorf("again: got %v, want %v", err, ErrPassword)
	}
	var wg sync.WaitGroup
	for i := range 3 * maxWaiting {
		wg.Go(func() {
			if err := c.verify(phc, fmt.Sprint("guess", i%maxWaiting)); !errors.Is(err, ErrPassword) {
				t.Errorf("a guess: got %v, want %v", err, ErrPassword)
			}
		})
	}
	eventually(t, "the guesses wait", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.queues[phc] != nil && c.queues[phc].n == maxWaiting
	})
	if err := c.verify(phc, "right"); !errors.Is(err, ErrBusy) {
		t.Errorf("too many: got %v, want %v", err, ErrBusy)
	}
	for range cap(c.slot) {
		<-c.slot
	}
	wg.Wait()
	if err := c.verify(phc, "right"); err != nil {
		t.Errorf("after the guesses: got %v, want no error", err)
	}
	if len(c.queues) != 0 {
		t.Errorf("got %d queues left, want none", len(c.queues))
	}
}

func TestRecentIsBounded(t *testing.T) {
	t.Parallel()
	var r recent
	id := func(i int) [32]byte { return [32]byte{byte(i), byte(i >> 8), byte(i >> 16)} }
	r.add(id(0))
	for i := 1; i < 3*maxKnown; i++ {
		r.add(id(i))
		if !r.has(id(0)) {
			t.Fatalf("after %d: what is asked for was forgotten", i)
		}
	}
	if n := len(r.young) + len(r.old); n > maxKnown {
		t.Errorf("got %d, want at most %d", n, maxKnown)
	}
	if r.has(id(1)) {
		t.Error("what was not asked for is still known")
	}
}

func BenchmarkLoginKnown(b *testing.B) {
	book, err := Open(filepath.Join(b.TempDir(), "a"), Options{cost: cheap})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close()
	if _, err := book.Login("alice", "s3cret"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Login("alice", "s3cret"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClaim(b *testing.B) {
	book, err := Open(filepath.Join(b.TempDir(), "a"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close()
	i := 0
	for b.Loop() {
		i++
		if _, err := book.Login(fmt.Sprint("s", i), "s3cret"); err != nil {
			b.Fatal(err)
		}
	}
}
