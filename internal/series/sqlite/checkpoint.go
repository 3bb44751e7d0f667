package sqlite

import (
	"errors"
	"os"
	"time"

	sqlite "modernc.org/sqlite/lib"
)

// maxLog is how large the write-ahead log grows before its pages are copied
// into the file, in bytes.
const maxLog = 16 << 20

// checkpointer copies the log into the file beside the writer, on a
// connection of its own, since the copying can take longer than two commits
// may lie apart. The writer then copies what came in the meantime, a little,
// which lets the log begin anew.
type checkpointer struct {
	path string
	d    *db
	done chan error // nil = none is running
	last time.Time
	err  error
}

// step is called by the writer between transactions, and says whether it took
// the writer's time.
func (c *checkpointer) step(w *db) (took bool) {
	if c.done != nil {
		select {
		case c.err = <-c.done:
			c.done = nil
			c.err = errors.Join(c.err, w.script("PRAGMA wal_checkpoint(PASSIVE)"))
			c.last = time.Now()
			return true
		default:
			return false
		}
	}
	if time.Since(c.last) < 250*time.Millisecond {
		return false
	}
	if st, err := os.Stat(c.path + "-wal"); err != nil || st.Size() < maxLog {
		return false
	}
	if c.d == nil {
		if c.d, c.err = dial(c.path, sqlite.SQLITE_OPEN_READWRITE, "PRAGMA busy_timeout=1000"); c.err != nil {
			return false
		}
	}
	c.done = make(chan error, 1)
	go func() { c.done <- c.d.script("PRAGMA wal_checkpoint(PASSIVE)") }()
	return false
}

// wait returns when no copying is under way.
func (c *checkpointer) wait() {
	if c.done != nil {
		<-c.done
		c.done = nil
	}
}

// finish copies the rest and closes both connections.
func (c *checkpointer) finish(w *db) error {
	c.wait()
	var errs []error
	if c.d != nil {
		errs = append(errs, c.d.close())
	}
	return errors.Join(append(errs, w.script("PRAGMA wal_checkpoint(TRUNCATE)"), w.close())...)
}
