package runs

import (
	"math"
	"slices"
	"time"
)

// What is worth the name of a sweep.
const (
	minRows  = 8
	minSteps = 5    // times that the voltage went on to a new extreme
	minSpan  = 0.05 // V
	minShare = 0.25 // of the greatest voltage in it

	// A turn is a way back by more than this share of the greatest voltage,
	// and by more than 2.5 of the smallest step: noise is less.
	turnShare = 0.03
	// A pause is so long without progress, at least. Eight readings have to
	// fit in, up to longPause: some read off by hand.
	shortPause = 10 * time.Second
	longPause  = 120 * time.Second
	// Progress is this share of the greatest voltage in a shortPause: a sweep
	// that is slower is a drift.
	maxNoise      = 0.1 // of the greatest voltage, as far as turns go
	progressShare = 0.005
	maxProgress   = 0.02

	lead     = 3   // rows of the rest before and after that a sweep keeps
	logged   = 128 // rows that are remembered to find its ends
	noiseMul = 4   // of the mean step between resting rows: their noise
)

// point is a row as far as a sweep is concerned.
type point struct {
	seq     int64
	n       int64   // its number in the series
	at      int64   // by the device's clock, ns
	arrival int64   // by the server's, ns
	v       float64 // V
}

// sweeps finds sweeps in the rows of one series, one row after the other. The
// zero value is ready. It calls began when there is no doubt any more, with
// the first row, and ended with the last one.
type sweeps struct {
	began func(first point)
	ended func(last point)

	dts  [7]int64 // the last times between rows
	wait int64    // pause of them, 0 = not known
	seen int      // rows since the last gap
	prev [2]point // the rows before, newest first

	// Of the present stretch: at rest, dir is 0.
	dir    float64 // +1 rising, -1 falling
	pivot  point   // where it began; v is filtered
	first  point   // of the sweep: pivot without the rest before it
	ext    point   // its extreme so far
	anchor point   // where progress was last made
	steps  int
	scale  float64 // the greatest |v| in it
	step   float64 // the smallest step in it
	last   float64 // v of the row before
	noise  float64 // about its height, from the newest rows
	told   bool    // began was called

	settle int64     // number of the row with which the rest began
	rest   [2]window // the last times at rest: present, before
	log    []point   // the newest rows, as they were measured: logged or more
	start  int64     // when log got its newest
}

// window are the extremes of a part of a rest.
type window struct {
	lo, hi point
	since  int64
}

// pause is how long no progress may last.
func (s *sweeps) pause() int64 {
	if s.wait == 0 {
		dts := s.dts
		slices.Sort(dts[:])
		s.wait = min(max(8*dts[len(dts)/2], int64(shortPause)), int64(longPause))
	}
	return s.wait
}

// add takes the next row. restart says that the device started again before.
func (s *sweeps) add(p point, restart bool) {
	if s.seen > 0 {
		dt := max(0, p.at-s.prev[0].at)
		if p.at < s.prev[0].at {
			p.at = s.prev[0].at // a clock that steps back stands still here
		}
		gap := dt > s.pause()
		copy(s.dts[1:], s.dts[:])
		if s.dts[0] = dt; s.seen < 16 || s.seen%8 == 0 {
			s.wait = 0
		}
		if gap || restart {
			s.stop()
		}
	}
	// The median of three: one row that is far off is none. It is known when
	// the next row is there.
	switch s.seen {
	case 0:
	case 1:
		s.take(s.prev[0], s.prev[0].v, p)
	default:
		s.take(s.prev[0], median(s.prev[1].v, s.prev[0].v, p.v), p)
	}
	s.prev[1], s.prev[0] = s.prev[0], p
	s.seen++
}

// stop ends what is under way: rows stay out, or come from another start.
func (s *sweeps) stop() {
	if s.seen > 0 {
		s.take(s.prev[0], s.prev[0].v, s.prev[0])
		s.finish(s.prev[0])
	}
	dts := s.dts
	*s = sweeps{began: s.began, ended: s.ended, dts: dts, log: s.log[:0]}
}

