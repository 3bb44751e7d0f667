package solar

import (
	"math"
	"time"

	"periph.io/x/conn/v3/physic"
)

// Options of a Bench; the zero value is a student turning a potentiometer
// under passing clouds.
type Options struct {
	// Sweep takes the load from short to open circuit, once a Period, in
	// light that is steady during the sweep and another for the next one.
	Sweep  bool
	Period time.Duration // of a sweep; 0 = 20 s
	Meter  Ohm           // of the ammeter in series with the load; 0 = 0.1
}

// Bench is a panel with its light and load. It keeps no state: all is a
// function of the seed and the time, so that equal seeds show equal curves.
type Bench struct {
	cell   Cell
	seed   uint64
	period float64 // s
	sweep  bool
	meter  Ohm
}

// NewBench makes the bench of that seed: no two panels are quite equal.
func NewBench(seed uint64, o Options) *Bench {
	b := &Bench{cell: Panel(), seed: seed, period: o.Period.Seconds(), sweep: o.Sweep, meter: o.Meter}
	if b.period <= 0 {
		b.period = 20
	}
	if b.meter == 0 {
		b.meter = 0.1
	}
	b.cell.Photo *= Ampere(0.85 + 0.3*b.random(0, 0))
	b.cell.Saturation *= Ampere(math.Exp(2 * (b.random(0, 1) - 0.5)))
	b.cell.Series *= Ohm(0.6 + 0.8*b.random(0, 2))
	return b
}

// At is the load's voltage and current at that moment.
func (b *Bench) At(at time.Time) (physic.ElectricPotential, physic.ElectricCurrent) {
	// Benches do not move in step.
	s := float64(at.UnixNano())/1e9 + 1000*b.random(0, 3)
	light, load := b.clouds(s), b.hand(s)
	if b.sweep {
		light, load = b.sweeping(s)
	}
	cell := b.cell.Lit(light)
	// Of one scale with the cell's own resistance, in any light.
	own := Ohm(float64(cell.Open()) / math.Max(float64(cell.Short()), 1e-9))
	load *= own
	_, i := cell.Loaded(load + b.meter)
	v := Volt(i) * Volt(load)
	if math.IsInf(float64(load), 1) {
		v = cell.Open()
	}
	return physic.ElectricPotential(float64(v) * float64(physic.Volt)),
		physic.ElectricCurrent(float64(i) * float64(physic.Ampere))
}

// clouds is the light: sunshine that drifts, and clouds with soft edges.
func (b *Bench) clouds(s float64) float64 {
	sun := 0.9 + 0.1*b.noise(1, s/60)
	cloud := smooth((b.noise(2, s/15) + 0.4*b.noise(3, s/4) - 0.2) / 0.5)
	return sun*(1-0.6*cloud) + 0.003*b.noise(4, s*3)
}

// hand is the load that a hand turns: around the point of greatest power.
func (b *Bench) hand(s float64) Ohm {
	return Ohm(math.Exp2(1.6*b.noise(5, s/12) - 0.2))
}

// sweeping is light and load of a sweep. The tangent spreads the points
// evenly along the curve.
func (b *Bench) sweeping(s float64) (light float64, load Ohm) {
	cycle, part := math.Modf(s / b.period)
	light = 1 - 0.25*math.Mod(cycle, 3) + 0.003*b.noise(4, s)
	const open = 0.95 // the rest of the period stands at open circuit
	if part >= open {
		return light, Ohm(math.Inf(1))
	}
	return light, Ohm(math.Tan(part / open * math.Pi / 2))
}

// noise is a smooth random function of x, about -1 to 1, one for each kind.
func (b *Bench) noise(kind uint64, x float64) float64 {
	whole := math.Floor(x)
	at := b.random(kind, int64(whole))
	next := b.random(kind, int64(whole)+1)
	return 2*(at+(next-at)*smooth(x-whole)) - 1
}

// random is a number from 0 to 1 made of the seed and two more (splitmix64).
func (b *Bench) random(kind uint64, n int64) float64 {
	z := b.seed*0x9e3779b97f4a7c15 + kind*0xd1342543de82ef95 + uint64(n)*0x2545f4914f6cdd1d + 0x632be59bd9b4e019
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}

// smooth goes from 0 to 1 between 0 and 1, without corners.
func smooth(x float64) float64 {
	x = min(max(x, 0), 1)
	return x * x * (3 - 2*x)
}
