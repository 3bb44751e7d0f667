// Package seriestest is the contract of a store of series: one suite that
// every store passes.
package seriestest

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"labbroker/internal/series"
)

// Store is what the suite asks of a store.
type Store interface {
	series.Appender
	series.Reader
	series.Keeper
	series.Runs
	series.RunEnds
	series.Plots
	series.Counter
	series.Controls
	Close() error
}

// Make opens an empty store that tells committed, which may be nil, and is
// closed at the end of the test.
type Make func(t *testing.T, committed func([]series.Committed)) Store

// Run runs the suite, each test on a store of its own.
func Run(t *testing.T, open Make) {
	for name, test := range map[string]func(*testing.T, Make){
		"define":         define,
		"columns":        columns,
		"append":         appending,
		"values":         values,
		"names":          names,
		"queries":        queries,
		"clocks":         clocks,
		"units":          units,
		"delete":         deletion,
		"committed":      committed,
		"concurrent":     concurrent,
		"closed":         closed,
		"points":         points,
		"points of gaps": gaps,
		"points of time": ranges,
		"points of many": wide,
		"ends":           ends,
		"titles":         titles,
		"runs":           runs,
		"latest runs":    latestRuns,
		"plots":          plots,
		"bench deleted":  benchDeleted,
		"renamed":        renamed,
		"controls":       controls,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// epoch is when the suite's rows begin.
var epoch = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC).UnixNano()

const second = int64(time.Second)

var volt = []series.Column{{Name: "voltage", Quantity: "voltage", Unit: "V", Sent: "V", Factor: 1}}

func mustDefine(t *testing.T, s Store, session, name string, c []series.Column) series.ID {
	t.Helper()
	id, err := s.Define(session, name, c)
	if err != nil {
		t.Fatalf("Define(%q, %q): %v", session, name, err)
	}
	return id
}

// put appends rows in batches and waits until they can be read.
func put(t *testing.T, s Store, id series.ID, rows []series.Row) {
	t.Helper()
	before := info(t, s, id).Rows
	for at := 0; at < len(rows); at += 1000 {
		if err := s.Append(series.Batch{Series: id, Rows: rows[at:min(at+1000, len(rows))]}); err != nil {
			t.Fatalf("Append: %v", err)
		}
	}
	Wait(t, "rows are committed", func() bool { return info(t, s, id).Rows == before+int64(len(rows)) })
}

func info(t *testing.T, s Store, id series.ID) series.Info {
	t.Helper()
	list, err := s.List(context.Background(), "")
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	for _, i := range list {
		if i.ID == id {
			return i
		}
	}
	t.Fatalf("List has no series %d", id)
	return series.Info{}
}

// Wait polls until done, failing the test after 20 s.
func Wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited 20 s until %s", what)
		}
	}
}

// Read returns the rows of a query.
func Read(t *testing.T, s series.Reader, id series.ID, q series.Query) []series.Row {
	t.Helper()
	var rows []series.Row
	err := s.Rows(context.Background(), id, q, func(r series.Row) error {
		r.Values = append([]float64(nil), r.Values...)
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatalf("Rows(%+v): %v", q, err)
	}
	for i := range rows {
		if i > 0 && rows[i].Seq <= rows[i-1].Seq {
			t.Fatalf("Rows(%+v): seq %d after %d", q, rows[i].Seq, rows[i-1].Seq)
		}
	}
	return rows
}

// Same says whether two numbers are equal, gaps too.
func Same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func define(t *testing.T, open Make) {
	s := open(t, nil)
	a := mustDefine(t, s, "Ada", "mcu/ina219", volt)
	for _, c := range []struct {
		name, session, series string
		same                  bool
	}{
		{"again", "Ada", "mcu/ina219", true},
		{"session in another case", "aDA", "mcu/ina219", true},
		{"series in another case", "Ada", "mcu/INA219", false},
		{"another session", "Bob", "mcu/ina219", false},
	} {
		if got := mustDefine(t, s, c.session, c.series, volt); (got == a) != c.same {
			t.Errorf("%s: got id %d beside %d, want same %v", c.name, got, a, c.same)
		}
	}
	got, err := s.Get(context.Background(), "ADA", "mcu/ina219")
	if err != nil || got.ID != a || got.Session != "Ada" || got.Name != "mcu/ina219" {
		t.Errorf("Get: got %+v, %v, want id %d of Ada", got, err, a)
	}
	if !got.First.IsZero() || !got.Last.IsZero() || got.Rows != 0 {
		t.Errorf("Get without rows: got %+v, want no rows and no times", got)
	}
	if _, err := s.Get(context.Background(), "Ada", "nothing"); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("Get of nothing: got %v, want ErrNotFound", err)
	}
	for session, want := range map[string]int{"": 3, "ada": 2, "Bob": 1, "eve": 0} {
		list, err := s.List(context.Background(), session)
		if err != nil || len(list) != want {
			t.Errorf("List(%q): got %d, %v, want %d", session, len(list), err, want)
		}
	}
}

