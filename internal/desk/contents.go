package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"labbroker/internal/session"
)

// version of the file's format; a greater one is refused.
const version = 1

const (
	maxPaused = 10_000
	maxName   = 400 // bytes of an addressee
	maxTopic  = 600
	// maxID is the greatest number that browsers take exactly.
	maxID = 1<<53 - 1
)

// contents is what lies there, by session.Key.
type contents struct {
	Paused   map[string]string // spelling
	Last     int64             // the greatest ID ever given
	Messages []Message         // oldest first
	Seen     map[string][]uint32
}

func empty() contents {
	return contents{Paused: map[string]string{}, Seen: map[string][]uint32{}}
}

// file is the contents as they are written.
type file struct {
	Version  int                 `json:"version"`
	Paused   []string            `json:"paused"`
	Last     int64               `json:"last_message"`
	Messages []Message           `json:"messages"`
	Seen     map[string][]uint32 `json:"seen"`
}

func marshal(c *contents) ([]byte, error) {
	data, err := json.MarshalIndent(file{version, slices.Sorted(maps.Values(c.Paused)), c.Last, c.Messages, c.Seen}, "", " ")
	return append(data, '\n'), err
}

// rename moves what a session has; what the other name has of the same goes.
func (c *contents) rename(from, to string) bool {
	a, z := session.Key(from), session.Key(to)
	some := move(c.Seen, a, z)
	if _, ok := c.Paused[a]; ok {
		delete(c.Paused, a)
		c.Paused[z] = to
		some = true
	}
	for i := range c.Messages {
		if m := &c.Messages[i]; m.is(Session, from) {
			m.Name, some = to, true
		}
	}
	return some
}

func move(m map[string][]uint32, from, to string) bool {
	x, ok := m[from]
	if ok {
		delete(m, from)
		m[to] = x
	}
	return ok
}

func (c *contents) drop(name string) bool {
	key, n := session.Key(name), len(c.Messages)
	_, paused := c.Paused[key]
	_, seen := c.Seen[key]
	delete(c.Paused, key)
	delete(c.Seen, key)
	c.Messages = slices.DeleteFunc(c.Messages, func(m Message) bool { return m.is(Session, name) })
	return paused || seen || len(c.Messages) < n
}

func decode(data []byte) (contents, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return contents{}, fmt.Errorf("is not an instructor's desk of labbroker: %w", err)
	}
	switch {
	case f.Version > version:
		return contents{}, fmt.Errorf("was written by a newer labbroker (format %d, this one reads %d)", f.Version, version)
	case f.Version < 1:
		return contents{}, errors.New("is not an instructor's desk of labbroker: it has no version")
	}
	c := empty()
	for _, name := range f.Paused {
		if err := session.Check(name); err != nil {
			return contents{}, fmt.Errorf("has a paused session that cannot be, %.40q: %w", name, err)
		}
		c.Paused[session.Key(name)] = name
	}
	for i, m := range f.Messages {
		m.Time = m.Time.UTC()
		if err := m.check(c.Last); err != nil {
			return contents{}, fmt.Errorf("has messages that cannot be: number %d %w", i+1, err)
		}
		c.Last = m.ID
		c.say(m)
	}
	if c.Last = max(c.Last, f.Last); c.Last >= maxID {
		return contents{}, errors.New("has messages that cannot be: their numbers are too great")
	}
	for name, kinds := range f.Seen {
		if err := session.Check(name); err != nil || name != session.Key(name) {
			return contents{}, fmt.Errorf("has problems seen of a session that cannot be, %.40q", name)
		}
		if len(kinds) == 0 || len(kinds) > maxKinds {
			return contents{}, fmt.Errorf("has problems seen that cannot be: %d of %s", len(kinds), name)
		}
		c.Seen[name] = kinds
	}
	if len(c.Paused) > maxPaused || len(c.Seen) > maxSeen {
		return contents{}, errors.New("has more sessions than any class")
	}
	return c, nil
}

// check says what cannot be of a message that follows the one of that number.
func (m *Message) check(last int64) error {
	switch {
	case m.ID <= last || m.ID > maxID:
		return errors.New("does not follow the one before it")
	case m.To != All && m.To != Section && m.To != Session:
		return fmt.Errorf("is to %.40q", m.To)
	case m.To == Session && session.Check(m.Name) != nil, (m.To == All) != (m.Name == ""), len(m.Name) > maxName, len(m.Topic) > maxTopic:
		return errors.New("is to nobody")
	case m.Text == "" || len(m.Text) > MaxText || !utf8.ValidString(m.Text):
		return errors.New("has no text that could be said")
	case m.Time.IsZero() || m.Time.Year() < 0 || m.Time.Year() > 9999: // JSON has no other
		return errors.New("has no time that could be")
	}
	return nil
}
