package iv

import (
	"math"
	"math/rand/v2"
	"testing"
)

// dense is the same posterior by solving the whole covariance at once: kernel
// of the integrated Wiener process, level and slope unknown.
func dense(o []obs, q, x float64) (mean, variance float64) {
	kernel := func(a, b float64) float64 {
		a, b = a-o[0].x, b-o[0].x
		m := min(a, b)
		return q * (m*m*m/3 + math.Abs(a-b)*m*m/2)
	}
	n := len(o)
	size := n + 2 // bordered: [K+R T; T' 0]
	a := make([][]float64, size)
	for r := range a {
		a[r] = make([]float64, size+2) // two right-hand sides
	}
	for r := range n {
		for c := range n {
			a[r][c] = kernel(o[r].x, o[c].x)
		}
		a[r][r] += o[r].r
		a[r][n], a[r][n+1] = 1, o[r].x-o[0].x
		a[n][r], a[n+1][r] = 1, o[r].x-o[0].x
		a[r][size], a[r][size+1] = o[r].y, kernel(o[r].x, x)
	}
	a[n][size+1], a[n+1][size+1] = 1, x-o[0].x
	right := make([]float64, size)
	for r := range right {
		right[r] = a[r][size+1]
	}
	for c := range size {
		p := c
		for r := c; r < size; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[p][c]) {
				p = r
			}
		}
		a[c], a[p] = a[p], a[c]
		for r := range size {
			if r == c {
				continue
			}
			f := a[r][c] / a[c][c]
			for k := c; k < size+2; k++ {
				a[r][k] -= f * a[c][k]
			}
		}
	}
	variance = kernel(x, x)
	for r := range size {
		mean += right[r] * a[r][size] / a[r][r]
		variance -= right[r] * a[r][size+1] / a[r][r]
	}
	return mean, variance
}

func TestSmoothIsTheDensePosterior(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for _, q := range []float64{1e-4, 1e-2, 1, 100, 1e4, 1e6} {
		for _, spread := range []float64{0, 1, 3} {
			var o []obs
			for k := range 12 {
				x := (float64(k) + 0.6*rng.Float64()) / 12
				o = append(o, obs{x: x, y: math.Sin(5*x) + 0.1*rng.NormFloat64(), r: math.Exp(-spread * 2 * x * rng.Float64())})
			}
			s := &smooth{o: o, q: q, scale: 1}
			s.run()
			for _, x := range []float64{o[0].x, o[0].x + 0.01, o[1].x, 0.3, o[5].x, 0.77, o[11].x, 1.05} {
				got := s.at(x)
				mean, variance := dense(o, q, x)
				if math.Abs(got.y-mean) > 1e-6*(1+math.Abs(mean)) || math.Abs(got.p.a-variance) > 1e-5*variance {
					t.Errorf("q %g, spread %g, at %g: got %g with variance %g, want %g with %g", q, spread, x, got.y, got.p.a, mean, variance)
				}
			}
		}
	}
}
