package ingest

import (
	"context"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

// Whatever three messages say, the pipeline stands and columns fit rows.
func FuzzAccept(f *testing.F) {
	f.Add("new_series", []byte(`["S","v","v"]`), "data", []byte(`["S",1,2]`))
	f.Add("p/new", []byte(`{"columns":["",""]}`), "p/bin", []byte("\x40\x00\x00\x00"))
	f.Add("x/voltage", []byte("1"), "x/voltage", []byte("2,5 V"))
	f.Add("a", []byte(`{"ts":1e300,"v":1}`), "a", []byte(`{"ts":-5,"v":[1,2],"i":[3,4]}`))
	f.Add("a", []byte("t,v"), "a", []byte("1,2"))
	f.Fuzz(func(t *testing.T, topic1 string, payload1 []byte, topic2 string, payload2 []byte) {
		c := newClass(t, Options{MaxSeries: 5}, memory.Options{})
		at := time.Unix(1771234567, 0)
		for range 2 {
			c.p.Accept(Message{Session: "ada", Topic: topic1, Payload: payload1, At: at})
			c.p.Accept(Message{Session: "ada", Topic: topic2, Payload: payload2, At: at.Add(time.Second)})
		}
		c.p.closeRows(time.Time{}, true)
		list, err := c.store.List(context.Background(), "")
		if err != nil || len(list) > 5 {
			t.Fatalf("got %d series, %v, want at most 5", len(list), err)
		}
		for _, i := range list {
			names := map[string]bool{}
			for _, col := range i.Columns {
				if names[col.Name] || (col.Unit == "") != (col.Sent == "") {
					t.Errorf("got column %+v twice or with half a unit", col)
				}
				names[col.Name] = true
			}
			_ = c.store.Rows(context.Background(), i.ID, series.Query{}, func(r series.Row) error {
				if r.Device < 0 {
					t.Errorf("got device time %d", r.Device)
				}
				return nil
			})
		}
	})
}
