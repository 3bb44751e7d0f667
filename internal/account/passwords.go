package account

import (
	"errors"
	"fmt"
	"strconv"

	"labbroker/internal/session"
)

// Errors of Create, Rename and the like.
var (
	ErrTaken = errors.New("the name is taken")
)

// Create makes a session with a generated password, which Readable keeps
// showing. If somebody has the name that is wished for, in any case, it gets a
// free one near it (ada, ada-2, ...); of two who wish at once each gets one. The
// password needs no hashing, so its first log-in is as quick as all others.
// Errors: ErrName, ErrUnavailable.
func (b *Book) Create(wish string) (name, password string, err error) {
	if err := checkNew(wish); err != nil {
		return "", "", err
	}
	password = newSessionPassword()
	for n := 1; n <= 2*MaxAccounts; n++ {
		name = near(wish, n)
		switch won, err := b.create(name, password); {
		case err != nil:
			return "", "", err
		case won:
			return name, password, nil
		}
	}
	return "", "", ErrFull
}

// checkNew is checkName for names that people choose for others.
func checkNew(name string) error {
	if session.Simulated(name) {
		return fmt.Errorf("%w: %s in front is for simulated boards", ErrName, session.SimPrefix)
	}
	return checkName(name)
}

// create says whether the name was free.
func (b *Book) create(name, password string) (won bool, err error) {
	key := session.Key(name)
	if b.occupied(name) {
		return false, nil
	}
	for {
		done, leads := b.claims.begin(key)
		if leads {
			break
		}
		<-done
	}
	defer b.claims.end(key)
	_, _, full := b.lookup(key)
	if b.occupied(name) {
		return false, nil
	}
	if full {
		return false, ErrFull
	}
	if err := b.write(record{Op: opCreate, Session: name, Password: password}); err != nil {
		return false, err
	}
	_, got, _ := b.lookup(key) // another process may have been first
	return got.text == password, nil
}

// occupied says whether a name is a session's, or was until it got another one:
// its board may still use it.
func (b *Book) occupied(name string) bool {
	_, taken := b.Find(name)
	_, was := b.Renamed(name)
	return taken || was
}

// near is the nth name for a wish, no longer than a name may be.
func near(wish string, n int) string {
	if n == 1 {
		return wish
	}
	end := "-" + strconv.Itoa(n)
	return wish[:min(len(wish), session.MaxLen-len(end))] + end
}

// Readable is a session's password where it was generated, or stands in the
// roster's file: chosen ones are only hashed, ok is false then.
func (b *Book) Readable(name string) (password string, ok bool) {
	key := session.Key(name)
	b.mu.RLock()
	defer b.mu.RUnlock()
	a := b.state.sessions[key]
	if e, listed := b.roster[key]; listed && (a == nil || !a.pass.enrolled) {
		return e.Password, true
	}
	if a == nil || a.pass.text == "" {
		return "", false
	}
	return a.pass.text, true
}

// SetPassword gives a session a password that somebody chose; only its hash is
// kept. The old one fails at once, connections (OnReset) and cookies end. It
// blocks while it is hashed, about 31 ms and its turn. Errors: ErrUnknown,
// ErrNoPassword, ErrUnavailable.
func (b *Book) SetPassword(name, password string) error {
	if password == "" {
		return ErrNoPassword
	}
	name, err := b.own(name)
	if err != nil {
		return err
	}
	hash := b.check.hash(password)
	b.check.learn(hash, password)
	return b.write(record{Op: opPassword, Session: name, Hash: hash})
}

// Renew is SetPassword with a generated password, which Readable keeps showing.
func (b *Book) Renew(name string) (password string, err error) {
	if name, err = b.own(name); err != nil {
		return "", err
	}
	password = newSessionPassword()
	if err := b.write(record{Op: opPassword, Session: name, Password: password}); err != nil {
		return "", err
	}
	return password, nil
}

// Archive takes a session out of the class, or back into it: nobody gets in
// under its name, its connections (OnReset), cookies and key end, and all that
// it has stays. ErrUnknown if there is no such session.
func (b *Book) Archive(name string, on bool) error {
	name, err := b.own(name)
	if err != nil {
		return err
	}
	if b.Archived(name) == on {
		return nil
	}
	op := opRestore
	if on {
		op = opArchive
	}
	return b.write(record{Op: op, Session: name})
}

// Archived says whether a session is put away.
func (b *Book) Archived(name string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	a := b.state.sessions[session.Key(name)]
	return a != nil && a.archived
}

// own is the spelling of a session that is in the file, where one that only the
// roster has is brought.
func (b *Book) own(name string) (string, error) {
	spelling, ok := b.Find(name)
	if !ok {
		return "", fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	return b.exists(spelling, true)
}
