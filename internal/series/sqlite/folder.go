package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
)

// Errors of Open and Check, each wrapped in one sentence that names the folder
// and the way out.
var (
	ErrForeign    = errors.New("not labbroker's data")
	ErrNewer      = errors.New("written by a newer labbroker")
	ErrLocked     = errors.New("in use by another labbroker")
	ErrUnwritable = errors.New("the data folder cannot be written")
)

// folderError is a sentence with a sentinel behind it.
type folderError struct {
	kind error
	text string
}

func (e *folderError) Error() string { return e.text }
func (e *folderError) Unwrap() error { return e.kind }

func refuse(kind error, format string, args ...any) error {
	return &folderError{kind, fmt.Sprintf(format, args...)}
}

// ours are the names that make a folder a data folder.
func ours(name string) bool {
	switch name {
	case fileName, fileName + "-wal", fileName + "-shm", fileName + "-journal",
		lockName, "labbroker.toml", "accounts.jsonl":
		return true
	}
	return strings.HasPrefix(name, "labbroker-v") && strings.HasSuffix(name, "-backup.db")
}

// litter are names that file systems and desktops leave in an empty folder.
var litter = []string{"lost+found", ".DS_Store", "Thumbs.db", "desktop.ini", "System Volume Information", "$RECYCLE.BIN"}

// Check says whether Open could open the data folder now, in one sentence that
// wraps ErrForeign, ErrNewer, ErrLocked or ErrUnwritable. It changes nothing;
// a folder that does not exist yet is fine where it can be made.
func Check(dir string) error {
	if err := check(dir, len(steps)+1); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, lockName)); err != nil {
		return nil
	}
	lock, err := takeLock(dir, os.O_RDONLY)
	if err != nil {
		return err
	}
	return lock.Unlock()
}

func check(dir string, version int) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return checkParent(dir)
	case err != nil:
		if st, e := os.Stat(dir); e == nil && !st.IsDir() {
			return refuse(ErrUnwritable, "the data folder %s is a file: give labbroker a folder", dir)
		}
		return refuse(ErrUnwritable, "the data folder %s cannot be read: %v", dir, reason(err))
	}
	var other []string
	mine := false
	for _, e := range entries {
		if ours(e.Name()) {
			mine = true
		} else if !slices.Contains(litter, e.Name()) {
			other = append(other, e.Name())
		}
	}
	if !mine && len(other) > 0 {
		return refuse(ErrForeign, "the folder %s holds other files (%s): give labbroker an empty folder or a new name", dir, some(other))
	}
	if err := writable(dir); err != nil {
		return refuse(ErrUnwritable, "the data folder %s cannot be written: %v", dir, reason(err))
	}
	return checkFile(filepath.Join(dir, fileName), version)
}

func some(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + " ..."
	}
	return strings.Join(names, ", ")
}

// reason is an error without the path, which the sentence names already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func checkParent(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for parent := filepath.Dir(abs); ; parent = filepath.Dir(parent) {
		st, err := os.Stat(parent)
		switch {
		case errors.Is(err, fs.ErrNotExist) && parent != filepath.Dir(parent):
			continue
		case err != nil:
			return refuse(ErrUnwritable, "the data folder %s cannot be made: %v", dir, reason(err))
		case !st.IsDir():
			return refuse(ErrUnwritable, "the data folder %s cannot be made: %s is a file", dir, parent)
		}
		if err := writable(parent); err != nil {
			return refuse(ErrUnwritable, "the data folder %s cannot be made: %s cannot be written: %v", dir, parent, reason(err))
		}
		return nil
	}
}

// checkFile reads the header of an SQLite file without SQLite, which would
// make files beside it.
func checkFile(path string, version int) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return refuse(ErrUnwritable, "%s cannot be read: %v", path, reason(err))
	}
	defer f.Close()
	head := make([]byte, 100)
	switch n, err := io.ReadFull(f, head); {
	case n == 0 && err == io.EOF:
		return nil // made, and nothing written yet
	case err != nil || string(head[:16]) != "SQLite format 3\x00":
		return refuse(ErrForeign, "%s is no SQLite file: move it away, or give labbroker another folder", path)
	}
	if binary.BigEndian.Uint32(head[68:]) != application {
		return refuse(ErrForeign, "%s is an SQLite file of another program: move it away, or give labbroker another folder", path)
	}
	return checkVersion(path, int(binary.BigEndian.Uint32(head[60:])), version)
}

func checkVersion(path string, got, version int) error {
	if got > version {
		return refuse(ErrNewer, "%s was written by a newer labbroker (its version is %d, this program knows %d): start the newer one", path, got, version)
	}
	return nil
}

// takeLock keeps other labbrokers out of the folder until Unlock.
func takeLock(dir string, flag int) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(dir, lockName), flock.SetFlag(flag))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, refuse(ErrUnwritable, "the data folder %s cannot be locked: %v", dir, reason(err))
	}
	if !ok {
		_ = lock.Close()
		return nil, refuse(ErrLocked, "the data folder %s is in use by another labbroker: stop that one, or give this one another folder", dir)
	}
	return lock, nil
}
