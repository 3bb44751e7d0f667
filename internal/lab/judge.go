package lab

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// judgeEvery is how often a run that goes on is judged.
const judgeEvery = 4 * time.Second

// maxJudged bounds what is remembered of runs that were judged.
const maxJudged = 20_000

// suspect is a session whose runs are to be judged.
type suspect struct {
	session string
	lab     int64
	due     time.Time
}

// suspect has a session's runs judged, in a while at the latest, unless its
// sweep is ticked already. mu is held.
func (b *Book) suspect(c *course, name string, in time.Duration) {
	key := session.Key(name)
	if !c.wants(key, Sweep) {
		return
	}
	due := b.o.Now().Add(in)
	if x, ok := b.moved[key]; ok && !due.Before(x.due) {
		return
	}
	b.moved[key] = suspect{name, c.ID, due}
	signal(b.ask)
}

// wants says whether a session has yet to do a step of that kind.
func (c *course) wants(key string, kind Kind) bool {
	x := c.cards[key]
	for i, s := range c.Steps {
		if s.Kind == kind && (x == nil || !x.ticks[i].Done()) {
			return true
		}
	}
	return false
}

// judge judges runs until ctx ends.
func (b *Book) judge(ctx context.Context) {
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	for {
		x, wait := b.next()
		if x.session != "" {
			if err := b.judgeOne(ctx, x); err != nil && ctx.Err() == nil {
				b.o.Log.Error("the sweeps of a lab cannot be judged", "session", x.session, "err", err)
			}
			continue
		}
		idle.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-b.ask:
		case <-idle.C:
		}
	}
}

// next is the session that is longest due, else how long to wait for one.
func (b *Book) next() (suspect, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.o.Now()
	var best suspect
	wait := time.Hour
	for _, x := range b.moved {
		switch {
		case x.due.After(now):
			wait = min(wait, x.due.Sub(now))
		case best.session == "" || x.due.Before(best.due):
			best = x
		}
	}
	delete(b.moved, session.Key(best.session))
	return best, wait
}

// judgeOne looks through a session's runs of the lab for a complete sweep, the
// oldest first.
func (b *Book) judgeOne(ctx context.Context, x suspect) error {
	if b.o.Judge == nil || b.out(x.session) {
		return nil
	}
	runs, err := b.store.Runs(ctx, x.session)
	if err != nil {
		return fmt.Errorf("list runs: %w", err)
	}
	for _, r := range slices.Backward(runs) {
		if !b.worth(x, &r) {
			continue
		}
		v, err := b.o.Judge(ctx, r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			b.o.Log.Debug("a run is not judged", "session", x.session, "run", r.ID, "err", err)
		}
		if err == nil && v.Complete && b.swept(x, &r, v) {
			return nil
		}
		if !r.Open() {
			b.mu.Lock()
			if len(b.judged) >= maxJudged {
				clear(b.judged)
			}
			b.judged[r.ID] = r.Last
			b.mu.Unlock()
		}
	}
	return nil
}

// worth says whether a run may tick: it is of the lab, and no page's.
func (b *Book) worth(x suspect, r *series.Run) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.s.lab(x.lab)
	if c == nil || !c.began(r) {
		return false
	}
	if last, ok := b.judged[r.ID]; ok && last == r.Last {
		return false
	}
	k := c.cards[session.Key(x.session)]
	return k == nil || !k.pages.touch(r)
}

// swept ticks the step; false where the sweep was over after the lab.
func (b *Book) swept(x suspect, r *series.Run, v Verdict) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.s.lab(x.lab)
	if c == nil || !c.during(v.At) {
		return false
	}
	if k := c.cards[session.Key(x.session)]; k != nil && k.pages.touch(r) {
		return false // a page spoke meanwhile
	}
	by := r.Name
	if v.By != "" {
		by += ": " + v.By
	}
	b.tick(c, x.session, Tick{v.At, by}, func(s Step) bool { return s.Kind == Sweep })
	return true
}

// resume goes on with the lab that ran when an earlier server ended: its rows
// are counted, and its sweeps judged.
func (b *Book) resume(ctx context.Context) error {
	b.mu.Lock()
	b.look("")
	c := b.s.running()
	if c != nil {
		c.resume(b.o.Now())
	}
	b.mu.Unlock()
	if c == nil || b.store == nil {
		return nil
	}
	infos, err := b.store.List(ctx, "")
	if err != nil {
		return fmt.Errorf("list the series of a lab that runs: %w", err)
	}
	for _, info := range infos {
		if b.out(info.Session) || info.Last.Before(c.Started) {
			continue
		}
		n, err := b.store.Count(ctx, info.ID, series.Query{From: c.Started})
		if err != nil {
			return fmt.Errorf("count the rows of a lab that runs: %w", err)
		}
		b.mu.Lock()
		if k := c.card(info.Session); k != nil {
			k.rows += n
			b.suspect(c, info.Session, 0)
		}
		b.mu.Unlock()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range c.cards {
		k.rows = max(0, k.rows-k.pages.Rows)
		b.counted(c, k, b.o.Now())
	}
	return nil
}
