package account

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"

	"github.com/gofrs/flock"

	"labbroker/internal/atomicfile"
)

// journal is the file. Appends that come while one is being written share
// the next write and fsync. What was appended, by whomever, is applied in the
// order in which it stands in the file.
type journal struct {
	path string
	log  *slog.Logger
	// apply takes whole lines; own is what they say where they are this
	// process's, else nil. Called with io held.
	apply  func(lines [][]byte, own []record)
	reload func(*state)    // the same, for another file at path
	live   func() [][]byte // the state, for a file that is gone

	mu    sync.Mutex // guards batch
	batch *batch     // being filled

	late chan struct{} // capacity 1: something was written and not synced

	io       sync.Mutex // guards the file and below; taken before any other lock
	file     *os.File
	offset   int64 // applied up to here, always whole lines
	unsynced bool
}

type batch struct {
	data    []byte
	records []record // the lines of data
	sync    bool     // somebody waits for the disk
	led     bool     // somebody will write it
	done    chan struct{}
	err     error // set before done is closed
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// openJournal opens or begins the file and reads it.
func openJournal(path string, log *slog.Logger) (*journal, *state, error) {
	unlock, err := lock(path)
	if err != nil {
		return nil, nil, fmt.Errorf("the accounts cannot be opened: %w", err)
	}
	defer unlock()
	s, tail, size, err := load(path)
	if err != nil {
		return nil, nil, err
	}
	if size == 0 || tail || s.stale() {
		if err := rewrite(path, s.live()); err != nil {
			return nil, nil, fmt.Errorf("the accounts cannot be written: %w", err)
		}
		if tail {
			log.Warn("accounts: the last line was torn and is mended", "path", path)
		}
	}
	j := &journal{path: path, log: log, batch: newBatch(), late: make(chan struct{}, 1)}
	if err := j.open(); err != nil {
		return nil, nil, fmt.Errorf("the accounts cannot be opened: %w", err)
	}
	return j, s, nil
}

// open opens the file that load or rewrite left at path. Nobody may append
// between the two: the caller holds the lock, or io and takes what was read.
func (j *journal) open() error {
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if st.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			j.log.Warn("accounts: others may read the file", "path", j.path, "err", err)
		}
	}
	j.offset = st.Size()
	j.file, j.unsynced = f, false
	return nil
}

func (j *journal) close() error {
	err := j.sync()
	j.io.Lock()
	defer j.io.Unlock()
	return errors.Join(err, j.file.Close())
}

// sync waits until what append wrote is on the disk.
func (j *journal) sync() error {
	j.io.Lock()
	defer j.io.Unlock()
	if !j.unsynced {
		return nil
	}
	j.unsynced = false
	return j.file.Sync()
}

// append writes a record and returns when it is applied, and with sync when it
// is on the disk too.
func (j *journal) append(r record, sync bool) error {
	line := append(encode(r), '\n')
	j.mu.Lock()
	b := j.batch
	b.data = append(b.data, line...)
	b.records = append(b.records, r)
	b.sync = b.sync || sync
	leads := !b.led
	b.led = true
	j.mu.Unlock()
	if !leads {
		<-b.done
		return b.err
	}

	j.io.Lock()
	j.mu.Lock()
	j.batch = newBatch()
	j.mu.Unlock()
	b.err = j.write(b)
	j.io.Unlock()
	close(b.done)
	return b.err
}

func (j *journal) write(b *batch) error {
	if err := appendLines(j.file, j.offset, b.data); err != nil {
		return err
	}
	if b.sync {
		if err := j.file.Sync(); err != nil {
			return err
		}
	} else {
		select {
		case j.late <- struct{}{}:
		default:
		}
	}
	j.unsynced = !b.sync
	return j.follow(b)
}

// follow applies what was appended since, by this process or another. Where it
// is b alone, the file is not read; b may be nil.
func (j *journal) follow(b *batch) error {
	st, err := j.file.Stat()
	if err != nil || st.Size() <= j.offset {
		return err
	}
	if b != nil && st.Size() == j.offset+int64(len(b.data)) {
		j.offset = st.Size()
		j.apply(lines(b.data), b.records)
		return nil
	}
	data := make([]byte, st.Size()-j.offset)
	if _, err := j.file.ReadAt(data, j.offset); err != nil && err != io.EOF {
		return err
	}
	end := bytes.LastIndexByte(data, '\n') + 1
	if end == 0 {
		return nil
	}
	j.offset += int64(end)
	j.apply(lines(data[:end]), nil)
	return nil
}

// lines takes whole lines apart.
func lines(data []byte) [][]byte { return bytes.Split(data[:len(data)-1], []byte{'\n'}) }

// look follows the file, also to another one that was put in its place.
func (j *journal) look() error {
	j.io.Lock()
	defer j.io.Unlock()
	at, err := os.Stat(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return j.restore()
	}
	if err != nil {
		return err
	}
	own, err := j.file.Stat()
	if err != nil {
		return err
	}
	if os.SameFile(at, own) && own.Size() >= j.offset {
		return j.follow(nil)
	}
	unlock, err := lock(j.path)
	if err != nil {
		return err
	}
	defer unlock()
	s, _, _, err := load(j.path)
	if err != nil {
		return err
	}
	old := j.file
	if err := j.open(); err != nil {
		return err
	}
	j.log.Warn("accounts: another file was put in place and is read", "path", j.path)
	j.reload(s)
	return old.Close()
}

// restore writes a file that somebody took away anew, from what is known.
func (j *journal) restore() error {
	unlock, err := lock(j.path)
	if err != nil {
		return err
	}
	defer unlock()
	if err := rewrite(j.path, j.live()); err != nil {
		return err
	}
	old := j.file
	if err := j.open(); err != nil {
		return err
	}
	j.log.Warn("accounts: the file was gone and is written anew", "path", j.path)
	return old.Close()
}

// load reads the file: its state, whether its last line has no end, its size.
// A file that does not exist is empty.
func load(path string) (s *state, tail bool, size int, err error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, 0, fmt.Errorf("the accounts cannot be read: %w", err)
	}
	if err := checkHeader(data); err != nil {
		return nil, false, 0, fmt.Errorf("%s %w", path, err)
	}
	s = newState()
	var e effect
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		s.apply(line, &e)
	}
	return s, len(data) > 0 && data[len(data)-1] != '\n', len(data), nil
}

// rewrite puts a file of these lines in path's place, at once or not at all.
func rewrite(path string, lines [][]byte) error {
	return atomicfile.Replace(path, append(bytes.Join(lines, []byte{'\n'}), '\n'))
}

// appendLines writes whole lines at the file's end. A torn line that stands
// there is ended first; a file of the size whole is known to have none.
func appendLines(f *os.File, whole int64, data []byte) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() != whole && st.Size() > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], st.Size()-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			data = append([]byte{'\n'}, data...)
		}
	}
	_, err = f.Write(data)
	return err
}

// lock keeps other processes from replacing the file; appending alone needs
// no lock, save that the file must not be replaced meanwhile.
func lock(path string) (unlock func(), err error) {
	l := flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := l.Lock(); err != nil {
		return nil, err
	}
	return func() { _ = l.Unlock() }, nil
}
