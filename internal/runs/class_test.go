package runs

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/ingest"
	"labbroker/internal/notice"
	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

// class is a pipeline with a recorder on a store, from the message to the
// answer.
type class struct {
	t     *testing.T
	store *memory.Store
	rec   *Recorder
	pipe  *ingest.Pipeline
	stop  func()

	mu      sync.Mutex // guards the following
	at      time.Time
	told    []notice.Draft
	answers []string
	changes map[string]int
}

func (c *class) Notice(_ string, d notice.Draft) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, d)
}

func (c *class) Numeric(string, string)    {}
func (c *class) Reading(string, time.Time) {}

func newClass(t *testing.T) *class {
	c := &class{t: t, changes: map[string]int{}, at: time.Date(2026, 11, 22, 14, 3, 22, 0, time.UTC)}
	c.store = memory.New(memory.Options{Committed: func(list []series.Committed) { c.rec.Committed(list) }})
	c.start()
	t.Cleanup(func() { c.stop() })
	return c
}

// start makes pipeline and recorder on the store as it is, like a server that
// starts again.
func (c *class) start() {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	c.rec = New(c.store, c, Options{
		Log: log, Location: time.UTC, Now: c.now,
		Changed: func(session, what string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.changes[session+" "+what]++
		},
		Answer: func(topic string, payload []byte) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.answers = append(c.answers, topic+" "+string(payload))
			return nil
		},
		URL: func(session, file string) string { return "http://host/" + session + "/" + file },
	})
	if err := c.rec.Restore(context.Background()); err != nil {
		c.t.Fatal(err)
	}
	c.pipe = ingest.New(c.store, c.store, c, c, ingest.Options{Log: log, Bench: c.rec})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.rec.Run(ctx); err != nil {
			c.t.Error(err)
		}
	})
	c.stop = func() { cancel(); wg.Wait() }
}

func (c *class) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *class) restart() {
	c.stop()
	c.start()
}

func (c *class) send(topic, payload string) {
	c.mu.Lock()
	c.at = c.at.Add(100 * time.Millisecond)
	c.mu.Unlock()
	c.pipe.Accept(ingest.Message{Session: "ada", Topic: topic, Payload: []byte(payload), At: c.now()})
}

// wait polls until done says nothing.
func (c *class) wait(missing func() string) {
	c.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for {
		what := missing()
		if what == "" {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			c.t.Fatalf("after 30 s: %s", what)
		}
	}
}

// runs are the session's, the earliest first: "name kind first-last rows".
func (c *class) runs(want ...string) {
	c.t.Helper()
	c.wait(func() string {
		list, err := c.store.Runs(context.Background(), "ada")
		if err != nil {
			c.t.Fatal(err)
		}
		slices.SortFunc(list, func(a, b series.Run) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Kind, b.Kind)) })
		var got []string
		for _, r := range list {
			s := fmt.Sprintf("%s %s %d-%d %d", r.Name, r.Kind, r.First, r.Last, r.Rows)
			if r.Open() != r.Ended.IsZero() || r.Started.IsZero() {
				s += fmt.Sprintf(" from %v to %v", r.Started, r.Ended)
			}
			got = append(got, s)
		}
		if !slices.Equal(got, want) {
			return fmt.Sprintf("got runs %q, want %q", got, want)
		}
		return ""
	})
}

func (c *class) answered(want ...string) {
	c.t.Helper()
	c.wait(func() string {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !slices.Equal(c.answers, want) {
			return fmt.Sprintf("got answers %q, want %q", c.answers, want)
		}
		return ""
	})
}

func (c *class) codes() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, d := range c.told {
		list = append(list, string(d.Code))
	}
	return strings.Join(list, " ")
}

func (c *class) plot(file string) series.Plot {
	c.t.Helper()
	p, err := c.store.PlotFile(context.Background(), "ada", file)
	if err != nil {
		c.t.Fatalf("plot %s: %v", file, err)
	}
	return p
}

// drawn are the numbers of a plot, in the order of its columns.
func (c *class) drawn(p series.Plot) (titles []string, rows [][]float64) {
	c.t.Helper()
	info, err := c.store.Get(context.Background(), "ada", p.SeriesName)
	if err != nil {
		c.t.Fatal(err)
	}
	places := p.Columns
	if places == nil {
		for i := range info.Columns {
			places = append(places, i)
		}
	}
	for _, i := range places {
		titles = append(titles, info.Columns[i].Title)
	}
	err = c.store.Rows(context.Background(), p.Series, p.Query(), func(r series.Row) error {
		var row []float64
		for _, i := range places {
			row = append(row, r.Values[i])
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return titles, rows
}
