package account

import (
	"fmt"
	"strings"

	"labbroker/internal/session"
)

// Login says whether user may log in with password, and under which name:
// the spelling of the claim, or session.Instructor. In claim access the first
// use of a name claims it, and the claim is on the disk when Login returns.
// It blocks while a password is hashed (about 31 ms, and its turn), not for
// one that was verified before. Errors: ErrNoUser, ErrNoPassword,
// ErrPassword, ErrNotInRoster, ErrArchived, ErrRenamed, ErrName with its
// reason, ErrUnavailable.
func (b *Book) Login(user, password string) (name string, err error) {
	return b.enter(user, password, true)
}

// Check is Login for signing in to the page: it claims and creates nothing.
// A session that does not exist, or that nobody has claimed since a reset,
// is ErrUnknown.
func (b *Book) Check(user, password string) (name string, err error) {
	return b.enter(user, password, false)
}

func (b *Book) enter(user, password string, create bool) (string, error) {
	if user == "" {
		return "", ErrNoUser
	}
	if strings.EqualFold(user, session.Instructor) {
		if password == "" {
			return "", ErrNoPassword
		}
		if err := b.checkInstructor(password); err != nil {
			return "", err
		}
		return session.Instructor, nil
	}
	if err := checkName(user); err != nil {
		return "", err
	}
	if err := b.barred(user); err != nil {
		return "", err
	}
	if b.o.Simulator != "" && session.Simulated(user) && b.check.same(password, b.o.Simulator) {
		return b.exists(user, create)
	}
	switch b.Mode() {
	case ModeOpen:
		return b.exists(user, create)
	case ModeRoster:
		return b.enterRoster(user, password, create)
	}
	if password == "" {
		return "", ErrNoPassword
	}
	return b.enterClaim(user, password, create)
}

// enterRoster lets in whom the roster's file lists, and who has a password in
// the accounts; one that was claimed only where there is no such file.
func (b *Book) enterRoster(user, password string, create bool) (string, error) {
	key := session.Key(user)
	e, listed := b.roster[key]
	name, pass, _ := b.lookup(key)
	known := pass.enrolled || !pass.none() && len(b.roster) == 0
	switch {
	case !listed && !known && !session.Simulated(user):
		return "", ErrNotInRoster
	case password == "":
		return "", ErrNoPassword
	case known:
		return b.named(name, b.verify(pass, password))
	case !listed:
		// Simulated boards are the instructor's: nobody else makes them.
		if err := b.checkInstructor(password); err != nil {
			return "", err
		}
		return b.exists(user, create)
	case !b.check.same(password, e.Password):
		return "", ErrPassword
	case create:
		return b.Bind(e.Session)
	}
	name, _ = b.Find(user)
	return name, nil
}

func (b *Book) named(name string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return name, nil
}

// verify returns nil, ErrPassword or ErrBusy.
func (b *Book) verify(p secret, password string) error {
	if p.hash != "" {
		return b.check.verify(p.hash, password)
	}
	if !b.check.same(p.text, password) {
		return ErrPassword
	}
	return nil
}

func (b *Book) enterClaim(user, password string, create bool) (string, error) {
	key := session.Key(user)
	// A claim that is reset at once is tried again; not for ever.
	for range 8 {
		name, pass, full := b.lookup(key)
		switch {
		case !pass.none():
			return b.named(name, b.verify(pass, password))
		case !create:
			return "", ErrUnknown
		case name == "" && full:
			return "", ErrFull
		}
		if done, leads := b.claims.begin(key); !leads {
			<-done
			continue
		}
		err := b.claim(user, password)
		b.claims.end(key)
		if err != nil {
			return "", err
		}
	}
	return "", ErrBusy
}

// claim writes a password down for a name that has none. Whether it won shows
// the state: another process may have been first.
func (b *Book) claim(user, password string) error {
	if name, pass, _ := b.lookup(session.Key(user)); !pass.none() {
		return nil
	} else if name != "" {
		user = name
	}
	hash := b.check.hash(password)
	b.check.learn(hash, password)
	return b.write(record{Op: opClaim, Session: user, Hash: hash})
}

// Bind makes sure that a session exists, in open access where a literal first
// level is enough, and returns its spelling. Errors: ErrName, ErrArchived,
// ErrRenamed, ErrUnavailable.
func (b *Book) Bind(name string) (spelling string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if err := b.barred(name); err != nil {
		return "", err
	}
	return b.exists(name, true)
}

func (b *Book) exists(user string, create bool) (string, error) {
	key := session.Key(user)
	for range 8 {
		name, _, full := b.lookup(key)
		switch {
		case name != "":
			return name, nil
		case !create:
			return "", ErrUnknown
		case full:
			return "", ErrFull
		}
		if done, leads := b.claims.begin(key); !leads {
			<-done
			continue
		}
		spelling := user
		if e, ok := b.roster[key]; ok {
			spelling = e.Session
		}
		err := b.write(record{Op: opSession, Session: spelling})
		b.claims.end(key)
		if err != nil {
			return "", err
		}
	}
	return "", ErrBusy
}

func (b *Book) lookup(key string) (name string, pass secret, full bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	full = len(b.state.sessions) >= MaxAccounts
	if a := b.state.sessions[key]; a != nil {
		return a.name, a.pass, full
	}
	return "", secret{}, full
}

func checkName(name string) error {
	if session.Placeholder(name) {
		return fmt.Errorf("%w: %w", ErrName, ErrPlaceholder)
	}
	if err := session.Check(name); err != nil {
		return fmt.Errorf("%w: %w", ErrName, err)
	}
	return nil
}
