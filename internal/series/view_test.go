package series

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// table is a store of one series.
type table struct {
	info Info
	rows []Row
}

func (s *table) List(context.Context, string) ([]Info, error) { return []Info{s.info}, nil }

func (s *table) Get(_ context.Context, _, name string) (Info, error) {
	if name != s.info.Name {
		return Info{}, ErrNotFound
	}
	return s.info, nil
}

func (s *table) Rows(_ context.Context, _ ID, q Query, f func(Row) error) error {
	for _, r := range s.rows {
		if r.Seq < q.First || q.Last > 0 && r.Seq > q.Last {
			continue
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// counting is a store that counts without reading.
type counting struct{ *table }

func (counting) Count(context.Context, ID, Query) (int64, error) { return 42, nil }

func abc() *table {
	return &table{
		info: Info{ID: 7, Session: "ada", Name: "x", Columns: []Column{{Name: "a"}, {Name: "b"}, {Name: "c"}}, Rows: 2},
		rows: []Row{{Seq: 1, Values: []float64{1, 2, 3}}, {Seq: 2, Values: []float64{4, 5, 6}}},
	}
}

func TestView(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		places  []int
		columns string
		rows    string
	}{
		{"all", nil, "[a b c]", "[1 2 3][4 5 6]"},
		{"in another order", []int{2, 0}, "[c a]", "[3 1][6 4]"},
		{"one twice", []int{1, 1}, "[b b]", "[2 2][5 5]"},
		{"some that are not there", []int{-1, 1, 9}, "[b]", "[2][5]"},
		{"none", []int{}, "[]", "[][]"},
	} {
		s := abc()
		v, err := RunView(t.Context(), s, &Run{Session: "ada", Series: 7, SeriesName: "x", Columns: tc.places})
		if err != nil {
			t.Fatal(err)
		}
		names, rows := []string{}, ""
		for _, c := range v.Columns {
			names = append(names, c.Name)
		}
		if err := v.Each(t.Context(), s, Query{}, func(r Row) error { rows += fmt.Sprint(r.Values); return nil }); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(names); got != tc.columns || rows != tc.rows {
			t.Errorf("%s: got %s %s, want %s %s", tc.name, got, rows, tc.columns, tc.rows)
		}
	}
}

// TestViewOfAnotherSeries: a name that was given to another series shows
// nothing of it.
func TestViewOfAnotherSeries(t *testing.T) {
	t.Parallel()
	s := abc()
	if _, err := RunView(t.Context(), s, &Run{Series: 6, SeriesName: "x"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v for a run, want %v", err, ErrNotFound)
	}
	if _, err := PlotView(t.Context(), s, &Plot{Series: 7, SeriesName: "y"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v for a plot, want %v", err, ErrNotFound)
	}
}

func TestCountRows(t *testing.T) {
	t.Parallel()
	s := abc()
	for _, tc := range []struct {
		name string
		from Reader
		q    Query
		want int64
	}{
		{"by reading", s, Query{}, 2},
		{"by reading a part", s, Query{First: 2}, 1},
		{"by the store's own count", counting{s}, Query{}, 42},
	} {
		if got, err := CountRows(t.Context(), tc.from, &s.info, tc.q); got != tc.want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", tc.name, got, err, tc.want)
		}
	}
	if got, err := CountRows(t.Context(), counting{s}, &Info{}, Query{}); got != 0 || err != nil {
		t.Errorf("got %d, %v of a series without rows, want 0", got, err)
	}
}
