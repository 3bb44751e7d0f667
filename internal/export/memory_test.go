package export

import (
	"context"
	"io"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// long is a table of n rows and four columns.
func long(n int) Table {
	columns := append(voltAmp(), Column{Name: "power", Unit: "mW", Scaled: true}, Column{Name: "resistance", Unit: "Ohm"})
	return Table{Session: "ada", Name: "long", Columns: columns, Start: began(), Count: int64(n), NoDevice: true,
		Rows: func(_ context.Context, yield func(at, device time.Time, values []float64) error) error {
			values := make([]float64, 4)
			at := began()
			for i := range n {
				v := float64(i%5000) / 1000
				values[0], values[1], values[2], values[3] = v, 81.3-v, v*(81.3-v), v/0.0813
				if err := yield(at, time.Time{}, values); err != nil {
					return err
				}
				at = at.Add(100 * time.Millisecond)
			}
			return nil
		}}
}

// TestMemory exports far more than it may hold: the numbers alone are 5 MB
// (and more as text), of which no format keeps more than a few in memory.
// It is not parallel, since it looks at the heap of the whole process.
func TestMemory(t *testing.T) {
	const rows, most = 150_000, 3 << 20
	for _, format := range dataFormats() {
		var before, m runtime.MemStats
		old := debug.SetGCPercent(20)
		runtime.GC()
		runtime.ReadMemStats(&before)
		var peak uint64
		var size int64
		look := func() {
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > before.HeapAlloc {
				peak = max(peak, m.HeapAlloc-before.HeapAlloc)
			}
		}
		o := Options{Dir: t.TempDir(), Progress: func(n int64) {
			if n%(8*reportEvery) == 0 {
				look()
			}
		}}
		began := time.Now()
		pieces := 0
		err := Write(t.Context(), writerFunc(func(p []byte) (int, error) {
			if size += int64(len(p)); pieces%64 == 0 {
				look()
			}
			pieces++
			return len(p), nil
		}), format, []Table{long(rows)}, o)
		took := time.Since(began)
		debug.SetGCPercent(old)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d rows of 4 columns, %.1f MB in %v, heap at most %.1f MB more", format, rows, float64(size)/1e6, took.Round(time.Millisecond), float64(peak)/1e6)
		if peak > most {
			t.Errorf("%s: got %d bytes more on the heap, want %d at most", format, peak, most)
		}
	}
}

// BenchmarkWrite prints what 3 million rows of four columns take.
func BenchmarkWrite(b *testing.B) {
	const rows = 3_000_000
	for _, format := range dataFormats() {
		b.Run(format, func(b *testing.B) {
			o := Options{Dir: b.TempDir()}
			for b.Loop() {
				if err := Write(b.Context(), io.Discard, format, []Table{long(rows)}, o); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
