package lab

import (
	"time"

	"labbroker/internal/series"
)

// clock is what is known where the clock went back over a restart, behind the
// start of the lab that runs: a Raspberry Pi without a network has no time of its
// own, and after a power cut its clock goes on where it was saved last, up to an
// hour ago. What boards do then is done in the lab all the same.
type clock struct {
	back  time.Time           // the start of this process, where that is before the lab's; else zero
	since map[series.ID]int64 // the first row of each series that came since
}

// resume looks where the clock is when the lab goes on.
func (c *course) resume(now time.Time) {
	if now.Before(c.Started) {
		c.clock = clock{back: now, since: map[series.ID]int64{}}
	}
}

// during says whether what happens while the lab runs, and has that time by the
// clock, is of the lab.
func (c *course) during(t time.Time) bool { return c.During(t) || c.behind(t) }

func (c *course) behind(t time.Time) bool {
	return !c.clock.back.IsZero() && t.Before(c.Started) && !t.Before(c.clock.back)
}

// came notes a row.
func (c *course) came(id series.ID, r *series.Row) {
	if c.behind(time.Unix(0, r.Time)) && c.clock.since[id] == 0 {
		c.clock.since[id] = r.Seq
	}
}

// began says whether a run began in the lab: by the clock, or by its rows.
func (c *course) began(r *series.Run) bool {
	first := c.clock.since[r.Series]
	return c.During(r.Started) || first > 0 && r.First >= first && c.behind(r.Started)
}

// end is the time of the lab's end, which is not before its start.
func (c *course) end(now time.Time) time.Time {
	if now.Before(c.Started) {
		return c.Started
	}
	return now
}
