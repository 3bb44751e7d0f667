package download

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// task is work that waits until it is told to go on.
type task struct {
	size   int
	err    error
	open   chan struct{} // nil = does not wait
	before func(j *Job)  // nil = nothing
}

func (w *task) Make(ctx context.Context, to io.Writer, j *Job) error {
	if w.before != nil {
		w.before(j)
	}
	if w.open != nil {
		select {
		case <-w.open:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if _, err := to.Write(make([]byte, w.size)); err != nil {
		return err
	}
	return w.err
}

func (w *task) Sentence(err error) string {
	if errors.Is(err, ErrLarge) {
		return "Too large."
	}
	return ""
}

// queue is one that runs in a folder of its own.
func queue(t *testing.T, free func() uint64) *Queue {
	t.Helper()
	q, err := New(Options{Dir: filepath.Join(t.TempDir(), "made"), Free: free, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("got Run's error %v, want none", err)
		}
		if left := files(t, q); left != 0 {
			t.Errorf("got %d files left at the end, want none", left)
		}
	})
	return q
}

func plenty() uint64 { return 1 << 40 }

func files(t *testing.T, q *Queue) int {
	t.Helper()
	list, err := os.ReadDir(q.Dir())
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func (q *Queue) add(t *testing.T, owner string, w Work) *Job {
	t.Helper()
	j, err := q.Add(Order{Owner: owner, Name: "x.csv", Of: 100, Work: w})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// ended waits until a job is over.
func ended(t *testing.T, j *Job) State {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if s := j.State(); s.State != Working {
			return s
		}
		select {
		case <-ctx.Done():
			t.Fatal("got work after a minute, want its end")
		case <-tick.C:
		}
	}
}

// TestOutcomes is how work ends, and what is on the disk then.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		work task
		want State
		text string
	}{
		{"made", task{size: 7}, State{State: Ready, Done: 100, Size: 7}, ""},
		{"cancelled", task{open: make(chan struct{}), before: func(j *Job) { j.End() }}, State{State: Cancelled}, ""},
		{"failed", task{err: errors.New("secret")}, State{State: Failed}, "The server could not make this export; its log says why."},
		{"too large", task{err: ErrLarge}, State{State: Failed}, "Too large."},
		{"the disk fills", task{open: make(chan struct{}), before: func(j *Job) { j.cancel(ErrDisk) }}, State{State: Failed}, "The server's disk is nearly full: the export was given up."},
		{"half of it was looked through", task{err: errors.New("x"), before: func(j *Job) {
			for range 20_000 {
				j.Look()
			}
		}}, State{State: Failed, Done: 100}, "The server could not make this export; its log says why."},
	} {
		q := queue(t, plenty)
		j := q.add(t, "Ada", &tc.work)
		tc.want.Text = tc.text
		if got := ended(t, j); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
		want := 0
		if tc.want.State == Ready {
			want = 1
		}
		if got := files(t, q); got != want {
			t.Errorf("%s: got %d files, want %d", tc.name, got, want)
		}
	}
}

func TestProgressNeverSteps(t *testing.T) {
	t.Parallel()
	q := queue(t, plenty)
	told, open := make(chan *Job), make(chan struct{})
	j := q.add(t, "ada", &task{open: open, before: func(j *Job) { j.Advance(60); told <- j }})
	<-told
	if got := j.State().Done; got != 60 {
		t.Errorf("got %d units, want 60", got)
	}
	j.Reach(40)
	if got := j.State().Done; got != 60 {
		t.Errorf("got %d units after less was said, want 60", got)
	}
	j.Reach(400)
	if got := j.State().Done; got != 100 {
		t.Errorf("got %d units after too many, want 100", got)
	}
	close(open)
	ended(t, j)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	var free atomic.Uint64
	free.Store(1 << 30)
	q := queue(t, free.Load)
	for _, tc := range []struct {
		size int64
		want error
	}{{100 << 20, nil}, {300 << 20, ErrDisk}, {Largest + 1, ErrLarge}} {
		if got := q.Bears(tc.size); !errors.Is(got, tc.want) {
			t.Errorf("got %v for %d MB with 1 GB free, want %v", got, tc.size>>20, tc.want)
		}
	}
	if _, err := q.Add(Order{Owner: "ada", Size: Largest + 1, Work: &task{}}); !errors.Is(err, ErrLarge) {
		t.Errorf("got %v for too large a file, want %v", err, ErrLarge)
	}
	free.Store(1 << 40)
	open := make(chan struct{})
	for n := range AllJobs {
		owner := string(rune('a' + n/OwnJobs))
		q.add(t, owner, &task{open: open})
		if n%OwnJobs < OwnJobs-1 {
			continue
		}
		if _, err := q.Add(Order{Owner: strings.ToUpper(owner), Work: &task{}}); !errors.Is(err, ErrOwn) {
			t.Errorf("got %v for more than %d of one owner, want %v", err, OwnJobs, ErrOwn)
		}
	}
	if _, err := q.Add(Order{Owner: "zoe", Work: &task{}}); !errors.Is(err, ErrAll) {
		t.Errorf("got %v for more than %d, want %v", err, AllJobs, ErrAll)
	}
	close(open)
	for _, j := range q.Jobs() {
		ended(t, j)
	}
	ended(t, q.add(t, "zoe", &task{}))
}

// TestKept is how long, and how many.
func TestKept(t *testing.T) {
	t.Parallel()
	q := queue(t, plenty)
	long, err := q.Add(Order{Owner: "ada", Life: 2 * Life, Work: &task{}})
	if err != nil {
		t.Fatal(err)
	}
	ended(t, long)
	short := q.add(t, "ada", &task{})
	ended(t, short)
	other := q.add(t, "bob", &task{})
	ended(t, other)
	q.Expire(time.Now().Add(Life - time.Minute))
	if len(q.Jobs()) != 3 || q.Jobs()[0] != other {
		t.Errorf("got %d before the time is over, want all 3, the newest first", len(q.Jobs()))
	}
	q.Drop("BOB")
	q.Expire(time.Now().Add(Life))
	if got := q.Jobs(); len(got) != 1 || got[0] != long || q.Find("ADA", long.ID) != long || q.Find("ada", short.ID) != nil || q.Find("bob", long.ID) != nil {
		t.Errorf("got %d kept, want the one that is kept for longer", len(got))
	}
	if f, _, err := long.Open(); err != nil {
		t.Errorf("got %v, want the file", err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}
	if long.Fetched(); !long.State().Saved {
		t.Error("got it not saved, want it noted")
	}
	for range OwnFiles {
		ended(t, q.add(t, "ada", &task{}))
	}
	if q.Find("ada", long.ID) != nil || len(q.Jobs()) != OwnFiles || files(t, q) != OwnFiles {
		t.Errorf("got %d kept, want the newest %d", len(q.Jobs()), OwnFiles)
	}
	if _, _, err := long.Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v for a file that went, want %v", err, os.ErrNotExist)
	}
}

func TestLimited(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := &limited{&b, 3}
	if n, err := w.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("got %d, %v, want all that is allowed", n, err)
	}
	if n, err := w.Write([]byte("d")); n != 0 || !errors.Is(err, ErrLarge) || b.String() != "abc" {
		t.Errorf("got %d, %v, %q, want an end", n, err, b.String())
	}
}
