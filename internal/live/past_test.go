package live

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
	"labbroker/sensor"
)

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
			done <- c.hub.Wall(ctx, ViewClass, func(b []byte) error {
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
