// Package atomicfile replaces small files of the data folder as a whole, so that a
// crash at any instant leaves the old one or the new one. What grows by appending
// is its owner's part, large logs internal/wal's.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace puts data in path's place, at once or not at all, and returns when it
// is on the disk. Only the owner may read it (mode 0600): passwords stand in
// these files. It uses path + ".new" on the way; two at a time for one path are
// the caller's to prevent. On an error the old file stands.
func Replace(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	// Not every system can sync a folder; where it can, the name is safe too.
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
