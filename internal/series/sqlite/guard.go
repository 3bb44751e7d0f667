package sqlite

import (
	"fmt"
	"math"
	"time"
)

// Bounds of the free space, in bytes. Recording that stopped begins again a
// little above its bound, so that it does not flutter.
const (
	lowSpace    = 500 << 20
	noSpace     = 100 << 20
	resumeSpace = 110 << 20
)

// Status says whether readings are being kept.
type Status struct {
	State    string  // "on", "low" (still kept, but the disk fills up or writing fails), "off"
	Free     uint64  // bytes free on the data folder's disk
	DaysLeft float64 // until recording stops, at the present rate; 0 = unknown
	Text     string  // one or two sentences for people, "" when on
	Dropped  int64   // rows that were not kept since Open
}

// guardState is what the guard knows, under Store.mu.
type guardState struct {
	space   uint64
	known   bool // the space is
	full    bool // too little space: recording stopped
	fault   string
	broken  bool    // writing failed for too long: recording stopped
	written float64 // bytes since the last look
	looked  time.Time
	rate    float64 // bytes per second
}

// measure is told of committed rows.
func (s *Store) measure(items []item) {
	n := 0
	for i := range items {
		if items[i].e == nil {
			continue
		}
		n += 28 + 9*len(items[i].row.Values)
	}
	s.mu.Lock()
	s.written += float64(n) * 1.15
	s.mu.Unlock()
}

func (s *Store) watch() {
	t := time.NewTicker(s.o.guard)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.look()
		case <-s.quit:
			return
		}
	}
}

// look asks for the free space and draws the conclusions.
func (s *Store) look() {
	space, err := s.o.Free(s.dir)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if d := now.Sub(s.looked).Seconds(); !s.looked.IsZero() && d > 0 {
		// A mean over about a minute.
		k := 1 - math.Exp(-d/60)
		if s.rate == 0 {
			k = 1
		}
		s.rate += k * (s.written/d - s.rate)
	}
	s.looked, s.written = now, 0
	if s.known = err == nil; !s.known {
		s.o.Log.Warn("cannot tell the free space", "folder", s.dir, "error", err)
		return
	}
	was := s.full
	s.space = space
	s.full = space < noSpace || s.full && space < resumeSpace
	if s.full != was {
		s.o.Log.Warn("recording", "off", s.full, "free", space)
	}
	s.decide()
}

// decide opens or closes Append; called with mu held.
func (s *Store) decide() {
	s.off = s.o.Off || s.full || s.broken
	s.room.Broadcast()
	s.wake()
}

func (s *Store) noSpace() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.full
}

// Status says whether readings are being kept, as of the last look at the
// disk, some seconds ago.
func (s *Store) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{State: "on", Free: s.space, Dropped: s.dropped}
	if s.known && s.space > noSpace && s.rate >= 1 {
		st.DaysLeft = float64(s.space-noSpace) / s.rate / 86400
	}
	switch {
	case s.o.Off:
		st.State, st.Text = "off", "Recording is switched off. Messages go on."
	case s.full:
		st.State = "off"
		st.Text = fmt.Sprintf("Recording is off: only %d MB are free on the disk of the data folder. Messages go on; make room, and recording goes on by itself.", s.space>>20)
	case s.broken:
		st.State = "off"
		st.Text = fmt.Sprintf("Recording is off: the data file cannot be written (%s). Messages go on; recording is tried again every few seconds.", s.fault)
	case s.fault != "":
		st.State = "low"
		st.Text = fmt.Sprintf("Readings wait to be recorded: the data file cannot be written (%s).", s.fault)
	case s.known && s.space < lowSpace:
		st.State = "low"
		st.Text = fmt.Sprintf("Only %d MB are free on the disk of the data folder%s. Recording stops below 100 MB.", s.space>>20, enough(st.DaysLeft))
	}
	return st
}

func enough(days float64) string {
	switch {
	case days <= 0:
		return ""
	case days < 2:
		return fmt.Sprintf(": at the present rate enough for %.0f hours", math.Max(1, math.Floor(days*24)))
	case days > 1000:
		return ": at the present rate enough for more than 1000 days"
	}
	return fmt.Sprintf(": at the present rate enough for %.0f days", math.Floor(days))
}

// fail notes that a transaction failed. What it should have written stays
// and is tried again, until patience ends or, where the store is being
// closed, after three tries.
func (w *writer) fail(err error, ending bool) {
	if w.failed.IsZero() {
		w.failed = time.Now()
		w.s.o.Log.Error("cannot write the data file", "error", err)
	}
	w.tries++
	give := time.Since(w.failed) > w.s.o.patience
	if ending {
		give = w.tries > 3
	}
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = err.Error()
	if !give {
		return
	}
	lost := s.giveUp(w.queue[w.next:]) + s.giveUp(s.pending)
	s.dropped += int64(lost)
	s.settle(w.queue[w.next:])
	s.settle(s.pending)
	s.pending, w.queue, w.next = nil, nil, 0
	for _, c := range w.waits {
		c <- err
	}
	for _, t := range w.tasks {
		t.done <- err
	}
	w.waits, w.tasks = nil, nil
	if ending {
		w.meta, w.doomed, w.broken = nil, nil, false
		w.err = fmt.Errorf("%d rows were not kept: %w", lost, err)
		return
	}
	s.broken, w.broken = true, true
	s.decide()
}

// giveUp counts the rows that will not be kept. Their numbers in the journal
// count as done, or it would grow until the disk can be written again. Called
// with mu held.
func (s *Store) giveUp(items []item) (rows int) {
	for i := range items {
		if items[i].e != nil {
			rows++
			continue
		}
		s.marks.Add(items[i].mark)
	}
	return rows
}

// healthy notes that a transaction went well.
func (w *writer) healthy() {
	if w.failed.IsZero() {
		return
	}
	w.failed, w.tries, w.broken = time.Time{}, 0, false
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.fault, w.s.broken = "", false
	w.s.decide()
	w.s.o.Log.Info("the data file can be written again")
}
