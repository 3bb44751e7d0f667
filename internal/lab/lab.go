// Package lab keeps what the instructor asks of a class in one lab: a
// checklist whose steps tick by themselves as sessions do them, each with the
// time and what proves it.
//
// It hears of what goes on (a connection, committed rows, kept plots, ended
// runs) through the methods of Book that cmd wires to those who know. These
// never block and never do I/O: what is to be written is written by Run, into
// one append-only file. Whether a sweep is complete is judged by whoever made
// Options.Judge. Simulated boards, what is published from a page, the
// instructor and archived sessions never tick.
//
// One lab runs at a time: what a board does belongs to one checklist.
package lab

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind says what a step asks for.
type Kind string

// The kinds of steps. All but Manual tick by themselves.
const (
	Connected Kind = "connected" // a board's connection; one that is there at the start counts
	Reading   Kind = "reading"   // a row with a known quantity is in the history
	Plot      Kind = "plot"      // a plot or chart was asked for and is kept
	Sweep     Kind = "sweep"     // a run that is a complete sweep
	Rows      Kind = "rows"      // Step.Rows rows are in the history
	Topic     Kind = "topic"     // a message came on Step.Topic
	QoS1      Kind = "qos1"      // a message came at QoS 1 or 2
	Manual    Kind = "manual"    // the instructor ticks it
)

// Kinds lists all, in the order in which a page offers them.
func Kinds() []Kind { return []Kind{Connected, Reading, Plot, Sweep, Rows, Topic, QoS1, Manual} }

// Bounds.
const (
	MaxLabs     = 100
	MaxSteps    = 12
	MaxSessions = 10_000  // of one lab
	MaxTicks    = 200_000 // of all labs
	MaxProblems = 200     // kinds that are told apart, of one session in one lab
	MaxName     = 100     // characters
	MaxRows     = 1_000_000_000
	maxTopic    = 200 // bytes
	maxBy       = 160 // bytes
)

// Step is a line of the checklist.
type Step struct {
	Kind  Kind   `json:"kind"`
	Text  string `json:"text,omitempty"`  // as the instructor says it; "" = Kind's own words. Manual needs one
	Rows  int64  `json:"rows,omitempty"`  // of kind Rows
	Topic string `json:"topic,omitempty"` // of kind Topic, below the prefix
}

// Title is the step in words.
func (s Step) Title() string {
	switch {
	case s.Text != "":
		return s.Text
	case s.Kind == Rows:
		return fmt.Sprintf("%d rows", s.Rows)
	case s.Kind == Topic:
		return "topic " + s.Topic
	}
	return map[Kind]string{
		Connected: "connected", Reading: "first reading", Plot: "first plot", Sweep: "complete sweep", QoS1: "QoS 1",
	}[s.Kind]
}

// Lab is one lab. Steps never change.
type Lab struct {
	ID      int64
	Name    string
	Steps   []Step
	Started time.Time
	Ended   time.Time // zero = it runs
}

// Running says whether the lab goes on.
func (l *Lab) Running() bool { return l.Ended.IsZero() }

// During says whether t is a time of the lab.
func (l *Lab) During(t time.Time) bool {
	return !t.Before(l.Started) && (l.Running() || !t.After(l.Ended))
}

// Tick is a step that a session has done; the zero value is one that it has
// not.
type Tick struct {
	At time.Time
	By string // what proves it: "umqtt_1", "plots/iv.pdf", "sweep 14:03:22: Pmpp 412 mW"
}

// Done says whether the step was done.
func (t Tick) Done() bool { return !t.At.IsZero() }

// Card is a session's checklist in one lab.
type Card struct {
	Session string
	Ticks   []Tick // by step
}

// Done is how many steps are ticked.
func (c Card) Done() int {
	n := 0
	for _, t := range c.Ticks {
		if t.Done() {
			n++
		}
	}
	return n
}

// Errors of Book's methods. A *Mistake says which entry cannot be.
var (
	ErrNoLab   = errors.New("there is no such lab")
	ErrRunning = errors.New("a lab is running: end it first")
	ErrEnded   = errors.New("the lab has ended")
	ErrFull    = fmt.Errorf("there are %d labs, which is the most: remove one first", MaxLabs)
	ErrAuto    = errors.New("this step ticks by itself")
	ErrSession = errors.New("this session cannot have ticks")
)

// Mistake is something that cannot be: a sentence for who typed it.
type Mistake struct{ Text string }

func (m *Mistake) Error() string { return m.Text }

func mistake(format string, a ...any) error { return &Mistake{fmt.Sprintf(format, a...)} }

// check returns nil or a *Mistake.
func check(name string, steps []Step) error {
	if err := checkText("The lab's name", name, true); err != nil {
		return err
	}
	switch {
	case len(steps) == 0:
		return mistake("Choose one step at least.")
	case len(steps) > MaxSteps:
		return mistake("A lab has %d steps at most; these are %d.", MaxSteps, len(steps))
	}
	seen := map[string]bool{}
	for _, s := range steps {
		if err := s.check(); err != nil {
			return err
		}
		if key := strings.ToLower(s.Title()); seen[key] {
			return mistake("Two steps are called %q: give one another text.", s.Title())
		} else {
			seen[key] = true
		}
	}
	return nil
}

func (s Step) check() error {
	if err := checkText("A step's text", s.Text, s.Kind == Manual); err != nil {
		return err
	}
	switch s.Kind {
	case Connected, Reading, Plot, Sweep, QoS1, Manual:
	case Rows:
		if s.Rows < 1 || s.Rows > MaxRows {
			return mistake("The number of rows is from 1 to %d.", MaxRows)
		}
	case Topic:
		switch {
		case s.Topic == "":
			return mistake("Which topic? Name it as it stands below the prefix, such as mcu/led.")
		case len(s.Topic) > maxTopic || !utf8.ValidString(s.Topic) || strings.ContainsAny(s.Topic, "+#\x00") || strings.HasPrefix(s.Topic, "/"):
			return mistake("A topic has no +, no # and no / in front, and %d bytes at most: name it as it stands below the prefix, such as mcu/led.", maxTopic)
		}
	default:
		return mistake("There is no step of the kind %.40q.", s.Kind)
	}
	if s.Kind != Rows && s.Rows != 0 || s.Kind != Topic && s.Topic != "" {
		return mistake("A step of the kind %s has neither rows nor topic that it does not ask for.", s.Kind)
	}
	return nil
}

func checkText(what, text string, needed bool) error {
	switch {
	case needed && strings.TrimSpace(text) == "":
		return mistake("%s is missing.", what)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return mistake("%s has a character that no text has.", what)
	case utf8.RuneCountInString(text) > MaxName:
		return mistake("%s is longer than %d characters.", what, MaxName)
	}
	return nil
}
