package dashboard

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"runtime"
	"sync"
	"time"

	"labbroker/internal/live"
	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor/iv"
)

// Bounds of what is computed and remembered of runs.
const (
	keptFigures = 20_000 // runs whose main figures are remembered
	keptResults = 64     // runs whose whole analysis is remembered
	maxQueue    = 20_000 // runs that wait for their figures
	// figuresEvery is how often the figures of a run that goes on are
	// computed anew.
	figuresEvery = 500 * time.Millisecond
	// listedEvery is the same for lists; the event "iv" has it live.
	listedEvery = 5 * time.Second
)

// bench computes what runs tell, once each. Lists ask it for what it knows and
// never wait: what is missing is computed by run, one after the other, and
// told by the event "runs".
type bench struct {
	s    *Server
	cpu  chan struct{} // capacity GOMAXPROCS: held while computing or drawing for a request
	wake chan struct{} // capacity 1: there is work for run

	known   *cache[int64, known]    // by run
	results *cache[int64, *results] // by run
	drawn   *cache[drawing, []byte]

	mu     sync.Mutex
	queue  map[string][]task // by session; guarded by mu, as all below
	turns  []string          // the sessions in queue, the next one first
	queued map[int64]bool    // runs in queue
	sweeps map[string]*sweep // by session.Key; of watched sessions
	wall   map[string]*wallFigures
}

// known are a run's main figures as of a version.
type known struct {
	version uint64
	at      time.Time
	figures *figuresJSON
}

// results is a run's whole analysis as of a version.
type results struct {
	version uint64
	pair    pair
	at      time.Time
	json    ivJSON
}

// task is a run whose figures are wanted.
type task struct {
	session string
	run     int64
}

func newBench(s *Server) *bench {
	return &bench{
		s: s, cpu: make(chan struct{}, runtime.GOMAXPROCS(0)), wake: make(chan struct{}, 1),
		known: newCache[int64, known](keptFigures), results: newCache[int64, *results](keptResults),
		drawn: newCache[drawing, []byte](keptDrawings),
		queue: map[string][]task{}, queued: map[int64]bool{}, sweeps: map[string]*sweep{}, wall: map[string]*wallFigures{},
	}
}

// Changed says that a session's "runs" or "plots" are others than before: the
// recorder's callback. It never blocks.
func (s *Server) Changed(name, what string) {
	switch what {
	case "runs":
		s.bench.changed(name)
		s.bench.rerun(name)
		if s.o.Labs != nil {
			s.o.Labs.Changed(name)
		}
		s.Hub.Mark(name, live.MarkRuns)
	case "plots":
		s.bench.recount(name)
		s.Hub.Mark(name, live.MarkPlots)
	}
}

// version is another number whenever a run's figures may be others.
func version(r *series.Run, of *view, p pair) uint64 {
	h := fnv.New64a()
	add := func(n uint64) {
		var b [8]byte
		for i := range b {
			b[i] = byte(n >> (8 * i))
		}
		_, _ = h.Write(b[:]) // never fails
	}
	last := uint64(r.Last)
	if r.Open() {
		last = uint64(of.Rows) | 1<<63
	}
	for _, n := range []uint64{
		uint64(r.First), last, math.Float64bits(r.Area), math.Float64bits(r.Irradiance), uint64(p.v), uint64(p.i),
		math.Float64bits(of.Columns[p.v].Scale()), math.Float64bits(of.Columns[p.i].Scale()),
	} {
		add(n)
	}
	_, _ = h.Write([]byte(of.Columns[p.v].Unit + " " + of.Columns[p.i].Unit))
	return h.Sum64()
}

// figures are what is known of a run, older ones while newer are computed; nil
// when there are none yet.
func (b *bench) figures(r *series.Run, of *view, p pair) *figuresJSON {
	k, ok := b.known.get(r.ID)
	if ok && k.version == version(r, of, p) {
		return k.figures
	}
	if !ok || !r.Open() || b.s.now().Sub(k.at) >= listedEvery {
		b.want(task{r.Session, r.ID})
	}
	return k.figures
}

