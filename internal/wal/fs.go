package wal

import "io"

// FS is what a log needs of a file system. Names are paths. See OS, and
// waltest for one that fails.
type FS interface {
	// MkdirAll makes a folder with those above it; one that is there is fine.
	MkdirAll(dir string) error
	// ReadDir returns the names of what is in a folder, in any order.
	ReadDir(dir string) ([]string, error)
	// Create makes a file, or empties the one that is there.
	Create(name string) (File, error)
	// Open opens a file to read and write.
	Open(name string) (File, error)
	// Remove deletes a file.
	Remove(name string) error
	// SyncDir returns when what was created in a folder and removed from it is
	// safe from a power cut.
	SyncDir(dir string) error
}

// File is an open file. Its methods may be called from several goroutines.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size is the file's length in bytes.
	Size() (int64, error)
	// Truncate cuts the file to size bytes.
	Truncate(size int64) error
	// Sync returns when all that was written, and the length, is safe from a
	// power cut.
	Sync() error
}
