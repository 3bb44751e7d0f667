// Package durable keeps what the broker must not forget: clients with a
// session of their own, what they subscribed to, what waits for them, which
// QoS 2 identifiers are open, and the retained messages. It knows nothing of
// connections; the broker decides what is sent, the store what is left.
//
// All of it is a log (internal/wal). Every call appends a record, in memory;
// Commit writes. In memory stands an index: for everything that lives, the
// record that says so. Topics and payloads of messages are on the disk only,
// once for all destinations.
//
// When too much of the log is dead, it is cleaned from its old end: what
// lives in the oldest segment is appended again, the log is synced, the segment
// deleted. That a replay finds the same state at any moment of this, after a
// kill and after a power cut, rests on these rules:
//
//  1. A thing lives in exactly one record: its place in the index. A thing is a
//     client, a subscription, a queued message of one client, a received
//     identifier, a topic's retained message. A later record that says it again
//     replaces the earlier one.
//  2. Looking into the index, appending and changing the index is one step
//     under the store's lock. So the log's order is the order of the changes.
//  3. A record is appended again with only those of its things whose place it
//     still is. A message that is no longer its topic's retained one goes
//     without Keep, one whose identifier was released, or used again, without
//     it, to none of those who are done; without any destination, and not
//     retained, it is an identifier alone. So a copy never brings back what a
//     record before it ended or replaced.
//  4. Records that end things (drop, unsubscribe, release, done, an empty
//     retained message) are never appended again. They only count for records
//     before them, and segments go from the oldest on, one by one, after
//     everything up to their copies is synced: a record goes no later than what
//     ends it. A PUBREC is not an end: it is the place of its Seq from then on.
//  5. A thing may be read before the client it belongs to, since either may
//     have been appended again. Things of a client of which no record says that
//     it is there, at the end, are nobody's.
//  6. A client's record has the Next of its time, and what was queued since is
//     in the same segment or later ones. So Next never goes back, though the
//     messages are gone. Handles grow; one is used again only when the log
//     names it no more.
package durable

import (
	"log/slog"
	"time"

	"labbroker/internal/wal"
)

// Handle is a stored client. It is never 0, and means the same client after
// a restart.
type Handle uint32

// ClientInfo is what is stored about a client itself.
type ClientInfo struct {
	Key     string    // "home/clientid"
	Session string    // whose it is, "" = nobody's yet
	Left    time.Time // when it went, to the millisecond; zero = connected
}

// Dest is one stored client that a message goes to. Seq orders the messages of
// a client and is never used twice for it.
type Dest struct {
	To     Handle
	Seq    uint64
	QoS    byte
	Retain bool
}

// Message is a PUBLISH with all that has to be kept of it, in one record.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	Keep    bool   // becomes the topic's retained message; an empty payload clears it
	From    Handle // of FromID
	FromID  uint16 // packet identifier of a received QoS 2 PUBLISH, kept until Release; 0 = none
	To      []Dest
}

// Client is a stored client as found at the start.
type Client struct {
	Handle Handle
	ClientInfo
	Next     uint64 // above every Seq that was ever used
	Subs     []Sub
	Queue    []Queued // by Seq
	Received []uint16 // packet identifiers of QoS 2 that wait for their PUBREL
}

// Sub is a granted subscription.
type Sub struct {
	Filter string
	QoS    byte
}

// Queued is a message that a client has not acknowledged to the end. Of a
// released one (its PUBREC has come) only Seq and QoS are known. Clients share
// a Payload: it must not be changed.
type Queued struct {
	Seq              uint64
	QoS              byte
	Retain, Released bool
	Topic            string
	Payload          []byte
}

// Retained is a topic's retained message.
type Retained struct {
	Topic   string
	QoS     byte
	Payload []byte
}

// Restored is what was found at the start.
type Restored struct {
	Clients  []Client
	Retained []Retained
}

// Options of a store. The zero value works.
type Options struct {
	FS          wal.FS                  // nil = the real one
	Log         *slog.Logger            // nil = silent
	Power       bool                    // Commit waits for the disk, not only for the operating system
	SegmentSize int64                   // bytes, 0 = 4 MiB
	Progress    func(done, total int64) // bytes read by Open, called now and then; may be nil
}
