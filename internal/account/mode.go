package account

import (
	"errors"
	"fmt"
	"slices"
)

// Modes are the access modes, the default first.
var Modes = [...]string{ModeClaim, ModeRoster, ModeOpen}

// ErrFixed is SetMode's where the start named the mode.
var ErrFixed = errors.New("the access mode was given at the start")

func known(mode string) bool { return slices.Contains(Modes[:], mode) }

// Mode is the access mode of the moment: the one given at start, else the one
// that was set, else ModeClaim.
func (b *Book) Mode() string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.modeLocked()
}

func (b *Book) modeLocked() string {
	switch {
	case b.o.Mode != "":
		return b.o.Mode
	case b.state.mode != "":
		return b.state.mode
	}
	return ModeClaim
}

// ModeFixed says whether the mode was given at start and SetMode cannot change
// it.
func (b *Book) ModeFixed() bool { return b.o.Mode != "" }

// SetMode sets the access mode for now and for later starts that name none. Who
// is connected stays; Options.OnMode is called before it returns. Errors:
// ErrFixed, ErrUnavailable.
func (b *Book) SetMode(mode string) error {
	switch {
	case !known(mode):
		return fmt.Errorf("access is %q; it is one of claim, roster, open", mode)
	case mode == b.Mode():
		return nil
	case b.ModeFixed():
		return ErrFixed
	}
	return b.write(record{Op: opMode, Mode: mode})
}
