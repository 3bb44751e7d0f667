package account

import (
	"errors"
	"fmt"
	"os"
	"time"

	"labbroker/internal/session"
)

// Reset takes a session's password and key away in the file at path; the next
// log-in claims the name anew, in its old spelling. A server that runs on the
// file follows within about a second. ErrUnknown if there is no such session.
func Reset(path, name string) error {
	return amend(path, func(s *state) (record, error) {
		a := s.sessions[session.Key(name)]
		if a == nil {
			return record{}, fmt.Errorf("%w: %q", ErrUnknown, name)
		}
		return record{Op: opReset, Session: a.name}, nil
	})
}

// amend appends one line to a file that another process may have open.
func amend(path string, make func(*state) (record, error)) (err error) {
	// The file is looked for first: locking would leave a trace in a folder
	// that is not labbroker's.
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("the accounts cannot be read: %w", err)
	}
	unlock, err := lock(path)
	if err != nil {
		return fmt.Errorf("the accounts cannot be opened: %w", err)
	}
	defer unlock()
	s, _, _, err := load(path)
	if err != nil {
		return err
	}
	r, err := make(s)
	if err != nil {
		return err
	}
	r.At = time.Now().UTC().Truncate(time.Second)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("the accounts cannot be opened: %w", err)
	}
	if err := errors.Join(appendLines(f, 0, append(encode(r), '\n')), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the accounts cannot be written: %w", err)
	}
	return nil
}
