// Package class keeps what the instructor says about the class: its name, the
// lab's WiFi, who may join and with which code, and the people of the roster.
//
// It is one small file, class.json, that a change replaces as a whole. Who may
// log in is account's part; a person's session here need not exist there.
package class

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"

	"labbroker/internal/atomicfile"
	"labbroker/internal/session"
)

// version of the file's format; a greater one is refused.
const version = 1

// contents is the file.
type contents struct {
	Version  int      `json:"version"`
	Settings Settings `json:"settings"`
	People   []Person `json:"people"`
}

// Book is the class of one data folder. It is safe for concurrent use; its
// methods that change something write the file and block meanwhile.
type Book struct {
	path string

	writing sync.Mutex // one change at a time; taken before mu

	mu        sync.RWMutex // guards below; now and bySession are replaced, never changed
	now       contents
	bySession map[string][]Person // by session.Key
	joining   *joiners            // whom the next writing takes; nil = nobody
}

// Open reads the class at path. Where there is no file the settings are first,
// and nothing is written before the first change. The folder must exist.
func Open(path string, first Settings) (*Book, error) {
	b := &Book{path: path}
	c := contents{Version: version, Settings: first}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("the class cannot be read: %w", err)
	default:
		if c, err = decode(data); err != nil {
			return nil, fmt.Errorf("%s %w", path, err)
		}
	}
	b.set(c)
	return b, nil
}

// Check says whether Open can take what is at path, and changes nothing.
func Check(path string) error {
	_, err := Open(path, Settings{})
	return err
}

func decode(data []byte) (contents, error) {
	c := contents{}
	if err := json.Unmarshal(data, &c); err != nil {
		return contents{}, fmt.Errorf("is not a class of labbroker: %w", err)
	}
	switch {
	case c.Version > version:
		return contents{}, fmt.Errorf("was written by a newer labbroker (format %d, this one reads %d)", c.Version, version)
	case c.Version < 1:
		return contents{}, errors.New("is not a class of labbroker: it has no version")
	}
	if err := c.Settings.Check(); err != nil {
		return contents{}, fmt.Errorf("has settings that cannot be: %w", err)
	}
	if err := CheckPeople(c.People); err != nil {
		return contents{}, fmt.Errorf("has people that cannot be: %w", err)
	}
	return c, nil
}

func (b *Book) set(c contents) {
	by := make(map[string][]Person)
	for _, p := range c.People {
		key := session.Key(p.Session)
		by[key] = append(by[key], p)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now, b.bySession = c, by
}

// change writes what edit makes of a copy and then shows it; what could not be
// written does not hold. edit's error is returned as it is.
func (b *Book) change(edit func(*contents) error) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.RLock()
	c := b.now
	b.mu.RUnlock()
	c.People = slices.Clone(c.People)
	if err := edit(&c); err != nil {
		return err
	}
	data, err := json.MarshalIndent(c, "", " ")
	if err == nil {
		err = atomicfile.Replace(b.path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("the class cannot be written: %w", err)
	}
	b.set(c)
	return nil
}
