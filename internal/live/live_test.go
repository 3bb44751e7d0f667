package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

func (p *page) Wall(context.Context) []Tile {
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

func TestStreamSendsNewRowsWithinATick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		current := series.Column{Name: "current", Quantity: sensor.Current, Unit: "mA", Sent: "A", Factor: 1000}
		id := c.define("ada", "mcu/ina219", voltage, current)
		c.append(id, 5, 0.1)
		b := c.browse("ada", -1)
		synctest.Wait()
		if got, want := b.names(), []string{"hello", "series", "state", "notices"}; !slices.Equal(got, want) {
			t.Fatalf("got first events %v, want %v", got, want)
		}
		if got, want := b.lastID(), "1"; got != want {
			t.Errorf("got id %q, want %q", got, want)
		}
		c.append(id, 5.012, 0.0813)
		time.Sleep(Tick)
		synctest.Wait()
		now := time.Now().Add(-Tick).UTC().Format("2006-01-02T15:04:05.000Z")
		want := `{"series":[{"name":"mcu/ina219","rows":[[2,"` + now + `",5.012,81.3]],"restarts":[]}]}`
		if got := b.data("rows"); len(got) != 1 || got[0] != want {
			t.Errorf("got rows %v, want one: %s", got, want)
		}
		if got := b.lastID(); got != "2" {
			t.Errorf("got id %q, want 2", got)
		}
		b.stop()
		if err := <-b.err; !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
	})
}

func TestSeriesComesBeforeTheRowsThatNeedIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		b := c.browse("ada", -1)
		synctest.Wait()
		id := c.define("ada", "x", voltage)
		c.append(id, 1)
		time.Sleep(Tick)
		synctest.Wait()
		names := b.names()
		if s, r := slices.Index(names[2:], "series"), slices.Index(names[2:], "rows"); s < 0 || r < s {
			t.Errorf("got events %v, want series before rows", names)
		}
		milli := voltage
		milli.Unit, milli.Sent, milli.Factor, milli.Set = "V", "mV", 0.001, true
		if err := c.store.SetColumn(id, 0, milli); err != nil {
			t.Fatal(err)
		}
		c.append(id, 1)
		c.hub.Mark("ada", MarkSeries)
		time.Sleep(Tick)
		synctest.Wait()
		rows := b.data("rows")
		if got := rows[len(rows)-1]; !strings.Contains(got, `,0.001]`) {
			t.Errorf("got rows %s after the unit changed, want 0.001", got)
		}
		if got := c.hub.Latest("ADA"); len(got) != 1 || got[0].Row.Values[0] != 0.001 {
			t.Errorf("got latest %v, want 0.001", got)
		}
	})
}

func TestReturningBrowserMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		random := rand.New(rand.NewPCG(1, 2))
		ids := []series.ID{c.define("ada", "a", voltage), c.define("ada", "b", voltage)}
		want := map[string][]int64{}
		names := []string{"a", "b"}
		grow := func() {
			for range random.IntN(20) {
				k := random.IntN(2)
				want[names[k]] = append(want[names[k]], c.append(ids[k], 1))
			}
		}
		var rows []string
		after := int64(0)
		for range 300 {
			grow()
			b := c.browse("ada", after)
			if random.IntN(2) == 0 {
				synctest.Wait()
			}
			grow()
			time.Sleep(time.Duration(random.IntN(250)) * time.Millisecond)
			grow()
			b.stop()
			<-b.err
			rows = append(rows, b.data("rows")...)
			if id := b.lastID(); id != "" {
				after, _ = strconv.ParseInt(id, 10, 64)
			}
		}
		b := c.browse("ada", after)
		synctest.Wait()
		rows = append(rows, b.data("rows")...)
		if got := seqs(t, rows); !slices.Equal(got["a"], want["a"]) || !slices.Equal(got["b"], want["b"]) {
			t.Errorf("got %d and %d rows, want %d and %d, each once and in order",
				len(got["a"]), len(got["b"]), len(want["a"]), len(want["b"]))
		}
		b.stop()
	})
}

