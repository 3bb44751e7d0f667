package series

import (
	"context"
	"encoding/json"
	"errors"
)

// Control is a button, switch, slider or value that a session pinned to a
// topic.
type Control struct {
	ID      int64
	Session string
	Data    json.RawMessage // an object; the pages' business
}

// Limits of controls.
const (
	MaxControls     = 50 // of a session
	MaxControlBytes = 8 << 10
)

// ErrFull: as many, or as much, as there may be.
var ErrFull = errors.New("no room for more")

// Controls is the view of a store that keeps controls, as Runs.
type Controls interface {
	// Controls returns the session's controls in their order.
	Controls(ctx context.Context, session string) ([]Control, error)
	// PutControl keeps a new control (ID 0) behind the others, or replaces the
	// one of that ID. ErrNotFound, and ErrFull beyond MaxControls or
	// MaxControlBytes.
	PutControl(ctx context.Context, c Control) (Control, error)
	// DeleteControl removes it; ErrNotFound.
	DeleteControl(ctx context.Context, session string, id int64) error
	// OrderControls puts the controls of these IDs first, in this order; what
	// is not the session's is passed over.
	OrderControls(ctx context.Context, session string, ids []int64) error
}
