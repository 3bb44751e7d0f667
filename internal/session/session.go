// Package session names the students' sessions: the first level of all their
// topics, which is also the user name they log in with.
//
// It holds the rules of the name only. Who is connected stands in presence,
// who may log in in account, what a session may touch in hooks/policy.
package session

import (
	"errors"
	"strings"
)

// Instructor is the user who runs the class and sees every session. Class is
// the first level that everybody reads and only the instructor writes. Both
// are reserved: no student can have them.
const (
	Instructor = "instructor"
	Class      = "class"
	// Public is the second level of a session's topics that the whole class
	// may read.
	Public = "public"
	// MaxLen is the longest name in bytes.
	MaxLen = 32
	// SimPrefix begins the names of simulated boards' sessions, which are
	// marked on every page and removed when the simulation ends.
	SimPrefix = "sim-"
)

// Errors of Check.
var (
	ErrEmpty    = errors.New("the name is empty")
	ErrLong     = errors.New("the name is longer than 32 characters")
	ErrSpelling = errors.New("a name has the letters A to Z, a to z, digits, _ and -, and begins with a letter or digit")
	ErrReserved = errors.New("the name is reserved")
)

// Check says whether name can be a student's session:
// [A-Za-z0-9][A-Za-z0-9_-]{0,31}, and neither reserved name in any case.
func Check(name string) error {
	switch {
	case name == "":
		return ErrEmpty
	case strings.HasPrefix(name, "$"), strings.EqualFold(name, Instructor), strings.EqualFold(name, Class):
		return ErrReserved
	case len(name) > MaxLen:
		return ErrLong
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '_' && c != '-') {
			return ErrSpelling
		}
	}
	return nil
}

// Key is what makes a name unique: names that differ only in case are one
// session. Use it for map keys and comparisons, never for showing.
func Key(name string) string { return strings.ToLower(name) }

// Simulated says whether the session belongs to the simulator.
func Simulated(name string) bool {
	return len(name) >= len(SimPrefix) && strings.EqualFold(name[:len(SimPrefix)], SimPrefix)
}