func TestReset(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		rows     int
		after    int64
		want     string
		wantRows int
	}{
		{"just as many as are sent", MaxCatchUp, 0, "", MaxCatchUp},
		{"one more", MaxCatchUp + 1, 0, `{"seq":5001}`, 0},
		{"of another store", 3, 99, `{"seq":3}`, 0},
		{"missed nothing", 3, 3, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t)
				id := c.define("ada", "a", voltage)
				for range tc.rows {
					c.append(id, 1)
				}
				b := c.browse("ada", tc.after)
				synctest.Wait()
				if got := strings.Join(b.data("reset"), " "); got != tc.want {
					t.Errorf("got reset %q, want %q", got, tc.want)
				}
				if got := len(seqs(t, b.data("rows"))["a"]); got != tc.wantRows {
					t.Errorf("got %d rows, want %d", got, tc.wantRows)
				}
				c.append(id, 2)
				time.Sleep(Tick)
				synctest.Wait()
				if got := seqs(t, b.data("rows"))["a"]; len(got) != tc.wantRows+1 || got[len(got)-1] != int64(tc.rows+1) {
					t.Errorf("got %d rows after one more, want %d", len(got), tc.wantRows+1)
				}
				b.stop()
			})
		})
	}
}

func TestTooManyRowsForATickBecomeAReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		id := c.define("ada", "a", voltage)
		b := c.browse("ada", -1)
		synctest.Wait()
		if err := c.store.Append(series.Batch{Series: id, Rows: make([]series.Row, maxPending)}); err != nil {
			t.Fatal(err)
		}
		c.append(id, 1)
		time.Sleep(Tick)
		synctest.Wait()
		if got, want := b.data("reset"), `{"seq":20001}`; len(got) != 1 || got[0] != want {
			t.Errorf("got reset %v, want %v", got, want)
		}
		if got := b.data("rows"); len(got) != 0 {
			t.Errorf("got %d events of rows, want none", len(got))
		}
		b.stop()
	})
}

func TestSlowBrowserIsCutAndNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		id := c.define("ada", "a", voltage)
		release := make(chan struct{})
		slow := make(chan error, 1)
		go func() {
			n := 0
			ctx, stop := context.WithTimeout(t.Context(), time.Hour)
			defer stop()
			slow <- c.hub.Stream(ctx, "ada", -1, func([]byte) error {
				if n++; n > 1 {
					<-release
				}
				return nil
			})
		}()
		quick := c.browse("ada", -1)
		synctest.Wait()
		for range 3 * queued {
			c.append(id, 1)
			time.Sleep(Tick)
		}
		synctest.Wait()
		close(release)
		if err := <-slow; !errors.Is(err, ErrCut) {
			t.Errorf("got error %v, want %v", err, ErrCut)
		}
		if got := len(seqs(t, quick.data("rows"))["a"]); got != 3*queued {
			t.Errorf("got %d rows at the quick browser, want %d", got, 3*queued)
		}
		if got := c.hub.Cuts(); got != 1 {
			t.Errorf("got %d cuts, want 1", got)
		}
		quick.stop()
		<-quick.err
		if got := c.hub.Watching(); got != 0 {
			t.Errorf("got %d watching, want 0", got)
		}
	})
}

func TestNobodyWatchingCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		id := c.define("ada", "a", voltage)
		for range 50 {
			c.append(id, 1)
			time.Sleep(Tick)
		}
		if got := c.page.asked.Load(); got != 0 {
			t.Errorf("got %d questions to the source, want none", got)
		}
		b := c.browse("ada", -1)
		time.Sleep(time.Second)
		b.stop()
		<-b.err
		time.Sleep(Tick)
		synctest.Wait()
		before := c.page.asked.Load()
		time.Sleep(time.Minute)
		if got := c.page.asked.Load(); got != before {
			t.Errorf("got %d questions after the last browser left, want none", got-before)
		}
	})
}

