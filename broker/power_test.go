package broker_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/broker"
	"labbroker/internal/mqtttest"
	"labbroker/internal/wal/waltest"
)

// writers is how many clients publish at once in TestPowerCut.
const writers = 3

// ledger is what was acknowledged, and what of it must survive a power cut.
type ledger struct {
	mu    sync.Mutex // guards what follows
	now   promise
	begun promise // when the last sync began
	safe  promise // when the one before it began, which has ended
}

type promise struct {
	subscribed bool
	messages   [writers]int
}

// sync is called at the beginning of each sync.
func (l *ledger) sync(string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.safe, l.begun = l.begun, l.now
}

func (l *ledger) note(f func(p *promise)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.now)
}

// end cuts at this instant, and returns what a new process finds, and what of
// what was promised has to be there.
func (l *ledger) end(cut func() *waltest.FS, all bool) (left *waltest.FS, want promise) {
	l.mu.Lock()
	want = l.safe
	if all {
		want = l.now
	}
	l.mu.Unlock() // the disk may be about to sync, and call
	return cut(), want
}

func (l *ledger) acked() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.now.messages {
		n += m
	}
	return n
}

// TestPowerCut publishes for a client that is away, until the machine stops at
// a random instant. What was acknowledged is there after a kill, and with Power
// after a power cut; without, at least what was acknowledged when the last
// completed sync began. What is there is in order and without a gap.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		power    bool
		all      bool // that was acknowledged must be there
		cut      func(fs *waltest.FS, r *rand.Rand) *waltest.FS
		messages int
	}{
		{"kill", false, true, func(fs *waltest.FS, _ *rand.Rand) *waltest.FS { return fs.Restart() }, 1500},
		{"power cut", false, false, (*waltest.FS).PowerCut, 1500},
		{"power cut, durability power", true, true, (*waltest.FS).PowerCut, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano() % 1e6)
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewPCG(seed, 0))
			acked, lost := 0, 0
			for range 4 {
				a, l := powerCut(t, r, tt.power, tt.all, 1+r.IntN(tt.messages), func(fs *waltest.FS) *waltest.FS { return tt.cut(fs, r) })
				acked, lost = acked+a, lost+l
			}
			t.Logf("%d messages were acknowledged, %d of them are lost", acked, lost)
		})
	}
}

// powerCut cuts after n acknowledgements or a few more.
func powerCut(t *testing.T, r *rand.Rand, power, all bool, n int, cut func(*waltest.FS) *waltest.FS) (acked, lost int) {
	t.Helper()
	fs, book := &waltest.FS{}, &ledger{}
	fs.OnSync(book.sync)
	before := newWorld(t, settings{Options: broker.Options{State: "state", FS: fs, Power: power}})
	absent := login("alice", "absent")
	absent.Keep = true
	c := mqtttest.Connect(t, before.addr, absent)
	c.Subscribe("alice/data/#", 1)
	book.note(func(p *promise) { p.subscribed = true })
	c.Disconnect()

	var work sync.WaitGroup
	for i := range writers {
		c, padding, window := before.as("alice", fmt.Sprint("writer", i)), r.IntN(3000), 1+r.IntN(30)
		work.Go(func() { write(c, book, i, padding, window) })
	}
	before.eventually("enough is acknowledged", func() bool { return book.acked() >= n })
	left, want := book.end(func() *waltest.FS { return cut(fs) }, all)
	at := book.acked()
	_ = before.stop() // its disk is gone
	before.stop = func() error { return nil }
	work.Wait()

	after := newWorld(t, settings{Options: broker.Options{State: "state", FS: left}})
	c, ack := mqtttest.Try(t, after.addr, absent)
	if want.subscribed && !ack.Present {
		t.Fatal("the session is gone")
	}
	if !ack.Present {
		return at, at
	}
	c.Subscribe("alice/end", 1)
	after.as("alice", "other").Publish("alice/end", "", 1, false)
	var got [writers]int
	for _, p := range c.Until("alice/end") {
		var i, n int
		if _, err := fmt.Sscanf(p.Payload, "%d %d", &i, &n); err != nil || n != got[i]+1 {
			t.Fatalf("got message %d of writer %d behind %d, error %v", n, i, got[i], err)
		}
		got[i] = n
	}
	there := 0
	for i, n := range want.messages {
		if got[i] < n {
			t.Errorf("writer %d: got %d messages, want at least %d", i, got[i], n)
		}
		there += got[i]
	}
	if err := after.stop(); err != nil {
		t.Error(err)
	}
	return at, max(0, at-there)
}

// write publishes numbered messages until the connection ends.
func write(c *mqtttest.Client, book *ledger, i, padding, window int) {
	sent, acked, tail := 0, 0, strings.Repeat("x", padding)
	for {
		for sent-acked < window {
			sent++
			p := mqtttest.Publish{
				Topic: "alice/data/x", Payload: fmt.Sprintf("%d %d %s", i, sent, tail), QoS: 1, ID: uint16(sent%65535) + 1,
			}
			if c.Offer(p.Frame()) != nil {
				return
			}
		}
		p, err := c.Next(mqtttest.Patience)
		if err != nil || p.Type != mqtttest.PUBACK || p.ID != uint16((acked+1)%65535)+1 {
			return
		}
		acked++
		book.note(func(p *promise) { p.messages[i] = acked })
	}
}

// TestRetainedOrder: of several who write on one topic at once, the one whose
// message clients were given last is the one that is there after a kill.
func TestRetainedOrder(t *testing.T) {
	t.Parallel()
	fs := &waltest.FS{}
	for round := range 4 {
		w := newWorld(t, settings{Options: broker.Options{State: "state", FS: fs}})
		var work sync.WaitGroup
		for i := range writers {
			c := w.as("alice", fmt.Sprint("writer", i))
			work.Go(func() {
				for n := range uint16(300) {
					p := mqtttest.Publish{Topic: "alice/kept", Payload: fmt.Sprint(i, n), QoS: 1, ID: n + 1, Retain: true}
					if err := c.Offer(p.Frame()); err != nil {
						t.Error(err)
					}
				}
				for range 300 {
					if p, err := c.Next(mqtttest.Patience); err != nil || p.Type != mqtttest.PUBACK {
						t.Errorf("got %v, error %v, want PUBACK", p, err)
						return
					}
				}
			})
		}
		work.Wait()
		kept := func(w *world) string {
			c := w.as("alice", "reader")
			c.Subscribe("alice/kept", 0)
			return c.Message().Payload
		}
		want := kept(w)
		fs = fs.Restart()
		_ = w.stop()
		w.stop = func() error { return nil }
		w = newWorld(t, settings{Options: broker.Options{State: "state", FS: fs}})
		if got := kept(w); got != want {
			t.Errorf("round %d: got %q after the kill, want %q", round, got, want)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	}
}
