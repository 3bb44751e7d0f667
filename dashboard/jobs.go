package dashboard

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"labbroker/internal/export"
	"labbroker/internal/session"
)

// Bounds of exports.
const (
	maxExport     = 2 << 30          // bytes of one file that is made on the disk
	exportReserve = 512 << 20        // bytes that stay free: recording goes first
	exportLife    = 10 * time.Minute // how long a finished file is kept
	exportTick    = 15 * time.Second // how often old files are looked for
	sessionJobs   = 2                // of one session at once
	allJobs       = 8                // of all
	sessionFiles  = 4                // kept of one session, the newest
)

// exports are the exports made in the background, into files of its folder.
type exports struct {
	s     *Server
	dir   string
	start chan *job // capacity allJobs: never more are under way

	mu   sync.Mutex
	jobs map[string]*job // by id; guarded by mu, as their state
}

// job is one export.
type job struct {
	id      string
	session string // session.Key
	order   *order
	cancel  context.CancelCauseFunc
	ctx     context.Context
	done    atomic.Int64 // rows written
	read    atomic.Int64 // rows read, by formats that look through them first twice

	// guarded by exports.mu
	state string // "working", "ready", "failed", "cancelled"
	text  string // a sentence when it failed
	path  string
	size  int64
	ended time.Time
	shown int64 // the greatest progress that was told
	began time.Time
	saved time.Time // when it was downloaded to the end; zero = never
}

// Reasons for which an export ends.
var (
	errCancelled = errors.New("cancelled")
	errDisk      = errors.New("the disk is nearly full")
)

// newExports empties the folder: what a server before this one left is
// nobody's. "" is the system's folder for temporary files.
func newExports(s *Server, dir string) (*exports, error) {
	if dir != "" {
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("empty the folder of exports: %w", err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of exports: %w", err)
		}
	}
	return &exports{s: s, dir: dir, start: make(chan *job, allJobs), jobs: map[string]*job{}}, nil
}

// run makes exports until ctx ends, then removes them all.
func (x *exports) run(ctx context.Context) error {
	var group errgroup.Group
	tick := time.NewTicker(exportTick)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case j := <-x.start:
			group.Go(func() error { x.work(ctx, j); return nil })
		case <-tick.C:
			x.expire(x.s.now())
		}
	}
	_ = group.Wait() // the jobs keep their errors themselves
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, j := range x.jobs {
		x.remove(j)
	}
	return nil
}

// bears refuses what is too large for the disk, or for one file.
func (x *exports) bears(size int64) error {
	if size > maxExport {
		return fail(http.StatusRequestEntityTooLarge,
			"This export would be about %.1f GB; %d GB are made here. Choose a run, or CSV as a direct download.", float64(size)/1e9, maxExport>>30)
	}
	// Twice, since some formats put their parts together on the disk.
	if free := x.s.o.Recording().Free; free > 0 && free < uint64(2*size)+exportReserve {
		return fail(http.StatusInsufficientStorage, "The server's disk has too little room for this export: %d MB are free.", free>>20)
	}
	return nil
}

// add starts an export. At most sessionJobs of a session and allJobs of all
// are under way.
func (x *exports) add(o *order) (*job, error) {
	if err := x.bears(o.size); err != nil {
		return nil, err
	}
	key := session.Key(o.session)
	x.mu.Lock()
	defer x.mu.Unlock()
	own, all := 0, 0
	for _, j := range x.jobs {
		if j.state != "working" {
			continue
		}
		if all++; j.session == key {
			own++
		}
	}
	switch {
	case own >= sessionJobs:
		return nil, fail(http.StatusTooManyRequests, "%d exports of this session are under way. Wait for one, or cancel it.", own)
	case all >= allJobs:
		return nil, fail(http.StatusTooManyRequests, "The server makes %d exports already. Try again in a moment.", all)
	}
	x.room(key)
	j := &job{id: rand.Text(), session: key, order: o, state: "working", began: x.s.now()}
	j.ctx, j.cancel = context.WithCancelCause(context.Background())
	x.jobs[j.id] = j
	x.start <- j // has room: less than allJobs are working
	return j, nil
}

// room removes the oldest finished exports of a session until another has
// room. x.mu is held.
func (x *exports) room(key string) {
	for {
		var oldest *job
		n := 0
		for _, j := range x.jobs {
			if j.session != key || j.state == "working" {
				continue
			}
			if n++; oldest == nil || j.ended.Before(oldest.ended) {
				oldest = j
			}
		}
		if n < sessionFiles {
			return
		}
		x.remove(oldest)
	}
}

