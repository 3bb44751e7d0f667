// Package runs says which stretches of a series belong together: what
// new_series began, and sweeps of the voltage, which it finds. It also keeps
// the records of plots and saved files that devices ask for, and answers them.
//
// Runs and plots are records beside the rows, which are in the history
// already. The Recorder looks at rows as the store commits them, on the
// store's own goroutine and without waiting; what is to be written is written
// by Run. It draws nothing and knows no broker.
package runs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"labbroker/internal/ingest"
	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/internal/session"
)

// Store is what the recorder needs of a store.
type Store interface {
	series.Reader
	series.Counter
	series.Runs
	series.RunEnds
	series.Plots
}

// What has changed, for Options.Changed.
const (
	Runs  = "runs"
	Plots = "plots"
)

// Options are the settings of a Recorder; the zero value works.
type Options struct {
	Log      *slog.Logger     // nil = slog.Default()
	Now      func() time.Time // nil = time.Now
	Location *time.Location   // of the times in the names of sweeps; nil = time.Local
	// Changed says that the session's runs or plots are others now. It must
	// not block. nil = nobody asks.
	Changed func(session, what string)
	// Kept says that a plot or saved file is kept, and whether it was asked for
	// from a page on somebody's behalf. It must not block. nil = nobody asks.
	Kept func(p series.Plot, page bool)
	// Answer publishes a device's answer. It must not block; nil = nowhere.
	Answer func(topic string, payload []byte) error
	// URL is where a plot's file is fetched; nil = the answer has none.
	URL func(session, file string) string
}

// Limits of a Recorder.
const (
	maxOrders  = 100    // plots of one session that wait
	allOrders  = 5000   // of all sessions
	maxUnkept  = 10_000 // runs that wait; further ones are not noted
	together   = 256    // runs and plots that share a commit
	seriesRest = time.Minute
	forgotten  = time.Hour // a silent series' rows are out of mind
	patience   = 10 * time.Second
)

// Recorder keeps runs and plots. It is made and Restored before rows come,
// and Run once.
type Recorder struct {
	store   Store
	notices notice.Taker
	o       Options
	wake    chan struct{} // capacity 1: there is something to write

	writing sync.Mutex // held while the store is told of runs and plots; taken before mu

	mu     sync.Mutex // guards all below, and what they point to
	byID   map[series.ID]*track
	byName map[name]*track
	upTo   int64 // the greatest Seq that was committed
	unkept []*stretch
	orders []*order
	asked  map[string]int // orders that wait, by session
}

// name finds a series that the store may not know yet.
type name struct{ session, series string }

var _ ingest.Bench = (*Recorder)(nil)

// New makes a recorder. Everything but the options is required.
func New(store Store, notices notice.Taker, o Options) *Recorder {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Changed == nil {
		o.Changed = func(string, string) {}
	}
	if o.Kept == nil {
		o.Kept = func(series.Plot, bool) {}
	}
	if o.Answer == nil {
		o.Answer = func(string, []byte) error { return nil }
	}
	if o.URL == nil {
		o.URL = func(string, string) string { return "" }
	}
	return &Recorder{
		store: store, notices: notices, o: o, wake: make(chan struct{}, 1),
		byID: map[series.ID]*track{}, byName: map[name]*track{}, asked: map[string]int{},
	}
}

// Committed takes what the store has kept; the store's callback. It never
// waits.
func (r *Recorder) Committed(list []series.Committed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range list {
		c := &list[i]
		t := r.track(c.Info)
		if c.Changed || t.info == nil {
			t.learn(c.Info)
		}
		t.info = c.Info
		for j := range c.Rows {
			t.row(&c.Rows[j])
			r.upTo = max(r.upTo, c.Rows[j].Seq)
		}
		t.settle()
	}
	if len(r.orders) > 0 {
		r.signal()
	}
}

// Begin implements ingest.Bench.
func (r *Recorder) Begin(b ingest.Begin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.named(b.Session, b.Series)
	if n := len(t.next); n > 0 && t.next[n-1].after == b.After {
		t.next = t.next[:n-1] // it never had a row
	}
	t.next = append(t.next, &stretch{t: t, after: b.After, chart: b.Chart, run: series.Run{
		Session: b.Session, SeriesName: b.Series, Kind: series.RunSeries, Columns: b.Columns,
	}, rollover: b.Rollover, page: b.Page})
	t.settle()
}

// Columns implements ingest.Bench.
func (r *Recorder) Columns(sess, series string) []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.byName[name{session.Key(sess), series}]
	switch {
	case t == nil:
		return nil
	case len(t.next) > 0:
		return t.next[len(t.next)-1].run.Columns
	case t.run != nil:
		return t.run.run.Columns
	}
	return nil
}

// Forget drops what is remembered of a session that was removed.
func (r *Recorder) Forget(sess string) {
	key := session.Key(sess)
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, t := range r.byName {
		if k.session == key {
			r.drop(k, t)
		}
	}
}

func (r *Recorder) drop(k name, t *track) {
	delete(r.byName, k)
	if t.info != nil {
		delete(r.byID, t.info.ID)
	}
}

// track finds or makes what is known of a series; called with mu held.
func (r *Recorder) track(info *series.Info) *track {
	if t := r.byID[info.ID]; t != nil {
		return t
	}
	t := r.named(info.Session, info.Name)
	if t.info != nil && t.info.ID != info.ID {
		// The session was removed and began again.
		r.drop(name{session.Key(info.Session), info.Name}, t)
		next := t.next
		t = r.named(info.Session, info.Name)
		t.next = next
		for _, s := range next {
			s.t = t
		}
	}
	r.byID[info.ID] = t
	return t
}

func (r *Recorder) named(sess, nam string) *track {
	k := name{session.Key(sess), nam}
	t := r.byName[k]
	if t == nil {
		t = &track{r: r}
		r.byName[k] = t
	}
	return t
}

// signal wakes Run.
func (r *Recorder) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run writes runs and plots and answers devices, until ctx ends; then it
// writes what is left and returns nil. The store must be open until then.
func (r *Recorder) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	// What has begun is ended: a commit takes some milliseconds.
	whole := context.WithoutCancel(ctx)
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			r.write(whole, true)
			return nil
		case <-r.wake:
		case <-tick.C:
			r.look(r.o.Now(), n%60 == 0)
		}
		r.write(whole, false)
	}
}

// look ends what has come to rest, and forgets what is long over.
func (r *Recorder) look(now time.Time, clear bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, t := range r.byName {
		t.idle(now)
		if clear && now.UnixNano()-t.at > int64(forgotten) && t.run == nil && len(t.next) == 0 && t.sweep == nil {
			r.drop(k, t)
		}
	}
}
