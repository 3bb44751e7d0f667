package iv

import "math"

// normal are the normal equations of a least-squares problem with the five
// parameters of the model.
type normal struct {
	a [params][params]float64
	b [params]float64
}

func (n *normal) add(grad *[params]float64, residual, weight float64) {
	for r := range params {
		g := weight * grad[r]
		n.b[r] += g * residual
		for c := range r + 1 {
			n.a[r][c] += g * grad[c]
		}
	}
}

// solve returns the step of the free parameters with the diagonal raised by
// the factor 1+damp; false where the equations do not determine one.
func (n *normal) solve(free *[params]bool, damp float64) (x [params]float64, ok bool) {
	// Scaled to a unit diagonal: the parameters differ by many powers of ten.
	var d [params]float64
	for k := range params {
		d[k] = math.Sqrt(n.a[k][k])
		if d[k] == 0 || !free[k] {
			d[k] = 0
		}
	}
	var l [params][params]float64
	for r := range params {
		if d[r] == 0 {
			l[r][r] = 1
			continue
		}
		for c := range r + 1 {
			if d[c] == 0 {
				continue
			}
			s := n.a[r][c] / d[r] / d[c]
			if r == c {
				s += damp
			}
			for k := range c {
				s -= l[r][k] * l[c][k]
			}
			if r != c {
				l[r][c] = s / l[c][c]
				continue
			}
			if !(s > 1e-15) {
				return x, false
			}
			l[r][r] = math.Sqrt(s)
		}
	}
	for r := range params {
		if d[r] == 0 {
			continue
		}
		s := n.b[r] / d[r]
		for k := range r {
			s -= l[r][k] * x[k]
		}
		x[r] = s / l[r][r]
	}
	for r := params - 1; r >= 0; r-- {
		if d[r] == 0 {
			x[r] = 0
			continue
		}
		for k := r + 1; k < params; k++ {
			x[r] -= l[k][r] * x[k]
		}
		x[r] /= l[r][r]
	}
	for r := range params {
		if d[r] > 0 {
			x[r] /= d[r]
		}
	}
	return x, true
}

// covariance of the free parameters for unit weights; rows of the others are 0.
func (n *normal) covariance(free *[params]bool) (c [params][params]float64, ok bool) {
	for k := range params {
		if !free[k] {
			continue
		}
		e := *n
		e.b = [params]float64{}
		e.b[k] = 1
		x, fine := e.solve(free, 0)
		if !fine {
			return c, false
		}
		for r := range params {
			c[r][k] = x[r]
		}
	}
	return c, true
}
