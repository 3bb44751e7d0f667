package lab

import (
	"slices"

	"labbroker/internal/session"
)

// problems are the kinds of mistakes that a session made in a lab: told apart
// while it runs, a number afterwards.
type problems struct {
	kinds []uint32 // at most MaxProblems
	kept  int      // of them, those that are on the disk
	ended int      // how many there were at the lab's end
}

func (p *problems) count() int { return max(p.ended, len(p.kinds)) }

// add takes a kind; false where nothing is new.
func (p *problems) add(kind uint32) bool {
	if len(p.kinds) >= MaxProblems || slices.Contains(p.kinds, kind) {
		return false
	}
	p.kinds = append(p.kinds, kind)
	return true
}

func (p *problems) end() { *p = problems{ended: p.count()} }

// take reads a line of the file; false where it says nothing that can be.
func (p *problems) take(r *record, running bool) bool {
	if !running {
		if r.Count < 1 || r.Count > MaxProblems || len(r.Kinds) > 0 {
			return false
		}
		p.ended = r.Count
		return true
	}
	for _, k := range r.Kinds {
		p.add(k)
	}
	p.kept = len(p.kinds)
	return r.Count == 0 && len(r.Kinds) > 0
}

// fresh writes into a line what is not on the disk yet; false where all is.
func (p *problems) fresh(r *record) bool {
	r.Kinds = slices.Clone(p.kinds[p.kept:])
	p.kept = len(p.kinds)
	return len(r.Kinds) > 0
}

// all writes all into a line; false where there is none.
func (p *problems) all(r *record) bool {
	p.kept = len(p.kinds)
	r.Kinds, r.Count = slices.Clone(p.kinds), p.ended
	return p.count() > 0
}

// Problem says that the session made a mistake of that kind, a number that its
// repeats share. Run writes it within a few seconds, however often it comes.
func (b *Book) Problem(name string, kind uint32) {
	if b.now.Load() == nil || b.repeated(name, kind) || b.out(name) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.s.running()
	if c == nil {
		return
	}
	if x := c.card(name); x != nil && x.problems.add(kind) {
		b.dirty[x] = true
	}
}

// repeated says whether a mistake changes nothing: most are repeats.
func (b *Book) repeated(name string, kind uint32) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.s.running()
	if c == nil {
		return true
	}
	x := c.cards[session.Key(name)]
	return x != nil && (len(x.kinds) >= MaxProblems || slices.Contains(x.kinds, kind))
}

// Problems is how many kinds of mistakes a session made in a lab, at most
// MaxProblems.
func (b *Book) Problems(id int64, name string) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if c := b.s.lab(id); c != nil {
		if x := c.cards[session.Key(name)]; x != nil {
			return x.problems.count()
		}
	}
	return 0
}
