package simulate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"labbroker/internal/board"
	"labbroker/sensor/ina219"
	"labbroker/sensor/solar"
)

// atOnce is how many boards are connecting at the same time: checking a
// password costs the broker 30 ms of a core, and a class does not switch on
// in one instant.
const atOnce = 16

// watched is how many boards' pages are open. The boards take turns and pages
// are told in batches: one page would see the same wait each time.
const watched = 4

// class is a run's boards.
type class struct {
	Options
	tally board.Tally
	pages []*page
	seen  board.Latencies // by all pages

	came     []atomic.Bool // by board: it was connected at least once
	attempts atomic.Int64  // boards whose first attempt to connect is over
	all      chan struct{} // closed when attempts has reached all boards

	mu     sync.Mutex // guards all below
	began  time.Time  // of the measurement
	before int64      // acknowledged when it began
}

func newClass(o Options) *class {
	c := &class{Options: o, came: make([]atomic.Bool, o.Boards), all: make(chan struct{})}
	n := min(watched, o.Boards)
	for k := range n {
		i := k * o.Boards / n
		name := o.session(i)
		c.pages = append(c.pages, &page{
			ready: c.came[i].Load,
			url:   o.HTTP + "/api/sessions/" + name + "/stream",
			user:  name, password: o.Password, latency: &c.seen,
		})
	}
	return c
}

// board is what board i is made of.
func (o Options) board(i int) board.Options {
	interval := time.Duration(float64(time.Second) / o.Rate)
	chip := ina219.NewChip(
		solar.NewBench(o.Seed+uint64(i), solar.Options{Sweep: o.Sweep}).At,
		ina219.ChipOptions{},
	)
	return board.Options{
		Broker: o.Broker, Session: o.session(i), Password: o.Password, Rate: o.Rate,
		ClientID: o.session(i),
		Open: func() (board.Meter, error) {
			return ina219.New(chip, ina219.Options{Interval: interval})
		},
		Phase: time.Duration(i) * interval / time.Duration(o.Boards),
	}
}

func (c *class) run(ctx context.Context) (Report, error) {
	base, stop := context.WithCancel(ctx)
	defer stop()
	boards, working := errgroup.WithContext(base)
	boards.Go(func() error { c.switchOn(working, boards); return nil })

	watching, blink := context.WithCancel(working)
	defer blink()
	var watchers sync.WaitGroup
	for _, p := range c.pages {
		watchers.Go(func() { p.watch(watching) })
	}
	watchers.Go(func() { c.tell(watching) })

	select {
	case <-c.all:
	case <-working.Done():
	}
	c.begin()
	var over <-chan time.Time
	if c.Duration > 0 {
		over = time.After(c.Duration)
	}
	select {
	case <-over:
	case <-working.Done():
	}
	connected, ended := c.tally.Connected.Load(), time.Now()
	stop()
	err := boards.Wait()
	blink()
	watchers.Wait()

	r := c.report(connected, ended)
	c.remove(ctx, &r)
	return r, err
}

// switchOn starts the boards one after the other, some at a time.
func (c *class) switchOn(ctx context.Context, boards *errgroup.Group) {
	turns := make(chan struct{}, atOnce)
	for i := range c.Boards {
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
		o := c.board(i)
		o.Tally = &c.tally
		first := sync.OnceFunc(func() {
			<-turns
			if c.attempts.Add(1) == int64(c.Boards) {
				close(c.all)
			}
		})
		o.Connected = func(err error) {
			if err == nil {
				c.came[i].Store(true)
			}
			first()
		}
		boards.Go(func() error {
			defer first()
			if err := board.Run(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", o.Session, err)
			}
			return nil
		})
	}
}

// begin starts the measurement proper: the crowd at the door is over.
func (c *class) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began, c.before = time.Now(), c.tally.Acknowledged.Load()
	c.tally.Latency.Reset()
	c.seen.Reset()
}

// tell reports progress each second until ctx ends.
func (c *class) tell(ctx context.Context) {
	const every = time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	started, last, acked := time.Now(), time.Now(), int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			p := c.progress()
			p.Elapsed = now.Sub(started)
			p.Rate = float64(p.Acknowledged-acked) / now.Sub(last).Seconds()
			last, acked = now, p.Acknowledged
			c.Progress(p)
		}
	}
}

func (c *class) progress() Progress {
	t := &c.tally
	p := Progress{
		Boards: c.Boards, Connected: int(t.Connected.Load()),
		Acknowledged: t.Acknowledged.Load(), Lost: t.Lost.Load(),
	}
	p.Published = t.Published.Load() // last, so that nothing is acknowledged before it is published
	p.InFlight = p.Published - p.Acknowledged - p.Lost
	return p
}

// report sums up after all boards have left.
func (c *class) report(connected int64, ended time.Time) Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := Report{
		Progress: c.progress(), First: c.session(0), Target: c.Rate,
		Skipped: c.tally.Skipped.Load(), Hints: c.tally.Hints.Load(),
		Acked: c.tally.Latency.Summary(), Page: c.seen.Summary(),
	}
	if r.Page.Count == 0 {
		r.PageMissing = c.pages[0].missing()
	}
	r.Connected = int(connected)
	r.Elapsed = ended.Sub(c.began)
	r.Rate = float64(r.Acknowledged-c.before) / max(r.Elapsed.Seconds(), 1e-3)
	if text := c.tally.Trouble.Load(); text != nil {
		r.Problem = *text
	}
	r.Reconnects = c.tally.Connects.Load()
	for i := range c.came {
		if c.came[i].Load() {
			r.Reconnects--
		}
	}
	return r
}
