// Package account keeps who may log in: the sessions, their passwords, the
// instructor's, read-only keys and the secret that signs cookies. It decides
// whether a user name and a password belong together; what a session may
// touch then is hooks/policy's part.
//
// All of it stands in one append-only file of JSON lines that several
// processes may append to: `labbroker reset` writes a line, the server reads
// it within a second. What the file says, in its order, is the state; no
// password is granted before the line that grants it is on the disk. That a
// session without a password exists is written at once and on the disk within
// 100 ms: a power cut costs its line, which its board's next log-in makes anew.
package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sort"
	"sync"
	"time"

	"labbroker/internal/session"
)

// Access modes, as Options.Mode and --access have them.
const (
	ModeClaim  = "claim"
	ModeRoster = "roster"
	ModeOpen   = "open"
)

// MaxAccounts bounds the sessions; a further one gets ErrFull.
const MaxAccounts = 10_000

// Errors of Login, Check and Bind.
var (
	ErrNoUser      = errors.New("no user name")
	ErrNoPassword  = errors.New("no password")
	ErrPassword    = errors.New("wrong password")
	ErrNotInRoster = errors.New("not in the roster")
	ErrUnknown     = errors.New("no such session")      // of Check only
	ErrName        = errors.New("not a session's name") // wraps session.Check's error too
	ErrPlaceholder = errors.New("the slides' placeholder, unchanged")
	ErrArchived    = errors.New("the session is archived")
	ErrUnavailable = errors.New("accounts are not available") // not written, or one of the two below
	ErrFull        = fmt.Errorf("%w: there are %d sessions, which is the most", ErrUnavailable, MaxAccounts)
	ErrBusy        = fmt.Errorf("%w: too many log-ins under one name at once", ErrUnavailable)
)

// Options of a Book; the zero value is claim access without an instructor.
type Options struct {
	// Mode is the access mode, whatever SetMode says; "" = the one that SetMode
	// set, ModeClaim before.
	Mode       string
	Roster     []Entry // a class list that stands beside the file's accounts, in ModeRoster
	Instructor string  // a password given at start; it stands above the one in the file, until that is reset
	// Simulator is a password that lets the server's own simulated boards in
	// under their names, in every mode and whoever claimed them; "" = none.
	Simulator string
	Log       *slog.Logger
	// OnChange is called when sessions came or went, before the call that made
	// them returns, with their spellings; one that is spelt anew is added. Calls
	// come one at a time. It must be quick, since all who write wait for it,
	// and may call the book's reading methods, never one that writes.
	OnChange func(added, removed []string)
	// OnReset is called when a session's (or the instructor's) password was
	// taken away or the session was removed, so that who uses it can be
	// disconnected. Calls come one at a time, in the file's order, on a
	// goroutine that is inside a method of the book, with no lock held.
	OnReset func(session string)

	// OnMode is called when the mode was set, before the call that set it
	// returns, as OnChange is.
	OnMode func(mode string)

	cost cost          // of new hashes; tests take a cheap one
	poll time.Duration // between looks at the file; 0 = 1 s
	late time.Duration // what need not be on the disk at once is after so long; 0 = 100 ms
}

// Book is the accounts of one data folder. It is safe for concurrent use.
type Book struct {
	o       Options
	roster  map[string]Entry // session.Key -> entry
	log     *slog.Logger
	journal *journal
	check   *checker

	mu    sync.RWMutex // guards state, which only the journal changes, and given
	state *state
	given string // Options.Instructor, "" once another one was set

	claims flights // by session.Key: one claim of a name at a time

	linkMu sync.Mutex // one use of a link at a time

	closedMu sync.Mutex      // guards below
	closed   map[string]bool // by session.Key: being renamed, nobody gets in

	resetMu   sync.Mutex // guards below
	resets    []string   // OnReset is still to be called for these
	resetting bool
}

