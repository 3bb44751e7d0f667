package runs

import (
	"labbroker/internal/session"
)

// Rename gives a session another name: move renames what the store has, while
// no run and no plot is on its way there. What goes on goes on under the new
// name. Where move fails nothing has changed.
func (r *Recorder) Rename(from, to string, move func() error) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := move(); err != nil {
		return err
	}
	old, key := session.Key(from), session.Key(to)
	r.mu.Lock()
	defer r.mu.Unlock()
	moved := map[name]*track{}
	for k, t := range r.byName {
		if k.session != old {
			continue
		}
		delete(r.byName, k)
		moved[name{key, k.series}] = t
		if t.info != nil && session.Key(t.info.Session) == old {
			info := *t.info
			info.Session = to
			t.info = &info
		}
		for _, s := range append([]*stretch{t.run, t.sweep, t.double}, t.next...) {
			s.call(old, to)
		}
	}
	for k, t := range moved {
		r.byName[k] = t
	}
	for _, s := range r.unkept {
		s.call(old, to)
	}
	for _, o := range r.orders {
		if o.key == old {
			o.Session, o.key = to, key
		}
	}
	if n := r.asked[old]; n > 0 && old != key {
		delete(r.asked, old)
		r.asked[key] += n
	}
	return nil
}

// call gives a stretch of the old session its new name; s may be nil.
func (s *stretch) call(old, to string) {
	if s != nil && session.Key(s.run.Session) == old {
		s.run.Session = to
	}
}
