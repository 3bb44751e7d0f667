package lab

import (
	"math"
	"time"

	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

func keyOf(x *card) string { return session.Key(x.session) }

// out says whether a session has no part in labs.
func (b *Book) out(name string) bool {
	return session.Simulated(name) || session.Check(name) != nil || b.o.Out != nil && b.o.Out(name)
}

// tick ticks the steps of the running lab that want is true for, where they are
// not ticked yet. mu is held.
func (b *Book) tick(c *course, name string, t Tick, want func(Step) bool) {
	t.At = t.At.UTC()
	some := false
	for i, s := range c.Steps {
		if !want(s) || !b.s.tick(c, name, i, t) {
			continue
		}
		some = true
		x := c.cards[session.Key(name)]
		b.unkept = append(b.unkept, record{Op: opTick, Lab: c.ID, Session: x.session, Step: i, At: t.At, By: x.ticks[i].By})
	}
	if some {
		b.version++
		signal(b.wake)
	}
}

// event ticks for what happened at that time.
func (b *Book) event(name string, t Tick, want func(Step) bool) {
	if b.out(name) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.s.running(); c != nil && c.during(t.At) {
		b.tick(c, name, t, want)
	}
}

// Connected says that a board of the session connected; client is what it calls
// itself.
func (b *Book) Connected(name, client string) {
	if w := b.now.Load(); w == nil || !w.connected {
		return
	}
	b.event(name, Tick{b.o.Now(), client}, func(s Step) bool { return s.Kind == Connected })
}

// Message says that a message of the session's board was accepted, on a topic
// below the prefix. Pages' messages are not to be told.
func (b *Book) Message(name, topic, client string, qos byte, at time.Time) {
	w := b.now.Load()
	if w == nil || !w.messages || !b.open(name, topic, qos) {
		return
	}
	if at.IsZero() {
		at = b.o.Now()
	}
	b.event(name, Tick{at, topic}, func(s Step) bool {
		return s.Kind == Topic && s.Topic == topic || s.Kind == QoS1 && qos > 0
	})
}

// open says whether a message may tick something: most do not any more, and
// look no further.
func (b *Book) open(name, topic string, qos byte) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.s.running()
	if c == nil {
		return false
	}
	x := c.cards[name]
	if x == nil {
		x = c.cards[session.Key(name)]
	}
	for i, s := range c.Steps {
		if (s.Kind == Topic && s.Topic == topic || s.Kind == QoS1 && qos > 0) && (x == nil || !x.ticks[i].Done()) {
			return true
		}
	}
	return false
}

// Kept says that a plot or saved file of the session is kept, and whether it
// was asked for from a page on somebody's behalf.
func (b *Book) Kept(p series.Plot, page bool) {
	if w := b.now.Load(); w == nil || !w.plots || page || p.Kind == series.PlotSaved {
		return
	}
	b.event(p.Session, Tick{p.Time, p.File}, func(s Step) bool { return s.Kind == Plot })
}

// Changed says that the session's runs are others than before.
func (b *Book) Changed(name string) {
	if w := b.now.Load(); w == nil || !w.sweeps || b.out(name) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.s.running(); c != nil {
		b.suspect(c, name, 0)
	}
}

// Committed takes what the store has kept.
func (b *Book) Committed(list []series.Committed) {
	w := b.now.Load()
	if w == nil {
		return
	}
	for i := range list {
		if len(list[i].Rows) > 0 && !b.out(list[i].Info.Session) {
			b.committed(w, &list[i])
		}
	}
}

func (b *Book) committed(w *watch, x *series.Committed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.s.running()
	if c == nil {
		return
	}
	name := x.Info.Session
	k := c.card(name)
	if k == nil {
		return
	}
	var reading *series.Row
	boards := false
	for i := range x.Rows {
		r := &x.Rows[i]
		c.came(x.Info.ID, r)
		switch {
		case !c.during(time.Unix(0, r.Time)):
			continue
		case r.Page:
			k.pages.add(x.Info.ID, r.Seq)
			k.fresh.add(x.Info.ID, r.Seq)
			b.dirty[k] = true
			signal(b.wake)
			continue
		}
		boards = true
		k.rows++
		if reading == nil && known(x.Info, r) {
			reading = r
		}
		b.counted(c, k, time.Unix(0, r.Time))
	}
	if reading != nil {
		b.tick(c, name, Tick{time.Unix(0, reading.Time), x.Info.Name}, func(s Step) bool { return s.Kind == Reading })
	}
	if boards && w.sweeps && curved(x.Info) {
		b.suspect(c, name, judgeEvery)
	}
}

// counted ticks the steps that ask for so many rows. mu is held.
func (b *Book) counted(c *course, k *card, at time.Time) {
	for i, s := range c.Steps {
		if s.Kind == Rows && k.rows >= s.Rows && !k.ticks[i].Done() {
			b.tick(c, k.session, Tick{at, itoa(k.rows) + " rows"}, func(o Step) bool { return o.Kind == Rows && o.Rows <= k.rows })
			return
		}
	}
}

// known says whether a row has a number that somebody knows the meaning of.
func known(info *series.Info, r *series.Row) bool {
	for i, v := range r.Values {
		if i < len(info.Columns) && info.Columns[i].Quantity != sensor.Unknown && !math.IsNaN(v) {
			return true
		}
	}
	return false
}

// curved says whether a series may hold sweeps.
func curved(info *series.Info) bool {
	v, i := false, false
	for _, c := range info.Columns {
		v = v || c.Quantity == sensor.Voltage || c.Quantity == sensor.LoadVoltage
		i = i || c.Quantity == sensor.Current
	}
	return v && i
}
