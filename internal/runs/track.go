package runs

import (
	"encoding/json"
	"math"
	"time"

	"labbroker/internal/series"
	"labbroker/sensor"
)

// track is what is known of one series. Recorder.mu guards it.
type track struct {
	r    *Recorder
	info *series.Info // nil before the store has told of it
	at   int64        // arrival of the last row
	seq  int64        // of the last row
	rows int64        // seen

	next  []*stretch // begun, without a row yet, in order
	run   *stretch   // the newest that was begun
	count int        // of the runs that were begun; 0 = not known yet
	sweep *stretch   // under way

	find     *sweeps // nil where the series has no voltage and current
	v, i     int
	scale    float64  // from numbers as sent to volts
	noClock  bool     // rows came without device time
	rowsFrom int64    // rows at which sweep began
	runFrom  int64    // rows at which run began
	double   *stretch // the sweep that is all of run so far, nil = none
}

// stretch is a run while it is being written.
type stretch struct {
	t     *track
	run   series.Run
	after int64 // the run begins with the first row behind
	at    int64 // arrival of its last row
	last  int64 // Seq of its last row
	rows  int64

	chart    json.RawMessage // to be kept as a plot, nil = none
	rollover int
	page     bool // begun from a page

	waiting bool // in Recorder.unkept

	// A sweep that is all of a run which was begun is not kept: it would be the
	// same rows twice. It is when the run turns out to have more.
	in     *stretch // the run that the sweep is in, nil = none
	double bool
}

var volts = map[string]float64{"V": 1, "mV": 1e-3, "uV": 1e-6, "µV": 1e-6, "kV": 1e3}

// learn finds the columns in which sweeps show.
func (t *track) learn(info *series.Info) {
	v, i, scale := -1, -1, 1.0
	for at, c := range info.Columns {
		switch c.Quantity {
		case sensor.Voltage, sensor.LoadVoltage:
			if v < 0 || c.Quantity == sensor.Voltage && info.Columns[v].Quantity == sensor.LoadVoltage {
				v, scale = at, c.Scale()
				if f := volts[c.Unit]; f != 0 {
					scale *= f
				}
			}
		case sensor.Current:
			if i < 0 {
				i = at
			}
		}
	}
	if v >= 0 && i >= 0 && t.find != nil && v == t.v && i == t.i && scale == t.scale {
		return
	}
	if t.find != nil {
		t.find.stop()
		t.find = nil
	}
	if v >= 0 && i >= 0 {
		t.v, t.i, t.scale = v, i, scale
		t.find = &sweeps{began: t.sweepBegan, ended: t.sweepEnded}
	}
}

// row takes the next committed row.
func (t *track) row(row *series.Row) {
	for len(t.next) > 0 && row.Seq > t.next[0].after {
		if t.run != nil {
			t.run.end()
		}
		t.run, t.next, t.runFrom, t.double = t.next[0], t.next[1:], t.rows+1, nil
	}
	t.rows++
	t.at, t.seq = row.Time, row.Seq
	if s := t.run; s != nil && row.Seq > s.after {
		s.grow(row)
		t.parted()
	}
	if t.find == nil || t.v >= len(row.Values) || t.i >= len(row.Values) {
		return
	}
	v := row.Values[t.v] * t.scale
	if math.IsNaN(v) || math.IsNaN(row.Values[t.i]) {
		return
	}
	restart := row.Restart
	if none := row.Device == 0; none != t.noClock {
		t.noClock, restart = none, restart || t.rows > 1
	}
	t.find.add(point{seq: row.Seq, n: t.rows, at: row.At(series.Device), arrival: row.Time, v: v}, restart)
}

// settle ends the run whose rows are all here when the next one has begun.
func (t *track) settle() {
	if len(t.next) > 0 && t.run != nil && t.run.run.Open() && t.r.upTo >= t.next[0].after && t.seq >= t.next[0].after {
		t.run.end()
	}
}

func (t *track) sweepBegan(first point) {
	started := time.Unix(0, first.arrival)
	t.sweep = &stretch{t: t, run: series.Run{
		Session: t.info.Session, Series: t.info.ID, SeriesName: t.info.Name, Kind: series.RunSweep,
		First: first.seq, Started: started.UTC(), Name: "sweep " + started.In(t.r.o.Location).Format("15:04:05"),
	}}
	t.rowsFrom = first.n
	if r := t.run; r != nil && r.run.First != 0 && first.seq >= r.run.First {
		t.sweep.in, t.sweep.double = r, first.n-t.runFrom <= besides
	}
	t.sweep.changed()
}

func (t *track) sweepEnded(last point) {
	s := t.sweep
	if s == nil {
		return
	}
	t.sweep = nil
	s.last, s.at, s.rows = last.seq, last.arrival, last.n-t.rowsFrom+1
	s.end()
	if s.double && s.in == t.run {
		t.double = s
	}
	t.parted()
	if s.double && s.in != t.run && !s.all() {
		s.part()
	}
}

// parted keeps the sweep that was all of the run, when it is no longer.
func (t *track) parted() {
	if s := t.double; s != nil && !s.all() {
		t.double = nil
		s.part()
	}
}

// besides is how many rows of a run may stand beside a sweep that is as good
// as all of it, and the share that they may have of a long one.
const (
	besides      = 10
	besidesShare = 0.1
)

// all says whether a sweep that has ended is all of its run.
func (s *stretch) all() bool {
	return float64(s.in.rows-s.rows) <= besidesShare*float64(s.in.rows)
}

// part has a sweep kept after all.
func (s *stretch) part() {
	s.double = false
	s.changed()
}

// idle ends what no rows have come for.
func (t *track) idle(now time.Time) {
	if t.find != nil {
		t.find.idle(now.UnixNano())
	}
	if s := t.run; s != nil && s.run.First != 0 && s.run.Open() && now.UnixNano()-s.at > int64(seriesRest) {
		s.end()
	}
}

// grow adds a row to a run that was begun. One that had come to rest goes on.
func (s *stretch) grow(row *series.Row) {
	s.rows++
	s.last, s.at = row.Seq, row.Time
	switch {
	case s.run.First == 0:
		s.run.First, s.run.Started = row.Seq, time.Unix(0, row.Time).UTC()
		s.run.Session, s.run.Series, s.run.SeriesName = s.t.info.Session, s.t.info.ID, s.t.info.Name
	case s.run.Open():
		return
	}
	s.run.Last, s.run.Ended = 0, time.Time{}
	s.changed()
}

// end ends a run at its last row.
func (s *stretch) end() {
	if s.run.First == 0 || !s.run.Open() {
		return
	}
	s.run.Last, s.run.Rows, s.run.Ended = s.last, s.rows, time.Unix(0, s.at).UTC()
	s.changed()
}

// changed has Run write it.
func (s *stretch) changed() {
	if s.waiting || s.double || s.run.ID == 0 && len(s.t.r.unkept) >= maxUnkept {
		return
	}
	s.waiting = true
	s.t.r.unkept = append(s.t.r.unkept, s)
	s.t.r.signal()
}
