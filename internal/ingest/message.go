package ingest

import "time"

// Message is a publish that the broker accepted, on its way to the history.
type Message struct {
	Session string // spelling of the claim
	Topic   string // below the prefix: "mcu/ina219"; "" is the topic <session> itself
	Payload []byte // the receiver may keep it; nobody changes it
	QoS     byte
	Retain  bool
	Client  string // client id as the device sent it
	At      time.Time
	// Page says that it was published from a page on somebody's behalf: it proves
	// no board.
	Page    bool
	Journal uint64 // its number in the journal, 0 = it is in none
}
