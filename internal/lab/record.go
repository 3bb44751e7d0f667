package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"labbroker/internal/session"
)

// version of the file's format; a greater one is refused.
const version = 1

// The operations of the file's lines.
const (
	opHeader   = "labs"
	opStart    = "start"
	opEnd      = "end"
	opTick     = "tick"
	opUntick   = "untick"
	opPages    = "pages"
	opProblems = "problems"
	opRemove   = "remove"
	opRename   = "rename"
	opDrop     = "drop"
	opClear    = "clear"
)

// record is a line of the file.
type record struct {
	Op      string    `json:"op"`
	Version int       `json:"version,omitempty"`
	Lab     int64     `json:"lab,omitempty"` // in the header the greatest ever given
	At      time.Time `json:"at,omitzero"`
	Name    string    `json:"name,omitempty"`
	Steps   []Step    `json:"steps,omitempty"`
	Session string    `json:"session,omitempty"`
	To      string    `json:"to,omitempty"`
	Step    int       `json:"step,omitempty"`
	By      string    `json:"by,omitempty"`
	Pages   *pages    `json:"pages,omitempty"`
	Kinds   []uint32  `json:"kinds,omitempty"` // of problems, those that are new
	Count   int       `json:"count,omitempty"` // of problems in a lab that has ended
}

// course is a lab with what came of it.
type course struct {
	Lab
	cards map[string]*card // by session.Key
	clock clock
}

// card is a session's part of a lab.
type card struct {
	session string
	ticks   []Tick
	pages   pages
	fresh   pages // of them, what is not on the disk yet
	rows    int64 // rows that boards measured since the start; known while the lab runs
	problems
}

// state is what the file says, in its order.
type state struct {
	labs  []*course // the oldest first
	last  int64     // the greatest ID ever given
	ticks int
}