func median(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }

// take goes on by one row p, whose voltage without outliers is v.
func (s *sweeps) take(p point, v float64, next point) {
	s.note(p)
	raw := p
	p.v = v
	if s.seen <= 1 {
		s.begin(p)
		return
	}
	s.scale = max(s.scale, math.Abs(v))
	if d := math.Abs(v - s.last); d > 0 && (s.step == 0 || d < s.step) {
		s.step = d
	}
	s.last = v
	turn := max(turnShare*s.scale, 2.5*s.step, min(s.noise, maxNoise*s.scale))
	if s.dir == 0 {
		s.resting(p, turn)
		return
	}
	switch way := s.dir * (v - s.ext.v); {
	case way >= 0:
		if way > 0 {
			s.steps++
		}
		s.ext = s.tip(p, raw, next)
		if s.dir*(v-s.anchor.v) >= s.progress() {
			s.anchor = p
		}
	case -way > turn:
		s.turn(p)
		s.ext = s.tip(p, raw, next)
	}
	switch {
	case p.at-s.anchor.at > s.pause():
		s.finish(s.settled())
		s.begin(p)
	case !s.told && s.worth(p):
		s.told = true
		s.began(s.first)
	}
}

// tip is p as an extreme. The median takes the tip off a turn: the row that
// has it is beside.
func (s *sweeps) tip(p, raw, next point) point {
	v := p.v
	for _, o := range [...]point{s.prev[1], raw, next} {
		if o.n >= s.pivot.n && o.n > 0 && s.dir*(o.v-v) > 0 {
			v = o.v
			p.seq, p.n, p.at, p.arrival = o.seq, o.n, o.at, o.arrival
		}
	}
	return p
}

// progress is how far a sweep comes at least within a pause.
func (s *sweeps) progress() float64 {
	return s.scale * min(progressShare*float64(s.pause())/float64(shortPause), maxProgress)
}

// worth says whether the stretch is a sweep by now.
func (s *sweeps) worth(p point) bool {
	span := math.Abs(s.ext.v - s.pivot.v)
	return p.n-s.first.n+1 >= minRows && s.steps >= minSteps && span >= max(minSpan, minShare*s.scale, 3*s.noise)
}

// note remembers a row as it is, as often as the ends need it.
func (s *sweeps) note(p point) {
	if len(s.log) > 0 && p.at-s.start < s.pause()/logged && p.at != s.start {
		return
	}
	if s.log == nil {
		s.log = make([]point, 0, 2*logged)
	}
	if len(s.log) == cap(s.log) {
		s.log = s.log[:copy(s.log, s.log[len(s.log)-logged:])]
	}
	s.log = append(s.log, p)
	s.start = p.at
	if n := len(s.log); n >= 8 && (p.n%32 == 0 || n < 64 && p.n%8 == 0) {
		s.noise = jitter(s.log[max(0, n-64):])
	}
}

// jitter is about the height of the noise on rows that may be on their way:
// from how much each is off the middle of its neighbours, as a rule.
func jitter(rows []point) float64 {
	var buf [64]float64
	off := buf[:0]
	for i := 1; i+1 < len(rows); i++ {
		off = append(off, math.Abs(rows[i+1].v-2*rows[i].v+rows[i-1].v))
	}
	slices.Sort(off)
	return 2.7 * off[len(off)/2]
}

// begin rests at p.
func (s *sweeps) begin(p point) {
	s.dir, s.told, s.steps, s.scale, s.step, s.last = 0, false, 0, math.Abs(p.v), 0, p.v
	s.rest = [2]window{{p, p, p.at}, {p, p, p.at}}
}

