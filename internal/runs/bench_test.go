package runs

import (
	"math"
	"testing"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

// BenchmarkCommitted is what a row costs the store's writer: sweeps at 10 Hz
// with an INA219's steps, and a series without voltage and current.
func BenchmarkCommitted(b *testing.B) {
	rows := make([]series.Row, 4096)
	for i := range rows {
		v := math.Round(math.Abs(math.Mod(float64(i)/50, 12)-6)/0.004) * 0.004
		rows[i] = series.Row{Seq: int64(i + 1), Time: 1e18 + int64(i)*int64(100*time.Millisecond), Values: []float64{v, 80}}
	}
	for name, columns := range map[string][]series.Column{
		"sweeps": {{Name: "v", Quantity: "voltage", Unit: "V"}, {Name: "i", Quantity: "current", Unit: "mA"}},
		"others": {{Name: "t"}, {Name: "sin"}},
	} {
		b.Run(name, func(b *testing.B) {
			r := New(memory.New(memory.Options{}), nil, Options{})
			info := &series.Info{ID: 1, Session: "ada", Name: "x", Columns: columns}
			for n := 0; b.Loop(); n++ {
				at := n % len(rows)
				r.Committed([]series.Committed{{Info: info, Rows: rows[at : at+1]}})
				r.unkept = r.unkept[:0]
			}
		})
	}
}
