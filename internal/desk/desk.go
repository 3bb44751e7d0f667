// Package desk keeps what lies on the instructor's desk while a class goes on:
// who is paused, what was said, and which problems were seen.
//
// It is one small file, desk.json, that a change replaces as a whole. What a
// pause does is hooks' part, who hears a message the broker's; what the class is
// stands in class, what it has done in lab.
package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"labbroker/internal/atomicfile"
	"labbroker/internal/session"
)

// Options are optional; the zero value works.
type Options struct {
	Log *slog.Logger     // nil = none
	Now func() time.Time // nil = time.Now
}

// Book is the desk of one data folder. It is safe for concurrent use. Methods
// with an error return when the change is on the disk; one that could not be
// written holds all the same, and Run tries again. Looked leaves the writing to
// Run.
type Book struct {
	path string
	o    Options

	writing sync.Mutex // guards written; taken before mu
	written uint64

	mu     sync.RWMutex // guards below
	now    contents
	change uint64              // another number after each change
	before map[string][]uint32 // seen, as an earlier process left it
}

// Open reads the desk at path; where there is no file it is empty, and nothing
// is written before the first change. The folder must exist. path "" keeps
// nothing. The caller closes the book.
func Open(path string, o Options) (*Book, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c, err := read(path)
	if err != nil {
		return nil, err
	}
	return &Book{path: path, o: o, now: c, before: maps.Clone(c.Seen)}, nil
}

// Check says whether Open can take what is at path, and changes nothing.
func Check(path string) error {
	_, err := read(path)
	return err
}

// maxFile bounds the file that is read: far beyond what the bounds allow.
const maxFile = 64 << 20

func read(path string) (contents, error) {
	st, err := os.Stat(path)
	switch {
	case path == "" || errors.Is(err, fs.ErrNotExist):
		return empty(), nil
	case err != nil:
		return contents{}, fmt.Errorf("the instructor's desk cannot be read: %w", err)
	case st.Size() > maxFile:
		return contents{}, fmt.Errorf("%s is larger than the desk of any instructor", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return contents{}, fmt.Errorf("the instructor's desk cannot be read: %w", err)
	}
	c, err := decode(data)
	if err != nil {
		return contents{}, fmt.Errorf("%s %w", path, err)
	}
	return c, nil
}

// edit changes what lies there. f says whether anything is another than before;
// mu is held.
func (b *Book) edit(f func(*contents) bool) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !f(&b.now) {
		return false
	}
	b.change++
	return true
}

// save writes what is not on the disk yet. Those who wait for another's writing
// are in the next one, together.
func (b *Book) save() error {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.RLock()
	change := b.change
	var data []byte
	var err error
	if change != b.written && b.path != "" {
		data, err = marshal(&b.now)
	}
	b.mu.RUnlock()
	if change == b.written {
		return nil
	}
	if err == nil && b.path != "" {
		err = atomicfile.Replace(b.path, data)
	}
	if err != nil {
		return fmt.Errorf("the instructor's desk cannot be written: %w", err)
	}
	b.written = change
	return nil
}

// Every is how long Run waits before it writes what nobody waits for.
const Every = 5 * time.Second

// Run writes what nobody waits for, and what could not be written before, every
// 5 s until ctx ends. Close does so once more.
func (b *Book) Run(ctx context.Context) error {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := b.save(); err != nil {
				b.o.Log.Error("what the instructor decided and said is not written; it is tried again", "err", err)
			}
		}
	}
}

// Close writes what is left.
func (b *Book) Close() error { return b.save() }

// Pause notes that a session is paused, or is no longer. A name that no session
// has is never paused.
func (b *Book) Pause(name string, on bool) error {
	key := session.Key(name)
	if !b.edit(func(c *contents) bool {
		if _, was := c.Paused[key]; was == on || on && (session.Check(name) != nil || len(c.Paused) >= maxPaused) {
			return false
		}
		if on {
			c.Paused[key] = strings.Clone(name)
		} else {
			delete(c.Paused, key)
		}
		return true
	}) {
		return nil
	}
	return b.save()
}

// Paused lists those that are paused, in the spelling that Pause was given.
func (b *Book) Paused() []string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.Sorted(maps.Values(b.now.Paused))
}

// Rename takes to a session's new name what concerns it. Nothing is no error.
func (b *Book) Rename(from, to string) error {
	if session.Check(to) != nil {
		return nil
	}
	if !b.edit(func(c *contents) bool {
		move(b.before, session.Key(from), session.Key(to))
		return c.rename(from, to)
	}) {
		return nil
	}
	return b.save()
}

// Drop forgets what concerns a session that was removed. Nothing is no error.
func (b *Book) Drop(name string) error {
	if !b.edit(func(c *contents) bool {
		delete(b.before, session.Key(name))
		return c.drop(name)
	}) {
		return nil
	}
	return b.save()
}

// Clear empties the desk. Numbers of messages go on, since browsers remember
// which one was put away last.
func (b *Book) Clear() error {
	b.edit(func(c *contents) bool {
		last := c.Last
		*c = empty()
		c.Last = last
		clear(b.before)
		return true
	})
	return b.save()
}