// resting looks whether a row leaves the rest. The rest follows a drift: it
// knows the last half to whole pause only.
func (s *sweeps) resting(p point, turn float64) {
	lo, hi := s.rest[0].lo, s.rest[0].hi
	if o := &s.rest[1]; o.lo.v < lo.v {
		lo = o.lo
	}
	if o := &s.rest[1]; o.hi.v > hi.v {
		hi = o.hi
	}
	switch {
	case p.v > lo.v+turn:
		s.leave(lo, p, 1)
		return
	case p.v < hi.v-turn:
		s.leave(hi, p, -1)
		return
	}
	if p.at-s.rest[0].since > s.pause()/2 {
		s.rest[1] = s.rest[0]
		s.rest[0] = window{p, p, p.at}
		s.scale = max(math.Abs(lo.v), math.Abs(hi.v), math.Abs(p.v))
		return
	}
	w := &s.rest[0]
	if p.v <= w.lo.v {
		w.lo = p
	}
	if p.v >= w.hi.v {
		w.hi = p
	}
}

// leave begins a stretch away from pivot, an extreme of the rest. The sweep
// begins where the rest's noise ends.
func (s *sweeps) leave(pivot, p point, dir float64) {
	s.dir, s.pivot, s.first, s.ext, s.anchor, s.told, s.steps = dir, pivot, pivot, p, p, false, 1
	s.scale = max(math.Abs(pivot.v), math.Abs(p.v))
	log := s.log
	for len(log) > 0 && log[0].n < s.settle {
		log = log[1:]
	}
	before := 0
	for before < len(log) && log[before].n <= pivot.n {
		before++
	}
	noise := noiseOf(log[:before])
	at := max(0, before-1)
	for i := before; i < len(log); i++ {
		if dir*(log[i].v-pivot.v) <= noise {
			at = i
		}
	}
	if len(log) > 0 {
		s.first = log[max(0, at-lead)]
	}
}

// noiseOf is about the height of the noise of rows at rest.
func noiseOf(rest []point) float64 {
	if len(rest) < 4 {
		return 0
	}
	sum := 0.0
	for i := 1; i < len(rest); i++ {
		sum += math.Abs(rest[i].v - rest[i-1].v)
	}
	return noiseMul * sum / float64(len(rest)-1)
}

// turn ends a stretch at its extreme, where the next one begins.
func (s *sweeps) turn(p point) {
	e := s.ext
	s.finish(e)
	s.dir, s.pivot, s.first, s.ext, s.anchor, s.steps = -s.dir, e, e, p, p, 1
	s.scale, s.step = max(math.Abs(e.v), math.Abs(p.v)), 0
}

// settled is the row with which a stretch came to rest: the first one inside
// the noise of the rest, and a few more.
func (s *sweeps) settled() point {
	from := 0
	for from < len(s.log) && s.log[from].n < s.anchor.n {
		from++
	}
	if len(s.log)-from < 4 {
		return s.ext
	}
	tail := s.log[from+(len(s.log)-from)/2:]
	level := 0.0
	for _, p := range tail {
		level += p.v / float64(len(tail))
	}
	noise := noiseOf(tail)
	for _, p := range tail {
		noise = max(noise, math.Abs(p.v-level))
	}
	at := len(s.log) - 1
	for at > 0 && math.Abs(s.log[at-1].v-level) <= noise && s.log[at-1].n >= s.first.n {
		at--
	}
	return s.log[min(at+lead, len(s.log)-1)]
}

// finish ends a stretch with that row.
func (s *sweeps) finish(last point) {
	if s.dir == 0 {
		return
	}
	s.settle = last.n
	if !s.told && s.worth(last) {
		s.told = true
		s.began(s.first)
	}
	if s.told {
		s.ended(last)
	}
	s.told = false
}

// idle ends what is under way where no row has come for long.
func (s *sweeps) idle(now int64) {
	if s.seen > 0 && s.told && now-s.prev[0].arrival > s.pause() {
		s.stop()
	}
}
