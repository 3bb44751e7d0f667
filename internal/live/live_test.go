package live

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

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
		{"its password is another", func(c *class) { c.hub.End("Bob"); c.hub.End("Ada") }, ErrGone},
		{"the instructor's is", func(c *class) { c.hub.End(session.Instructor) }, ErrGone},
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

// TestWallEnds: a session's new password ends no wall, the instructor's does.
func TestWallEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		done := make(chan error, views)
		for v := range views {
			go func() { done <- c.hub.Wall(t.Context(), v, func([]byte) error { return nil }) }()
		}
		synctest.Wait()
		c.hub.End("ada")
		synctest.Wait()
		if len(done) > 0 {
			t.Errorf("ada's new password: got %v, want the walls to go on", <-done)
		}
		c.hub.End(session.Instructor)
		for range views {
			if err := <-done; !errors.Is(err, ErrGone) {
				t.Errorf("the instructor's: got %v, want ErrGone", err)
			}
		}
	})
}

// TestViewsCallTilesByTheirNames: what is gone from the projector is told by its
// id, and from the instructor's wall by its session.
func TestViewsCallTilesByTheirNames(t *testing.T) {
	t.Parallel()
	for v, want := range map[View]string{
		ViewClass: `[{"session":"a\"b","removed":true}]`, ViewProjector: `[{"id":"a\"b","removed":true}]`, ViewNames: `[{"id":"a\"b","removed":true}]`,
	} {
		x := wall{tiles: map[string][]byte{}}
		x.changed([]Tile{{Key: `a"b`, JSON: []byte("{}")}}, v, false)
		if got := string(x.changed(nil, v, false)); got != want {
			t.Errorf("view %d: got %s, want %s", v, got, want)
		}
	}
}
