package notice

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// clock is a hand-moved clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// told notes what New was called with.
type told struct {
	mu   sync.Mutex
	list []string
}

func (l *told) New(session string, n Notice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, session+" "+n.Topic)
}

func (l *told) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := strings.Join(l.list, ", ")
	l.list = nil
	return s
}

func TestBookCountsRepeats(t *testing.T) {
	t.Parallel()
	c, l := newClock(), &told{}
	changed := 0
	b := NewBook(Options{Now: c.Now, New: l.New, Changed: func(string) { changed++ }})
	first := c.Now()
	for range 3 {
		b.Notice("ada", NoPrefix("ada", "data"))
		c.add(time.Second)
	}
	b.Notice("ada", NoPrefix("ada", "other"))
	b.Notice("bob", NoPrefix("bob", "data"))

	if got, want := l.take(), "ada data, ada other, bob data"; got != want {
		t.Errorf("told: got %q, want %q", got, want)
	}
	if got := b.Count("ada"); got != 2 {
		t.Errorf("Count: got %d, want 2", got)
	}
	list := b.List("ada")
	if len(list) != 2 || list[0].Topic != "other" || list[1].Topic != "data" {
		t.Fatalf("List: got %+v, want other, data", list)
	}
	n := list[1]
	if n.Count != 3 || !n.First.Equal(first) || !n.Last.Equal(first.Add(2*time.Second)) {
		t.Errorf("repeats: got %d, %v to %v, want 3, %v to 2 s later", n.Count, n.First, n.Last, first)
	}
	if changed != 5 {
		t.Errorf("Changed: got %d calls, want 5", changed)
	}

	b.Drop("ada")
	if got := b.List("ada"); got == nil || len(got) != 0 || b.Count("ada") != 0 {
		t.Errorf("after Drop: got %v, want an empty list", got)
	}
	b.Notice("", NoPrefix("", "data"))
	b.Notice("ada", Draft{})
	if b.Count("") != 0 || b.Count("ada") != 0 {
		t.Error("a draft of nobody or without a code was kept")
	}
}

// TestBookHappened: each mistake is passed on as a number that only its repeats
// share, in another process too.
func TestBookHappened(t *testing.T) {
	t.Parallel()
	var got []Kind
	for range 2 {
		c := newClock()
		b := NewBook(Options{Now: c.Now, Happened: func(session string, k Kind) {
			if session != "ada" {
				t.Errorf("got the session %s, want ada", session)
			}
			got = append(got, k)
		}})
		b.Notice("ada", Draft{Code: "a", Topic: "x"})
		c.add(2 * Silence)
		b.Notice("ada", Draft{Code: "a", Topic: "x", Text: "in other words"})
		b.Notice("ada", Draft{Code: "a", Topic: "y"})
		b.Notice("ada", Draft{Code: "b", Topic: "x"})
		b.Notice("ada", Draft{Code: "a", Topic: "z", Key: "k"})
		b.Drop("ada")
	}
	if len(got) != 10 || got[0] != got[1] {
		t.Fatalf("got %v, want ten, the first of them twice", got)
	}
	seen := map[Kind]bool{}
	for i, k := range got[:5] {
		seen[k] = true
		if got[i+5] != k {
			t.Errorf("%d: got %d in the next process, want %d", i, got[i+5], k)
		}
	}
	if len(seen) != 4 {
		t.Errorf("got %v, want four kinds", got[:5])
	}
}

func TestBookTellsAgainAfterSilence(t *testing.T) {
	t.Parallel()
	c, l := newClock(), &told{}
	b := NewBook(Options{Now: c.Now, New: l.New})
	steps := []struct {
		name string
		wait time.Duration
		want string
	}{
		{"first", 0, "ada data"},
		{"at once", 0, ""},
		{"almost", Silence - 1, ""},
		{"almost again", Silence - 1, ""},
		{"after the silence", Silence, "ada data"},
		{"at once after it", time.Second, ""},
	}
	for _, s := range steps {
		c.add(s.wait)
		b.Notice("ada", NoPrefix("ada", "data"))
		if got := l.take(); got != s.want {
			t.Errorf("%s: got %q, want %q", s.name, got, s.want)
		}
	}
}

