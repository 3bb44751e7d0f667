// Package bench works out what runs and plots tell: I-V figures, and pictures,
// each once as long as nothing changes.
//
// Lists ask it for what it knows and never wait: what is missing is computed by
// Run, one run of each session in turn, and told by the marks of package live.
// Who asks for one analysis or picture waits for a processor, as long as the
// request lasts. While a sweep goes on its figures are computed from a coarser
// model, at most twice a second, and only where somebody watches. Who may ask is
// the dashboard's to know.
package bench

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
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

// Options are what a Bench works with; all are needed.
type Options struct {
	Reader series.Reader
	Runs   series.Runs
	Plots  series.Plots
	// Mark tells a session's pages what is new: live.MarkRuns or live.MarkIV. It
	// must not block.
	Mark func(session string, what live.Mark)
	Now  func() time.Time
	Log  *slog.Logger
}

// Bench computes and remembers. Its methods may be called at once.
type Bench struct {
	o    Options
	cpu  chan struct{} // capacity GOMAXPROCS: held while computing or drawing for a request
	wake chan struct{} // capacity 1: there is work for run

	known   *cache[int64, known]    // by run
	results *cache[int64, *results] // by run
	drawn   *cache[Drawing, []byte]

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
	figures *Figures
}

// results is a run's whole analysis as of a version.
type results struct {
	version uint64
	pair    Pair
	at      time.Time
	iv      IV
}

// task is a run whose figures are wanted.
type task struct {
	session string
	run     int64
}

// New makes a Bench that computes in the background once Run runs.
func New(o Options) *Bench {
	return &Bench{
		o: o, cpu: make(chan struct{}, runtime.GOMAXPROCS(0)), wake: make(chan struct{}, 1),
		known: newCache[int64, known](keptFigures), results: newCache[int64, *results](keptResults),
		drawn: newCache[Drawing, []byte](keptDrawings),
		queue: map[string][]task{}, queued: map[int64]bool{}, sweeps: map[string]*sweep{}, wall: map[string]*wallFigures{},
	}
}

// version is another number whenever a run's figures may be others.
func version(r *series.Run, of *series.View, p Pair) uint64 {
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
		uint64(r.First), last, math.Float64bits(r.Area), math.Float64bits(r.Irradiance), uint64(p.V), uint64(p.I),
		math.Float64bits(of.Columns[p.V].Scale()), math.Float64bits(of.Columns[p.I].Scale()),
	} {
		add(n)
	}
	_, _ = h.Write([]byte(of.Columns[p.V].Unit + " " + of.Columns[p.I].Unit))
	return h.Sum64()
}

// Figures are what is known of a run, older ones while newer are computed; nil
// when there are none yet.
func (b *Bench) Figures(r *series.Run, of *series.View, p Pair) *Figures {
	k, ok := b.known.get(r.ID)
	if ok && k.version == version(r, of, p) {
		return k.figures
	}
	if !ok || !r.Open() || b.o.Now().Sub(k.at) >= listedEvery {
		b.want(task{r.Session, r.ID})
	}
	return k.figures
}

// Known are a run's main figures if they are known as of now.
func (b *Bench) Known(r *series.Run, of *series.View, p Pair) (*Figures, bool) {
	k, ok := b.known.get(r.ID)
	if !ok || k.version != version(r, of, p) {
		return nil, false
	}
	return k.figures, true
}

// want puts a run into the queue. When that is full the run waits until
// somebody asks again.
func (b *Bench) want(t task) {
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

func (b *Bench) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Forget drops what is known of a run.
func (b *Bench) Forget(run int64) {
	b.known.drop(run)
	b.results.drop(run)
}

// Drop forgets a session that was removed.
func (b *Bench) Drop(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sweeps, session.Key(name))
	delete(b.wall, session.Key(name))
}

// Run computes what was asked for until ctx ends, sweeps under way and the
// queue by turns.
func (b *Bench) Run(ctx context.Context) error {
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
func (b *Bench) next() (task, bool) {
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
func (b *Bench) compute(ctx context.Context, t task) {
	run, err := b.o.Runs.Run(ctx, t.session, t.run)
	if err == nil {
		var of series.View
		if of, err = series.RunView(ctx, b.o.Reader, &run); err == nil {
			if p, ok := PairOf(of.Columns); ok {
				_, err = b.analyse(ctx, &run, &of, p)
			}
		}
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, series.ErrNotFound) {
		b.o.Log.Error("analyse a run", "session", t.session, "run", t.run, "err", err)
		return
	}
	b.o.Mark(t.session, live.MarkRuns)
}

// analyse computes a run's whole analysis and remembers it. It neither waits
// nor looks whether it is known.
func (b *Bench) analyse(ctx context.Context, run *series.Run, of *series.View, p Pair) (*results, error) {
	v, at := version(run, of, p), b.o.Now()
	c, err := curve(ctx, b.o.Reader, run, of, p)
	if err != nil {
		return nil, err
	}
	r := iv.Analyse(c, setup(run))
	out := &results{version: v, pair: p, at: at, iv: IV{
		Run: run.ID, Rows: len(c.V), Open: run.Open(), V: p.V, I: p.I, Result: r,
	}}
	b.results.put(run.ID, out, 1)
	if first, ok := PairOf(of.Columns); ok && first == p {
		b.known.put(run.ID, known{v, at, Main(&r)}, 1)
		b.remember(run, &r)
	}
	return out, nil
}

// IV is a run's whole analysis, computed where it is not known; of a run
// that goes on at most twice a second. It is shared: nobody changes it.
func (b *Bench) IV(ctx context.Context, run *series.Run, of *series.View, p Pair) (*IV, error) {
	fresh := func() *results {
		x, ok := b.results.get(run.ID)
		if !ok || x.pair != p {
			return nil
		}
		if x.version == version(run, of, p) || run.Open() && x.iv.Open && b.o.Now().Sub(x.at) < figuresEvery {
			return x
		}
		return nil
	}
	if x := fresh(); x != nil {
		return &x.iv, nil
	}
	if err := b.enter(ctx); err != nil {
		return nil, err
	}
	defer b.leave()
	if x := fresh(); x != nil { // somebody computed it meanwhile
		return &x.iv, nil
	}
	x, err := b.analyse(ctx, run, of, p)
	if err != nil {
		return nil, err
	}
	return &x.iv, nil
}

// enter waits for a processor, or for the browser to leave.
func (b *Bench) enter(ctx context.Context) error {
	select {
	case b.cpu <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Bench) leave() { <-b.cpu }
