package broker

import (
	"fmt"
	"time"
)

// ending is why a connection ended that mochi did not end. A Watcher can ask
// it for the short reason, and whether the client was too slow.
type ending struct {
	reason string // "connection lost"
	slow   bool
	err    error // the transport's, nil where the broker decided
}

func (e ending) Error() string {
	if e.err != nil {
		return e.reason + ": " + e.err.Error()
	}
	return e.reason
}

func (e ending) Unwrap() error  { return e.err }
func (e ending) Reason() string { return e.reason }
func (e ending) Slow() bool     { return e.slow }

// Ends that the broker decides.
var (
	errStalled  = ending{reason: "takes nothing from its connection", slow: true}
	errSlow     = ending{reason: "reads too slowly", slow: true}
	errShutdown = ending{reason: "the broker stopped"}
	errRemoved  = ending{reason: "the session was removed"}
)

// silent is the end of a connection without a CONNECT.
type silent struct{ after time.Duration }

func (e silent) Error() string { return fmt.Sprintf("no CONNECT within %s", e.after) }

// Silent is how many seconds it had.
func (e silent) Silent() (seconds int) { return int(e.after.Seconds()) }
