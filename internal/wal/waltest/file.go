package waltest

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"labbroker/internal/wal"
)

// MkdirAll does nothing: all folders are there.
func (f *FS) MkdirAll(string) error { return nil }

// ReadDir returns the names in dir.
func (f *FS) ReadDir(dir string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return nil, ErrDead
	}
	var names []string
	for name := range f.names {
		if filepath.Dir(name) == filepath.Clean(dir) {
			names = append(names, filepath.Base(name))
		}
	}
	return names, nil
}

// Create makes or empties a file.
func (f *FS) Create(name string) (wal.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.init()
	if _, err := f.spend(1); err != nil {
		return nil, err
	}
	i := f.names[name]
	if i == nil {
		if f.limit && f.room <= 0 {
			return nil, fmt.Errorf("create %s: %w", name, ErrFull)
		}
		i = &inode{}
		f.names[name] = i
		f.dirOps = append(f.dirOps, dirOp{name, i})
	} else {
		i.change(change{})
	}
	return &file{f, name, i}, nil
}

// Open opens a file that is there.
func (f *FS) Open(name string) (wal.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return nil, ErrDead
	}
	i := f.names[name]
	if i == nil {
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return &file{f, name, i}, nil
}

// Remove deletes a file.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.spend(1); err != nil {
		return err
	}
	i := f.names[name]
	if i == nil {
		return fmt.Errorf("remove %s: %w", name, fs.ErrNotExist)
	}
	delete(f.names, name)
	f.room += int64(len(i.data))
	f.dirOps = append(f.dirOps, dirOp{name, nil})
	return nil
}

// SyncDir makes all names safe.
func (f *FS) SyncDir(string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.init()
	if _, err := f.spend(1); err != nil {
		return err
	}
	clear(f.safe)
	for name, i := range f.names {
		f.safe[name] = i
	}
	f.dirOps = nil
	return nil
}

type file struct {
	fs   *FS
	name string
	node *inode
}

func (i *inode) change(c change) {
	i.data = c.apply(i.data)
	i.changes = append(i.changes, c)
}

func (f *file) ReadAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.dead {
		return 0, ErrDead
	}
	n := 0
	if off < int64(len(f.node.data)) {
		n = copy(b, f.node.data[off:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n, err := f.fs.spend(int64(len(b)))
	if grow := off + n - int64(len(f.node.data)); f.fs.limit && grow > 0 && err == nil {
		if grow > f.fs.room {
			n, err = max(0, n-grow+f.fs.room), fmt.Errorf("write %s: %w", f.name, ErrFull)
			grow = max(0, off+n-int64(len(f.node.data)))
		}
		f.fs.room -= grow
	}
	if n > 0 {
		f.node.change(change{off, slices.Clone(b[:n])})
	}
	return int(n), err
}

func (f *file) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.dead {
		return 0, ErrDead
	}
	return int64(len(f.node.data)), nil
}

func (f *file) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.fs.spend(1); err != nil {
		return err
	}
	f.fs.room += max(0, int64(len(f.node.data))-size)
	f.node.change(change{off: size})
	return nil
}

func (f *file) Sync() error {
	f.fs.mu.Lock()
	fn := f.fs.onSync
	f.fs.mu.Unlock()
	if fn != nil {
		fn(f.name)
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.fs.spend(1); err != nil {
		return err
	}
	if f.fs.broken != nil {
		f.node.changes = nil // neither safe nor tried again
		return f.fs.broken
	}
	if len(f.node.changes) > 0 {
		f.node.safe, f.node.changes = slices.Clone(f.node.data), nil
	}
	return nil
}

func (f *file) Close() error { return nil }
