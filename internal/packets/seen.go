// Package packets is what people see who watch the MQTT packets of a session:
// what was seen pass (Seen), what its bytes mean (Decode), and a sentence that
// says what it is for (What). It opens no connection and keeps nothing; who
// lets packets be watched is package broker, who shows them package dashboard.
package packets

import (
	"errors"
	"time"
)

// MaxBytes is how much of one packet is kept for whoever watches.
const MaxBytes = 4 << 10

// ErrBusy says that as many watch already as may.
var ErrBusy = errors.New("packets: too many are watching")

// Seen is a packet as it passed, or, where Size is 0, the end of a connection.
type Seen struct {
	At     time.Time
	Conn   int64  // which connection, counted since the broker's start
	Client string // client id as it was sent
	Addr   string // host:port of the client
	Via    string // "tcp", "websocket" or "tls"

	Out   bool   // from the broker to the client
	Bytes []byte // the first of it, at most MaxBytes; nobody changes them. Of a CONNECT those before the password
	Size  int    // bytes of the whole packet

	Refused bool
	Hint    string // what its session was told of it, "" = nothing
	End     string // why the connection ended, where Size is 0
}
