package wal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/wal"
	"labbroker/internal/wal/waltest"
)

// Many append and commit at once; the machine is killed at some byte or loses
// power. Everything committed (with power lost: synced) is there, each
// goroutine's records in their order, none twice.
func TestGroupCommitAndKill(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		fs := new(waltest.FS)
		o := wal.Options{FS: fs, SegmentSize: int64(200 + r.IntN(5000)), Power: seed%3 == 0, MaxPending: 100 + r.IntN(4000)}
		l, _ := open(t, o)
		fs.KillAfter(1 + r.Int64N(20000))
		const workers = 5
		var committed [workers]int
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := 1; i <= 100; i++ {
					s := add(l, fmt.Sprintf("%d %d %s", w, i, strings.Repeat("z", (i*w)%70)))
					if i%(w+1) != 0 {
						continue
					}
					if err := l.Commit(s.End()); err != nil {
						if !errors.Is(err, waltest.ErrDead) {
							t.Errorf("commit: got %v, want only %v", err, waltest.ErrDead)
						}
						return
					}
					committed[w] = i
				}
			})
		}
		wg.Wait()
		if o.Power {
			o.FS = fs.PowerCut(r)
		} else {
			o.FS = fs.Restart()
		}
		_ = l.Close()
		l, got := open(t, o)
		var last [workers]int
		for _, rec := range got {
			var w, i int
			if _, err := fmt.Sscanf(rec, "%d %d", &w, &i); err != nil {
				t.Fatal(err)
			}
			if i != last[w]+1 {
				t.Fatalf("seed %d: got record %d of %d after %d, want the next", seed, i, w, last[w])
			}
			last[w] = i
		}
		for w := range workers {
			if last[w] < committed[w] {
				t.Fatalf("seed %d: got %d records of %d, want the committed %d", seed, last[w], w, committed[w])
			}
		}
		closeLog(t, l)
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	fs := new(waltest.FS)
	o := wal.Options{FS: fs, SegmentSize: 300, MaxPending: 1000}
	l, _ := open(t, o)
	fs.Limit(700)
	var want []string
	failed := 0
	for _, rec := range records(40) {
		want = append(want, rec)
		if err := l.Commit(add(l, rec).End()); err != nil {
			failed++
			if !errors.Is(err, waltest.ErrFull) {
				t.Fatalf("commit: got %v, want %v", err, waltest.ErrFull)
			}
		} else if failed > 0 {
			t.Fatalf("commit on a full disk: got no error, want %v", waltest.ErrFull)
		}
	}
	if err := l.Stuck(); failed == 0 || !errors.Is(err, waltest.ErrFull) {
		t.Errorf("stuck with %d commits failed: got %v, want %v", failed, err, waltest.ErrFull)
	}
	// A process killed now finds what was written, and no half of the rest.
	_, got, err := tryOpen(wal.Options{FS: fs.Restart()})
	if err != nil || !slices.Equal(got, want[:len(got)]) || len(got) < 40-failed {
		t.Errorf("killed when full: got %d records and %v, want at least %d", len(got), err, 40-failed)
	}
	_ = l.Close()

	fs = new(waltest.FS)
	o.FS = fs
	l, _ = open(t, o)
	fs.Limit(300)
	for _, rec := range want {
		add(l, rec)
	}
	if err := l.Flush(); !errors.Is(err, waltest.ErrFull) {
		t.Errorf("flush: got %v, want %v", err, waltest.ErrFull)
	}
	fs.Limit(-1)
	if err := l.Flush(); err != nil || l.Stuck() != nil {
		t.Errorf("flush with room: got %v, %v, want no error", err, l.Stuck())
	}
	closeLog(t, l)
	l, got = open(t, o)
	if !slices.Equal(got, want) {
		t.Errorf("replayed: got %d records, want all %d", len(got), len(want))
	}
	closeLog(t, l)
}

// What a failed sync was for is written again before a sync counts.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for _, size := range []int64{150, 1 << 20} {
		fs := new(waltest.FS)
		o := wal.Options{FS: fs, Power: true, SegmentSize: size}
		l, _ := open(t, o)
		var want []string
		for i, rec := range records(12) {
			if i%4 == 1 {
				fs.BreakSync(broken)
			}
			want = append(want, rec)
			s := add(l, rec)
			if i%4 == 1 {
				if err := l.Commit(s.End()); !errors.Is(err, broken) {
					t.Errorf("commit: got %v, want %v", err, broken)
				}
				fs.BreakSync(nil)
			}
			if err := l.Commit(s.End()); err != nil {
				t.Errorf("commit on the mended disk: got %v, want no error", err)
			}
		}
		o.FS = fs.PowerCut(rand.New(rand.NewPCG(0, 0)))
		_ = l.Close()
		l, got := open(t, o)
		if !slices.Equal(got, want) {
			t.Errorf("after a power cut: got %d records, want all %d", len(got), len(want))
		}
		closeLog(t, l)
	}
}

// Nobody commits: it is written and synced all the same.
func TestSyncsWithinTheLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fs := new(waltest.FS)
		l, _ := open(t, wal.Options{FS: fs})
		for i := range 10 {
			add(l, fmt.Sprint(i))
			<-time.After(30 * time.Millisecond)
		}
		<-time.After(70 * time.Millisecond)
		after := fs.PowerCut(rand.New(rand.NewPCG(0, 0)))
		_ = l.Close()
		l, got := open(t, wal.Options{FS: after})
		if len(got) != 10 {
			t.Errorf("power cut 100 ms after the last: got %d records, want 10", len(got))
		}
		closeLog(t, l)
	})
}

// A disk that syncs slowly makes Commit wait before a power cut could cost more
// than 100 ms of acknowledgements.
func TestSlowDiskHoldsCommits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fs := new(waltest.FS)
		l, _ := open(t, wal.Options{FS: fs})
		var mu sync.Mutex
		var unsafe []time.Time // commits that no sync has covered
		fs.OnSync(func(string) {
			mu.Lock()
			n := len(unsafe)
			mu.Unlock()
			<-time.After(700 * time.Millisecond)
			mu.Lock()
			unsafe = unsafe[n:]
			mu.Unlock()
		})
		start, n, most := time.Now(), 0, time.Duration(0)
		for time.Since(start) < 5*time.Second {
			if err := l.Commit(add(l, "x").End()); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			unsafe = append(unsafe, time.Now())
			most = max(most, time.Since(unsafe[0]))
			mu.Unlock()
			n++
			<-time.After(time.Millisecond)
		}
		if most > 102*time.Millisecond || most < 90*time.Millisecond {
			t.Errorf("a power cut would have cost: got %v of %d commits, want about 100ms", most, n)
		}
		closeLog(t, l)
	})
}