// remove forgets a finished export and its file. x.mu is held.
func (x *exports) remove(j *job) {
	if j.path != "" {
		if err := os.Remove(j.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			x.s.o.Log.Warn("an export's file was not removed", "file", j.path, "err", err)
			return // it is tried again
		}
	}
	delete(x.jobs, j.id)
}

// expire removes what was finished long ago.
func (x *exports) expire(now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, j := range x.jobs {
		life := exportLife
		if j.order.make != nil {
			life = archiveLife
		}
		if j.state != "working" && now.Sub(j.ended) >= life {
			x.remove(j)
		}
	}
}

// drop cancels and forgets the exports of a session that was removed.
func (x *exports) drop(name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, j := range x.jobs {
		if j.session != session.Key(name) {
			continue
		}
		j.cancel(errCancelled)
		if j.state != "working" {
			x.remove(j)
		}
	}
}

// end cancels an export, or removes its file.
func (x *exports) end(j *job) {
	j.cancel(errCancelled)
	x.mu.Lock()
	defer x.mu.Unlock()
	if j.state != "working" {
		x.remove(j)
	}
}

// find is the session's export of that id.
func (x *exports) find(name, id string) (*job, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if j := x.jobs[id]; j != nil && j.session == session.Key(name) {
		return j, nil
	}
	return nil, fail(http.StatusNotFound, "There is no such export: files are kept for %d minutes.", int(exportLife.Minutes()))
}

// work makes one export and notes how it went.
func (x *exports) work(ctx context.Context, j *job) {
	stop := context.AfterFunc(ctx, func() { j.cancel(errCancelled) })
	defer stop()
	defer j.cancel(nil)
	path, size, err := x.write(j)
	if cause := context.Cause(j.ctx); err != nil && cause != nil {
		err = cause
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	j.ended, j.path, j.size = x.s.now(), path, size
	var f *failure
	switch {
	case err == nil:
		j.state = "ready"
		return
	case errors.Is(err, errCancelled):
		j.state = "cancelled"
	case errors.Is(err, errLarge) && j.order.make != nil:
		j.state, j.text = "failed", fmt.Sprintf("The archive would be larger than %d GB. Take the labs one by one, or export sessions from their own pages.", maxExport>>30)
	case errors.Is(err, errLarge):
		j.state, j.text = "failed", fmt.Sprintf("The file would be larger than %d GB. Choose a run, or CSV as a direct download.", maxExport>>30)
	case errors.Is(err, errDisk):
		j.state, j.text = "failed", "The server's disk is nearly full: the export was given up."
	case errors.As(exportError(err), &f):
		j.state, j.text = "failed", f.text
	default:
		j.state, j.text = "failed", "The server could not make this export; its log says why."
		x.s.o.Log.Error("export failed", "session", j.order.session, "format", j.order.format.Name, "err", err)
	}
}

// write makes the file; after an error there is none.
func (x *exports) write(j *job) (name string, size int64, err error) {
	f, err := os.CreateTemp(x.dir, "export-*")
	if err != nil {
		return "", 0, fmt.Errorf("make a file: %w", err)
	}
	name = f.Name()
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(name))
			name, size = "", 0
		}
	}()
	if j.order.make != nil {
		if err := j.order.make(j.ctx, &limited{f, maxExport, errLarge}, j); err != nil {
			return name, 0, err
		}
		size, err = f.Seek(0, io.SeekCurrent)
		return name, size, err
	}
	x.s.complete(j.ctx, j.order)
	j.countRows()
	o := j.order.options
	looked := int64(0)
	o.Progress = func(rows int64) {
		j.done.Store(rows)
		if rows-looked > 1<<18 { // some MB, here or in the formats' own files
			looked = rows
			if free := x.s.o.Recording().Free; free > 0 && free < exportReserve {
				j.cancel(errDisk)
			}
		}
	}
	if err := export.Write(j.ctx, &limited{f, maxExport, errLarge}, j.order.format.Name, j.order.tables, o); err != nil {
		return name, 0, err
	}
	size, err = f.Seek(0, io.SeekCurrent)
	return name, size, err
}

// countRows counts the rows that are read from now on.
func (j *job) countRows() {
	for i := range j.order.tables {
		t := &j.order.tables[i]
		rows := t.Rows
		t.Rows = func(ctx context.Context, yield func(at, device time.Time, values []float64) error) error {
			return rows(ctx, func(at, device time.Time, values []float64) error {
				j.read.Add(1)
				return yield(at, device, values)
			})
		}
	}
}

// progress is how many of the export's rows are done. Reading them to look
// through them counts half. exports.mu is held.
func (j *job) progress() int64 {
	done, read := j.done.Load(), j.read.Load()
	if read-done > 8192 { // more than is read between two reports
		done = read / 2
	}
	j.shown = min(max(j.shown, done), j.order.of)
	return j.shown
}
