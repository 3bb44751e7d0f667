// Package presence knows what is going on right now: who is connected since
// when, how fast messages come, what was last said on each topic, and who was
// refused before there was a session. It keeps nothing over a restart; what
// was measured is series' part, what went wrong inside a session notice's.
//
// Everything is bounded, and no method blocks or does I/O.
package presence

import "time"

// Client is one MQTT connection.
type Client struct {
	Session   string    // spelling of the claim; "" for an unbound client in open access
	ID        string    // client id as the device sent it
	Addr      string    // remote host:port
	Via       string    // "tcp" or "websocket"
	Since     time.Time // when it connected
	Keepalive uint16    // seconds; 0 = none
	Messages  int64     // publishes accepted so far
}

// Topic is the last thing said on one topic of a session.
type Topic struct {
	Topic    string // below the prefix; "" is the topic <session> itself
	Text     string // payload as text, cut at MaxText bytes; hex where it is not UTF-8
	Size     int    // bytes of the whole payload
	Binary   bool
	Numeric  bool // it became a reading
	QoS      byte
	Retained bool // the broker holds it as retained
	Count    int64
	Time     time.Time
}

// Refusal is a connection that was refused before it had a session.
type Refusal struct {
	Addr   string // without port
	Client string // the client id's last 6 characters
	User   string // user name as sent, cut at 64 bytes; never a password
	Code   string // as in notice.Code
	Text   string // why, and the way out: one sentence
	Count  int    // the same device refused again for the same reason
	Time   time.Time
}

// Limits.
const (
	MaxRefusals = 50
	MaxTopics   = 1024 // a session
	MaxText     = 256
)
