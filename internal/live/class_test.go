package live

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
	"labbroker/sensor"
)

// page is a Source over a store in memory.
type page struct {
	reader series.Reader
	asked  atomic.Int64
	key    atomic.Uint64 // changes make a state
	mu     sync.Mutex
	tiles  []Tile // guarded by mu
}

func (p *page) Parts(ctx context.Context, name string, want Want) Parts {
	p.asked.Add(1)
	var parts Parts
	if want.Series {
		parts.Infos, _ = p.reader.List(ctx, name)
		var columns []string
		for _, info := range parts.Infos {
			for _, c := range info.Columns {
				columns = append(columns, info.Name+"."+c.Name+" "+c.Unit)
			}
		}
		parts.Series, _ = json.Marshal(columns)
	}
	if key := p.key.Load(); want.State || key != want.StateKey {
		parts.State, parts.StateKey = []byte(`{"n":`+strconv.FormatUint(key, 10)+`}`), key
	}
	if want.Notices {
		parts.Notices = []byte(`[]`)
	}
	return parts
}

func (p *page) Wall(context.Context, View) []Tile {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tiles)
}

// class is a hub over a store in memory, running.
type class struct {
	t     testing.TB
	hub   *Hub
	store *memory.Store
	page  *page
	stop  context.CancelFunc
}

func newClass(t testing.TB) *class {
	hub := New()
	store := memory.New(memory.Options{Committed: hub.Committed})
	ctx, stop := context.WithCancel(t.Context())
	c := &class{t, hub, store, &page{reader: store}, stop}
	done := make(chan error)
	go func() { done <- hub.Run(ctx, store, c.page) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("got Run's error %v, want none", err)
		}
	})
	return c
}

var voltage = series.Column{Name: "voltage", Quantity: sensor.Voltage, Unit: "V", Sent: "V"}

func (c *class) define(name, topic string, columns ...series.Column) series.ID {
	id, err := c.store.Define(name, topic, columns)
	if err != nil {
		c.t.Error(err)
	}
	return id
}

func (c *class) append(id series.ID, values ...float64) int64 {
	rows := []series.Row{{Time: time.Now().UnixNano(), Values: values}}
	if err := c.store.Append(series.Batch{Series: id, Rows: rows}); err != nil {
		c.t.Error(err)
	}
	return rows[0].Seq
}

type event struct{ id, name, data string }

// events splits what was written.
func events(text string) []event {
	var list []event
	for _, block := range strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		var e event
		for _, line := range strings.Split(block, "\n") {
			key, value, _ := strings.Cut(line, ": ")
			switch key {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			}
		}
		list = append(list, e)
	}
	return list
}

// browser collects the events of one stream.
type browser struct {
	mu   sync.Mutex
	list []event // guarded by mu
	err  chan error
	stop context.CancelFunc
}

func (c *class) browse(name string, after int64) *browser {
	ctx, stop := context.WithCancel(c.t.Context())
	b := &browser{err: make(chan error, 1), stop: stop}
	go func() {
		b.err <- c.hub.Stream(ctx, name, after, func(data []byte) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.list = append(b.list, events(string(data))...)
			return nil
		})
	}()
	return b
}

// names are the names of the events, and data those of one name.
func (b *browser) names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, e := range b.list {
		names = append(names, e.name)
	}
	return names
}

func (b *browser) data(name string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var data []string
	for _, e := range b.list {
		if e.name == name {
			data = append(data, e.data)
		}
	}
	return data
}

func (b *browser) lastID() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := ""
	for _, e := range b.list {
		if e.id != "" {
			id = e.id
		}
	}
	return id
}

// seqs are the row numbers that came, by series, in order of coming.
func seqs(t testing.TB, rows []string) map[string][]int64 {
	t.Helper()
	got := map[string][]int64{}
	for _, data := range rows {
		var d struct {
			Series []struct {
				Name string
				Rows [][]any
			}
		}
		if err := json.Unmarshal([]byte(data), &d); err != nil {
			t.Fatalf("got rows %s: %v", data, err)
		}
		for _, s := range d.Series {
			for _, r := range s.Rows {
				got[s.Name] = append(got[s.Name], int64(r[0].(float64)))
			}
		}
	}
	return got
}
