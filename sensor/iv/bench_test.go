package iv

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"labbroker/sensor/solar"
)

func BenchmarkAnalyse(b *testing.B) {
	cell := solar.Panel()
	open := float64(cell.Open())
	for _, n := range []int{20, 200, 2000, 20_000, 1_000_000} {
		rng := rand.New(rand.NewPCG(1, 1))
		var c Curve
		for k := range n {
			v := 1.02 * open * float64(k) / float64(n-1)
			c.V = append(c.V, v)
			c.I = append(c.I, float64(cell.Current(solar.Volt(v)))+1e-4*rng.NormFloat64())
		}
		for _, quick := range []bool{false, true} {
			name := strconv.Itoa(n)
			if quick {
				name += "quick"
			}
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					Analyse(c, Setup{Quick: quick})
				}
			})
		}
	}
}