func (s *state) lab(id int64) *course {
	for _, c := range s.labs {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (s *state) running() *course {
	if n := len(s.labs); n > 0 && s.labs[n-1].Running() {
		return s.labs[n-1]
	}
	return nil
}

// card finds or makes a session's card; nil where the lab has too many.
func (c *course) card(name string) *card {
	key := session.Key(name)
	x := c.cards[key]
	if x == nil && len(c.cards) < MaxSessions && session.Check(name) == nil {
		x = &card{session: strings.Clone(name), ticks: make([]Tick, len(c.Steps))}
		c.cards[key] = x
	}
	return x
}

// tick ticks a step where it is not yet; false where nothing changes.
func (s *state) tick(c *course, name string, step int, t Tick) bool {
	if step < 0 || step >= len(c.Steps) || s.ticks >= MaxTicks || t.At.IsZero() {
		return false
	}
	x := c.card(name)
	if x == nil || x.ticks[step].Done() {
		return false
	}
	if len(t.By) > maxBy {
		t.By = strings.ToValidUTF8(t.By[:maxBy], "")
	}
	x.ticks[step] = t
	s.ticks++
	return true
}

func (s *state) untick(c *course, name string, step int) bool {
	x := c.cards[session.Key(name)]
	if x == nil || step < 0 || step >= len(x.ticks) || !x.ticks[step].Done() {
		return false
	}
	x.ticks[step] = Tick{}
	s.ticks--
	return true
}

// drop forgets a session; true where something was known of it.
func (s *state) drop(name string) bool {
	some := false
	for _, c := range s.labs {
		if x := c.cards[session.Key(name)]; x != nil {
			s.ticks -= Card{Ticks: x.ticks}.Done()
			delete(c.cards, session.Key(name))
			some = true
		}
	}
	return some
}

// rename gives a session's cards another name. What the other name has goes:
// no two sessions have one name.
func (s *state) rename(from, to string) bool {
	if session.Check(to) != nil {
		return false
	}
	some := false
	for _, c := range s.labs {
		x := c.cards[session.Key(from)]
		if x == nil {
			continue
		}
		delete(c.cards, session.Key(from))
		if y := c.cards[session.Key(to)]; y != nil {
			s.ticks -= Card{Ticks: y.ticks}.Done()
		}
		x.session = to
		c.cards[session.Key(to)] = x
		some = true
	}
	return some
}

func (s *state) remove(id int64) bool {
	for i, c := range s.labs {
		if c.ID == id {
			for _, x := range c.cards {
				s.ticks -= Card{Ticks: x.ticks}.Done()
			}
			s.labs = append(s.labs[:i:i], s.labs[i+1:]...)
			return true
		}
	}
	return false
}

// apply brings a line into the state; false where it says nothing that can be.
func (s *state) apply(r *record) bool {
	c := s.lab(r.Lab)
	switch r.Op {
	case opHeader:
		s.last = max(s.last, r.Lab)
		return true
	case opStart:
		if r.Lab < 1 || len(s.labs) > 0 && r.Lab <= s.labs[len(s.labs)-1].ID || s.running() != nil || len(s.labs) >= MaxLabs || r.At.IsZero() || check(r.Name, r.Steps) != nil {
			return false
		}
		s.last = max(s.last, r.Lab)
		s.labs = append(s.labs, &course{Lab: Lab{ID: r.Lab, Name: r.Name, Steps: r.Steps, Started: r.At}, cards: map[string]*card{}})
		return true
	case opRename:
		return s.rename(r.Session, r.To)
	case opDrop:
		return s.drop(r.Session)
	case opClear:
		s.labs, s.ticks = nil, 0
		return true
	}
	if c == nil {
		return false
	}
	switch r.Op {
	case opEnd:
		if !c.Running() || r.At.Before(c.Started) {
			return false
		}
		c.Ended = r.At
		for _, x := range c.cards {
			x.problems.end()
		}
		return true
	case opTick:
		return s.tick(c, r.Session, r.Step, Tick{r.At, r.By})
	case opUntick:
		return s.untick(c, r.Session, r.Step)
	case opPages:
		if x := c.card(r.Session); x != nil && r.Pages != nil {
			x.pages = x.pages.and(*r.Pages)
			return true
		}
		return false
	case opProblems:
		x := c.card(r.Session)
		return x != nil && x.problems.take(r, c.Running())
	case opRemove:
		return s.remove(r.Lab)
	}
	return false
}

// records are the whole state as lines.
func (s *state) records() []record {
	out := []record{{Op: opHeader, Version: version, Lab: s.last}}
	for _, c := range s.labs {
		out = append(out, record{Op: opStart, Lab: c.ID, Name: c.Name, Steps: c.Steps, At: c.Started})
		for _, x := range c.cards {
			for i, t := range x.ticks {
				if t.Done() {
					out = append(out, record{Op: opTick, Lab: c.ID, Session: x.session, Step: i, At: t.At, By: t.By})
				}
			}
			if x.pages.Rows > 0 {
				p := x.pages.bounded()
				out = append(out, record{Op: opPages, Lab: c.ID, Session: x.session, Pages: &p})
			}
		}
		if !c.Running() {
			out = append(out, record{Op: opEnd, Lab: c.ID, At: c.Ended})
		}
		for _, x := range c.cards {
			if r := (record{Op: opProblems, Lab: c.ID, Session: x.session}); x.problems.all(&r) {
				out = append(out, r)
			}
		}
	}
	return out
}

func encode(list []record) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i := range list {
		if err := enc.Encode(&list[i]); err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
	}
	return b.Bytes(), nil
}

// decode reads a file: its state, how many lines it has and how many of them
// say nothing that can be. What a crash left of a last line is one of those.
func decode(data []byte) (s *state, lines, bad int, err error) {
	s = &state{}
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r record
		broken := json.Unmarshal(line, &r) != nil
		if lines++; lines == 1 {
			switch {
			case !broken && r.Op == opHeader && r.Version > version:
				return nil, 0, 0, fmt.Errorf("was written by a newer labbroker (format %d, this one reads %d)", r.Version, version)
			case broken || r.Op != opHeader || r.Version < 1:
				return nil, 0, 0, errors.New("is not a file of labbroker's labs")
			}
		}
		if broken || !s.apply(&r) {
			bad++
		}
	}
	return s, lines, bad, nil
}
