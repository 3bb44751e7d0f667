package dashboard

import (
	"context"
	"net/http"
)

// Control is what the instructor does to a session while the class goes on.
type Control interface {
	// Dismiss ends one connection, by its address as presence has it; false if
	// there is none.
	Dismiss(session, addr string) bool
	// Pause lets nothing pass that the session publishes, or lets it pass again.
	Pause(session string, on bool)
	Paused(session string) bool
	// Clear removes what a session has sent and what was made of it (rows, runs,
	// plots, notices); account and connections stay.
	Clear(ctx context.Context, session string) error
	// Say publishes in the class's own name, without waiting.
	Say(topic string, text string) error
}

// noControl stands in for none.
type noControl struct{}

var _ Control = noControl{}

var errNoControl = fail(http.StatusNotImplemented, "This server has no connections to act on.")

// Dismiss implements Control.
func (noControl) Dismiss(string, string) bool { return false }

// Pause implements Control.
func (noControl) Pause(string, bool) {}

// Paused implements Control.
func (noControl) Paused(string) bool { return false }

// Clear implements Control.
func (noControl) Clear(context.Context, string) error { return errNoControl }

// Say implements Control.
func (noControl) Say(string, string) error { return errNoControl }
