package plot

import (
	"io"
	"math"
	"math/rand/v2"
	"testing"
)

func BenchmarkDraw(b *testing.B) {
	load := pictures()[1]
	million := []Column{{Title: "t"}, {Title: "v"}}
	wild := []Column{{Title: "x"}, {Title: "y"}}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1_000_000 {
		million[0].Values = append(million[0].Values, float64(i))
		million[1].Values = append(million[1].Values, math.Sin(float64(i)/5e4)+0.1*r.NormFloat64())
		wild[0].Values = append(wild[0].Values, r.NormFloat64())
		wild[1].Values = append(wild[1].Values, r.NormFloat64())
	}
	cases := []struct {
		name, options string
		cols          []Column
	}{
		{"load40x3", load.options, load.cols},
		{"million", `{}`, million},
		{"millionDots", `{"format":["o"]}`, wild},
		{"millionTangled", `{}`, wild},
		{"wall40in", `{"figsize":[40,40]}`, load.cols},
	}
	for _, c := range cases {
		o, _, err := ParseOptions([]byte(c.options))
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range []Format{PDF, SVG, PNG} {
			b.Run(c.name+"/"+string(f), func(b *testing.B) {
				b.ReportAllocs()
				var n counter
				for b.Loop() {
					n = 0
					if err := Draw(b.Context(), &n, f, c.cols, o); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(n)/1024, "KB/file")
			})
		}
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

var _ io.Writer = (*counter)(nil)