func TestStateComesOnChangeAndEvery2s(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		b := c.browse("ada", -1)
		time.Sleep(10*time.Second + Tick)
		synctest.Wait()
		if got := len(b.data("state")); got < 6 || got > 7 {
			t.Errorf("got %d states in 10 s, want 6 or 7", got)
		}
		time.Sleep(500 * time.Millisecond)
		c.page.key.Store(7)
		time.Sleep(Tick)
		synctest.Wait()
		states := b.data("state")
		if got, want := states[len(states)-1], `{"n":7}`; got != want {
			t.Errorf("got state %s, want %s", got, want)
		}
		b.stop()
	})
}

func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		do   func(*class)
		want error
	}{
		{"server stops", func(c *class) { c.stop() }, ErrEnded},
		{"session removed", func(c *class) { c.hub.Drop("Ada") }, ErrGone},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClass(t)
				b := c.browse("ada", -1)
				synctest.Wait()
				tc.do(c)
				if err := <-b.err; !errors.Is(err, tc.want) {
					t.Errorf("got error %v, want %v", err, tc.want)
				}
			})
		})
	}
}

func TestWallSendsAllThenWhatChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		set := func(tiles ...Tile) {
			c.page.mu.Lock()
			defer c.page.mu.Unlock()
			c.page.tiles = tiles
		}
		tile := func(name string, n int) Tile {
			return Tile{name, fmt.Appendf(nil, `{"session":"%s","n":%d}`, name, n)}
		}
		set(tile("ada", 1), tile("bob", 1))
		var mu sync.Mutex
		var got []string // guarded by mu
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- c.hub.Wall(ctx, func(b []byte) error {
				mu.Lock()
				defer mu.Unlock()
				if data := events(string(b))[0].data; data != "[]" {
					got = append(got, data)
				}
				return nil
			})
		}()
		time.Sleep(2 * Tick)
		set(tile("ada", 2), tile("bob", 1))
		time.Sleep(time.Second)
		set(tile("ada", 2))
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		<-done
		want := []string{
			`[{"session":"ada","n":1},{"session":"bob","n":1}]`,
			`[{"session":"ada","n":2}]`,
			`[{"session":"bob","removed":true}]`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestSparkIsOfTheMainQuantity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		current := series.Column{Name: "current", Quantity: sensor.Current, Unit: "mA", Sent: "A", Factor: 1000}
		c.append(c.define("ada", "temp", series.Column{Name: "t", Quantity: sensor.Temperature, Unit: "°C"}), 21)
		id := c.define("ada", "x", voltage, current)
		for i := range 70 {
			c.append(id, 5, float64(i))
			c.append(id, 5, float64(i)+1)
			time.Sleep(time.Second)
		}
		got := c.hub.Spark("ada", time.Now())
		if len(got) != 59 || got[len(got)-1] != 69500 {
			t.Errorf("got %d means ending with %v, want 59 ending with 69500", len(got), got[len(got)-1:])
		}
	})
}

func TestLoadReadsWhatWasKeptBefore(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	id, _ := store.Define("ada", "x", []series.Column{{Name: "current", Unit: "mA", Sent: "A", Factor: 1000}})
	if err := store.Append(series.Batch{Series: id, Rows: []series.Row{{Time: 1, Values: []float64{0.5}}}}); err != nil {
		t.Fatal(err)
	}
	hub := New()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- hub.Run(ctx, store, &page{reader: store}) }()
	for _, name := range []string{"ada", ""} {
		if err := hub.Load(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if got := hub.Latest("ada"); len(got) != 1 || got[0].Row.Values[0] != 500 || hub.Seq("ada") != 1 {
			t.Errorf("got latest %v, want 500", got)
		}
	}
	stop()
	<-done
}
