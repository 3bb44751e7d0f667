package account

import (
	"errors"
	"fmt"

	"labbroker/internal/session"
)

// ErrRenamed is of log-ins under a name that was given up; the error is a
// *Renamed.
var ErrRenamed = errors.New("the session has another name now")

// ErrListed is of a session in Options.Roster: its name stands in that list.
var ErrListed = errors.New("the session is in the class list that was given at start")

// Renamed says which name a session has now.
type Renamed struct{ To string }

func (r *Renamed) Error() string { return fmt.Sprintf("%v: %s", ErrRenamed, r.To) }

// Is makes it an ErrRenamed.
func (r *Renamed) Is(err error) bool { return err == ErrRenamed }

// moved is a name that was given up: nobody claims it by accident, and a board
// that still uses it is told the new one.
type moved struct {
	from, to string
	line     []byte
}

// move notes that a session has another name. Who was renamed to the old one
// before has the new one now too.
func (s *state) move(from, to string, line []byte) {
	if line == nil {
		line = encode(record{Op: opMoved, Session: from, To: to})
	}
	old, key := session.Key(from), session.Key(to)
	delete(s.moved, key)
	for k, m := range s.moved {
		if session.Key(m.to) == old {
			s.moved[k] = moved{m.from, to, encode(record{Op: opMoved, Session: m.from, To: to})}
		}
	}
	if old != key && s.sessions[old] == nil && len(s.moved) < MaxAccounts {
		s.moved[old] = moved{from, to, line}
	}
}

// unmove frees the names that a session had.
func (s *state) unmove(key string) {
	for k, m := range s.moved {
		if session.Key(m.to) == key {
			delete(s.moved, k)
		}
	}
}

// Renamed says which name a session has that was called name before. Nobody
// gets in under the old one, until it is given to somebody by Enrol or Rename,
// or the session is removed.
func (b *Book) Renamed(name string) (to string, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	m, ok := b.state.moved[session.Key(name)]
	return m.to, ok
}

// GivenUp are all such names, with the present ones.
func (b *Book) GivenUp() map[string]string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make(map[string]string, len(b.state.moved))
	for _, m := range b.state.moved {
		out[m.from] = m.to
	}
	return out
}

// RenameWith is Rename, after which move takes what the session has elsewhere
// to its new name. Meanwhile nobody gets in under either (ErrUnavailable). Where
// move fails the session is called as before.
func (b *Book) RenameWith(old, name string, move func() error) error {
	keys := []string{session.Key(old), session.Key(name)}
	if !b.close(keys) {
		return ErrBusy
	}
	defer b.reopen(keys)
	before, ok := b.Find(old)
	if !ok {
		return fmt.Errorf("%w: %q", ErrUnknown, old)
	}
	if _, listed := b.roster[keys[0]]; listed && keys[0] != keys[1] {
		return ErrListed
	}
	if err := b.Rename(old, name); err != nil {
		return err
	}
	err := move()
	if err == nil {
		return nil
	}
	if back := b.Rename(name, before); back != nil {
		return errors.Join(err, back)
	}
	// The name that it did not get is nobody's.
	return errors.Join(err, b.write(record{Op: opFree, Session: name}))
}

// close keeps everybody out of these names; false where they are closed.
func (b *Book) close(keys []string) bool {
	b.closedMu.Lock()
	defer b.closedMu.Unlock()
	for _, k := range keys {
		if b.closed[k] {
			return false
		}
	}
	if b.closed == nil {
		b.closed = map[string]bool{}
	}
	for _, k := range keys {
		b.closed[k] = true
	}
	return true
}

func (b *Book) reopen(keys []string) {
	b.closedMu.Lock()
	defer b.closedMu.Unlock()
	for _, k := range keys {
		delete(b.closed, k)
	}
}

// barred says why nobody gets in under that name, whatever the password.
func (b *Book) barred(name string) error {
	b.closedMu.Lock()
	closed := b.closed[session.Key(name)]
	b.closedMu.Unlock()
	if closed {
		return fmt.Errorf("%w: the session gets another name just now", ErrUnavailable)
	}
	if to, ok := b.Renamed(name); ok {
		return &Renamed{To: to}
	}
	if b.Archived(name) {
		return ErrArchived
	}
	return nil
}
