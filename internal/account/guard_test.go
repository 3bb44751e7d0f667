package account

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// try is a try from addr and its end; it returns the wait.
func (g *Guard) try(addr, user, password string, err error) time.Duration {
	done, wait := g.Begin(Try{Remote: addr, User: user, Password: password})
	if done != nil {
		done(err)
	}
	return wait
}

// TestGuardInAClass: forty students behind one address, one of whom guesses. The
// guesses are slowed, and everybody else gets in.
func TestGuardInAClass(t *testing.T) {
	t.Parallel()
	const students = 40
	student := func(i int) string { return fmt.Sprint("s", i) }
	for _, tt := range []struct {
		name  string
		guess func(i int) (user, password string)
		free  int // students who are not guessed at more than a few times
	}{
		{"at one name", func(i int) (string, string) { return student(0), fmt.Sprint(i) }, students - 1},
		{"at all names, a few times", func(i int) (string, string) { return student(i % students), fmt.Sprint(i / students % 4) }, students},
		{"at half of them", func(i int) (string, string) { return student(i % 20), fmt.Sprint(i) }, students - 20},
		{"at names that nobody has", func(i int) (string, string) { return fmt.Sprint("nobody", i%977), "x" }, students},
	} {
		now := time.Unix(1e9, 0)
		g := NewGuard(func() time.Time { return now })
		let := map[string]int{}
		for i := range 20_000 {
			user, password := tt.guess(i)
			err := ErrPassword
			if user[0] == 'n' {
				err = ErrUnknown
			}
			if g.try("192.168.1.1:5", user, password, err) == 0 {
				let[user+" "+password]++
			}
		}
		if got, most := len(let), students*nameBurst; got > most && tt.free != students {
			t.Errorf("%s: got %d guesses let through, want at most %d", tt.name, got, most)
		}
		for i := students - tt.free; i < students; i++ {
			for range 3 {
				if wait := g.try("192.168.1.1:6", student(i), "right", nil); wait > 0 {
					t.Fatalf("%s: student %d waits %v, want not at all", tt.name, i, wait)
				}
			}
		}
		// From elsewhere nobody is slowed, whoever is guessed at.
		if wait := g.try("192.168.1.2:6", student(0), "right", nil); wait > 0 {
			t.Errorf("%s: from another address: got %v, want no wait", tt.name, wait)
		}
	}
}

// TestGuardSlows guesses at one name to one in two seconds.
func TestGuardSlows(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	g := NewGuard(func() time.Time { return now })
	let := 0
	const minutes = 10
	for i := range minutes * 60 * 20 {
		if g.try("10.0.0.1:1", "ada", fmt.Sprint(i), ErrPassword) == 0 {
			let++
		}
		now = now.Add(50 * time.Millisecond)
	}
	if most := nameBurst + int(minutes*time.Minute/nameEvery) + 1; let > most || let < nameBurst {
		t.Errorf("got %d guesses in %d minutes, want %d", let, minutes, most)
	}
	if wait := g.try("10.0.0.1:1", "ada", "right", nil); wait <= 0 || wait > nameEvery {
		t.Errorf("the right password, too: got %v to wait, want up to %v", wait, nameEvery)
	}
	// Many names of one address share what the address has.
	g = NewGuard(func() time.Time { return now })
	let = 0
	for i := range 40 * nameBurst {
		if g.try("10.0.0.1:1", fmt.Sprint("s", i%40), fmt.Sprint(i), ErrPassword) == 0 {
			let++
		}
	}
	if most := addrBurst + 40; let > most {
		t.Errorf("got %d guesses at forty names at once, want at most %d", let, most)
	}
}

// TestGuardKnows the same password again, and a board that was in before.
func TestGuardKnows(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	g := NewGuard(func() time.Time { return now })
	for range 10 * nameBurst { // a board with a wrong password in its loop
		if wait := g.try("10.0.0.1:1", "ada", "typo", ErrPassword); wait > 0 {
			t.Fatalf("the same wrong password: got %v to wait, want none", wait)
		}
	}
	board := Try{Remote: "10.0.0.1:2", User: "ADA", Password: "right", Device: "esp32-1"}
	done, wait := g.Begin(board)
	if done == nil {
		t.Fatalf("the right one beside it: got %v to wait, want none", wait)
	}
	done(nil)
	for i := range 10 * nameBurst {
		g.try("10.0.0.1:1", "ada", fmt.Sprint(i), ErrPassword)
	}
	if wait := g.try("10.0.0.1:1", "ada", "right", nil); wait == 0 {
		t.Error("somebody under a name that is guessed at: got no wait, want one")
	}
	board.Remote = "10.0.0.1:3"
	if done, wait = g.Begin(board); done == nil {
		t.Fatalf("a board that was in before: got %v to wait, want none", wait)
	}
	done(nil)
	// What could not be checked is no guess.
	for range 10 * nameBurst {
		g.try("10.0.0.2:1", "bob", "x", ErrUnavailable)
	}
	if wait := g.try("10.0.0.2:1", "bob", "right", nil); wait > 0 {
		t.Errorf("after a full disk: got %v to wait, want none", wait)
	}
}

func TestGuardIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	g := NewGuard(func() time.Time { return now })
	for i := range 3 * maxBuckets {
		g.try(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), "x", fmt.Sprint(i), ErrPassword)
	}
	if got := len(g.buckets); got > maxBuckets {
		t.Errorf("got %d buckets, want at most %d", got, maxBuckets)
	}
	for i := range 3 * maxTried {
		g.try("one", "x", fmt.Sprint(i), ErrPassword)
	}
	if got := len(g.buckets["one x"].tried); got != maxTried {
		t.Errorf("got %d passwords told apart, want %d", got, maxTried)
	}
}

func TestRightPasswordsInParallelAreNotSlowed(t *testing.T) {
	t.Parallel()
	g := NewGuard(nil)
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			if wait := g.try("one", "ada", "right", nil); wait > 0 {
				t.Errorf("got %v to wait with the right password, want none", wait)
			}
			g.try("one", "bob", fmt.Sprint(i), errors.Join(ErrPassword))
		})
	}
	group.Wait()
	if len(g.buckets) != 2 {
		t.Errorf("got %d buckets left, want bob's and the address's", len(g.buckets))
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.168.1.23:5": "192.168.1.23", "[::ffff:10.0.0.1]:9": "10.0.0.1", "192.168.1.23": "192.168.1.23",
		"[2001:db8::1:2:3:4]:80": "2001:db8::/64", "[fe80::1%eth0]:80": "fe80::/64", "pipe": "pipe",
	} {
		if got := address(in); got != want {
			t.Errorf("got %q for %s, want %q", got, in, want)
		}
	}
}