func TestBookIsBounded(t *testing.T) {
	t.Parallel()
	c, l := newClock(), &told{}
	b := NewBook(Options{Now: c.Now, New: l.New})
	long := strings.Repeat("°", 5000)
	for i := range MaxNotices + 50 {
		b.Notice("ada", NoPrefix("ada", fmt.Sprint("t", i)))
		b.Notice("ada", NoPrefix("ada", "t0")) // stays, since it was seen lately
		c.add(time.Millisecond)
	}
	b.Notice("ada", NoPrefix("ada", long+"a"))
	b.Notice("ada", NoPrefix("ada", long+"b"))
	list := b.List("ada")
	if len(list) != MaxNotices {
		t.Fatalf("got %d notices, want %d", len(list), MaxNotices)
	}
	if list[0].Topic != list[1].Topic || list[0].Count != 1 {
		t.Errorf("long topics: got %+v, want two notices with the cut topic", list[:2])
	}
	if n := len(list[0].Topic); n > maxTopic+3 || !utf8.ValidString(list[0].Topic) {
		t.Errorf("long topic: got %d bytes, want at most %d of UTF-8", n, maxTopic)
	}
	if list[2].Topic != "t0" || list[2].Count != MaxNotices+51 {
		t.Errorf("frequent notice: got %s %d times, want t0 %d times", list[2].Topic, list[2].Count, MaxNotices+51)
	}
	if got := strings.Count(l.take(), ",") + 1; got < tellBurst || got > tellBurst+5 {
		t.Errorf("told %d of a flood, want about %d", got, tellBurst)
	}
}

// What could not be told in a flood is told when it comes again.
func TestBookTellsLater(t *testing.T) {
	t.Parallel()
	c, l := newClock(), &told{}
	b := NewBook(Options{Now: c.Now, New: l.New})
	for i := range tellBurst {
		b.Notice("ada", NoPrefix("ada", fmt.Sprint(i)))
	}
	l.take()
	b.Notice("ada", NoPrefix("ada", "late"))
	if got := l.take(); got != "" {
		t.Errorf("in the flood: got %q, want nothing", got)
	}
	c.add(time.Second)
	b.Notice("ada", NoPrefix("ada", "late"))
	if got := l.take(); got != "ada late" {
		t.Errorf("after the flood: got %q, want it told", got)
	}
}

// New may call the book and is called in order, one call at a time.
func TestBookOrder(t *testing.T) {
	t.Parallel()
	var b *Book
	inside, most, depth := 0, 0, 0
	var order []string
	b = NewBook(Options{New: func(s string, n Notice) {
		inside++
		most = max(most, inside)
		order = append(order, n.Topic)
		if depth++; depth < 5 {
			b.Notice(s, NoPrefix(s, fmt.Sprint("again", depth)))
		}
		inside--
	}})
	b.Notice("ada", NoPrefix("ada", "data"))
	if got, want := fmt.Sprint(order), "[data again1 again2 again3 again4]"; got != want || most != 1 {
		t.Errorf("got %s with %d calls at once, want %s with 1", got, most, want)
	}
}

func TestBookConcurrent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	last := map[string]int{}
	b := NewBook(Options{New: func(s string, n Notice) {
		mu.Lock()
		defer mu.Unlock()
		last[s]++
	}, Changed: func(string) {}})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				s := fmt.Sprint("s", i%3)
				b.Notice(s, NoPrefix(s, fmt.Sprint(i%20)))
				if i%50 == g {
					b.List(s)
					b.Count(s)
				}
				if i%100 == 99 && g == 0 {
					b.Drop("s2")
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range b.List("s0") {
		total += n.Count
	}
	if want := 8 * 67; total != want {
		t.Errorf("counts of s0: got %d, want %d", total, want)
	}
	if got, want := b.total.Load(), int64(b.Count("s0")+b.Count("s1")+b.Count("s2")); got != want {
		t.Errorf("total: got %d, want %d", got, want)
	}
}

func BenchmarkNoticeRepeat(b *testing.B) {
	book := NewBook(Options{New: func(string, Notice) {}, Changed: func(string) {}})
	d := NoPrefix("ada", "data")
	b.ReportAllocs()
	for b.Loop() {
		book.Notice("ada", d)
	}
}

func BenchmarkSentence(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = NoPrefix("alice", "sensors/data")
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	b := NewBook(Options{})
	b.Notice("ada", Dropped("board"))
	b.Rename("ada", "eve")
	if got, old := b.Count("eve"), b.Count("ada"); got != 1 || old != 0 {
		t.Errorf("got %d notices, and %d of the old name, want 1 and 0", got, old)
	}
	b.Notice("eve", Dropped("board"))
	if got := b.List("eve"); len(got) != 1 || got[0].Count != 2 {
		t.Errorf("got %+v, want the same notice twice", got)
	}
}
