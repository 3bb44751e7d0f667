package sqlite

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"

	"labbroker/internal/series"
)

// at is 2026-11-22T23:00:00.123456789Z.
const at = 1795388400123456789

func put(t *testing.T, s *Store, session, name string, columns []series.Column, rows ...series.Row) series.ID {
	t.Helper()
	id, err := s.Define(session, name, columns)
	if err != nil {
		t.Fatalf("Define: %v", err)
	}
	i, _ := s.Get(context.Background(), session, name)
	if err := s.Append(series.Batch{Series: id, Rows: rows}); err != nil {
		t.Fatalf("Append: %v", err)
	}
	wait(t, "rows are committed", func() bool {
		now, _ := s.Get(context.Background(), session, name)
		return now.Rows == i.Rows+int64(len(rows))
	})
	return id
}

// TestViews reads both views with sqlite3 while the store is open, from a
// tail and after folding.
func TestViews(t *testing.T) {
	t.Parallel()
	for name, tail := range map[string]int{"tail": 1 << 20, "folded": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, Options{tailRows: tail})
			put(t, s, "Ada", "mcu/ina219", []series.Column{
				{Name: "current", Quantity: "current", Unit: "mA", Sent: "A", Factor: 1000},
				{Name: "voltage", Quantity: "voltage", Unit: "V", Sent: "V"},
				{Name: "temperature", Quantity: "temperature", Unit: "°C"},
			},
				series.Row{Time: at, Values: []float64{0.25, 5.5, 21}},
				series.Row{Time: at + 1e9, Device: at, Restart: true, Values: []float64{math.NaN(), 6}})
			put(t, s, "bob", "lux", []series.Column{{Name: "lux", Quantity: "illuminance", Unit: "lx"}}, series.Row{Time: at, Values: []float64{300}})
			wide := make([]series.Column, 12)
			wide[9] = series.Column{Name: "p", Quantity: "power", Unit: "W"}
			put(t, s, "bob", "wide", wide, series.Row{Time: at, Values: []float64{0: 1, 9: .5}})
			if tail == 1 {
				wait(t, "rows are folded", func() bool { return s.unfolded() == 0 })
			}
			for _, c := range []struct{ name, query, want string }{
				{"readings", "SELECT seq, session, series, time, device_time, voltage_V, current_mA, power_mW FROM readings WHERE session = 'Ada' ORDER BY seq",
					"1|Ada|mcu/ina219|2026-11-22T23:00:00.123Z||5.5|250.0|\n2|Ada|mcu/ina219|2026-11-22T23:00:01.123Z|2026-11-22T23:00:00.123Z|6.0||"},
				{"a column beyond the eighth, another unit", "SELECT session, series, voltage_V, power_mW FROM readings WHERE session = 'bob'", "bob|wide||500.0"},
				{"names of the columns", "SELECT group_concat(name) FROM pragma_table_info('readings')", "seq,session,series,time,device_time,voltage_V,current_mA,power_mW"},
				{"numbers", "SELECT seq, session, series, time, column, quantity, unit, value FROM numbers WHERE series IN ('lux', 'mcu/ina219') ORDER BY seq, column",
					"1|Ada|mcu/ina219|2026-11-22T23:00:00.123Z|current|current|mA|250.0\n1|Ada|mcu/ina219|2026-11-22T23:00:00.123Z|temperature|temperature|°C|21.0\n" +
						"1|Ada|mcu/ina219|2026-11-22T23:00:00.123Z|voltage|voltage|V|5.5\n2|Ada|mcu/ina219|2026-11-22T23:00:01.123Z|voltage|voltage|V|6.0\n" +
						"3|bob|lux|2026-11-22T23:00:00.123Z|lux|illuminance|lx|300.0"},
			} {
				if got := sqlite3(t, dir, c.query); got != c.want {
					t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
				}
			}
		})
	}
}

// TestReadWhileWriting counts rows from another process while rows arrive and
// are folded: never fewer than before, none twice.
func TestReadWhileWriting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{tailRows: 2000})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ids := make([]series.ID, 20)
		for i := range ids {
			ids[i], _ = s.Define("ada", strings.Repeat("x", i+1), readingColumns)
		}
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := s.Append(series.Batch{Series: ids[n%len(ids)], Rows: []series.Row{{Time: at, Values: []float64{1, 2, 3}}}}); err != nil {
				t.Errorf("Append: %v", err)
				return
			}
		}
	})
	last := ""
	for range 8 {
		got := sqlite3(t, dir, "SELECT printf('%012d', count(*)), count(*) - count(DISTINCT seq), count(*) - max(seq) FROM readings")
		count, rest, _ := strings.Cut(got, "|")
		if count < last || rest != "0|0" && rest != "0|" {
			t.Errorf("got %s after %s, want more rows, none twice and none missing", got, last)
		}
		last = count
	}
	close(stop)
	wg.Wait()
}

// TestSessionIsFoundByIndex keeps a user's query for one session from walking
// through everybody's rows.
func TestSessionIsFoundByIndex(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir, Options{})
	for _, view := range []string{"readings", "numbers"} {
		plan := sqlite3(t, dir, "EXPLAIN QUERY PLAN SELECT * FROM "+view+" WHERE session = 'ada'")
		if !strings.Contains(plan, "SEARCH b USING PRIMARY KEY (level=? AND series=?)") ||
			!strings.Contains(plan, "SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)") {
			t.Errorf("%s: got\n%s\nwant rows searched by the blocks of a series", view, plan)
		}
	}
}
