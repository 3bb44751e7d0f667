package account

import (
	"fmt"
	"runtime"
	"sync"

	"labbroker/internal/session"
)

// Enrolment is an account that a roster wants.
type Enrolment struct {
	Session  string
	Password string // a chosen one; "" = a generated one where there is none yet
}

// Enrol makes all accounts of a list, or none: they stand in one line of the
// file. Who has a password keeps it, unless the list gives another one; what
// ends with a password ends then (OnReset). It blocks while chosen passwords are
// hashed, about 31 ms each and as many at once as there are processors. Errors:
// ErrName, ErrFull, ErrUnavailable.
func (b *Book) Enrol(list []Enrolment) error {
	fresh := 0
	for _, e := range list {
		if err := checkNew(e.Session); err != nil {
			return fmt.Errorf("%q: %w", e.Session, err)
		}
		if _, ok := b.Find(e.Session); !ok {
			fresh++
		}
	}
	if n := len(b.Names()); n+fresh > MaxAccounts {
		return ErrFull
	}
	hashes := b.hashes(list)
	var all []record
	for i, e := range list {
		r := record{Op: opCreate, Session: e.Session}
		name, exists := b.Find(e.Session)
		if exists {
			r.Op, r.Session = opPassword, name
		}
		switch {
		case hashes[i] != "" && !exists:
			// That it exists, then its password.
			all = append(all, record{Op: opSession, Session: e.Session})
			r.Op, r.Hash = opPassword, hashes[i]
		case hashes[i] != "":
			r.Hash = hashes[i]
		case exists && b.HasPassword(name):
			continue
		default:
			r.Password = newSessionPassword()
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil
	}
	return b.write(record{Op: opEnrol, All: all})
}

// hashes are those of the chosen passwords, "" for the others.
func (b *Book) hashes(list []Enrolment) []string {
	out := make([]string, len(list))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, e := range list {
		if e.Password == "" {
			continue
		}
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			out[i] = b.check.hash(e.Password)
			b.check.learn(out[i], e.Password)
		})
	}
	wg.Wait()
	return out
}

// HasPassword says whether somebody can log in as that session with a password:
// one that was claimed, chosen or generated, or stands in the roster's file.
func (b *Book) HasPassword(name string) bool {
	key := session.Key(name)
	b.mu.RLock()
	defer b.mu.RUnlock()
	if _, listed := b.roster[key]; listed {
		return true
	}
	a := b.state.sessions[key]
	return a != nil && !a.pass.none()
}

// enrol applies the records of one line. Each is kept as a line of its own.
func (s *state) enrol(r record, e *effect) {
	for _, x := range r.All {
		switch x.Op {
		case opSession, opCreate, opPassword:
		default:
			e.bad++
			continue
		}
		if session.Check(x.Session) != nil {
			e.bad++
			continue
		}
		x.At = r.At
		s.applySession(x, encode(x), e)
	}
}
