package account

import (
	"slices"

	"labbroker/internal/session"
)

// apply brings lines of the file into the state; the journal calls it, one
// call at a time.
func (b *Book) apply(lines [][]byte, own []record) {
	var e effect
	b.mu.Lock()
	for i, line := range lines {
		if own != nil {
			b.state.applyRecord(own[i], line, &e)
		} else {
			b.state.apply(line, &e)
		}
	}
	b.ungiveLocked(&e)
	b.mu.Unlock()
	b.announce(e)
}

// replace takes a whole new state, of a file that was put in the old one's
// place.
func (b *Book) replace(s *state) {
	var e effect
	b.mu.Lock()
	old := b.state
	b.state = s
	e.compare(old, s)
	b.ungiveLocked(&e)
	b.mu.Unlock()
	b.announce(e)
}

// ungiveLocked lets a password that was set while the book is open stand above
// the one given at start: whoever resets it is told the new one.
func (b *Book) ungiveLocked(e *effect) {
	if !e.instructor || b.given == "" {
		return
	}
	b.given = ""
	if !slices.Contains(e.reset, session.Instructor) {
		e.reset = append(e.reset, session.Instructor)
	}
	b.log.Warn("accounts: the instructor has a new password; the one given at start holds again at the next start")
}

// live is the whole state as lines.
func (b *Book) live() [][]byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.live()
}

func (b *Book) announce(e effect) {
	if e.bad > 0 {
		b.log.Warn("accounts: lines that cannot be read were left out", "lines", e.bad)
	}
	if len(e.names) > 0 && b.o.OnChange != nil {
		b.o.OnChange(b.settled(e.names))
	}
	if e.mode && b.o.OnMode != nil {
		b.o.OnMode(b.Mode())
	}
	b.resetMu.Lock()
	b.resets = append(b.resets, e.reset...)
	b.resetMu.Unlock()
}

// settled says what became of sessions that came or went, some of them both:
// in the end each is there, if only in the roster, or is not.
func (b *Book) settled(changes []change) (added, removed []string) {
	seen := make(map[string]bool, len(changes))
	for _, c := range slices.Backward(changes) {
		if seen[c.key] {
			continue
		}
		seen[c.key] = true
		if name, ok := b.Find(c.key); ok {
			added = append(added, name)
		} else {
			removed = append(removed, c.name)
		}
	}
	return added, removed
}

// look follows the file.
func (b *Book) look() error {
	err := b.journal.look()
	b.tellResets()
	return err
}

// tellResets calls OnReset where it is due. It holds no lock meanwhile: to
// end a connection may take as long as the log-in that it is in.
func (b *Book) tellResets() {
	b.resetMu.Lock()
	defer b.resetMu.Unlock()
	for !b.resetting && len(b.resets) > 0 {
		due := b.resets
		b.resets, b.resetting = nil, true
		b.resetMu.Unlock()
		for _, name := range due {
			if !session.Simulated(name) {
				b.log.Info("accounts: password taken away", "session", name)
			}
			if b.o.OnReset != nil {
				b.o.OnReset(name)
			}
		}
		b.resetMu.Lock()
		b.resetting = false
	}
}
