package session

import (
	"errors"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     error
	}{
		{"letters", "ada", nil},
		{"digit first", "7up", nil},
		{"all characters", "A_b-9", nil},
		{"longest", strings.Repeat("a", MaxLen), nil},
		{"empty", "", ErrEmpty},
		{"too long", strings.Repeat("a", MaxLen+1), ErrLong},
		{"hyphen first", "-a", ErrSpelling},
		{"underscore first", "_a", ErrSpelling},
		{"space", "a b", ErrSpelling},
		{"slash", "a/b", ErrSpelling},
		{"umlaut", "käthe", ErrSpelling},
		{"Kelvin's sign", "\u212aate", ErrSpelling},
		{"class", "CLASS", ErrReserved},
		{"instructor", "Instructor", ErrReserved},
		{"dollar", "$SYS", ErrReserved},
	}
	for _, tt := range tests {
		if got := Check(tt.in); !errors.Is(got, tt.want) {
			t.Errorf("%s: Check(%q): got %v, want %v", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     bool
	}{
		{"as in the slides", "insert unique session here", true},
		{"capitals and brackets", "<Insert Unique Session Here>", true},
		{"joined", "insert_unique_session_here", true},
		{"one word", "InsertUniqueSessionHere", true},
		{"letter missing", "insert unique session her", false},
		{"letter too many", "insert unique session heree", false},
		{"digit behind", "insert unique session here2", false},
		{"other letters", "insert unique sessionß here", false},
		{"too much between", "insert unique session here" + strings.Repeat(" ", 40), false},
		{"name", "ada", false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		if got := Placeholder(tt.in); got != tt.want {
			t.Errorf("%s: Placeholder(%q): got %v, want %v", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestSimulated(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{"sim-1": true, "SIM-2": true, "sim": false, "simon": false, "asim-1": false} {
		if got := Simulated(in); got != want {
			t.Errorf("Simulated(%q): got %v, want %v", in, got, want)
		}
	}
}
