package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestCrash kills the server with SIGKILL at random instants, under load and
// while it starts, and starts it again on the same folder. The judge, in this
// process, knows what was acknowledged, and what must be there afterwards:
//
//   - messages at QoS 1 and 2 reach persistent subscribers, in the order of
//     each publisher, without a gap, QoS 2 exactly once;
//   - sessions and granted subscriptions, and no others, are there;
//   - retained messages are the last acknowledged ones or later ones;
//   - readings are in the history.
//
// LABBROKER_CRASH_ROUNDS is the number of kills, LABBROKER_CRASH_SEED what
// random numbers start from (the instants still differ from run to run).
func TestCrash(t *testing.T) {
	t.Parallel()
	rounds, seed := number(t, "LABBROKER_CRASH_ROUNDS", 10), number(t, "LABBROKER_CRASH_SEED", time.Now().UnixNano()%1e6)
	t.Logf("LABBROKER_CRASH_SEED=%d LABBROKER_CRASH_ROUNDS=%d", seed, rounds)
	x := newCrash(t, uint64(seed))
	defer x.end()

	calm := rounds / 20 // so many of the kills come while nothing is under way
	x.restart()
	x.begin()
	for n := int64(1); n <= rounds && !x.failed(); n++ {
		switch {
		case n == rounds || calm > 0 && n%(rounds/calm) == 0:
			x.settle()
			before := x.kept()
			x.kill()
			x.restart()
			x.settle() // what is delivered twice now is found
			if now := x.kept(); !slices.Equal(before, now) {
				x.judge.fault(nil, "retained messages changed over a kill with nothing under way: got %v, want %v", now, before)
			}
			x.checkSubscriptions()
			x.checkHistory()
			x.calm.Store(false)
		case x.r.IntN(8) == 0:
			x.kill()
			x.killEarly()
			x.restart()
		default:
			x.kill()
			x.restart()
		}
		if n < rounds {
			x.wait()
		}
	}
	x.report()
}

func number(t *testing.T, env string, otherwise int64) int64 {
	t.Helper()
	v := os.Getenv(env)
	if v == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a number of at least 1", env, v)
	}
	return n
}

// crash is the whole trial: one data folder, one server at a time, and actors,
// each of them a goroutine that is one MQTT client after the other.
type crash struct {
	t     *testing.T
	judge *judge
	place place
	r     *rand.Rand // the test's goroutine's
	data  string
	dir   string
	now   *Server
	took  []time.Duration // from start to listening
	early int             // kills during start-up

	calm   atomic.Bool // nothing new is sent, nobody goes away
	writes []*source
	subs   []*subscriber
	kings  []*keeper
	picky  *picky
	stop   func() // ends the actors and waits for them
}

func newCrash(t *testing.T, seed uint64) *crash {
	dir := t.TempDir()
	x := &crash{t: t, judge: &judge{}, r: rand.New(rand.NewPCG(seed, 0)), dir: dir, data: dir + "/data"}
	x.place.changed = make(chan struct{})
	x.stop = x.kill
	return x
}

// restart starts the server and waits until it listens.
func (x *crash) restart() {
	x.t.Helper()
	began := time.Now()
	x.now = x.launch()
	x.now.await(x.t)
	x.took = append(x.took, time.Since(began))
	x.place.set(x.now.MQTT)
}

func (x *crash) launch() *Server {
	x.t.Helper()
	args := []string{"--session-rate", "0", "--connect-rate", "0", "--log-level", "info"}
	if x.r.IntN(5) == 0 {
		args = append(args, "--durability", "power")
	}
	return launch(x.t, Options{Dir: x.dir, Data: x.data, Args: args})
}

func (x *crash) kill() {
	x.place.set("")
	if x.now != nil {
		x.now.Kill()
		x.look(x.now)
	}
}

// look reads the log of a server that has ended.
func (x *crash) look(s *Server) {
	if strings.Contains(s.log.String(), "WARNING: DATA RACE") {
		x.judge.fault(nil, "the server has a data race:\n%s", s.log)
	}
}

// killEarly starts a server and kills it before it listens, or just then.
func (x *crash) killEarly() {
	x.t.Helper()
	typical := x.took[len(x.took)/2]
	for range 1 + x.r.IntN(2) {
		s := x.launch()
		after := time.NewTimer(time.Duration(x.r.Int64N(int64(typical * 5 / 4))))
		select {
		case <-after.C:
		case <-s.done:
			after.Stop()
			x.t.Fatalf("the server ended: %v\n%s%s", s.err, s.Out, s.log)
		}
		s.Kill()
		x.look(s)
		x.early++
	}
}

// wait lets the load run for a while, which depends on what is acknowledged,
// so that a slow machine does as much between two kills as a fast one.
func (x *crash) wait() {
	from, want := x.judge.acks.Load(), int64(0)
	switch x.r.IntN(8) {
	case 0: // whoever comes back is killed at once
	default:
		want = 1 << x.r.IntN(14)
		want += x.r.Int64N(want)
	}
	spare := time.NewTimer(time.Duration(x.r.Int64N(int64(2 * time.Millisecond))))
	defer spare.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(60 * time.Second)
	for x.judge.acks.Load()-from < want && !x.failed() {
		select {
		case <-tick.C:
		case <-limit:
			x.judge.fault(nil, "%d messages are acknowledged after 60 s, want %d", x.judge.acks.Load()-from, want)
		}
	}
	<-spare.C
}

func (x *crash) failed() bool { return x.judge.faults() > 0 }

// begin starts the actors, subscribers first.
func (x *crash) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	work := x.cast(ctx)
	x.stop = func() { cancel(); x.kill(); work.Wait() }
}

// end is called whatever happened.
func (x *crash) end() {
	x.stop()
	for _, f := range x.judge.list() {
		x.t.Error(f)
	}
	if x.t.Failed() && x.now != nil {
		x.t.Logf("the last server logged:\n%s", tail(x.now.log.String(), 30))
	}
}
