// Package download makes files in the background, keeps them for a while, and
// hands them to whoever fetches them.
//
// How much there may be at once is fixed here: files of one owner and of all,
// bytes of one, and what of the disk is left for readings. What is made, and who
// may have it, is the dashboard's to know.
package download

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"labbroker/internal/session"
)

// Bounds of a Queue.
const (
	Largest  = 2 << 30          // bytes of one file
	Life     = 10 * time.Minute // how long a finished file is kept, unless its order says otherwise
	OwnJobs  = 2                // under way of one owner
	AllJobs  = 8                // of all
	OwnFiles = 4                // kept of one owner, the newest

	reserve = 512 << 20        // bytes that stay free: recording goes first
	tick    = 15 * time.Second // how often old files are looked for
)

// Why a file is not made. Bears and Add refuse with these; ErrLarge and ErrDisk
// are also what Work is told of.
var (
	ErrLarge = errors.New("larger than one file may be")
	ErrDisk  = errors.New("the disk is nearly full")
	ErrOwn   = errors.New("the owner has as many under way as may be")
	ErrAll   = errors.New("as many are under way as may be")
)

// Options are what a Queue works with; all are needed.
type Options struct {
	Dir  string        // of the files, the Queue's own; "" = the system's for temporary files
	Free func() uint64 // bytes on the disk; 0 = not known
	Now  func() time.Time
	Log  *slog.Logger
}

// Queue is files that are made or kept. Its methods may be called at once.
type Queue struct {
	o     Options
	start chan *Job // capacity AllJobs: never more are under way

	mu   sync.Mutex
	jobs map[string]*Job // by id; guarded by mu, as their state
}

// New empties the folder: what a server before this one left is nobody's.
func New(o Options) (*Queue, error) {
	if o.Dir != "" {
		if err := os.RemoveAll(o.Dir); err != nil {
			return nil, fmt.Errorf("empty the folder of exports: %w", err)
		}
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of exports: %w", err)
		}
	}
	return &Queue{o: o, start: make(chan *Job, AllJobs), jobs: map[string]*Job{}}, nil
}

// Dir is where the files are; Work may have files of its own there while it
// goes on.
func (q *Queue) Dir() string { return q.o.Dir }

// Run makes files until ctx ends, then removes them all.
func (q *Queue) Run(ctx context.Context) error {
	var group errgroup.Group
	tick := time.NewTicker(tick)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case j := <-q.start:
			group.Go(func() error { j.work(ctx); return nil })
		case <-tick.C:
			q.Expire(q.o.Now())
		}
	}
	_ = group.Wait() // the jobs keep their errors themselves
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.jobs {
		q.remove(j)
	}
	return nil
}

// Bears refuses what is too large for one file (ErrLarge) or for the disk
// (ErrDisk).
func (q *Queue) Bears(size int64) error {
	if size > Largest {
		return ErrLarge
	}
	// Twice, since some formats put their parts together on the disk.
	if q.lacks(uint64(2 * size)) {
		return ErrDisk
	}
	return nil
}

// lacks says whether that many bytes would leave recording too little.
func (q *Queue) lacks(size uint64) bool {
	free := q.o.Free()
	return free > 0 && free < size+reserve
}

// Add begins a file. It refuses as Bears does, and beyond OwnJobs of one owner
// (ErrOwn) and AllJobs of all (ErrAll). The owner's oldest finished file goes
// where there are OwnFiles.
func (q *Queue) Add(o Order) (*Job, error) {
	if err := q.Bears(o.Size); err != nil {
		return nil, err
	}
	key := session.Key(o.Owner)
	q.mu.Lock()
	defer q.mu.Unlock()
	own, all := 0, 0
	for _, j := range q.jobs {
		if j.state != Working {
			continue
		}
		if all++; j.owner == key {
			own++
		}
	}
	switch {
	case own >= OwnJobs:
		return nil, ErrOwn
	case all >= AllJobs:
		return nil, ErrAll
	}
	q.room(key)
	j := &Job{Order: o, ID: rand.Text(), q: q, owner: key, state: Working, began: q.o.Now()}
	j.ctx, j.cancel = context.WithCancelCause(context.Background())
	q.jobs[j.ID] = j
	q.start <- j // has room: less than AllJobs are working
	return j, nil
}

// room removes the oldest finished files of an owner until another has room.
// q.mu is held.
func (q *Queue) room(key string) {
	for {
		var oldest *Job
		n := 0
		for _, j := range q.jobs {
			if j.owner != key || j.state == Working {
				continue
			}
			if n++; oldest == nil || j.ended.Before(oldest.ended) {
				oldest = j
			}
		}
		if n < OwnFiles {
			return
		}
		q.remove(oldest)
	}
}

// remove forgets a finished job and its file. q.mu is held.
func (q *Queue) remove(j *Job) {
	if j.path != "" {
		if err := os.Remove(j.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			q.o.Log.Warn("an export's file was not removed", "file", j.path, "err", err)
			return // it is tried again
		}
	}
	delete(q.jobs, j.ID)
}

// Expire removes what was finished long ago; Run does so every 15 s.
func (q *Queue) Expire(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.jobs {
		life := Life
		if j.Life != 0 {
			life = j.Life
		}
		if j.state != Working && now.Sub(j.ended) >= life {
			q.remove(j)
		}
	}
}

// Drop cancels and forgets all of an owner that was removed.
func (q *Queue) Drop(owner string) {
	for _, j := range q.Jobs() {
		if j.owner == session.Key(owner) {
			j.End()
		}
	}
}

// Find is the owner's job of that id; nil = there is none, or no longer.
func (q *Queue) Find(owner, id string) *Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j := q.jobs[id]; j != nil && j.owner == session.Key(owner) {
		return j
	}
	return nil
}

// Jobs are all that are under way or kept, the newest first.
func (q *Queue) Jobs() []*Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := make([]*Job, 0, len(q.jobs))
	for _, j := range q.jobs {
		list = append(list, j)
	}
	slices.SortFunc(list, func(a, b *Job) int { return b.began.Compare(a.began) })
	return list
}