// Open reads the accounts at path, or begins them, mode 0600. It repairs a
// last line that a crash tore, and writes the file anew when most of it is
// outdated. The folder must exist. The caller closes the book.
func Open(path string, o Options) (*Book, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.poll == 0 {
		o.poll = time.Second
	}
	if o.late == 0 {
		o.late = 100 * time.Millisecond
	}
	if o.cost == (cost{}) {
		o.cost = standard
	}
	roster, err := readRoster(o)
	if err != nil {
		return nil, err
	}
	b := &Book{o: o, given: o.Instructor, roster: roster, log: o.Log, check: newChecker(o.cost)}
	if b.journal, b.state, err = openJournal(path, o.Log); err != nil {
		return nil, err
	}
	b.journal.apply, b.journal.reload, b.journal.live = b.apply, b.replace, b.live
	if b.state.secret == nil {
		if err := b.write(record{Op: opSecret, Secret: randomBytes(32)}); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// Check says whether Open can take what is at path, and changes nothing; no
// file is no error.
func Check(path string) error {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return fmt.Errorf("%s is a folder: give labbroker another folder", path)
	} else if err != nil { // Open's to say, if it matters
		return nil
	}
	_, _, _, err := load(path)
	return err
}

// Close closes the file. No method may be called after it.
func (b *Book) Close() error { return b.journal.close() }

// Run follows the file, which `labbroker reset` appends to, and brings what was
// only written to the disk, until ctx ends.
func (b *Book) Run(ctx context.Context) error {
	tick := time.NewTicker(b.o.poll)
	defer tick.Stop()
	var due <-chan time.Time // nil = all is on the disk
	for {
		select {
		case <-ctx.Done():
			return nil // Close does the rest
		case <-b.journal.late:
			if due == nil {
				due = time.After(b.o.late)
			}
		case <-due:
			due = nil
			if err := b.journal.sync(); err != nil {
				b.log.Error("accounts: syncing the file failed", "err", err)
			}
		case <-tick.C:
			if err := b.look(); err != nil {
				b.log.Error("accounts: following the file failed", "err", err)
			}
		}
	}
}

// Names lists the sessions in the spelling of their claim, by name: those in
// the file and those of the roster, connected or not.
func (b *Book) Names() []string {
	b.mu.RLock()
	names := make([]string, 0, len(b.state.sessions)+len(b.roster))
	for _, a := range b.state.sessions {
		names = append(names, a.name)
	}
	for key, e := range b.roster {
		if b.state.sessions[key] == nil {
			names = append(names, e.Session)
		}
	}
	b.mu.RUnlock()
	sort.Strings(names)
	return names
}

// Find returns the spelling of a session, whatever the case of name.
func (b *Book) Find(name string) (spelling string, ok bool) {
	key := session.Key(name)
	b.mu.RLock()
	defer b.mu.RUnlock()
	if a := b.state.sessions[key]; a != nil {
		return a.name, true
	}
	if e, ok := b.roster[key]; ok {
		return e.Session, true
	}
	return "", false
}

// Remove takes a session's account away; its name is free again. A session
// that has none is no error.
func (b *Book) Remove(name string) error {
	spelling, _, _ := b.lookup(session.Key(name))
	if spelling == "" {
		return nil
	}
	return b.write(record{Op: opRemove, Session: spelling})
}

// Secret is 32 random bytes of this data folder, for signing cookies.
func (b *Book) Secret() []byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return append([]byte(nil), b.state.secret...)
}

// Stamp changes whenever the password of a session or of the instructor
// does, when the session is archived, and for sessions with open access: a
// cookie that carries it ends with the password.
func (b *Book) Stamp(name string) string {
	key := session.Key(name)
	mac := hmac.New(sha256.New, b.Secret())
	b.mu.RLock()
	defer b.mu.RUnlock()
	hash, given, more := "", b.roster[key].Password, ""
	if key == session.Instructor {
		hash, given = b.state.instructor, b.given
	} else if a := b.state.sessions[key]; a != nil {
		hash = a.pass.hash + a.pass.text
		if a.archived {
			more = "\x00archived"
		}
	}
	// In open access anybody signs in under any name: that ends with it.
	if key != session.Instructor && b.modeLocked() == ModeOpen {
		more += "\x00open"
	}
	fmt.Fprintf(mac, "%s\x00%s\x00%s%s", key, hash, given, more)
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// write appends a record and waits until it is applied, and on the disk where
// it is more than that a session exists.
func (b *Book) write(r record) error {
	r.At = time.Now().UTC().Truncate(time.Second)
	err := b.journal.append(r, r.Op != opSession)
	b.tellResets()
	if err != nil {
		b.log.Error("accounts: writing failed", "op", r.Op, "session", r.Session, "err", err)
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
