package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// Order is a file to be made.
type Order struct {
	Owner string        // a session, or the instructor; in any case
	Name  string        // to save it under
	Type  string        // its Content-Type
	Of    int64         // units of progress, about: rows, or what Work counts
	Size  int64         // bytes, about
	Life  time.Duration // how long it is kept when it is finished; 0 = Life
	Work  Work
}

// Work makes one file.
type Work interface {
	// Make writes it, tells j how far it is, and ends with ctx. What w refuses
	// (ErrLarge) it returns.
	Make(ctx context.Context, w io.Writer, j *Job) error
	// Sentence says to people why Make failed, ErrLarge included; "" where only
	// the log may know.
	Sentence(err error) string
}

// The states of a Job.
const (
	Working   = "working"
	Ready     = "ready"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Job is a file that is made or kept.
type Job struct {
	Order
	ID string // hard to guess

	q      *Queue
	owner  string // session.Key of Owner
	cancel context.CancelCauseFunc
	ctx    context.Context
	done   atomic.Int64 // units that are written
	read   atomic.Int64 // units read, by formats that look through them first twice

	// guarded by q.mu
	state string
	text  string
	path  string
	size  int64
	began time.Time
	ended time.Time
	saved bool
	shown int64 // the greatest progress that was told
}

// State is how a Job stands.
type State struct {
	State string // Working, Ready, Failed or Cancelled
	Text  string // a sentence when it failed
	Done  int64  // of Order.Of; never less than before
	Size  int64  // bytes, when it is ready
	Saved bool   // it was fetched to the end
}

var errCancelled = errors.New("cancelled")

// State is how the job stands now.
func (j *Job) State() State {
	j.q.mu.Lock()
	defer j.q.mu.Unlock()
	s := State{State: j.state, Text: j.text, Done: j.progress(), Size: j.size, Saved: j.saved}
	if j.state == Ready {
		s.Done = j.Of
	}
	return s
}

// progress is how many of the units are done. Reading them to look through them
// counts half. q.mu is held.
func (j *Job) progress() int64 {
	done, read := j.done.Load(), j.read.Load()
	if read-done > 8192 { // more than is read between two reports
		done = read / 2
	}
	j.shown = min(max(j.shown, done), j.Of)
	return j.shown
}

// Open opens a file that is ready, made at that time. Its error is
// os.ErrNotExist where the file was removed meanwhile. Whoever opens it closes it.
func (j *Job) Open() (f *os.File, made time.Time, err error) {
	j.q.mu.Lock()
	path, made := j.path, j.ended
	j.q.mu.Unlock()
	f, err = os.Open(path)
	return f, made, err
}

// Fetched notes that somebody has the whole file.
func (j *Job) Fetched() {
	j.q.mu.Lock()
	defer j.q.mu.Unlock()
	j.saved = true
}

// End cancels the job, or removes its file.
func (j *Job) End() {
	j.cancel(errCancelled)
	j.q.mu.Lock()
	defer j.q.mu.Unlock()
	if j.state != Working {
		j.q.remove(j)
	}
}

// Advance adds to the units that are done.
func (j *Job) Advance(n int64) { j.done.Add(n) }

// Reach says how many units are done in all.
func (j *Job) Reach(n int64) { j.done.Store(n) }

// Look counts a unit that was read, where Work may read all twice.
func (j *Job) Look() { j.read.Add(1) }

// Spare gives the job up where the disk fills; Work calls it every few MB.
func (j *Job) Spare() {
	if j.q.lacks(0) {
		j.cancel(ErrDisk)
	}
}

// work makes the file and notes how it went.
func (j *Job) work(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { j.cancel(errCancelled) })
	defer stop()
	defer j.cancel(nil)
	path, size, err := j.write()
	if cause := context.Cause(j.ctx); err != nil && cause != nil {
		err = cause
	}
	state, text := j.outcome(err)
	j.q.mu.Lock()
	defer j.q.mu.Unlock()
	j.state, j.text, j.ended, j.path, j.size = state, text, j.q.o.Now(), path, size
}

// outcome is the state in which the work ended, with a sentence where it failed.
func (j *Job) outcome(err error) (state, text string) {
	switch {
	case err == nil:
		return Ready, ""
	case errors.Is(err, errCancelled):
		return Cancelled, ""
	case errors.Is(err, ErrDisk):
		return Failed, "The server's disk is nearly full: the export was given up."
	}
	if text = j.Work.Sentence(err); text == "" {
		text = "The server could not make this export; its log says why."
		j.q.o.Log.Error("export failed", "session", j.Owner, "file", j.Name, "err", err)
	}
	return Failed, text
}

// write makes the file; after an error there is none.
func (j *Job) write() (name string, size int64, err error) {
	f, err := os.CreateTemp(j.q.o.Dir, "export-*")
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
	if err := j.Work.Make(j.ctx, &limited{f, Largest}, j); err != nil {
		return name, 0, err
	}
	size, err = f.Seek(0, io.SeekCurrent)
	return name, size, err
}
