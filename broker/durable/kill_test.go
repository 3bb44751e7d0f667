package durable_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"labbroker/broker/durable"
)

// childEnv makes the test binary the program that is killed: "seed dir".
const childEnv = "DURABLE_TEST_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		seed, dir, _ := strings.Cut(args, " ")
		n, _ := strconv.ParseUint(seed, 10, 64)
		if err := child(n, dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child opens the store and does what its seed says until it is killed. It
// prints the handles it gets and, after each commit, how many calls are kept.
func child(seed uint64, dir string) error {
	s, res, err := durable.Open(dir, childOptions)
	if err != nil {
		return err
	}
	m := modelOf(res)
	p := &player{Rand: newRand(seed), m: m, unused: map[durable.Handle]uint64{}}
	p.fresh = func(i durable.ClientInfo) durable.Handle {
		h := s.NewClient(i)
		fmt.Printf("h %d\n", h)
		return h
	}
	for n := 1; n < 1_000_000; n++ {
		op := p.op(nil)
		op.model(m)
		if op.store != nil {
			op.store(s)
		}
		if n%10 == 0 {
			if err := s.Commit(); err != nil {
				return err
			}
			fmt.Printf("c %d\n", n)
		}
	}
	return errors.New("nobody killed it")
}

var childOptions = durable.Options{SegmentSize: 8 << 10}

func modelOf(r *durable.Restored) *model {
	m := newModel()
	for _, c := range r.Clients {
		n := &modelClient{info: c.ClientInfo, next: c.Next, subs: map[string]byte{}, queue: map[uint64]durable.Queued{}, received: map[uint16]bool{}}
		for _, s := range c.Subs {
			n.subs[s.Filter] = s.QoS
		}
		for _, q := range c.Queue {
			n.queue[q.Seq] = q
		}
		for _, id := range c.Received {
			n.received[id] = true
		}
		m.clients[c.Handle] = n
	}
	for _, k := range r.Retained {
		m.retained[k.Topic] = k
	}
	return m
}

// A process is killed again and again while it works; what it committed is
// there, and nothing that never was.
func TestKill(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, m, r, total := t.TempDir(), newModel(), rand.New(rand.NewPCG(1, 1)), 0
	for seed := range uint64(12) {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", childEnv, seed, dir))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var handles []durable.Handle
		committed, left := 0, r.IntN(400)
		for lines := bufio.NewScanner(out); lines.Scan(); left-- {
			kind, number, _ := strings.Cut(lines.Text(), " ")
			n, err := strconv.Atoi(number)
			if err != nil {
				break // cut off by the kill
			}
			if kind == "h" {
				handles = append(handles, durable.Handle(n))
			} else {
				committed = n
			}
			if left <= 0 {
				_ = cmd.Process.Kill()
			}
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() == 1 {
			t.Fatalf("round %d: got %v, want it killed", seed, err)
		}
		total += committed
		m = matchChild(t, seed, dir, m, handles, committed)
	}
	t.Logf("%d calls committed in 12 rounds", total)
}

// matchChild makes the same calls to m until it is what the store restores.
func matchChild(t *testing.T, seed uint64, dir string, m *model, handles []durable.Handle, committed int) *model {
	t.Helper()
	s, res, err := durable.Open(dir, childOptions)
	if err != nil {
		t.Fatalf("round %d: got %v, want no error", seed, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := restored(res)
	more := true
	p := &player{Rand: newRand(seed), m: m, unused: map[durable.Handle]uint64{}}
	p.fresh = func(durable.ClientInfo) durable.Handle {
		if more = len(handles) > 0; !more {
			return 1 << 31
		}
		h := handles[0]
		handles = handles[1:]
		return h
	}
	for n := 0; more && n < committed+1000; n++ {
		if n >= committed && m.String() == got {
			return m
		}
		p.op(t).model(m)
	}
	t.Fatalf("round %d: got a state that never was after the %d calls committed; against the last: %s", seed, committed, difference(got, m.String()))
	return nil
}