// want puts a run into the queue. When that is full the run waits until
// somebody asks again.
func (b *bench) want(t task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queued[t.run] || len(b.queued) >= maxQueue {
		return
	}
	if len(b.queue[t.session]) == 0 {
		b.turns = append(b.turns, t.session)
	}
	b.queued[t.run] = true
	b.queue[t.session] = append(b.queue[t.session], t)
	b.signal()
}

func (b *bench) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// forget drops what is known of a run.
func (b *bench) forget(run int64) {
	b.known.drop(run)
	b.results.drop(run)
}

// drop forgets a session that was removed.
func (b *bench) drop(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sweeps, session.Key(name))
	delete(b.wall, session.Key(name))
}

// run computes what was asked for until ctx ends, sweeps under way and the
// queue by turns.
func (b *bench) run(ctx context.Context) error {
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	for {
		live, wait := b.nextSweep()
		if live != nil {
			b.follow(ctx, live)
		}
		t, some := b.next()
		if some {
			b.compute(ctx, t)
		}
		if ctx.Err() != nil {
			return nil
		}
		if live != nil || some {
			continue
		}
		idle.Reset(wait)
		select {
		case <-ctx.Done():
			return nil
		case <-b.wake:
		case <-idle.C:
		}
	}
}

// next is the run whose turn it is: one of each session, in the order in which
// they were asked for.
func (b *bench) next() (task, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.turns) == 0 {
		return task{}, false
	}
	name := b.turns[0]
	b.turns = b.turns[1:]
	t := b.queue[name][0]
	if b.queue[name] = b.queue[name][1:]; len(b.queue[name]) > 0 {
		b.turns = append(b.turns, name)
	} else {
		delete(b.queue, name)
	}
	delete(b.queued, t.run)
	return t, true
}

// compute finds one run's figures and tells the session's pages.
func (b *bench) compute(ctx context.Context, t task) {
	run, err := b.s.o.Runs.Run(ctx, t.session, t.run)
	if err == nil {
		var of view
		if of, err = b.s.runView(ctx, &run); err == nil {
			if p, ok := pairOf(of.Columns); ok {
				_, err = b.analyse(ctx, &run, &of, p)
			}
		}
	}
	var f *failure
	if err != nil && ctx.Err() == nil && !errors.Is(err, series.ErrNotFound) && !errors.As(err, &f) {
		b.s.o.Log.Error("analyse a run", "session", t.session, "run", t.run, "err", err)
		return
	}
	b.s.Hub.Mark(t.session, live.MarkRuns)
}

// analyse computes a run's whole analysis and remembers it. It neither waits
// nor looks whether it is known.
func (b *bench) analyse(ctx context.Context, run *series.Run, of *view, p pair) (*results, error) {
	v, at := version(run, of, p), b.s.now()
	c, err := curve(ctx, b.s.Reader, run, of, p)
	if err != nil {
		return nil, err
	}
	r := iv.Analyse(c, setup(run))
	out := &results{version: v, pair: p, at: at, json: ivJSON{
		Run: run.ID, Rows: len(c.V), Open: run.Open(), V: p.v, I: p.i, Result: r,
	}}
	b.results.put(run.ID, out, 1)
	if first, ok := pairOf(of.Columns); ok && first == p {
		b.known.put(run.ID, known{v, at, mainFigures(&r)}, 1)
		b.remember(run, &r)
	}
	return out, nil
}

// result is a run's whole analysis, computed where it is not known; of a run
// that goes on at most twice a second.
func (b *bench) result(ctx context.Context, run *series.Run, of *view, p pair) (*results, error) {
	fresh := func() *results {
		x, ok := b.results.get(run.ID)
		if !ok || x.pair != p {
			return nil
		}
		if x.version == version(run, of, p) || run.Open() && x.json.Open && b.s.now().Sub(x.at) < figuresEvery {
			return x
		}
		return nil
	}
	if x := fresh(); x != nil {
		return x, nil
	}
	if err := b.enter(ctx); err != nil {
		return nil, err
	}
	defer b.leave()
	if x := fresh(); x != nil { // somebody computed it meanwhile
		return x, nil
	}
	return b.analyse(ctx, run, of, p)
}

// enter waits for a processor, or for the browser to leave.
func (b *bench) enter(ctx context.Context) error {
	select {
	case b.cpu <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bench) leave() { <-b.cpu }