func columns(t *testing.T, open Make) {
	s := open(t, nil)
	two := []series.Column{{Name: "a", Unit: "V"}, {Name: "b", Sent: "A", Unit: "mA", Factor: 1000, Guessed: true}}
	id := mustDefine(t, s, "ada", "x", two)
	mustDefine(t, s, "ada", "x", []series.Column{{Name: "a", Unit: "mV", Set: true}})
	mustDefine(t, s, "ada", "x", []series.Column{{Name: "a", Unit: "mV", Set: true}, two[1], {Name: "c"}})
	want := []series.Column{{Name: "a", Unit: "mV", Set: true}, two[1], {Name: "c"}}
	got := info(t, s, id).Columns
	if len(got) != len(want) {
		t.Fatalf("columns: got %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("column %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
	if _, err := s.Define("ada", "wide", make([]series.Column, series.MaxColumns+1)); err == nil {
		t.Errorf("Define with %d columns: got no error", series.MaxColumns+1)
	}
	if _, err := s.Get(context.Background(), "ada", "wide"); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("Get after a refused Define: got %v, want ErrNotFound", err)
	}
}

func names(t *testing.T, open Make) {
	s := open(t, nil)
	list := []string{`</script><script>alert(1)</script>`, `it's "quoted"; DROP TABLE series; --`, "ümläut/温度", " ", "%s?#&", "a\nb", ""}
	for i, name := range list {
		id := mustDefine(t, s, "ada", name, []series.Column{{Name: name, Unit: name}})
		put(t, s, id, []series.Row{{Time: epoch, Values: []float64{float64(i)}}})
	}
	for i, name := range list {
		got, err := s.Get(context.Background(), "ada", name)
		if err != nil || got.Name != name || got.Columns[0].Name != name {
			t.Fatalf("Get(%q): got %+v, %v", name, got, err)
		}
		if rows := Read(t, s, got.ID, series.Query{}); len(rows) != 1 || rows[0].Values[0] != float64(i) {
			t.Errorf("Rows of %q: got %v, want %d", name, rows, i)
		}
	}
}

func deletion(t *testing.T, open Make) {
	s := open(t, nil)
	a := mustDefine(t, s, "Ada", "x", volt)
	b := mustDefine(t, s, "bob", "x", volt)
	put(t, s, a, ramp(1000))
	put(t, s, b, ramp(10))
	last := Read(t, s, b, series.Query{Limit: 1})[0].Seq
	if err := s.DeleteSession(context.Background(), "ADA"); err != nil {
		t.Fatalf("DeleteSession: %v", err)
	}
	if _, err := s.Get(context.Background(), "ada", "x"); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("Get: got %v, want ErrNotFound", err)
	}
	none := func(series.Row) error { return nil }
	if err := s.Rows(context.Background(), a, series.Query{}, none); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("Rows: got %v, want ErrNotFound", err)
	}
	if err := s.Append(series.Batch{Series: a, Rows: ramp(1)}); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("Append: got %v, want ErrNotFound", err)
	}
	if err := s.SetColumn(a, 0, volt[0]); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("SetColumn: got %v, want ErrNotFound", err)
	}
	if got := len(Read(t, s, b, series.Query{})); got != 10 {
		t.Errorf("the other session: got %d rows, want 10", got)
	}
	again := mustDefine(t, s, "ada", "x", volt)
	if again == a {
		t.Errorf("Define after DeleteSession: got the same id %d", a)
	}
	put(t, s, again, ramp(1))
	if rows := Read(t, s, again, series.Query{}); len(rows) != 1 || rows[0].Seq <= last {
		t.Errorf("new rows: got %v, want one after seq %d", rows, last)
	}
	if err := s.DeleteSession(context.Background(), "nobody"); err != nil {
		t.Errorf("DeleteSession of nobody: got %v, want nil", err)
	}
}

func concurrent(t *testing.T, open Make) {
	s := open(t, nil)
	const writers, rows = 8, 500
	var wg sync.WaitGroup
	ids := make([]series.ID, writers)
	for i := range ids {
		ids[i] = mustDefine(t, s, "ada", string(rune('a'+i)), volt)
	}
	for _, id := range ids {
		wg.Go(func() {
			last := int64(0)
			for n := range rows {
				b := series.Batch{Series: id, Rows: []series.Row{{Time: epoch, Values: []float64{float64(n)}}}}
				if err := s.Append(b); err != nil {
					t.Errorf("Append: %v", err)
					return
				}
				if b.Rows[0].Seq <= last {
					t.Errorf("Append: got seq %d after %d", b.Rows[0].Seq, last)
				}
				last = b.Rows[0].Seq
			}
		})
		wg.Go(func() {
			after, want := int64(0), 0.0
			for want < rows && !t.Failed() {
				err := s.Rows(context.Background(), id, series.Query{After: after}, func(r series.Row) error {
					if r.Values[0] != want {
						t.Errorf("row after %d: got value %v, want %v", after, r.Values[0], want)
					}
					after, want = r.Seq, want+1
					return nil
				})
				if err != nil {
					t.Errorf("Rows: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func closed(t *testing.T, open Make) {
	s := open(t, nil)
	id := mustDefine(t, s, "ada", "x", volt)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := s.Append(series.Batch{Series: id, Rows: ramp(1)}); !errors.Is(err, series.ErrClosed) {
		t.Errorf("Append: got %v, want ErrClosed", err)
	}
	if _, err := s.Define("ada", "y", volt); !errors.Is(err, series.ErrClosed) {
		t.Errorf("Define: got %v, want ErrClosed", err)
	}
	if err := s.SetColumn(id, 0, volt[0]); !errors.Is(err, series.ErrClosed) {
		t.Errorf("SetColumn: got %v, want ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close again: got %v, want nil", err)
	}
}

// ramp is n rows a second apart whose value is their number.
func ramp(n int) []series.Row {
	rows := make([]series.Row, n)
	for i := range rows {
		rows[i] = series.Row{Time: epoch + int64(i)*second, Values: []float64{float64(i)}}
	}
	return rows
}
